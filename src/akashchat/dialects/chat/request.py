"""A Chat Completions body, read.

Every parameter of OpenAI's is accounted for: it has a field in ``Request``, or it goes to ``options`` by
its name, or it asks for what happens anyway.
"""

from typing import Literal, TypeAlias

from msgspec import Raw, Struct
from msgspec.structs import asdict, replace

from akashchat.dialects.chat.functions import (
    AnyCall,
    Function,
    FunctionsRequest,
    function_choice,
    functions,
)
from akashchat.dialects.chat.parts import ContentPart, parts
from akashchat.dialects.chat.tools import AnyChoice, AnyFormat, AnyTool, choice, output_format, tools
from akashchat.dialects.fields import check_model, further, stops, within
from akashchat.errors import BadRequest
from akashchat.model.request import Message, Request, Role, TextPart, ToolCall
from akashchat.wire import json

MAX_CHOICES = 16
"""Answers asked for side by side; OpenAI allows 128, but behind this stand requests one by one."""


class _Function(Struct):
    name: str = ""
    arguments: str = ""


class _Custom(Struct):
    name: str = ""
    input: str = ""


class _ToolCall(Struct):
    id: str = ""
    function: _Function | None = None
    custom: _Custom | None = None


class _Message(Struct):
    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[ContentPart] | None = None
    refusal: str | None = None
    name: str | None = None
    tool_calls: list[_ToolCall] | None = None
    function_call: _Function | None = None
    tool_call_id: str | None = None


class _StreamOptions(Struct):
    include_usage: bool | None = None


_Tokens: TypeAlias = int | None


class _Body(Struct):
    messages: list[_Message]
    model: str
    stream: bool | None = None
    stream_options: _StreamOptions | None = None
    temperature: float | None = None
    top_p: float | None = None
    topP: float | None = None  # noqa: N815  the Go project's spelling
    max_tokens: _Tokens = None
    max_completion_tokens: _Tokens = None
    stop: str | list[str] | None = None
    n: int | None = None
    tools: list[AnyTool] | None = None
    tool_choice: AnyChoice | None = None
    parallel_tool_calls: bool | None = None
    functions: list[Function] | None = None
    function_call: AnyCall | None = None
    response_format: AnyFormat | None = None
    user: str | None = None


_READ = frozenset(_Body.__struct_fields__)

# What these ask for happens anyway, so they are not asked for: the value that changes nothing.
_NO_EFFECT: dict[str, tuple[bytes, ...]] = {
    "frequency_penalty": (b"0", b"0.0"),
    "presence_penalty": (b"0", b"0.0"),
    "logprobs": (b"false",),
    "top_logprobs": (b"0",),
    "logit_bias": (b"{}",),
    "store": (b"false",),
    "service_tier": (b'"auto"', b'"default"'),
    "modalities": (b'["text"]',),
    "verbosity": (b'"medium"',),
}
# These describe the request; no answer depends on them.
_INFORMATION = frozenset({
    "metadata", "safety_identifier", "prompt_cache_key", "prompt_cache_retention", "prompt_cache_options"
})  # fmt: skip

PARAMETERS = frozenset({
    *_READ, *_NO_EFFECT, *_INFORMATION,
    "audio", "prediction", "reasoning_effort", "seed", "web_search_options",
})  # fmt: skip
"""Every parameter OpenAI documents for this dialect, and the Go project's ``topP``."""

_DONE = ("messages", "model", "stream", "stream_options")
SETTLED = {**dict.fromkeys(_DONE, "gateway"), **dict.fromkeys({"user", *_INFORMATION}, "information")}
"""Parameters that are no upstream's business, and what becomes of them."""


class _OnlyKnown(_Body, forbid_unknown_fields=True):
    """A body of nothing but fields that are read."""


def _read(body: bytes) -> tuple[_Body, dict[str, Raw]]:
    """A body, and all it holds as it was written; nothing of it where every name has a field."""
    if (read := json.decode_if(body, _OnlyKnown)) is not None:
        return read, {}  # as most bodies are, which so are read once
    asked = json.decode_body(body, dict[str, Raw])
    return json.decode_body(body, _Body), asked


_SETTLED_HERE = _READ | _INFORMATION


