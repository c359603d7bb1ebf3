"""Bodies of ``/api/chat`` and ``/api/generate``, read.

Calls have no ids here: a tool's answer belongs to the first call that waits for one, of that tool where the
answer names it.
"""

from typing import Any, Literal, TypeAlias

from msgspec import Raw, Struct

from akashchat.dialects.ollama.messages import AnyTool, ToldMessage, messages, pictures, tools
from akashchat.dialects.ollama.options import MACHINE, OPTIONS, Sampling, check, effort, limit, rest, stops
from akashchat.errors import BadRequest
from akashchat.model.request import Message, OutputFormat, Part, Request, TextPart, Tool
from akashchat.wire import json

_Think: TypeAlias = bool | Literal["low", "medium", "high", "max"] | None
_Format: TypeAlias = Literal["", "json"] | dict[str, Any] | None


class Load(Request, frozen=True, kw_only=True):
    """A request that says nothing: Ollama's way to load a model, or to let go of it."""

    chat: bool
    keep: bool = True


_LATEST = ":latest"
"""Ollama's clients may add this to a name that has no tag; it means the name itself."""
_GO = (0, "0", "0s", "0m")
"""What ``keep_alive`` says where a model is to be let go of."""


class _Body(Struct):
    model: str
    stream: bool | None = None
    format: _Format = None
    options: dict[str, Any] | None = None
    think: _Think = None
    keep_alive: Any = None


class _Options(Struct):
    options: Sampling | None = None


class _Chat(_Body):
    messages: list[ToldMessage] = []
    tools: list[AnyTool] | None = None


class _Generate(_Body):
    prompt: str | None = None
    system: str | None = None
    suffix: str | None = None
    images: list[str] | None = None


_NESTED = frozenset(f"options.{name}" for name in OPTIONS)
CHAT_PARAMETERS = frozenset({*_Chat.__struct_fields__, *_NESTED, "logprobs", "top_logprobs"})
"""Every parameter Ollama documents for chats; the options by their path."""
GENERATE_PARAMETERS = frozenset({
    *_Generate.__struct_fields__, *_NESTED, "template", "raw", "context", "logprobs", "top_logprobs", "width",
    "height", "steps",
})  # fmt: skip
"""Every parameter Ollama documents for generation; the options by their path."""

_DONE = ("model", "messages", "prompt", "system", "suffix", "images", "stream", "options")
SETTLED = {
    **dict.fromkeys(_DONE, "gateway"),
    **dict.fromkeys(("keep_alive", *(f"options.{name}" for name in MACHINE)), "information"),
}
"""Parameters that are no upstream's business, and what becomes of them."""

_NO_EFFECT: dict[str, tuple[bytes, ...]] = {
    "raw": (b"false",),
    "logprobs": (b"false",),
    "top_logprobs": (b"0",),
    "template": (b'""',),
    "context": (b"[]",),
    "width": (b"0",),
    "height": (b"0",),
    "steps": (b"0",),
}


def parse_chat(body: bytes) -> Request:
    """A chat's body as a request; raises ``BadRequest``."""
    read = json.decode_body(body, _Chat)
    request = _request(body, read, messages(read.messages), tools(read.tools))
    return request if read.messages else _load(request, read, chat=True)


def parse_generate(body: bytes) -> Request:
    """A generation's body as a request; raises ``BadRequest``."""
    read = json.decode_body(body, _Generate)
    if read.suffix:
        raise BadRequest(
            "'suffix' is not supported: the models here answer, and cannot fill a gap before a given end",
            param="suffix",
        )
    said: list[Part] = [TextPart(read.prompt)] if read.prompt else []
    asked = Message("user", (*said, *pictures(read.images, "images")))
    system = (Message("system", (TextPart(read.system),)),) if read.system else ()
    request = _request(body, read, (*system, asked))
    return request if asked.parts else _load(request, read, chat=False)


def _load(request: Request, read: _Body, *, chat: bool) -> Load:
    return Load(model=request.model, messages=(), chat=chat, keep=read.keep_alive not in _GO)


def _request(
    body: bytes, read: _Chat | _Generate, said: tuple[Message, ...], found: tuple[Tool, ...] = ()
) -> Request:
    name = read.model.strip().removesuffix(_LATEST)
    if not name:
        raise BadRequest("'model' must not be empty", param="model")
    sampling = json.decode_body(body, _Options).options or Sampling()
    check(sampling)
    return Request(
        model=name,
        messages=said,
        stream=read.stream is not False,
        include_usage=True,
        temperature=sampling.temperature,
        top_p=sampling.top_p,
        max_tokens=limit(sampling),
        stop=stops(sampling),
        tools=found,
        output=_output(read.format),
        thoughts="hidden" if read.think is False else "shown",
        options={**_rest(body, read), **rest(read.options or {}), **effort(read.think)},
    )


def _output(form: _Format) -> OutputFormat | None:
    if isinstance(form, dict):
        return OutputFormat(form, strict=True, place="format")
    return OutputFormat() if form else None


def _rest(body: bytes, read: Struct) -> dict[str, Raw]:
    """What else was asked for with an effect, of a body's own fields."""
    return {
        name: value
        for name, value in json.decode_body(body, dict[str, Raw]).items()
        if name not in read.__struct_fields__
        and (text := bytes(value).strip()) != b"null"
        and text not in _NO_EFFECT.get(name, ())
    }
