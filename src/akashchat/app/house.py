"""The gateway, as one set of settings has it, on the ground that outlives it."""

from typing import Self

from starlette.types import ASGIApp

from akashchat.app.endpoints import Endpoints
from akashchat.app.ground import Ground
from akashchat.app.limits import allowance, limit_options
from akashchat.app.upstreams import Upstreams
from akashchat.dialects.responses.reply import ResponsesOptions
from akashchat.gateway.gateway import Gateway, GatewayOptions
from akashchat.model.aliases import Aliases
from akashchat.policies.door import Door
from akashchat.policies.limits import Limits
from akashchat.policies.links import Links
from akashchat.policies.passes import Passes
from akashchat.policies.signing import Secret
from akashchat.server.admin.base import is_here
from akashchat.server.records import Records
from akashchat.server.remembering import Memory
from akashchat.server.routes import Table
from akashchat.settings import Settings, split_address
from akashchat.telemetry.exposition import exposed
from akashchat.upstreams.akash.request import DEFAULT_TEMPERATURE, DEFAULT_TOP_P


class House:
    """Made of settings and the ground; entered, connections may be made, and left, they are closed."""

    def __init__(self, settings: Settings, ground: Ground) -> None:
        key = settings.bearer_token.get_secret_value()
        here = is_here(split_address(settings.server_address)[0])
        door = Door(
            key, ground.keys, required=settings.keys_required, here=here, allowance=allowance(settings.limits)
        )
        secret = Secret(settings.server.secret.get_secret_value() or key, ground.drawn_secret)
        passes = self.passes = Passes(door, secret, ground.clock.now)
        self._upstreams = Upstreams(
            settings, ground.clock, ground.chance, ground.shelves, drifted=ground.metrics.drifted
        )
        ground.metrics.looks = [*ground.looks, self._upstreams.figures]
        aliases = Aliases(settings.models.aliases)
        gateway = Gateway(
            self._upstreams.composed(aliases),
            self._upstreams.pictures,
            passes,
            Links(secret, lambda: door.open),
            ground.observers,
            limits=Limits(ground.counters, limit_options(settings.limits), ground.clock, ground.metrics),
            clock=ground.clock,
            options=GatewayOptions(
                strict=settings.strict,
                compat=settings.compat != "",
                trusts_users=settings.server.trusted_user_headers,
                aliases=aliases,
            ),
        )
        self._records = _records(settings, ground)
        endpoints = Endpoints(
            settings,
            gateway,
            Memory(ground.responses, _responses_options(settings)),
            self._upstreams.forwarders,
            lambda: exposed(ground.metrics.collect()),
            self._upstreams.states,
            keys=ground.keys,
            passes=passes,
            records=self._records,
            redis=ground.redis.state if ground.redis else None,
            clock=ground.clock,
            chance=ground.chance,
        )
        self.table: Table = endpoints.table()
        self.sockets: dict[str, ASGIApp] = endpoints.sockets()

    async def __aenter__(self) -> Self:
        await self._upstreams.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._upstreams.__aexit__()
        if self._records is not None:
            await self._records.close()


def _records(settings: Settings, ground: Ground) -> Records | None:
    """Where answers lie for other gateways, if there are others."""
    shared, keep_s = ground.shelves.shared, settings.policies.idempotency_s
    return Records(shared, ground.clock, ground.chance, keep_s) if shared is not None and keep_s else None


def _responses_options(settings: Settings) -> ResponsesOptions:
    if settings.akash.sampling == "model":
        return ResponsesOptions()
    return ResponsesOptions(temperature=DEFAULT_TEMPERATURE, top_p=DEFAULT_TOP_P)
