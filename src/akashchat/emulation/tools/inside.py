"""What stands in a tag: JSON, a fence, a name, or only words about tags."""

import re

from akashchat.emulation.tools.calls import Call, Toolbox
from akashchat.emulation.tools.source import Reading, Source
from akashchat.emulation.tools.strict import balanced

_TAGS = re.compile(
    r"<(?:[a-z]{2,12}:|[|｜]DSML[|｜])?"
    r"(?:function|invoke|(?:tool_|function_)?name|tool|arg_key|parameter|param|tool_call|tool_use|function_call|call)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[\w.:\-]{1,128}")
_NAME = re.compile(r"[\w.\-]{1,128}")
_OWN = re.compile(r"<tool_?call\s*>", re.IGNORECASE)
_OWN_END = re.compile(r"<tool_?call|</\s{0,4}tool_?call\s{0,4}>", re.IGNORECASE)
_BRACKET = re.compile(r"[{<]")
_DOTS = re.compile(r"\{\s*(?:\.{2,}|…)[.…\s]*\}?")


def fenced(source: Source, pos: int) -> Reading[bool]:
    """Whether a fence stands here."""
    yield from source.has(pos + 3)
    return source.text.startswith("```", pos)


def end_of_line(source: Source, pos: int) -> Reading[int]:
    """Past the line that opens a fence."""
    end = yield from source.until("\n", pos, 40)
    return max(end, pos + 3)


def means(source: Source, pos: int, tools: Toolbox, name: str) -> Reading[bool]:
    """Whether what stands in a tag is a call, or the tag is only talked about."""
    first = source.text[pos : pos + 1]
    if first == "<":
        yield from source.until(">", pos, 160)
        text = source.text[pos : pos + 160]
        return bool(name) or bool(_TAGS.match(text)) or text[1:].partition(">")[0] in tools
    if name:
        return name in tools
    yield from end_of_word(source, pos)
    word = _WORD.match(source.text, pos)
    if not word:
        return False
    after = yield from source.solid(word.end())
    following = source.text[after : after + 1]
    if following == "(":
        return word[0] in tools
    if following == "<":
        yield from source.until(">", after, 40)
        return word[0] in tools or source.text[after : after + 9].lower() == "<arg_key>"
    return following in {"{", "`"} or (not following and word[0] in tools)


def end_of_word(source: Source, pos: int) -> Reading[None]:
    """Wait for the end of a word."""
    while True:
        word = _WORD.match(source.text, pos)
        if source.done or (word and word.end() < len(source.text)) or (not word and len(source.text) > pos):
            return
        yield


def past_json(source: Source, pos: int) -> Reading[int]:
    """Past the JSON that follows a name, if it is well formed: no tag in it closes anything."""
    start = yield from source.solid(pos)
    yield from end_of_word(source, start)
    if word := _WORD.match(source.text, start):
        start = yield from source.solid(word.end())
        if source.text.startswith("{", start):
            return max(pos, (yield from balanced(source, start)))
    return pos


def past_arguments(source: Source, pos: int) -> Reading[int]:
    """Past the JSON that comes before the next marker, if it is well formed: no marker in it means anything."""
    while not (found := _BRACKET.search(source.text, pos)):
        pos = len(source.text)
        if source.done:
            return pos
        yield
    end = (yield from balanced(source, found.start())) if found[0] == "{" else 0
    return end or found.start()


def begins_section(source: Source, pos: int) -> Reading[bool]:
    """Whether a marker before ``pos`` begins calls, or the sentence about it goes on."""
    start = yield from source.solid(pos)
    yield from end_of_word(source, start)
    word = _WORD.match(source.text, start)
    after = yield from source.solid(word.end() if word else start)
    return source.text[after : after + 1] in {"", "<", "{", "[", "(", "`"}


def is_json(source: Source, start: int) -> Reading[bool]:
    """Whether a bracket begins JSON, and not the three dots of somebody who explains."""
    pos = yield from source.solid(start + 1)
    if source.text[pos : pos + 1] in {"", '"', "'", "{", "[", "}", "]"}:
        return True
    yield from end_of_word(source, pos)
    name = _NAME.match(source.text, pos)
    after = yield from source.solid(name.end() if name else pos)
    return bool(name) and source.text[after : after + 1] in {":", "("}


def broken(source: Source, start: int) -> Reading[tuple[int, list[Call]] | None]:
    """A ``<tool_call>`` that is closed and has a bracket in it, but nothing that could be read.

    The call has no name, so that it is asked for again.  Dots are an explanation.
    """
    body = yield from source.until(">", start, 20)
    if body < 0 or not _OWN.fullmatch(source.text, start, body):
        return None
    body = yield from source.solid(body)
    if not source.text.startswith("{", body):
        return None
    pos = body
    while not (end := _OWN_END.search(source.text, pos)):
        pos = max(body, len(source.text) - 20)
        if source.done:
            return None
        yield
    text = source.text[body : end.start()].rstrip()
    if not end[0].startswith("</") or _DOTS.fullmatch(text):
        return None
    return end.end(), [Call("", text, known=False)]
