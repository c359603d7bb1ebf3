"""What an answer may cost at most, before anybody is asked for it.

Upstreams count with their own vocabularies, say more to a model than the caller does, and tell what it came to only
at the end.  So more is set aside than is counted here; what was too much is given back a moment later.
"""

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from akashchat import tokens
from akashchat.errors import LimitExceeded
from akashchat.model.limits import Kind, Limit
from akashchat.model.request import FilePart, ImagePart, Message, Request
from akashchat.policies.counters.base import Claim

_FINE = 1_000
"""A margin has thousandths and no more: so whole numbers are reckoned with, and none is lost on the way and back."""
_PER_MESSAGE = 8
"""What a chat template writes around a message; Akash tells 17 tokens for a greeting of 9."""
_FORM = 768
"""What ``emulation`` tells a model of tools and formats, beside the tools and the schema."""
_SPARE = 16
"""The name of a call, a last token that is no whole word."""
_PICTURE = 1_600
"""Tokens of a picture that is shown; who tells how they are counted counts fewer.
https://platform.claude.com/docs/en/build-with-claude/vision"""
_CHARACTERS = 4
"""Of a document for each token."""

_FEW = 16
"""A budget is spent to the last, but an answer of fewer tokens is none."""
_WORTH = 1_024
"""What is back within a minute is waited for, rather than have an answer cut shorter than this."""


class LimitOptions(Struct, frozen=True, kw_only=True):
    """``margin`` is how many times more an upstream may count than we do.

    ``output_tokens`` are set aside for an answer whose caller has not said how long it may be, and end it.
    """

    margin: float = 1.1
    output_tokens: int = 8192


class Need(Struct, frozen=True, kw_only=True):
    """Tokens: ``asked`` as a caller counts them, ``aside`` what is set aside for them, ``output`` of each answer."""

    asked: int = 0
    aside: int = 0
    output: int = 0
    answers: int = 1
    margin: float = 1.0

    def tokens(self, output: int) -> int:
        """How many to set aside for answers of so many tokens."""
        return self.aside + self.answers * (with_margin(output, self.margin) + _SPARE if output else 0)

    def room(self, granted: int) -> int:
        """How many tokens each answer may have if so many are set aside."""
        each = (granted - self.aside) // self.answers - _SPARE
        return max(1, each * _FINE // round(self.margin * _FINE))


async def need_of(request: Request, options: LimitOptions) -> Need:
    """What a request needs."""
    margin = options.margin
    counted = aside = 0
    for messages in (request.messages, *request.further):
        one = msgspec.structs.replace(request, messages=messages, further=())
        said = await tokens.counted(tokens.portions(one))
        counted += said
        aside += with_margin(said + _unseen(messages), margin) + _PER_MESSAGE * len(messages)
    if request.tools or request.output is not None:
        aside += _FORM * (1 + len(request.further))
    return Need(
        asked=counted * request.n,
        aside=aside * request.n,
        output=request.max_tokens if request.max_tokens is not None else options.output_tokens,
        answers=request.answers,
        margin=margin,
    )


def with_margin(count: int, margin: float) -> int:
    """So many tokens, as somebody else may count them."""
    return -(-count * round(margin * _FINE) // _FINE)


def claims_of(limits: Iterable[Limit], need: Need) -> tuple[Claim, ...]:
    """How much must be there of each limit; raises ``LimitExceeded`` where that is more than there ever is."""
    return tuple([Claim(limit, _least(limit, need)) for limit in limits])


def _least(limit: Limit, need: Need) -> int:
    if not limit.kind.of_tokens:
        return 1
    few = need.tokens(min(need.output, _FEW))
    if few > limit.most:
        raise LimitExceeded(
            f"this request needs at least {few} tokens, and the key may use {limit.most} {PER[limit.kind]}"
        )
    if limit.kind is Kind.TOKENS_PER_MINUTE:
        return min(need.tokens(min(need.output, _WORTH)), limit.most)
    return few


PER = {
    Kind.TOKENS_PER_MINUTE: "a minute",
    Kind.TOKENS_PER_DAY: "a day",
    Kind.TOKENS_PER_MONTH: "a month",
}


def _unseen(messages: Iterable[Message]) -> int:
    """Tokens of what is not counted as text."""
    parts = [part for message in messages for part in message.parts]
    pictures = sum(isinstance(part, ImagePart) for part in parts)
    characters = sum(len(part.url) for part in parts if isinstance(part, FilePart))
    return _PICTURE * pictures + characters // _CHARACTERS
