"""A Messages body, read.

Every parameter of Anthropic's is accounted for: it has a field in ``Request``, or it goes to ``options`` by
OpenAI's name where that has one and else by its own, or it asks for what happens anyway.

https://platform.claude.com/docs/en/api/messages/create
"""

from typing import Literal, TypeVar

from msgspec import Raw, Struct

from akashchat.dialects.fields import MAX_STOPS, check_model, each_once, further, within
from akashchat.dialects.messages.parts import Text
from akashchat.dialects.messages.tools import (
    AnyChoice,
    AnyTool,
    Format,
    choice,
    left_out,
    output_format,
    tools,
)
from akashchat.dialects.messages.turns import Turn, is_prefilled, messages, system, wants_citations
from akashchat.errors import BadRequest, NoThread
from akashchat.model.request import OutputFormat, Request, Thoughts
from akashchat.wire import json


class _Metadata(Struct):
    user_id: str | None = None


class _Thinking(Struct):
    type: Literal["enabled", "disabled", "adaptive", "between_tools"]
    budget_tokens: int | None = None
    display: Literal["summarized", "omitted"] | None = None


class _Output(Struct):
    effort: str | None = None
    format: Format | None = None


class _Edit(Struct):
    type: str


class _Edits(Struct):
    edits: list[_Edit] | None = None


class _Counted(Struct, kw_only=True):
    """What is read of a body whose tokens are to be counted."""

    model: str
    messages: list[Turn]
    system: str | list[Text] | None = None
    thinking: _Thinking | None = None
    tools: list[AnyTool] | None = None
    tool_choice: AnyChoice | None = None
    output_config: _Output | None = None
    output_format: Format | None = None
    context_management: _Edits | None = None


class _Body(_Counted, kw_only=True):
    max_tokens: int
    stream: bool | None = None
    temperature: float | None = None
    top_p: float | None = None
    stop_sequences: list[str] | None = None
    metadata: _Metadata | None = None


_READ = frozenset(_Body.__struct_fields__)
_Asked = TypeVar("_Asked", bound=_Counted)

# What these ask for happens anyway, so they are not asked for: the value that changes nothing.
_NO_EFFECT: dict[str, tuple[bytes, ...]] = {
    "service_tier": (b'"auto"', b'"standard_only"'),
    "speed": (b'"standard"',),
    "mcp_servers": (b"[]",),
    "fallbacks": (b"[]",),
}
_NULL = Raw(b"null")
# These describe the request, or ask what nobody here would pay for; no answer depends on them.
_INFORMATION = frozenset({"cache_control", "diagnostics", "user_profile_id", "workspace_id"})

PARAMETERS = frozenset({
    *_READ, *_NO_EFFECT, *_INFORMATION,
    "top_k", "container", "inference_geo", "billing_policy", "compaction", "fallback_credit_token", "thread",
})  # fmt: skip
"""Every parameter Anthropic documents for this dialect, those in beta included."""

COUNTED = frozenset({*_Counted.__struct_fields__, "cache_control", "speed", "mcp_servers"})
"""The same for the counting of tokens."""

_DONE = ("messages", "model", "system", "stream", "thinking", "context_management", "thread")
SETTLED = {**dict.fromkeys(_DONE, "gateway"), **dict.fromkeys({"metadata", *_INFORMATION}, "information")}
"""Parameters that are no upstream's business, and what becomes of them."""


_SETTLED_HERE = _READ | _INFORMATION


def parse(body: bytes) -> Request:
    """A body as a request; raises ``BadRequest`` that says what was wrong and where."""
    asked = json.decode_body(body, dict[str, Raw])
    read = _checked(json.decode_body(body, _Body))
    if asked.get("thread", _NULL) != _NULL:
        raise NoThread("no conversations are kept here; send all of it with each request", param="thread")
    within("temperature", read.temperature, 0, 1)
    within("top_p", read.top_p, 0, 1)
    within("max_tokens", read.max_tokens, 1, 2**31)
    found = tools(read.tools)
    return Request(
        model=read.model,
        messages=(*system(read.system), *messages(read.messages)),
        stream=read.stream is True,
        temperature=read.temperature,
        top_p=read.top_p,
        max_tokens=read.max_tokens,
        stop=_stops(read.stop_sequences),
        tools=found,
        tool_choice=choice(read.tool_choice, found),
        parallel_calls=not (found and read.tool_choice and read.tool_choice.disable_parallel_tool_use),
        output=_output(read),
        thoughts=_thoughts(read.thinking),
        user=(read.metadata.user_id if read.metadata else None) or "",
        options={**further(asked, _SETTLED_HERE, _NO_EFFECT), **_inner(read)},
    )


def parse_count(body: bytes) -> Request:
    """A body whose tokens are to be counted, as a request; raises ``BadRequest``."""
    read = _checked(json.decode_body(body, _Counted))
    found = tools(read.tools)
    return Request(
        model=read.model,
        messages=(*system(read.system), *messages(read.messages)),
        tools=found,
        tool_choice=choice(read.tool_choice, found),
        parallel_calls=not (found and read.tool_choice and read.tool_choice.disable_parallel_tool_use),
        output=_output(read),
    )


def _checked(body: _Asked) -> _Asked:
    """What types alone cannot say."""
    check_model(body.model)
    if not body.messages:
        raise BadRequest("'messages' must hold at least one message", param="messages")
    return body


def _inner(read: _Body) -> dict[str, Raw]:
    """What is asked for within parameters that are read, and nobody may do."""
    asked: dict[str, object] = dict.fromkeys(left_out(read.tools), True)
    if read.output_config is not None and read.output_config.effort is not None:
        asked["reasoning_effort"] = read.output_config.effort
    if read.thinking is not None and read.thinking.budget_tokens is not None:
        asked["thinking.budget_tokens"] = read.thinking.budget_tokens
    if is_prefilled(read.messages):
        asked["prefill"] = True
    if wants_citations(read.messages):
        asked["citations"] = True
    if read.context_management is not None and not _clears_thoughts(read.context_management):
        asked["context_management"] = True
    return {name: Raw(json.encode(value)) for name, value in asked.items()}


def _clears_thoughts(asked: _Edits) -> bool:
    """Whether earlier thoughts are to be left out and nothing else: they always are."""
    return all(edit.type.startswith("clear_thinking") for edit in asked.edits or ())


def _output(read: _Counted) -> OutputFormat | None:
    inner = read.output_config.format if read.output_config is not None else None
    if inner is not None:
        return output_format(inner, "output_config.format")
    return output_format(read.output_format, "output_format")


def _thoughts(asked: _Thinking | None) -> Thoughts:
    """Thoughts are shown to who asks for them, as with Anthropic; whether a model thinks is up to it."""
    if asked is None or asked.type == "disabled":
        return "hidden"
    return "omitted" if asked.display == "omitted" else "shown"


def _stops(stops: list[str] | None) -> tuple[str, ...]:
    if stops and len(stops) > MAX_STOPS:
        raise BadRequest(
            f"'stop_sequences' may hold at most {MAX_STOPS}, not {len(stops)}", param="stop_sequences"
        )
    return each_once(stops or [])
