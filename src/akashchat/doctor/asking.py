"""A question to an upstream, as small as can be, and a picture."""

from collections.abc import Iterable, Sequence

from akashchat.clock import Clock
from akashchat.doctor.base import Finding, ok, warning
from akashchat.model.catalogue import Model
from akashchat.model.events import Failure, ImageReady, ReasoningDelta, TextDelta
from akashchat.model.request import Message, Picture, Request, TextPart
from akashchat.upstreams.base import Upstream

_QUESTION = "Say hello, in one word."
_ANSWER_TOKENS = 16
_SHOWN = 60
_NAMED = 4
_PICTURE = "A red fox in the snow"


def chosen(models: Iterable[Model], wanted: Iterable[str]) -> str:
    """The model to chat with: one that the operator names somewhere, or the first there is; empty without any."""
    offered = [model.id for model in models if model.available and not model.draws]
    return next((name for name in wanted if name in offered), offered[0] if offered else "")


def listed(models: Sequence[Model]) -> str:
    """How many, and the first of them."""
    some = ", ".join(model.id for model in models[:_NAMED])
    return f"{len(models)}: {some}{', …' if len(models) > _NAMED else ''}"


async def chat(upstream: Upstream, model: str, clock: Clock) -> Finding:
    """Whether it answers; raises what it fails with."""
    request = Request(model=model, messages=_asked(_QUESTION), stream=True, max_tokens=_ANSWER_TOKENS)
    said, thought = "", False
    began = clock.monotonic()
    async with upstream.open(request) as stream:
        first_s = clock.monotonic() - began
        async for batch in stream:
            for event in batch:
                match event:
                    case TextDelta(text):
                        said += text
                    case ReasoningDelta():
                        thought = True
                    case Failure(error):
                        raise error
    if not (said.strip() or thought):
        return warning(f"{model} answers with nothing", "Try another model.")
    words = f"said “{said.strip()[:_SHOWN]}”" if said.strip() else "thinks"
    return ok(f"{model} {words}, {first_s:.1f} s to its first word")


async def drawing(upstream: Upstream, model: str, clock: Clock) -> Finding:
    """Whether it draws; raises what it fails with."""
    request = Request(model=model, messages=_asked(_PICTURE), stream=True, picture=Picture(data=True))
    picture: ImageReady | None = None
    began = clock.monotonic()
    async with upstream.open(request) as stream:
        async for batch in stream:
            for event in batch:
                match event:
                    case ImageReady():
                        picture = event
                    case Failure(error):
                        raise error
    if picture is None:
        return warning(
            f"{model} answers with words", "Try again; such a model decides by itself whether to draw."
        )
    return ok(f"{len(picture.data):,} bytes of {picture.media_type} in {clock.monotonic() - began:.0f} s")


def _asked(text: str) -> tuple[Message, ...]:
    return (Message("user", (TextPart(text),)),)
