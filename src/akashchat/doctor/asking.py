"""A question to an upstream, as small as can be, and a picture."""

import re
from collections.abc import Iterable

from akashchat.clock import Clock
from akashchat.doctor.base import Finding, failed, ok, skipped, warning
from akashchat.doctor.notes import Notes
from akashchat.model.catalogue import Model
from akashchat.model.events import Failure, ImageReady, ReasoningDelta, TextDelta
from akashchat.model.request import Message, Picture, Request, TextPart
from akashchat.upstreams.base import Upstream

CHAT_S = 90.0
"""For one answer: a model that thinks is silent for long."""
_QUESTION = "Say hello, in one word."
_ANSWER_TOKENS = 16
_SHOWN = 60
_NAMED = 4
_SILENT = re.compile(r"embed|rerank|whisper|tts|moderation|dall-e|image", re.IGNORECASE)
"""Models that do not chat, by their names: lists seldom say so."""
_PICTURE = "A red fox in the snow"


def chosen(models: Iterable[Model], wanted: Iterable[str]) -> str:
    """The model to chat with: one that the operator names somewhere, or the first there is; empty without any."""
    chatting = [model for model in models if model.available and not model.draws]
    offered = [model.id for model in chatting if not _SILENT.search(model.id)]
    return next((name for name in wanted if name in offered), offered[0] if offered else "")


async def models(upstream: Upstream, notes: Notes, what_to_do: str) -> Finding:
    """Which models it has; raises what keeps it from telling."""
    listed = notes.listed[upstream.name] = (await upstream.catalogue()).models
    if not chosen(listed, ()):
        return failed("no model to chat with", what_to_do)
    some = ", ".join(model.id for model in listed[:_NAMED])
    return ok(f"{len(listed)}: {some}{', …' if len(listed) > _NAMED else ''}")


async def chat(upstream: Upstream, notes: Notes, wanted: Iterable[str], clock: Clock) -> Finding:
    """Whether it answers; raises what it fails with."""
    model = chosen(notes.listed[upstream.name], wanted)
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


async def drawing(upstream: Upstream, notes: Notes, clock: Clock) -> Finding:
    """Whether it draws; raises what it fails with."""
    model = next((model.id for model in notes.listed[upstream.name] if model.draws), "")
    if not model:
        return skipped("no model draws")
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
