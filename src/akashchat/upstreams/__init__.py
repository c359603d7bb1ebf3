"""Where answers come from: connections, sessions, keys.

``base`` is the contract; each upstream is a package whose ``request``, ``reply`` and ``stream`` are its
protocol without I/O.
"""
