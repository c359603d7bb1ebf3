"""The protocols clients speak.  No I/O.

Every dialect is a package of the same three: ``request`` reads a body, ``reply`` writes a whole answer,
``stream`` writes one event by event.
"""
