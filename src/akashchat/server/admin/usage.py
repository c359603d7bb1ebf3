"""``GET /admin/keys/{id}/usage``: how much a key has left of what it may ask for."""

from starlette.types import Receive, Scope, Send

from akashchat.policies.admission import Caller
from akashchat.policies.keys import Keys
from akashchat.policies.limits import Limits
from akashchat.server.admin.keys import unknown
from akashchat.server.base import respond
from akashchat.server.limits import standings_object
from akashchat.wire import json


class KeyUsage:
    """The endpoint."""

    def __init__(self, keys: Keys, limits: Limits) -> None:
        self._keys = keys
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Tell."""
        key_id: str = scope["path_params"]["key_id"]
        key = await self._keys.ring.find(key_id)
        if key is None:
            raise unknown(key_id)
        caller = Caller(name=key.name, key=key.id, allowance=key.allowance)
        told = standings_object(await self._limits.standings(caller))
        body = json.encode({"object": "key.usage", "key": key.id, "limits": told})
        await respond(send, 200, body, [(b"cache-control", b"no-store")])
