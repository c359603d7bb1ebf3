"""``GET /admin/settings`` and ``POST /admin/settings/reload``: what counts now, and have it read again."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from starlette.types import Receive, Scope, Send

from akashchat.errors import SettingsRefused
from akashchat.server.base import respond
from akashchat.server.siblings import Reloaded
from akashchat.wire.json import encode


class Terms(Protocol):
    """The settings that count, and how they change."""

    @property
    def waiting(self) -> list[str]:
        """Variables that were read with another value, which counts from the next start on."""
        ...

    def effective(self) -> Iterable[Mapping[str, object]]:
        """Every setting as it is; of a secret only whether there is one."""
        ...

    async def reload(self) -> Reloaded:
        """Read them again, and have them as a whole or not at all."""
        ...


class ShownSettings:
    """What counts now."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Show them."""
        data = list(self._terms.effective())
        await respond(send, 200, encode({"object": "list", "data": data, "waiting": self._terms.waiting}))


class Reload:
    """Has the settings read again, by all processes of the gateway."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Do it, and tell what came of it; raises ``SettingsRefused``."""
        reloaded = await self._terms.reload()
        if reloaded.refused:
            raise SettingsRefused(
                "these settings cannot be used, the old ones stay: " + "; ".join(reloaded.refused)
            )
        told = {"object": "settings.reload", "changed": reloaded.changed, "waiting": reloaded.waiting}
        await respond(send, 200, encode(told))
