"""The dialects: how each is asked, and by whom its answer is read."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from faults import referees
from faults.readers.messages import read_message
from faults.readers.ollama import read_ollama
from faults.readers.openai import read_chat, read_completion, read_image
from faults.readers.responses import read_response
from faults.told import Told
from faults.wire import Seen

Body: TypeAlias = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """One protocol of clients."""

    name: str
    path: str
    body: Callable[[str], Body]
    """What is asked, of a question."""
    read: Callable[[Seen], Told]
    referee: Callable[[Seen, bool], str | None]
    """What the official client makes of the same bytes: the text, or None where it raises."""
    tools: Body = field(default_factory=dict)
    """What is asked besides, where a tool is on offer; nothing in a dialect without tools."""
    streaming: Body = field(default_factory=dict)
    """What is asked besides, of a stream."""
    text: bool = True
    """Whether it answers in text, and not in pictures alone."""

    def asked(self, model: str, question: str, *, stream: bool, tools: bool = False) -> Body:
        """A request."""
        more = (self.streaming if stream else {}) | (self.tools if tools else {})
        return {"model": model, "stream": stream, **self.body(question), **more}


def _messages(question: str) -> Body:
    return {"messages": [{"role": "user", "content": question}]}


def _prompt(question: str) -> Body:
    return {"prompt": question}


CALL: Final = ("get_weather", {"city": "Paris"})
"""The call that a question about the weather in `Paris` is answered with."""

WEATHER: Final = "What is the weather in `Paris`?"

_SCHEMA: Final = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
_ABOUT: Final = {"name": CALL[0], "description": "The weather of a city."}
_FUNCTION: Final = {**_ABOUT, "parameters": _SCHEMA}
_TOOLS: Final = {"tools": [{"type": "function", "function": _FUNCTION}]}
_USAGE: Final = {"stream_options": {"include_usage": True}}

DIALECTS: Final = (
    Dialect(
        name="chat",
        path="/v1/chat/completions",
        body=_messages,
        read=read_chat,
        referee=referees.chat,
        tools=_TOOLS,
        streaming=_USAGE,
    ),
    Dialect(
        name="completions",
        path="/v1/completions",
        body=_prompt,
        read=read_completion,
        referee=referees.completion,
        streaming=_USAGE,
    ),
    Dialect(
        name="responses",
        path="/v1/responses",
        body=lambda question: {"input": question},
        read=read_response,
        referee=referees.response,
        tools={"tools": [{"type": "function", **_FUNCTION}]},
    ),
    Dialect(
        name="messages",
        path="/v1/messages",
        body=lambda question: _messages(question) | {"max_tokens": 1_000_000},
        read=read_message,
        referee=referees.message,
        tools={"tools": [{**_ABOUT, "input_schema": _SCHEMA}]},
    ),
    Dialect(
        name="ollama chat",
        path="/api/chat",
        body=_messages,
        read=read_ollama,
        referee=referees.ollama_chat,
        tools=_TOOLS,
    ),
    Dialect(
        name="ollama generate",
        path="/api/generate",
        body=_prompt,
        read=read_ollama,
        referee=referees.ollama_generate,
    ),
    Dialect(
        name="images",
        path="/v1/images/generations",
        body=lambda question: _prompt(question) | {"response_format": "b64_json"},
        read=read_image,
        referee=referees.image,
        text=False,
    ),
)

TEXT: Final = tuple(dialect for dialect in DIALECTS if dialect.text)
