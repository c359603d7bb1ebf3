"""``/admin/keys``: issued keys, listed, issued, changed, rotated and revoked.

The shapes are OpenAI's where it has such a thing: a list with ``has_more``, times in whole seconds since the epoch.
https://platform.openai.com/docs/api-reference/admin-api-keys
"""

import math
from typing import Any

import structlog
from msgspec import UNSET, to_builtins
from msgspec.structs import asdict
from starlette.types import Receive, Scope, Send

from akashchat.clock import Clock
from akashchat.errors import BadRequest, NotFound
from akashchat.policies.issued import Issued, Key
from akashchat.policies.keyring import Keyring
from akashchat.policies.keys import Keys
from akashchat.server.admin.base import caller_of
from akashchat.server.admin.wishes import read_change, read_wish
from akashchat.server.base import Reading, query, read_body, respond
from akashchat.wire import json

_LIMIT, _MOST = 100, 1000
_NO_STORE = [(b"cache-control", b"no-store")]


class KeysEndpoints:
    """The endpoints; whoever changes a key finds it changed at once, here."""

    def __init__(self, keys: Keys, reading: Reading, clock: Clock) -> None:
        self._keys = keys
        self._reading = reading
        self._clock = clock
        self._log = structlog.get_logger("akashchat")

    async def list(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """``GET /admin/keys``: the newest first."""
        shown, more = page(await self._keys.ring.all(), query(scope, "limit"), query(scope, "after"))
        listed = {"object": "list", "data": [self._told(key) for key in shown], "has_more": more}
        await respond(send, 200, json.encode(listed), _NO_STORE)

    async def show(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """``GET /admin/keys/{id}``."""
        key = _found(await self._keys.ring.find(_id(scope)), scope)
        await respond(send, 200, json.encode(self._told(key)), _NO_STORE)

    async def issue(self, scope: Scope, receive: Receive, send: Send) -> None:
        """``POST /admin/keys``; the one time that the key itself is told."""
        wish = read_wish(await self._body(scope, receive), self._clock.now())
        issued = await self._keys.ring.issue(wish)
        await self._changed(scope, "issued", issued.key)
        await respond(send, 200, json.encode(told_issued(issued)), _NO_STORE)

    async def change(self, scope: Scope, receive: Receive, send: Send) -> None:
        """``PATCH /admin/keys/{id}``."""
        body = await self._body(scope, receive)
        _found(await self._keys.ring.find(_id(scope)), scope)
        change = read_change(body, self._clock.now())
        changed = _found(await self._keys.ring.change(_id(scope), change), scope)
        fields = [name for name, value in asdict(change).items() if value is not UNSET]
        await self._changed(scope, "changed", changed, fields=fields)
        await respond(send, 200, json.encode(self._told(changed)), _NO_STORE)

    async def revoke(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """``DELETE /admin/keys/{id}``: it opens nothing any more, and is listed still."""
        key = _found(await self._keys.ring.revoke(_id(scope)), scope)
        await self._changed(scope, "revoked", key)
        await respond(send, 200, json.encode(self._told(key)), _NO_STORE)

    async def rotate(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """``POST /admin/keys/{id}/rotate``: a new text for the same key."""
        issued = await rotated(self._keys.ring, _id(scope))
        await self._changed(scope, "rotated", issued.key)
        await respond(send, 200, json.encode(told_issued(issued)), _NO_STORE)

    def _told(self, key: Key) -> dict[str, Any]:
        return told(key, self._keys.last_used(key))

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        return await read_body(scope, receive, self._reading, self._clock)

    async def _changed(self, scope: Scope, what: str, key: Key, **more: object) -> None:
        """See that it counts from now on, and tell who did it."""
        await self._keys.changed()
        by = caller_of(scope)
        request_id = scope["state"]["request_id"]
        self._log.info(f"key {what}", request_id=request_id, key=key.id, name=key.name, by=by.owner, **more)


def told(key: Key, last_used_at: float | None = None) -> dict[str, Any]:
    """A key as JSON has it."""
    last = key.last_used_at if last_used_at is None else last_used_at
    return {
        "object": "key",
        "id": key.id,
        "name": key.name,
        "prefix": key.prefix,
        "admin": key.admin,
        "scope": to_builtins(key.scope),
        "allowance": to_builtins(key.allowance),
        "created_at": int(key.created_at),
        "expires_at": _whole(key.expires_at),
        "revoked_at": _whole(key.revoked_at),
        "last_used_at": _whole(last),
        "note": key.note,
    }


def told_issued(issued: Issued) -> dict[str, Any]:
    """The same with the text that is told once."""
    return {**told(issued.key), "key": issued.text}


async def rotated(ring: Keyring, key_id: str) -> Issued:
    """The key with a new text; raises ``NotFound``, and ``BadRequest`` for one that is revoked."""
    issued = await ring.rotate(key_id)
    if issued is None:
        raise unknown(key_id)
    if issued.key.revoked_at is not None:
        raise BadRequest("this key is revoked; issue a new one")
    return issued


def unknown(key_id: str) -> NotFound:
    """What to raise for a key that is not there."""
    return NotFound(f"there is no key '{key_id[:100]}'", param="key_id")


def page(keys: list[Key], limit: str | None, after: str | None) -> tuple[list[Key], bool]:
    """Those behind ``after``, and whether there are more; raises ``BadRequest``."""
    if limit is not None and not (limit.isascii() and limit.isdecimal() and 1 <= int(limit[:9]) <= _MOST):
        raise BadRequest(f"'limit' must be between 1 and {_MOST}", param="limit")
    if after is not None:
        places = [place for place, key in enumerate(keys) if key.id == after]
        if not places:
            raise BadRequest(f"there is no key '{after[:100]}'", param="after")
        keys = keys[places[0] + 1 :]
    most = int(limit or _LIMIT)
    return keys[:most], len(keys) > most


def _id(scope: Scope) -> str:
    name: str = scope["path_params"]["key_id"]
    return name


def _found(key: Key | None, scope: Scope) -> Key:
    if key is None:
        raise unknown(_id(scope))
    return key


def _whole(at: float | None) -> int | None:
    return None if at is None else math.floor(at)
