"""The models a gateway offers, and what each can do."""

from msgspec import Struct

from akashchat.client.failures import Failed, understood
from akashchat.client.gateway import Gateway

_SHOWN = ("tools", "response_format", "reasoning_effort", "stop", "max_tokens", "seed", "logprobs")
"""What people choose a model by."""

_DONE = ("upstream", "gateway")


class Listed(Struct, frozen=True):
    """What is read of a model in the list."""

    id: str
    context_length: int | None = None
    alias_of: str = ""
    upstreams: list[str] = []


class Able(Struct, frozen=True):
    """What is read of its capabilities: whether it draws, and by dialect who does what each parameter asks."""

    draws: bool = False
    parameters: dict[str, dict[str, str]] = {}


class Listing(Struct, frozen=True):
    """The list."""

    data: list[Listed]


class Capabilities(Struct, frozen=True):
    """The capabilities of all."""

    models: dict[str, Able]


class Offer(Struct, frozen=True):
    """One model.  ``does`` names parameters and who does each: the ``upstream`` or the ``gateway``."""

    id: str
    context_length: int | None
    draws: bool
    alias_of: str
    upstreams: list[str]
    does: dict[str, str]


async def offers(gateway: Gateway) -> list[Offer]:
    """All of them, in the gateway's order; raises ``Failed``."""
    listing = understood(await gateway.get("/v1/models?format=openai"), Listing)
    able = understood(await gateway.get("/v1/capabilities?dialect=chat"), Capabilities)
    return [_offer(model, able.models.get(model.id, Able())) for model in listing.data]


async def first_to_chat(gateway: Gateway) -> str:
    """The model that answers whoever named none; raises ``Failed``."""
    for offer in await offers(gateway):
        if not offer.draws:
            return offer.id
    raise Failed("this gateway has no model to chat with")


def _offer(model: Listed, able: Able) -> Offer:
    parameters = able.parameters.get("chat", {})
    return Offer(
        id=model.id,
        context_length=model.context_length,
        draws=able.draws,
        alias_of=model.alias_of,
        upstreams=model.upstreams,
        does={name: parameters[name] for name in _SHOWN if parameters.get(name) in _DONE},
    )
