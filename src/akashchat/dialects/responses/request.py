"""A Responses body, read.

Every parameter of OpenAI's is accounted for: it has a field in ``Request``, or it goes to ``options`` by
its name in Chat Completions or its own, or it asks for what happens anyway, or it cannot be and is refused.
"""

from typing import Any

from msgspec import Raw, Struct, field

from akashchat.dialects.fields import check_model, within
from akashchat.dialects.responses.items import Item, Turns, item_type
from akashchat.dialects.responses.tools import (
    CallForm,
    Format,
    choice,
    echo_format,
    output_format,
    tools,
)
from akashchat.errors import BadRequest, PreviousResponseNotFound
from akashchat.model.request import Message, Request, TextPart
from akashchat.wire import json


class Asked(Request, frozen=True, kw_only=True):
    """A request with what its reply needs: what it repeats, and how calls and thoughts are told.

    ``items`` are the input items of this request alone; ``store`` says whether they and the reply may be kept.
    """

    told: dict[str, Any] = field(default_factory=dict)
    forms: dict[str, CallForm] = field(default_factory=dict)
    summary: bool = False
    store: bool = True
    items: tuple[Item, ...] = ()


class Recalled(Struct, frozen=True):
    """What is known from before: the items of the earlier turns, if they are known, and single ones by id."""

    history: tuple[Item, ...] | None = None
    items: dict[str, Item] = {}


class Wanted(Struct, frozen=True):
    """What a body refers to."""

    previous: str
    items: tuple[str, ...]


class _Reasoning(Struct):
    effort: str | None = None
    summary: str | None = None
    generate_summary: str | None = None


class _Text(Struct):
    format: Format | None = None
    verbosity: str | None = None


class _StreamOptions(Struct):
    include_obfuscation: bool | None = None


class _Body(Struct):
    model: str
    input: str | list[Item] | None = None
    instructions: str | None = None
    stream: bool | None = None
    stream_options: _StreamOptions | None = None
    temperature: float | None = None
    top_p: float | None = None
    max_output_tokens: int | None = None
    tools: list[Item] | None = None
    tool_choice: str | Item | None = None
    parallel_tool_calls: bool | None = None
    text: _Text | None = None
    reasoning: _Reasoning | None = None
    metadata: Any = None
    store: bool | None = None
    previous_response_id: str | None = None
    include: list[str] | None = None
    background: bool | None = None
    user: Any = None
    max_tool_calls: Any = None
    safety_identifier: Any = None
    prompt_cache_key: Any = None


_READ = frozenset(_Body.__struct_fields__)

# What these ask for happens anyway, so they are not asked for: the value that changes nothing.
_NO_EFFECT: dict[str, tuple[bytes, ...]] = {
    "truncation": (b'"disabled"',),
    "service_tier": (b'"auto"', b'"default"'),
    "top_logprobs": (b"0",),
    "frequency_penalty": (b"0", b"0.0"),
    "presence_penalty": (b"0", b"0.0"),
}
# These describe the request; no answer depends on them.
_INFORMATION = frozenset({
    "metadata", "user", "safety_identifier", "prompt_cache_key", "prompt_cache_retention", "prompt_cache_options",
    "access_programs",
})  # fmt: skip
# What stands elsewhere cannot be left out: the answer would be to another question.
_REFUSED = {
    "conversation": "there are no conversations here; use 'previous_response_id'",
    "prompt": "there are no stored prompts here; send 'instructions' and 'input'",
}
_ALSO = frozenset({"background_options", "context_management", "image", "moderation"})

PARAMETERS = frozenset({*_READ, *_NO_EFFECT, *_INFORMATION, *_REFUSED, *_ALSO})
"""Every parameter OpenAI documents for this dialect."""

_DONE = (
    "model", "input", "instructions", "stream", "stream_options", "store", "previous_response_id", "background",
    "conversation", "prompt", "include", "reasoning",
)  # fmt: skip
SETTLED = {**dict.fromkeys(_DONE, "gateway"), **dict.fromkeys(_INFORMATION, "information")}
"""Parameters that are no upstream's business, and what becomes of them."""

_YES = Raw(b"true")


def wanted(body: bytes) -> Wanted:
    """What a body refers to; raises ``BadRequest``."""
    read = json.decode_body(body, _Body)
    items = read.input if isinstance(read.input, list) else []
    ids = [item.get("id") for item in items if item_type(item) == "item_reference"]
    return Wanted(read.previous_response_id or "", tuple(found for found in ids if isinstance(found, str)))


