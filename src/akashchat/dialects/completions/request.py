"""A Completions body, read.

Every parameter of OpenAI's is accounted for, as in ``chat``.  There is no limit of 16 tokens where a body names
none, as OpenAI has it for this endpoint: thoughts count as output too, and would fill it before a word is said.
"""

from typing import TypeAlias

from msgspec import Raw, Struct

from akashchat.dialects.fields import check_model, further, stops, within
from akashchat.errors import BadRequest
from akashchat.model.request import Message, Request, TextPart
from akashchat.wire import json

MAX_ANSWERS = 16
"""Answers asked for side by side, prompts times ``n``: behind this stand requests one by one."""


_Prompt: TypeAlias = str | list[str | int | list[int]]


class _StreamOptions(Struct):
    include_usage: bool | None = None


class _Body(Struct):
    model: str
    prompt: _Prompt
    stream: bool | None = None
    stream_options: _StreamOptions | None = None
    suffix: str | None = None
    echo: bool | None = None
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    stop: str | list[str] | None = None
    n: int | None = None
    user: str | None = None


_READ = frozenset(_Body.__struct_fields__)

# What these ask for happens anyway, so they are not asked for: the value that changes nothing.
_NO_EFFECT: dict[str, tuple[bytes, ...]] = {
    "frequency_penalty": (b"0", b"0.0"),
    "presence_penalty": (b"0", b"0.0"),
    "logit_bias": (b"{}",),
}

PARAMETERS = frozenset({*_READ, *_NO_EFFECT, "best_of", "logprobs", "seed"})
"""Every parameter OpenAI documents for this dialect."""

_DONE = ("model", "prompt", "stream", "stream_options", "suffix", "echo")
SETTLED = {**dict.fromkeys(_DONE, "gateway"), "user": "information"}
"""Parameters that are no upstream's business, and what becomes of them."""


def parse(body: bytes) -> Request:
    """A body as a request; raises ``BadRequest`` that says what was wrong and where."""
    asked = json.decode_body(body, dict[str, Raw])
    read = json.decode_body(body, _Body)
    _check(read)
    first, *further = _prompts(read.prompt)
    n = 1 if read.n is None else read.n
    if n * (1 + len(further)) > MAX_ANSWERS:
        raise BadRequest(f"prompts times 'n' may be at most {MAX_ANSWERS}", param="prompt")
    return Request(
        model=read.model,
        messages=_said(first),
        further=tuple(_said(prompt) for prompt in further),
        stream=read.stream is True,
        include_usage=read.stream_options is not None and read.stream_options.include_usage is True,
        echo=read.echo is True,
        temperature=read.temperature,
        top_p=read.top_p,
        max_tokens=read.max_tokens,
        stop=stops(read.stop),
        n=n,
        user=read.user or "",
        options=_options(asked, n),
    )


def _said(prompt: str) -> tuple[Message, ...]:
    return (Message("user", (TextPart(prompt),)),)


def _prompts(prompt: _Prompt) -> list[str]:
    prompts = [prompt] if isinstance(prompt, str) else prompt
    if not prompts:
        raise BadRequest("'prompt' must hold at least one text", param="prompt")
    texts = [text for text in prompts if isinstance(text, str)]
    if len(texts) < len(prompts):
        raise BadRequest(
            "prompts of token ids cannot be read here, as each model has a vocabulary of its own: send texts",
            param="prompt",
        )
    if "" in texts:
        raise BadRequest("a prompt must not be empty", param="prompt")
    return texts


def _check(body: _Body) -> None:
    """What types alone cannot say."""
    check_model(body.model)
    if body.suffix:
        raise BadRequest(
            "'suffix' is not supported: the models here answer, and cannot fill a gap before a given end",
            param="suffix",
        )
    within("temperature", body.temperature, 0, 2)
    within("top_p", body.top_p, 0, 1)
    within("max_tokens", body.max_tokens, 1, 2**31)
    within("n", body.n, 1, MAX_ANSWERS)
    if body.stream_options is not None and not body.stream:
        raise BadRequest("'stream_options' is only allowed when 'stream' is true", param="stream_options")


def _options(asked: dict[str, Raw], n: int) -> dict[str, Raw]:
    """What else was asked for with an effect; the best of as many as are wanted is all of them."""
    no_effect = {**_NO_EFFECT, "best_of": (b"%d" % n,)}
    return further(asked, _READ, no_effect)
