"""Asking again within what is set aside for an answer."""

import msgspec

from akashchat.model.request import Request

_FEW = 16
"""An answer of fewer tokens is none."""


async def affordable(request: Request, tokens: int) -> Request | None:
    """A request that costs so many tokens beside what was thought of, where the caller has them.

    Otherwise its answer ends so much earlier; none where nothing would be left of it.
    """
    more = request.journey.more
    if more is None or await more(tokens):
        return request
    limits = [limit for limit in (request.max_tokens, request.allowed_tokens) if limit is not None]
    left = min(limits, default=0) - tokens
    if left < _FEW:
        return None
    asked = None if request.max_tokens is None else left
    return msgspec.structs.replace(request, max_tokens=asked, allowed_tokens=left if asked is None else None)