def parse(body: bytes) -> Request:
    """A body as a request; raises ``BadRequest`` that says what was wrong and where."""
    read, asked = _read(body)
    _check(read)
    called: dict[str, str] = {}
    request = Request(
        model=read.model,
        messages=tuple([_message(message, i, called) for i, message in enumerate(read.messages)]),
        stream=read.stream is True,
        include_usage=read.stream_options is not None and read.stream_options.include_usage is True,
        temperature=read.temperature,
        top_p=read.topP if read.top_p is None else read.top_p,
        max_tokens=read.max_tokens if read.max_completion_tokens is None else read.max_completion_tokens,
        stop=() if read.stop is None else stops(read.stop),
        n=1 if read.n is None else read.n,
        parallel_calls=read.parallel_tool_calls is not False,
        output=None if read.response_format is None else output_format(read.response_format),
        user=read.user or "",
        options=further(asked, _SETTLED_HERE, _NO_EFFECT) if asked else {},
    )
    asks = read.tools or read.functions or read.tool_choice is not None or read.function_call is not None
    return _with_tools(request, read) if asks else request


def _with_tools(request: Request, read: _Body) -> Request:
    """The request with its tools, in whichever form they are given."""
    found = tools(read.tools)
    older = functions(read.functions or [])
    if found and older:
        raise BadRequest("'functions' is the older form of 'tools'; give one of them", param="functions")
    wanted = function_choice(read.function_call, older)
    if not older:
        return replace(request, tools=found, tool_choice=choice(read.tool_choice, found))
    return FunctionsRequest(
        **{**asdict(request), "tools": older, "tool_choice": wanted, "parallel_calls": False}
    )


def _check(body: _Body) -> None:
    """What types alone cannot say."""
    check_model(body.model)
    if not body.messages:
        raise BadRequest("'messages' must hold at least one message", param="messages")
    within("temperature", body.temperature, 0, 2)
    within("top_p", body.top_p, 0, 1)
    within("topP", body.topP, 0, 1)
    within("max_tokens", body.max_tokens, 1, 2**31)
    within("max_completion_tokens", body.max_completion_tokens, 1, 2**31)
    within("n", body.n, 1, MAX_CHOICES)
    if body.stream_options is not None and not body.stream:
        raise BadRequest("'stream_options' is only allowed when 'stream' is true", param="stream_options")


def _message(message: _Message, index: int, called: dict[str, str]) -> Message:
    """One turn; ``called`` remembers which function a call was for: its answer names the call only."""
    if message.role in _SPEAKERS and type(message.content) is str and not called and _only_speaks(message):
        return Message(_ROLES[message.role], _said(message.content or message.refusal), message.name or "")
    where = f"messages[{index}]"
    calls = _calls(message, where)
    if calls and message.role != "assistant":
        raise BadRequest(f"only an assistant calls tools, not '{message.role}'", param=f"{where}.tool_calls")
    called |= {call.id: call.name for call in calls}
    call_id = (message.name if message.role == "function" else message.tool_call_id) or ""
    return Message(
        role=_ROLES[message.role],
        parts=parts(message.content or message.refusal, where),
        name=message.name or called.get(call_id, ""),
        calls=calls,
        call_id=call_id,
    )


def _only_speaks(message: _Message) -> bool:
    """Whether no call has to do with it, as it is with most."""
    return not (message.tool_calls or message.function_call or message.tool_call_id)


def _said(text: str | None) -> tuple[TextPart, ...]:
    return (TextPart(text),) if text else ()


_SPEAKERS = frozenset({"system", "developer", "user", "assistant"})
_ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
    "function": "tool",
}


def _calls(message: _Message, where: str) -> tuple[ToolCall, ...]:
    calls = []
    for i, call in enumerate(message.tool_calls or ()):
        if call.custom is not None:
            calls.append(ToolCall(call.id, call.custom.name, call.custom.input))
        elif call.function is not None:
            calls.append(ToolCall(call.id, call.function.name, call.function.arguments))
        else:
            raise BadRequest(
                "a call needs a 'function' or a 'custom'", param=f"{where}.tool_calls[{i}].function"
            )
    if message.function_call is not None:
        name = message.function_call.name
        calls.append(ToolCall(name, name, message.function_call.arguments))
    return tuple(calls)
