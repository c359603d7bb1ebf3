"""The endpoints of ``/v1/responses`` that need a memory."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.types import Receive, Scope, Send

from akashchat.clock import Chance, Clock
from akashchat.dialects.base import Dialect
from akashchat.dialects.responses import Responses
from akashchat.errors import BadRequest, GatewayError, NotFound
from akashchat.gateway.gateway import Gateway
from akashchat.policies.admission import Caller
from akashchat.server.addresses import Addresses
from akashchat.server.answers import AnswerOptions, Answers
from akashchat.server.base import query, respond, respond_error
from akashchat.server.callers import admitted
from akashchat.server.remembering import Memory
from akashchat.storage.base import Kept, ResponseStore
from akashchat.wire import json

_LIMIT, _MOST = 20, 100


class ResponseAnswers(Answers):
    """``POST /v1/responses``: answers that go on from earlier ones, and are kept."""

    def __init__(
        self,
        memory: Memory,
        gateway: Gateway,
        addresses: Addresses,
        options: AnswerOptions,
        clock: Clock,
        chance: Chance,
    ) -> None:
        super().__init__(Responses(memory.options), gateway, addresses, options, clock, chance)
        self._memory = memory

    async def dialect(self, caller: Caller, body: bytes) -> Dialect:
        """See ``Answers``."""
        return await self._memory.dialect(caller.owner, body)


class Response:
    """``/v1/responses/{id}`` and what is under it, of whoever asked for it."""

    def __init__(self, gateway: Gateway, store: ResponseStore) -> None:
        self._gateway = gateway
        self._store = store

    async def show(self, scope: Scope, receive: Receive, send: Send) -> None:
        """``GET``: the response."""

        async def answer(caller: Caller, name: str) -> bytes:
            if query(scope, "stream") == "true":
                raise BadRequest("a response that has ended is not streamed again", param="stream")
            return (await self._found(caller, name)).response

        await self._respond(scope, receive, send, answer)

    async def forget(self, scope: Scope, receive: Receive, send: Send) -> None:
        """``DELETE``."""

        async def answer(caller: Caller, name: str) -> bytes:
            if not await self._store.delete(caller.owner, name):
                raise _unknown(name)
            return json.encode({"id": name, "object": "response", "deleted": True})

        await self._respond(scope, receive, send, answer)

    async def items(self, scope: Scope, receive: Receive, send: Send) -> None:
        """``GET …/input_items``: what was asked, a page of it."""

        async def answer(caller: Caller, name: str) -> bytes:
            kept = await self._found(caller, name)
            return json.encode(_page(json.decode_any(kept.items), scope))

        await self._respond(scope, receive, send, answer)

    async def cancel(self, scope: Scope, receive: Receive, send: Send) -> None:
        """``POST …/cancel``: nothing here runs behind its request's back."""

        async def answer(caller: Caller, name: str) -> bytes:
            await self._found(caller, name)
            raise BadRequest("only a response made in the background can be cancelled; none is here")

        await self._respond(scope, receive, send, answer)

    async def _found(self, caller: Caller, name: str) -> Kept:
        kept = await self._store.find(caller.owner, name)
        if kept is None:
            raise _unknown(name)
        return kept

    async def _respond(
        self,
        scope: Scope,
        receive: Receive,  # noqa: ARG002  what an endpoint is given
        send: Send,
        answer: Callable[[Caller, str], Awaitable[bytes]],
    ) -> None:
        try:
            caller = await admitted(scope, self._gateway, "responses")
            await respond(send, 200, await answer(caller, scope["path_params"]["response_id"]))
        except GatewayError as error:
            await respond_error(scope, send, error)


def _unknown(name: str) -> NotFound:
    return NotFound(f"there is no response '{name[:100]}'", param="response_id")


def _page(items: list[dict[str, Any]], scope: Scope) -> dict[str, Any]:
    """The items after ``after``, the newest first unless ``order`` is ``asc``."""
    order, after, limit = (query(scope, name) for name in ("order", "after", "limit"))
    if order not in (None, "asc", "desc"):
        raise BadRequest("'order' must be 'asc' or 'desc'", param="order")
    if limit is not None and not (limit.isascii() and limit.isdecimal() and 1 <= int(limit[:9]) <= _MOST):
        raise BadRequest(f"'limit' must be between 1 and {_MOST}", param="limit")
    ordered = items if order == "asc" else items[::-1]
    if after is not None:
        places = [i for i, item in enumerate(ordered) if item["id"] == after]
        if not places:
            raise BadRequest(f"there is no item '{after[:100]}'", param="after")
        ordered = ordered[places[0] + 1 :]
    shown = ordered[: int(limit or _LIMIT)]
    return {
        "object": "list",
        "data": shown,
        "first_id": shown[0]["id"] if shown else None,
        "last_id": shown[-1]["id"] if shown else None,
        "has_more": len(ordered) > len(shown),
    }
