"""What each dialect's bytes tell, read as strictly as its documentation allows.

A reader takes a response and gives what was ``Told``; it raises ``Wrong`` unless there is exactly one end, in its
right place.
"""
