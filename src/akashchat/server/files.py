"""``GET /v1/images/files/{name}``: pictures, fetched for clients that have no way to Akash."""

from starlette.types import Receive, Scope, Send

from akashchat.errors import GatewayError, Unauthenticated
from akashchat.gateway.gateway import Gateway
from akashchat.model.events import MAX_PICTURE_BYTES
from akashchat.server.base import key_of, query, respond, respond_error
from akashchat.server.callers import admitted
from akashchat.server.line import line_of, while_connected


class Files:
    """Serves one picture to whoever has a key, or an address the gateway signed."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Fetch and pass on."""
        name = scope["path_params"]["name"]
        try:
            shared = await self._admit(scope, name)
            await while_connected(line_of(scope), self._send(send, name, shared=shared))
        except GatewayError as error:
            await respond_error(scope, send, error)

    async def _send(self, send: Send, name: str, *, shared: bool) -> None:
        async with self._gateway.files.file(name) as picture:
            body = await picture.read(MAX_PICTURE_BYTES)
        headers = [
            (b"cache-control", (b"public" if shared else b"private") + b", max-age=31536000, immutable"),
            (b"x-content-type-options", b"nosniff"),
            (b"content-security-policy", b"default-src 'none'; sandbox"),
        ]
        await respond(send, 200, body, headers, picture.media_type.encode("latin-1", "replace"))

    async def _admit(self, scope: Scope, name: str) -> bool:
        """Whether anybody with this address may have the picture, and not only who has a key."""
        try:
            self._gateway.links.check(name, query(scope, "s") or "")
        except Unauthenticated:
            if key_of(scope) is None:
                raise
            await admitted(scope, self._gateway)
            return False
        return True
