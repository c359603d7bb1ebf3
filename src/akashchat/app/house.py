"""The gateway, as one set of settings has it, on the ground that outlives it."""

import asyncio
from typing import Any, Self

from starlette.types import Receive, Scope, Send

from akashchat.app.endpoints import Endpoints
from akashchat.app.front import front
from akashchat.app.ground import Ground
from akashchat.app.ledger import follow, observing
from akashchat.app.limits import allowance, limit_options
from akashchat.app.upstreams import Upstreams
from akashchat.gateway.gateway import Gateway, GatewayOptions
from akashchat.model.aliases import Aliases
from akashchat.policies.door import Door
from akashchat.policies.limits import Limits
from akashchat.policies.links import Links
from akashchat.policies.passes import Passes
from akashchat.policies.signing import Secret
from akashchat.server.admin.base import is_here
from akashchat.server.admin.settings import Terms
from akashchat.server.records import Records
from akashchat.server.routes import Paths
from akashchat.settings import Settings, split_address


class House:
    """Made of settings and the ground; entered, connections may be made, and left, they are closed."""

    def __init__(self, settings: Settings, ground: Ground, terms: Terms) -> None:
        self._clock = ground.clock
        self._settings = settings
        self._ground = ground
        self._guests: set[asyncio.Task[Any]] = set()
        self._empty = asyncio.Event()
        self._leaving = asyncio.Event()
        self._patience_s = max(one.total_timeout_s for one in (settings.akash, *settings.keyed().values()))
        self._upstreams = Upstreams(
            settings,
            ground.clock,
            ground.chance,
            ground.shelves,
            drifted=ground.metrics.drifted,
            lasting=ground.lasting,
        )
        door = _door(settings, ground)
        secret = Secret(_secret(settings), ground.drawn_secret)
        passes = Passes(door, secret, ground.clock.now)
        gateway = self._gateway(settings, passes, Links(secret, lambda: door.open))
        self._records = _records(settings, ground)
        endpoints = Endpoints(
            settings,
            ground,
            self._upstreams,
            gateway,
            passes=passes,
            terms=terms,
            leaving=self._leaving,
            records=self._records,
        )
        self.paths = Paths(endpoints.table(), endpoints.sockets())
        self._front = front(settings, self.paths, passes, ground)

    def _gateway(self, settings: Settings, passes: Passes, links: Links) -> Gateway:
        aliases = Aliases(settings.models.aliases)
        return Gateway(
            self._upstreams.composed(aliases),
            self._upstreams.pictures,
            passes,
            links,
            [*self._ground.observers, *observing(self._ground.ledger, settings.ledger)],
            limits=Limits(
                self._ground.counters,
                limit_options(settings.limits),
                self._ground.clock,
                self._ground.metrics,
            ),
            clock=self._ground.clock,
            options=GatewayOptions(
                strict=settings.strict,
                compat=settings.compat != "",
                trusts_users=settings.server.trusted_user_headers,
                overhear=settings.ledger.bodies and settings.ledger.retention_days > 0,
                aliases=aliases,
            ),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Be a guest, until the response is over."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  for the type checker: a coroutine runs in one
        self._guests.add(task)
        try:
            await self._front(scope, receive, send)
        finally:
            self._guests.discard(task)
            if not self._guests:
                self._empty.set()

    async def vacate(self) -> None:
        """Leave it when its last guest has; whoever stays for longer than any answer takes is turned out."""
        self._leaving.set()
        try:
            async with self._ground.clock.timeout(self._patience_s):
                await self._alone()
        except TimeoutError:
            self.turn_out()
            await self._alone()
        await self.__aexit__()

    def turn_out(self) -> None:
        """Have all guests leave: each is told that the gateway stops."""
        for task in self._guests:
            task.cancel()

    async def _alone(self) -> None:
        while self._guests:
            self._empty.clear()
            await self._empty.wait()

    async def __aenter__(self) -> Self:
        await self._upstreams.__aenter__()
        self._ground.telemetry.look_at(self._upstreams.figures, self._settings)
        follow(self._ground.ledger, self._settings.ledger, self._upstreams.price)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._upstreams.__aexit__()
        if self._records is not None:
            await self._records.close()


def _door(settings: Settings, ground: Ground) -> Door:
    here = is_here(split_address(settings.server_address)[0])
    open_to = allowance(settings.limits)
    return Door(_key(settings), ground.keys, required=settings.keys_required, here=here, allowance=open_to)


def _secret(settings: Settings) -> str:
    """What is signed with; the key where the operator names nothing else."""
    return settings.server.secret.get_secret_value() or _key(settings)


def _key(settings: Settings) -> str:
    return settings.bearer_token.get_secret_value()


def _records(settings: Settings, ground: Ground) -> Records | None:
    """Where answers lie for other gateways, if there are others."""
    shared, keep_s = ground.shelves.shared, settings.policies.idempotency_s
    return Records(shared, ground.clock, ground.chance, keep_s) if shared is not None and keep_s else None
