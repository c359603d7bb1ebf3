"""The ground, and the house that stands on it now: the whole gateway, as an ASGI application.

When the settings change, another house takes the old one's place: who asks from then on is its guest, who was there
before stays in the old one until the answer is over.  Settings that no house can be made of change nothing.
"""

import asyncio
import pickle
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import structlog
from starlette.routing import Router
from starlette.types import Receive, Scope, Send

from akashchat.app.ground import Ground
from akashchat.app.house import House
from akashchat.server.siblings import SETTLE, Reloaded
from akashchat.settings import BadSettings, Settings
from akashchat.settings.change import Change, change, effective


class Estate:
    """See above; ``read`` reads the settings again, and raises ``BadSettings``."""

    def __init__(self, settings: Settings, ground: Ground, read: Callable[[], Settings]) -> None:
        self._ground = ground
        self._read = read
        self._terms = change(settings, settings)
        self.house = House(settings, ground, self)
        self._moving = asyncio.Lock()
        self._leaving: dict[asyncio.Task[None], House] = {}
        self._lifespan = Router(lifespan=self._lived)
        self._log = structlog.get_logger("akashchat")
        ground.siblings.answers(SETTLE, self._told)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Be answered in the house of now."""
        if scope["type"] == "lifespan":
            await self._lifespan(scope, receive, send)
        else:
            await self.house(scope, receive, send)

    def effective(self) -> Iterator[dict[str, object]]:
        """See ``Terms``."""
        return effective(self._terms.settings)

    @property
    def waiting(self) -> list[str]:
        """See ``Terms``."""
        return self._terms.waiting

    async def reload(self) -> Reloaded:
        """See ``Terms``."""
        return await self._ground.siblings.reload(self._reload)

    async def _reload(self) -> Reloaded:
        """Read the settings again, and settle by them; what came of it is in the log, too."""
        try:
            terms = change(self._terms.settings, self._read())
        except BadSettings as error:
            reloaded = Reloaded(refused=str(error).splitlines())
        else:
            refused = await self._settle(terms)
            reloaded = Reloaded([], [], refused) if refused else Reloaded(terms.changed, terms.waiting)
        reloaded.tell(self._log)
        return reloaded

    async def _told(self, body: bytes) -> bytes:
        """The parent has read the settings for all."""
        return msgspec.msgpack.encode(await self._settle(pickle.loads(body)))  # noqa: S301  from the parent

    async def _settle(self, terms: Change) -> list[str]:
        """Have these settings from now on; gives why not, where that is so."""
        async with self._moving:
            if terms.changed:
                try:
                    house = await self._entered(terms.settings)
                except Exception as error:  # noqa: BLE001  whatever it is, the old house stands
                    self._log.exception("no gateway can be made of these settings")
                    return [f"no gateway can be made of these settings: {type(error).__name__}"]
                self._ground.telemetry.retune(terms.settings)
                self.house, old = house, self.house
                self._leave(old)
            self._terms = terms
        return []

    async def _entered(self, settings: Settings) -> House:
        house = House(settings, self._ground, self)
        try:
            return await house.__aenter__()
        except BaseException:
            await house.__aexit__()
            raise

    def _leave(self, house: House) -> None:
        task = asyncio.create_task(house.vacate())
        self._leaving[task] = house
        task.add_done_callback(self._leaving.pop)

    @asynccontextmanager
    async def _lived(self, _: Any) -> AsyncIterator[None]:
        async with self._ground:
            async with self._moving:
                await self.house.__aenter__()
            try:
                yield
            finally:
                for house in self._leaving.values():
                    house.turn_out()
                await asyncio.gather(*self._leaving)
                await self.house.__aexit__()