def parse(body: bytes, recalled: Recalled) -> Asked:
    """A body as a request; raises ``BadRequest`` that says what was wrong and where."""
    asked = json.decode_body(body, dict[str, Raw])
    read = json.decode_body(body, _Body)
    _check(read, asked)
    if read.previous_response_id and recalled.history is None:
        raise PreviousResponseNotFound(
            f"there is no response '{read.previous_response_id}', or one before it is gone",
            param="previous_response_id",
        )
    items = _items(read, recalled)
    turns = _turns(items, recalled)
    found = tools([*(read.tools or ()), *turns.tools])
    format_ = read.text.format if read.text is not None else None
    messages = turns.messages()
    if not messages:
        raise BadRequest("'input' holds nothing that a model could answer", param="input")
    if read.instructions:
        messages = (Message("system", (TextPart(read.instructions),)), *messages)
    return Asked(
        model=read.model,
        messages=messages,
        stream=read.stream is True,
        temperature=read.temperature,
        top_p=read.top_p,
        max_tokens=read.max_output_tokens,
        tools=found.offered,
        tool_choice=choice(read.tool_choice, found),
        parallel_calls=read.parallel_tool_calls is not False,
        output=output_format(format_),
        user=_text(read.user) or _text(read.safety_identifier) or "",
        options={**_options(asked), **_parts_of_options(read), **dict.fromkeys([*found.ignored, *turns.ignored], _YES)},
        told=_echo(read, asked, found.echo),
        forms=found.forms,
        summary=_summary(read.reasoning) is not None,
        store=read.store is not False,
        items=items,
    )  # fmt: skip


def _items(body: _Body, recalled: Recalled) -> tuple[Item, ...]:
    """The request's own items, with those it only names put in their places."""
    if isinstance(body.input, str):
        return ({"type": "message", "role": "user", "content": body.input},)
    return tuple(_item(item, recalled) for item in body.input or ())


def _item(item: Item, recalled: Recalled) -> Item:
    if item_type(item) == "item_reference":
        name = item.get("id")
        return recalled.items.get(name, item) if isinstance(name, str) else item
    return item


def _turns(items: tuple[Item, ...], recalled: Recalled) -> Turns:
    turns = Turns()
    for i, item in enumerate(recalled.history or ()):
        turns.add(item, f"previous_response_id[{i}]")
    for i, item in enumerate(items):
        turns.add(item, f"input[{i}]")
    return turns


def _check(body: _Body, asked: dict[str, Raw]) -> None:
    """What types alone cannot say."""
    check_model(body.model)
    if body.input is None and not body.previous_response_id:
        raise BadRequest("'input' is missing", param="input")
    if not body.input and not body.previous_response_id:
        raise BadRequest("'input' must not be empty", param="input")
    within("temperature", body.temperature, 0, 2)
    within("top_p", body.top_p, 0, 1)
    within("max_output_tokens", body.max_output_tokens, 1, 2**31)
    if body.background:
        raise BadRequest("answers are not made in the background here", param="background")
    if body.stream_options is not None and not body.stream:
        raise BadRequest("'stream_options' is only allowed when 'stream' is true", param="stream_options")
    for name, reason in _REFUSED.items():
        if name in asked and bytes(asked[name]).strip() != b"null":
            raise BadRequest(reason, param=name)


def _options(asked: dict[str, Raw]) -> dict[str, Raw]:
    return {
        name: value
        for name, value in asked.items()
        if name not in _READ
        and name not in _INFORMATION
        and (text := bytes(value).strip()) != b"null"
        and text not in _NO_EFFECT.get(name, ())
    }


def _parts_of_options(body: _Body) -> dict[str, Raw]:
    """Parts of parameters, by their names in Chat Completions where they have one there."""
    options: dict[str, Raw] = {}
    if body.reasoning is not None and body.reasoning.effort is not None:
        options["reasoning_effort"] = Raw(json.encode(body.reasoning.effort))
    if body.text is not None and body.text.verbosity not in (None, "medium"):
        options["verbosity"] = Raw(json.encode(body.text.verbosity))
    if body.max_tool_calls is not None:
        options["max_tool_calls"] = _YES  # whatever it is: nobody does it
    if body.stream_options is not None and body.stream_options.include_obfuscation:
        options["stream_options.include_obfuscation"] = _YES
    return options | {f"include[{name}]": _YES for name in body.include or ()}


_SUMMARIES = ("auto", "concise", "detailed")


def _summary(reasoning: _Reasoning | None) -> str | None:
    """The form of summary that was asked for."""
    asked = (reasoning.summary or reasoning.generate_summary) if reasoning is not None else None
    return asked if asked in _SUMMARIES else None


def _echo(body: _Body, asked: dict[str, Raw], tools: tuple[Item, ...]) -> dict[str, Any]:
    """What a reply repeats of its request; what was not asked for has OpenAI's default, or none."""
    text, reasoning = body.text or _Text(), body.reasoning or _Reasoning()
    given = {name: asked[name] for name in ("prompt_cache_retention",) if name in asked}
    return {
        "previous_response_id": body.previous_response_id,
        "instructions": body.instructions,
        "tools": tools,
        "tool_choice": body.tool_choice or "auto",
        "temperature": body.temperature,
        "top_p": body.top_p,
        "parallel_tool_calls": body.parallel_tool_calls is not False,
        "text": {"format": echo_format(text.format), "verbosity": text.verbosity or "medium"},
        "reasoning": {"effort": reasoning.effort, "summary": _summary(reasoning)},
        "max_output_tokens": body.max_output_tokens,
        "max_tool_calls": body.max_tool_calls if type(body.max_tool_calls) is int else None,
        "metadata": _texts(body.metadata),
        "store": body.store is not False,
        "user": _text(body.user),
        "safety_identifier": _text(body.safety_identifier),
        "prompt_cache_key": _text(body.prompt_cache_key),
        **given,
    }


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _texts(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {name: text for name, text in value.items() if isinstance(text, str)}
