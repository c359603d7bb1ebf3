"""What becomes of an answer when something goes wrong: every fault, in every dialect, streaming and not.

``make faults`` plays each one at a gateway on a socket and reads what its caller gets, byte by byte.  There must
be exactly one right end of the answer; a part of an answer must never look like a whole one.
"""
