"""What the stand-in says: sixty words that are always the same, a call, or JSON.

Whoever knows the words knows whether an answer is whole.  Asked to go on with them it does: from the beginning of
an answer that a request ends with, or from the words that a question quotes.
"""

import json
import re
from dataclasses import dataclass
from typing import Any, Final

from akashchat.simulator.keyed.asked import Asked
from akashchat.simulator.obedience import arguments, example, obey, wanted
from akashchat.simulator.prompt import read_text
from akashchat.simulator.voice import split_tokens

ANSWER: Final = (
    "This is a stand-in, and no model is behind it. To every question it gives the same sixty words, so whoever "
    "counts them knows a whole answer from one that was cut, that stalled, or that was joined from two pieces. "
    "When you have read as far as this last sentence, then nothing was lost on its way to you."
)
"""Sixty words."""

THOUGHTS: Final = "Someone asks, and I have but one answer. I shall give it."

_QUOTED: Final = re.compile(r"«(.+?)»|\"\"\"(.+?)\"\"\"|```\n?(.+?)\n?```", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call of a function."""

    name: str
    arguments: str


@dataclass(frozen=True, kw_only=True)
class Words:
    """What is said: thoughts first, then text, then calls."""

    thoughts: str = ""
    text: str = ""
    calls: tuple[Call, ...] = ()

    @property
    def reason(self) -> str:
        """Why the answer ends where it ends."""
        return "tool_calls" if self.calls else "stop"


def words(asked: Asked) -> Words:
    """What to say to a request."""
    thoughts = THOUGHTS if asked.model.thinks else ""
    try:
        call = _call(asked)
        text = "" if call else _json(asked) or obey(asked) or rest(asked) or ANSWER
    except (ValueError, KeyError, TypeError, AttributeError):
        call, text = None, ANSWER  # tools and schemas that only look like some
    return Words(thoughts=thoughts, text=text, calls=(call,) if call else ())


def tokens(text: str) -> list[str]:
    """The text in pieces the size of words."""
    return split_tokens(text)


def rest(asked: Asked) -> str:
    """The part of the sixty words that a request asks to go on with, if it asks for one."""
    last = asked.messages[-1]
    if last["role"] == "assistant":
        begun = read_text(last)
        return ANSWER[len(begun) :] if begun and ANSWER.startswith(begun.rstrip()) else ""
    if not any(message["role"] == "assistant" for message in asked.messages):
        return ""
    for found in _QUOTED.finditer(asked.question):
        quoted = next(group for group in found.groups() if group)
        place = ANSWER.find(quoted.strip())
        if place >= 0:
            return ANSWER[place:]
    return ""


def _call(asked: Asked) -> Call | None:
    if asked.messages[-1]["role"] == "tool" or not asked.tools:
        return None
    tool: Any = wanted(asked.tools, asked.question)
    if asked.must_call is not None:
        named = (tool for tool in asked.tools if tool["name"] == asked.must_call)
        tool = next(named, None) or tool or asked.tools[0]
    if tool is None:
        return None
    written = json.dumps(
        arguments(tool.get("parameters") or {"type": "object"}, asked.question), ensure_ascii=False
    )
    return Call(name=tool["name"], arguments=written)


def _json(asked: Asked) -> str:
    form: Any = asked.body.get("response_format") or {}
    match form.get("type"):
        case "json_schema":
            return json.dumps(
                example(form["json_schema"].get("schema") or {"type": "object"}), ensure_ascii=False
            )
        case "json_object":
            return '{"answer": "This is a stand-in, and no model is behind it."}'
        case _:
            return ""
