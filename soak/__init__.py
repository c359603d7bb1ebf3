"""A gateway that works for long: mixed load with faults, and what is left of it afterwards.

``make soak`` runs the gateway as a process of its own before both stand-ins, has it asked in every dialect by callers
who stay, leave and ask twice, and breaks what it asks.  At the end its memory must be what it was, nothing of any
request may be left, and every answer's outcome must have been told.
"""
