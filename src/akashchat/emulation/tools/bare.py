"""Calls that stand in the text without tags: bare JSON, Python lists, and fences.

All of these may be an answer as well, so a call must name a tool that exists, have only keys a call has, and be alone in
its lines.
"""

import re
from typing import Literal, TypeAlias

from akashchat.emulation.tools import frames, pythonic, shapes
from akashchat.emulation.tools.borders import border
from akashchat.emulation.tools.calls import Call, Toolbox
from akashchat.emulation.tools.openings import opening
from akashchat.emulation.tools.source import Reading, Source, at_once

Kind: TypeAlias = Literal["json", "python", "answer", "text"]
"""What a bracket begins: perhaps a call, JSON that is an answer, or nothing of the kind."""

LANGUAGES = frozenset(
    {
        "",
        "json",
        "jsonc",
        "json5",
        "tool_call",
        "tool_calls",
        "tool_code",
        "tool_use",
        "tool",
        "function_call",
    }
    | {"tool-call", "function", "function_calls", "toolcall"}
)
"""What a fence may call itself that holds a call; all others show code."""

_WORD = re.compile(r"[\w.:\-]{1,128}")
_REST = re.compile(r"[^ \t]")
_INFO = re.compile(r"[\w+#.\-]{0,40}")
_STATEMENT = re.compile(r"(?:[^\W\d]\w{0,127}[ \t]*=[ \t]*)?([^\W\d][\w.\-]{0,127})\s*\(")
_BETWEEN = re.compile(r"(?:[\s;,]|#[^\n]*)*+")
"""What stands between statements."""


def word(source: Source, pos: int) -> Reading[str]:
    """The word at ``pos``."""
    while True:
        found = _WORD.match(source.text, pos)
        if (
            source.done
            or (found and found.end() < len(source.text))
            or (not found and len(source.text) > pos)
        ):
            return found[0] if found else ""
        yield


def rest(source: Source, pos: int) -> Reading[int]:
    """Where the line goes on after blanks; a line break or the end of the text where it does not."""
    while not (found := _REST.search(source.text, pos)):
        pos = len(source.text)
        if source.done:
            return pos
        yield
    return found.start()


def kind(source: Source, start: int, tools: Toolbox) -> Reading[Kind]:
    """What a bracket at ``start`` begins, told by the first key and the first name."""
    pos = yield from source.solid(start + 1)
    if source.text[start] == "[":
        first = source.text[pos : pos + 1]
        if first != "{":
            name = yield from word(source, pos)
            after = yield from source.solid(pos + len(name))
            if name in tools and source.text[after : after + 1] == "(":
                return "python"
            return "answer" if first in {'"', "["} else "text"
        pos = yield from source.solid(pos + 1)
    if source.text[pos : pos + 1] == "{":
        pos = yield from source.solid(pos + 1)
    return (yield from _first_key(source, pos, tools))


def _first_key(source: Source, pos: int, tools: Toolbox) -> Reading[Kind]:
    quote = source.text[pos : pos + 1]
    quote = quote if quote in {'"', "'"} else ""
    other: Kind = "answer" if quote == '"' else "text"
    key = (yield from word(source, pos + len(quote))).partition(":")[0]
    pos += len(quote) + len(key)
    if not key or not (yield from source.has(pos + 1)) or not source.text.startswith(quote, pos):
        return other
    pos = yield from source.solid(pos + len(quote))
    if source.text[pos : pos + 1] != ":":
        return other
    if not shapes.callish(key):
        return "answer"
    if key.lower() in shapes.NAMES:
        pos = yield from source.solid(pos + 1)
        if source.text[pos : pos + 1] in {'"', "'"} and (yield from word(source, pos + 1)) not in tools:
            return "answer"
    return "json"


def standing(source: Source, start: int, tools: Toolbox, what: Kind) -> Reading[tuple[int, list[Call], int]]:
    """Calls that stand alone: where they end, the calls, and how deep in JSON we are if there are none."""
    end = yield from _value(source, start, what)
    if end < 0:
        return -end, [], _level(source, start)
    calls = _read(source.text[start:end], tools, what)
    if not calls:
        return end, [], 0
    after = yield from frames.closed(source, end)
    if after > end:
        return after, calls, 0
    after = yield from rest(source, end)
    following = source.text[after : after + 1]
    if following in {",", ";"}:
        after = yield from source.solid(after + 1)
        following = source.text[after : after + 1]
        return (after, calls, 0) if following in {"{", "[", ""} else (end, [], 0)
    return (end, calls, 0) if following in {"", "\n", "\r", "{", "["} else (end, [], 0)


def _level(source: Source, start: int) -> int:
    return 2 if source.text[start] == "[" else 1


def _value(source: Source, start: int, what: Kind) -> Reading[int]:
    if what == "python":
        return (yield from border(source, start, prose=False))
    return (yield from border(source, start, shapes.callish, level=_level(source, start)))


