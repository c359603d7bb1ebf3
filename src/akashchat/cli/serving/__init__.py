"""Who serves: one process ``alone``, or the ``parent`` of several and each ``worker`` of them."""
