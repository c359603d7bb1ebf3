"""Which trace a request is part of, and whether it is recorded.

https://www.w3.org/TR/trace-context/
"""

import re

from akashchat.clock import Chance
from akashchat.model.trace import Trace

_PARENT = re.compile(
    r"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?"
)
_SAMPLED = 0x01
_MOST_STATE = 512
"""As much of ``tracestate`` everybody has to hand on; what is longer is left out as a whole."""
_HALF = 1 << 64


class Tracing:
    """Begins the gateway's part of a trace: the caller's, where it tells of one, else a new one.

    The caller decides whether its own is recorded; of those that begin here, such a share as was asked for.
    """

    def __init__(self, chance: Chance, share: float) -> None:
        self._chance = chance
        self._below = round(share * _HALF)

    def begin(self, parent: str | None, state: str | None) -> Trace:
        """The part of a request that came with these headers."""
        span = self._chance.token(8)
        found = _PARENT.fullmatch(parent.strip()) if parent else None
        if found is None or (found[1] == "00" and found[5]):
            own = self._chance.token(16)
            return Trace(own, span, sampled=int(own[16:], 16) < self._below)
        sampled = bool(int(found[4], 16) & _SAMPLED)
        kept = (state or "").strip()
        return Trace(found[2], span, found[3], sampled, kept if len(kept) <= _MOST_STATE else "")
