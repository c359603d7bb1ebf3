"""The Responses dialect with a memory: what came before is there, and what comes is kept."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Raw, Struct

from akashchat.dialects.base import Encoder, Stamp
from akashchat.dialects.responses.kept import kept_items, response_of
from akashchat.dialects.responses.reply import ResponsesOptions, render_reply, response_id
from akashchat.dialects.responses.request import PARAMETERS, SETTLED, Asked, Recalled, parse, wanted
from akashchat.dialects.responses.stream import Frame, ResponsesEncoder
from akashchat.errors import BadRequest
from akashchat.model.events import TERMINAL, Event
from akashchat.model.reply import Replies
from akashchat.model.request import Request
from akashchat.storage.base import ChainTooLong, Kept, ResponseStore
from akashchat.wire import json, sse

_MOST_NAMED = 256
_MOST_BYTES = 64 * 1024 * 1024
"""Of what items are named in, and of the items: as much as may come before a response."""


class KeepingEncoder(ResponsesEncoder):
    """Keeps the response it wrote."""

    __slots__ = ("_dialect",)

    def __init__(self, dialect: "RememberingResponses", request: Request, stamp: Stamp, frame: Frame) -> None:
        super().__init__(request, stamp, dialect.options, frame)
        self._dialect = dialect

    def encode(self, event: Event) -> bytes:
        """One event as frames; the last one's response is kept before anybody knows of it."""
        written = super().encode(event)
        if isinstance(event, TERMINAL) and self.final is not None:
            self._dialect.keep(self._request, self._stamp, json.encode(self.final))
        return written


class RememberingResponses:
    """The dialect for one exchange of one caller's."""

    name = "responses"
    parameters = PARAMETERS
    settled = SETTLED

    def __init__(
        self, options: ResponsesOptions, store: ResponseStore, owner: str, recalled: Recalled
    ) -> None:
        self.options = options
        self._store = store
        self._owner = owner
        self._recalled = recalled

    def parse(self, body: bytes) -> Asked:
        """See ``Dialect``."""
        request = parse(body, self._recalled)
        if self._store.keeps or not request.store:
            return request
        asked = json.decode_body(body, dict[str, Raw])
        ignored = {"store": asked["store"]} if "store" in asked else {}
        return msgspec.structs.replace(
            request,
            store=False,
            told={**request.told, "store": False},
            options={**request.options, **ignored},
        )

    def encoder(self, request: Request, stamp: Stamp) -> Encoder:
        """See ``Dialect``."""
        return KeepingEncoder(self, request, stamp, sse.named)

    def render_reply(self, replies: Replies, request: Request, stamp: Stamp) -> bytes:
        """See ``Dialect``."""
        body = render_reply(replies, request, stamp, self.options)
        self.keep(request, stamp, body)
        return body

    def keep(self, request: Request, stamp: Stamp, response: bytes) -> None:
        """Keep a response, where it may be."""
        if isinstance(request, Asked) and request.store:
            self._store.keep(kept_response(self._owner, request, stamp, response))


def kept_response(owner: str, request: Asked, stamp: Stamp, response: bytes) -> Kept:
    """A response as it is kept."""
    return Kept(
        response_id(stamp),
        owner,
        stamp.created,
        request.told.get("previous_response_id") or "",
        response,
        json.encode(kept_items(request.items, stamp)),
    )


class Memory:
    """What is kept for all callers, and how responses are told."""

    def __init__(self, store: ResponseStore, options: ResponsesOptions) -> None:
        self.store = store
        self.options = options

    async def dialect(self, owner: str, body: bytes) -> RememberingResponses:
        """The dialect that can read this body; raises ``BadRequest``."""
        return RememberingResponses(self.options, self.store, owner, await recall(self.store, owner, body))


async def recall(store: ResponseStore, owner: str, body: bytes) -> Recalled:
    """What a body refers to, as far as it is there; raises ``BadRequest``."""
    asked = wanted(body)
    if len(asked.items) > _MOST_NAMED:
        raise BadRequest(f"at most {_MOST_NAMED} items may be named by their ids", param="input")
    try:
        history = await _history(store, owner, asked.previous) if asked.previous else None
    except ChainTooLong:
        raise BadRequest(
            "there is too much before this response; compact it", param="previous_response_id"
        ) from None
    return Recalled(history, await _named(store, owner, Counter(asked.items), history or ()))


async def _history(store: ResponseStore, owner: str, previous: str) -> tuple[dict[str, Any], ...] | None:
    chain = await store.chain(owner, previous)
    return None if chain is None else history_of(chain)


async def _named(
    store: ResponseStore, owner: str, names: Counter[str], history: tuple[dict[str, Any], ...]
) -> dict[str, Any]:
    """The items of these ids: of what came before whatever its id is, else of the response an id is made of.

    Each response is read once, and both what is read and what it becomes are bounded.
    """
    items: dict[str, Any] = {item["id"]: item for item in history if item.get("id") in names}
    size = sum(len(json.encode(item)) * names[name] for name, item in items.items())
    for response in dict.fromkeys(response_of(name) for name in names if name not in items):
        kept = await store.find(owner, response)
        if kept is None:
            continue
        size += kept.size
        _bound(size)
        for name, item in _items_by_id(kept, names):
            size += len(bytes(item)) * (names[name] - 1)
            _bound(size)
            items[name] = json.decode_any(bytes(item))
    return items


def _bound(size: int) -> None:
    if size > _MOST_BYTES:
        raise BadRequest("the items named by their ids are too much; send what is needed", param="input")


class _Id(Struct):
    id: str = ""


class _Output(Struct):
    output: Raw


def _items_by_id(kept: Kept, names: Counter[str]) -> Iterator[tuple[str, Raw]]:
    """The items of a response that have one of these ids, unread."""
    for items in (kept.items, bytes(msgspec.json.decode(kept.response, type=_Output).output)):
        ids = msgspec.json.decode(items, type=list[_Id])
        for found, item in zip(ids, msgspec.json.decode(items, type=list[Raw]), strict=True):
            if found.id in names:
                yield found.id, item


def history_of(chain: list[Kept]) -> tuple[dict[str, Any], ...]:
    """What was said in a chain of responses."""
    return tuple(item for kept in chain for item in turn_items(kept))


def turn_items(kept: Kept) -> list[dict[str, Any]]:
    """All items of one response: what was asked, and what was answered."""
    asked: list[dict[str, Any]] = json.decode_any(kept.items)
    answered: list[dict[str, Any]] = json.decode_any(kept.response)["output"]
    return asked + answered