def _read(text: str, tools: Toolbox, what: Kind) -> list[Call] | None:
    return pythonic.read(text, tools) if what == "python" else shapes.read(text, tools, sure=False)


def opens(source: Source, pos: int) -> Reading[tuple[bool, str, int]]:
    """Whether backticks before ``pos`` open a fence in the middle of a line too, its language, and its body."""
    pos = yield from rest(source, pos)
    while (info := _INFO.match(source.text, pos)) and info.end() == len(source.text) and not source.done:
        yield
    name = info[0] if info else ""
    body = yield from rest(source, pos + len(name))
    begins = source.text[body : body + 1] in {"", "\n", "\r"}
    return begins, name.lower(), body


def fenced(source: Source, body: int, language: str, tools: Toolbox) -> Reading[tuple[int, list[Call]]]:
    """The calls of a fence and where it ends; without calls, how far it was read."""
    pos = yield from source.solid(body)
    if language == "tool_code" and not source.text.startswith("{", pos):
        return (yield from _code(source, pos, tools))
    if source.text[pos : pos + 1] == "<":
        return (yield from _tags(source, pos, tools))
    calls: list[Call] = []
    while source.text[pos : pos + 1] in {"{", "["}:
        what = yield from kind(source, pos, tools)
        if what not in {"json", "python"}:
            return pos, []
        end = yield from _value(source, pos, what)
        found = _read(source.text[pos:end], tools, what) if end > 0 else None
        if not found:
            return abs(end), []
        calls += found
        pos = yield from source.solid(end)
        if source.text[pos : pos + 1] in {",", ";"}:
            pos = yield from source.solid(pos + 1)
    return (yield from _end(source, pos, calls))


def _end(source: Source, pos: int, calls: list[Call]) -> Reading[tuple[int, list[Call]]]:
    """Nothing but the end of the fence may follow its calls."""
    if not calls or not (yield from source.has(pos + 3)):
        ends = source.done and not source.text[pos:].strip("`")
        return (len(source.text), calls) if calls and ends else (pos, [])
    if not source.text.startswith("```", pos):
        return pos, []
    pos += 3
    while (yield from source.has(pos + 1)) and source.text[pos] == "`":
        pos += 1
    return pos, calls


def _tags(source: Source, pos: int, tools: Toolbox) -> Reading[tuple[int, list[Call]]]:
    calls: list[Call] = []
    while source.text[pos : pos + 1] == "<":
        found = opening(source.text, pos, done=source.done)
        while found and not found[1]:
            yield
            found = opening(source.text, pos, done=source.done)
        if not found:
            return pos, []
        if not found[0]:
            pos = yield from source.solid(pos + found[1])
            continue
        read = yield from found[0](source, pos, tools)
        if not read or not read[1] or not all(call.known for call in read[1]):
            return (read[0] if read else pos), []
        calls += read[1]
        pos = yield from source.solid(read[0])
    return (yield from _end(source, pos, calls))


def _code(source: Source, pos: int, tools: Toolbox) -> Reading[tuple[int, list[Call]]]:
    """Gemma's fence: statements that are calls, or JSON."""
    stop = yield from _end_of_code(source, pos)
    text, end = source.text[pos:stop], min(stop + 3, len(source.text))
    if text[:1] in {"{", "["}:
        return end, (shapes.read(text, tools, sure=False) or pythonic.read(text, tools) or [])
    calls: list[Call] = []
    at = _past(text, 0)
    while statement := _STATEMENT.match(text, at):
        at = at_once(border(Source(text, done=True), statement.end() - 1, prose=False))
        expression = text[statement.start(1) : at]
        if statement[1] == "print":
            expression = expression[statement.end() - statement.start(1) : -1]
        read = pythonic.read(expression, tools)
        if not read and statement[1] in tools:
            read = [tools.call(statement[1], text[statement.end() : at])]
        if not read and statement[1] != "print":
            return pos, []
        calls += read or []
        at = _past(text, at)
    return (end, calls) if at == len(text) else (pos, [])


def _end_of_code(source: Source, pos: int) -> Reading[int]:
    """Where the backticks stand that end a fence of code: they begin their line, or end it."""
    start = pos
    while True:
        found = source.text.find("```", pos)
        if found < 0 and source.done:
            return len(source.text)
        if found < 0:
            pos = max(pos, len(source.text) - 2)
            yield
            continue
        before = source.text[max(start, found - 64) : found].rstrip(" \t")[-1:]
        after = yield from rest(source, found + 3)
        if before in {"\n", ""} or source.text[after : after + 1] in {"", "\n", "\r"}:
            return found
        pos = found + 3


def _past(text: str, pos: int) -> int:
    between = _BETWEEN.match(text, pos)
    return between.end() if between else pos
