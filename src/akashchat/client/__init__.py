"""A client of a running gateway, for whatever shows its answers to a person.

It speaks what the gateway serves to everyone, over a socket as every client does, and knows nothing of what is
behind: the gateway may be on another machine, and of another version.  Nothing here knows a terminal.
"""
