"""The models a gateway offers, and what each can do."""

from typing import Any

from msgspec import Struct

from akashchat.client.failures import Failed
from akashchat.client.gateway import Gateway

_SHOWN = ("tools", "response_format", "reasoning_effort", "stop", "max_tokens", "seed", "logprobs")
"""What people choose a model by."""

_DONE = ("upstream", "gateway")


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
    listed = await gateway.get("/v1/models?format=openai")
    able = await gateway.get("/v1/capabilities?dialect=chat")
    try:
        return [_offer(model, able["models"].get(model["id"], {})) for model in listed["data"]]
    except (KeyError, TypeError, AttributeError) as error:
        raise Failed("what answers there lists no models as this gateway does") from error


async def first_to_chat(gateway: Gateway) -> str:
    """The model that answers whoever named none; raises ``Failed``."""
    for offer in await offers(gateway):
        if not offer.draws:
            return offer.id
    raise Failed("this gateway has no model to chat with")


def _offer(model: dict[str, Any], able: dict[str, Any]) -> Offer:
    parameters = able.get("parameters", {}).get("chat", {})
    return Offer(
        id=model["id"],
        context_length=model.get("context_length"),
        draws=bool(able.get("draws")),
        alias_of=model.get("alias_of") or "",
        upstreams=list(model.get("upstreams") or ()),
        does={name: parameters[name] for name in _SHOWN if parameters.get(name) in _DONE},
    )
