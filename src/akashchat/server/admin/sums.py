"""What was used: the ledger summed up, and what was said where that is kept.

A caller without an admin's key sees what was used with its own.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from starlette.types import Receive, Scope, Send

from akashchat.clock import Clock
from akashchat.errors import BadRequest, DatabaseUnavailable, GatewayError, NotFound
from akashchat.gateway.gateway import Gateway
from akashchat.policies.admission import Caller
from akashchat.server.admin.selecting import selected
from akashchat.server.base import key_of, query, respond, respond_error
from akashchat.storage.base import DatabaseDown
from akashchat.storage.rows import Group, LedgerStore, Named, Selection, Spread, Summed, Sums
from akashchat.wire import json

GROUPS: tuple[Group, ...] = (
    "day", "hour", "minute", "model", "key", "caller", "user", "upstream", "dialect", "outcome",
)  # fmt: skip
_TIMES = ("day", "hour", "minute")
_MOST_GROUPS = 1000
"""Rows of a reply; names of models come from callers."""
_MOST_AT_ONCE = 3


class Usage:
    """``GET /admin/usage``, and what was said: made for admins in ``app.admin``."""

    def __init__(self, ledger: LedgerStore, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock

    async def sums(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """The ledger summed up."""
        selection = selected(scope, self._clock)
        await respond(send, 200, json.encode(await summed_up(self._ledger, selection, _groups(scope))))

    async def body(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """What was asked and answered in one request."""
        name = scope["path_params"]["request_id"]
        found = await self._ledger.body(name)
        if found is None:
            why = "words are kept only with AKASHCHAT_LEDGER_BODIES, and for a while"
            raise NotFound(f"nothing is kept of a request '{name[:128]}'; {why}", param="request_id")
        told = {
            "object": "usage.body",
            "request_id": found.request_id,
            "at": found.at,
            "request": found.request.decode("utf-8", "replace"),
            "answer": found.answer.decode("utf-8", "replace"),
        }
        await respond(send, 200, json.encode(told))


class OwnUsage:
    """``GET /v1/usage``: what the caller's own key used."""

    def __init__(self, gateway: Gateway, ledger: LedgerStore, clock: Clock) -> None:
        self._gateway = gateway
        self._ledger = ledger
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Sum up."""
        try:
            caller = await self._gateway.admit(key_of(scope))
            selection = selected(scope, self._clock, own=_own(caller))
            told = await summed_up(self._ledger, selection, _groups(scope))
        except GatewayError as error:
            await respond_error(scope, send, error)
        except DatabaseDown as down:
            await respond_error(scope, send, DatabaseUnavailable(f"the database does not answer: {down}"))
        else:
            await respond(send, 200, json.encode(told))


def _own(caller: Caller) -> tuple[tuple[Named, str], ...]:
    """The rows of a caller: by the key, or, where it was not issued, by what stands for one."""
    return (("key", caller.key),) if caller.key else (("key", ""), ("caller", caller.name))


def _groups(scope: Scope) -> tuple[Group, ...]:
    given = [name.strip() for name in (query(scope, "group") or "day").split(",")]
    if not set(given) <= set(GROUPS) or len(set(given)) < len(given) or len(given) > _MOST_AT_ONCE:
        known = ", ".join(GROUPS)
        raise BadRequest(f"'group' must be up to {_MOST_AT_ONCE} of {known}, with commas", param="group")
    return cast("tuple[Group, ...]", tuple(given))


async def summed_up(ledger: LedgerStore, selection: Selection, by: Sequence[Group]) -> dict[str, Any]:
    """The reply: days and hours in their order, all else by how much it was used."""
    found = await ledger.sums(selection, by)
    total = Sums()
    for sums in found.values():
        total.add(sums)
    shown = _ordered(found, by)
    return {
        "object": "usage",
        "from": selection.since,
        "to": selection.until,
        "group": list(by),
        "data": [{**dict(zip(by, names, strict=True)), **told(sums)} for names, sums in shown[:_MOST_GROUPS]],
        "has_more": len(shown) > _MOST_GROUPS,
        "total": told(total),
    }


def _ordered(found: Summed, by: Sequence[Group]) -> list[tuple[tuple[str, ...], Sums]]:
    if by[0] in _TIMES:
        return sorted(found.items(), key=lambda item: item[0])
    return sorted(found.items(), key=lambda item: (-item[1].requests, item[0]))


def told(sums: Sums) -> Mapping[str, Any]:
    """Sums, as JSON."""
    return {
        "requests": sums.requests,
        "errors": sums.errors,
        "input_tokens": sums.input_tokens,
        "output_tokens": sums.output_tokens,
        "reasoning_tokens": sums.reasoning_tokens,
        "estimated": sums.estimated,
        "cost": None if sums.cost is None else round(sums.cost, 9),
        "first_event_ms": _percentiles(sums.first_event),
        "duration_ms": _percentiles(sums.duration),
    }


def _percentiles(spread: Spread) -> dict[str, float | None]:
    return {"p50": spread.percentile(0.5), "p95": spread.percentile(0.95)}
