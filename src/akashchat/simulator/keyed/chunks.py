"""OpenAI's chat completions on the wire: chunks of a stream, and whole replies.

https://developers.openai.com/api/reference/resources/chat.  Nothing here reads one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from akashchat.simulator.javascript import stringify
from akashchat.simulator.keyed.voice import Words

STREAM: Final = {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache"}
DONE: Final = b"data: [DONE]\n\n"


@dataclass(frozen=True, kw_only=True)
class Head:
    """What all chunks of one answer have in common."""

    id: str
    created: int
    model: str

    def chunk(
        self, delta: dict[str, Any] | None, reason: str | None = None, usage: Any = None
    ) -> dict[str, Any]:
        """One chunk; without a delta one that has no choices."""
        choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": reason}]
        told = {"usage": usage} if usage is not None else {}
        return self._object("chat.completion.chunk") | {"choices": choices} | told

    def whole(self, words: Words, thoughts_field: str, reason: str, usage: dict[str, int]) -> dict[str, Any]:
        """A whole reply."""
        message: dict[str, Any] = {"role": "assistant", "content": words.text or None}
        if words.thoughts:
            message[thoughts_field] = words.thoughts
        if words.calls:
            message["tool_calls"] = [
                {
                    "id": f"call_{place}",
                    "type": "function",
                    "function": {"name": one.name, "arguments": one.arguments},
                }
                for place, one in enumerate(words.calls)
            ]
        choices = [{"index": 0, "message": message, "finish_reason": reason}]
        return self._object("chat.completion") | {"choices": choices, "usage": usage}

    def _object(self, kind: str) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model}


def frame(document: Any) -> bytes:
    """One server-sent event."""
    return f"data: {stringify(document)}\n\n".encode()


def call_start(place: int, name: str) -> dict[str, Any]:
    """The delta that begins a call."""
    function = {"name": name, "arguments": ""}
    return {"tool_calls": [{"index": place, "id": f"call_{place}", "type": "function", "function": function}]}


def call_part(place: int, part: str) -> dict[str, Any]:
    """A delta with a piece of a call's arguments."""
    return {"tool_calls": [{"index": place, "function": {"arguments": part}}]}


def usage_of(prompt_tokens: int, pieces: Sequence[str]) -> dict[str, int]:
    """The usage of an answer of these pieces."""
    said = len(pieces)
    return {"prompt_tokens": prompt_tokens, "completion_tokens": said, "total_tokens": prompt_tokens + said}
