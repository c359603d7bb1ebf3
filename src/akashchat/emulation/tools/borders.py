"""Where a JSON value ends, however badly it is written.

A value that is well formed ends at its bracket.  But models forget to escape quotes and line breaks, and forget
braces.  Elsewhere a quote therefore ends a string only before what may follow a string in JSON, and a value that was not
closed ends at a closing tag, at a fence, at a line of prose, or with the text.
"""

import re

from akashchat.emulation.tools.source import Reading, Source, at_once
from akashchat.emulation.tools.strict import Keys, balanced

_TOKEN = re.compile(r"""["'{}\[\]()<`\n]""")
_DEPTH = {"{": 1, "[": 1, "(": 1, "}": -1, "]": -1, ")": -1}
_WORD = re.compile(r"[^\W\d]\w{0,40}")
_LITERALS = frozenset({"true", "false", "null", "True", "False", "None", "NaN", "Infinity"})
_IN_STRING = {'"': re.compile(r'[\\"]|</'), "'": re.compile(r"[\\']|</")}
_KEY = re.compile(r"""(["'])[\w.\-]{1,40}\1""")
_FOLLOWS = frozenset(",:}])")
_LEAD = re.compile(r"(?:[\s,;]|(?://|#)[^\n]*|/\*(?:[^*]|\*(?!/))*\*/)*+")

CLOSER = re.compile(
    r"</?\s{0,4}(?:[a-z]{2,12}:|[|｜]DSML[|｜])?"
    r"(?:tool_?calls?|function_?calls?|functions?|tool_uses?|invoke)\s{0,4}>",
    re.IGNORECASE,
)
"""A closing tag of any style; models mix them up, and forget the slash."""


def border(
    source: Source, start: int, allows: Keys | None = None, *, prose: bool = True, level: int = 1
) -> Reading[int]:
    """Where the value ends that begins with a bracket at ``start``.

    ``allows`` judges the keys of objects at depth ``level``; the place after one that is refused is given negative.
    ``prose`` ends a value that lacks a brace at the next line of prose.
    """
    end = yield from balanced(source, start, allows, level)
    return end or (yield from _tolerant(source, start, allows, prose=prose, level=level))


def _tolerant(source: Source, start: int, allows: Keys | None, *, prose: bool, level: int) -> Reading[int]:
    """The same of a value that is not well formed."""
    depth, pos = 0, start
    while True:
        found = _TOKEN.search(source.text, pos)
        if not found:
            pos = len(source.text)
            if source.done:
                return pos
            yield
            continue
        pos, mark = found.end(), found[0]
        if mark in _DEPTH:
            depth += _DEPTH[mark]
            if depth <= 0:
                return pos
        elif mark in "\"'":
            end, cut = yield from string(source, pos, mark)
            if cut:
                return end
            if allows and depth == level and not (yield from _allowed(source, pos, end, allows)):
                return -end
            pos = end
        elif mark == "\n":
            if prose and (yield from _prose(source, pos)):
                return found.start()
        elif (yield from _foreign(source, found.start())):
            return found.start()


def _allowed(source: Source, start: int, end: int, allows: Keys) -> Reading[bool]:
    after = yield from source.solid(end)
    return source.text[after : after + 1] != ":" or allows(source.text[start : end - 1])


def _foreign(source: Source, pos: int) -> Reading[bool]:
    """Whether a tag or a fence stands here, which is no JSON."""
    yield from source.has(pos + 3)
    return source.text.startswith(("</", "<|", "<｜", "```"), pos)


def _prose(source: Source, pos: int) -> Reading[bool]:
    """Whether the next line begins with a word that is no JSON."""
    pos = yield from source.solid(pos)
    word = _WORD.match(source.text, pos)
    if not word:
        return False
    yield from source.has(pos + 42)
    word = _WORD.match(source.text, pos)
    if not word or word[0] in _LITERALS:
        return False
    after = yield from source.solid(word.end())
    return source.text[after : after + 1] not in {":", ",", "}", "]", '"', "'", "="}


def string(source: Source, pos: int, quote: str, *, whole: bool = False) -> Reading[tuple[int, bool]]:
    """Where the string ends whose inside begins at ``pos``, and whether the whole value is cut there.

    Three quotes open what three quotes end, as in Python.  In a text that is ``whole`` no tag cuts it.
    """
    if (yield from source.has(pos + 2)) and source.text.startswith(quote * 2, pos):
        return (yield from _block(source, pos + 2, quote * 3))
    pattern = _IN_STRING[quote]
    while True:
        found = pattern.search(source.text, pos)
        if not found:
            # A "<" at the end may be the beginning of a closing tag.
            pos = max(pos, len(source.text) - source.text.endswith("<"))
            if source.done:
                return len(source.text), True
            yield
            continue
        pos = found.end()
        if found[0] == "\\":
            yield from source.has(pos + 1)
            pos += 1
        elif found[0] == quote:
            if (yield from _ends(source, pos)):
                return pos, False
        elif not whole and (yield from _closes(source, found.start())):
            return found.start(), True


def _block(source: Source, pos: int, quotes: str) -> Reading[tuple[int, bool]]:
    """The same of a string in three quotes."""
    while (end := source.text.find(quotes, pos)) < 0:
        pos = max(pos, len(source.text) - 2)
        if source.done:
            return len(source.text), True
        yield
    return end + 3, False


def _ends(source: Source, pos: int) -> Reading[bool]:
    """Whether a quote before ``pos`` ends its string."""
    after = yield from source.solid(pos)
    following = source.text[after : after + 1]
    if not following or following in _FOLLOWS:
        return True
    if following in "\"'":
        return "\n" in source.text[pos:after] or (after > pos and (yield from _keyed(source, after)))
    return following in "<`" and (yield from _foreign(source, after))


def _keyed(source: Source, pos: int) -> Reading[bool]:
    """Whether a key and its colon stand here: the comma before them was forgotten."""
    yield from source.has(pos + 43)
    key = _KEY.match(source.text, pos)
    if not key:
        return False
    after = yield from source.solid(key.end())
    return source.text[after : after + 1] == ":"


def _closes(source: Source, pos: int) -> Reading[bool]:
    """Whether a closing tag inside a string ends the whole: no JSON would go on with a line break."""
    end = yield from source.until(">", pos, 32)
    closer = CLOSER.match(source.text, pos) if end > 0 else None
    if not closer:
        return False
    after = yield from source.solid(closer.end())
    blank = source.text[closer.end() : after]
    return "\n" in blank or source.text[after : after + 1] in {"", "<"}


def members(text: str) -> dict[str, str]:
    """The members of an object as raw text, by key; what comes twice counts the last time.

    What cannot be read as a member stands behind the empty key, with all that follows.
    """
    source, found, pos = Source(text, done=True), dict[str, str](), 1
    while True:
        pos = _skip(text, pos)
        if text[pos : pos + 1] in {'"', "'"}:
            end, _ = at_once(string(source, pos + 1, text[pos], whole=True))
            key = text[pos + 1 : end - 1]
        elif word := _WORD.match(text, pos):
            end, key = word.end(), word[0]
        else:
            end, key = pos, ""
        colon = at_once(source.solid(end))
        if text[colon : colon + 1] != ":":
            return found | ({"": text[pos:]} if text[pos : pos + 1] not in {"", "}"} else {})
        start = at_once(source.solid(colon + 1))
        pos = _value(source, start, member=True)
        found[key] = text[start:pos].strip()


def elements(text: str, start: int = 1) -> list[str]:
    """The elements of a list, or the arguments of a call, as raw text."""
    source, found, pos = Source(text, done=True), list[str](), start
    while True:
        pos = _skip(text, pos)
        end = _value(source, pos)
        if end == pos:
            return found
        found.append(text[pos:end].strip())
        pos = end


def _skip(text: str, pos: int) -> int:
    """Past white space, commas and comments."""
    lead = _LEAD.match(text, pos)
    return lead.end() if lead else pos


_VALUE = re.compile(r"""["'{}\[\](),]""")


def _value(source: Source, pos: int, *, member: bool = False) -> int:
    """Where the value at ``pos`` ends: before a comma or the end of what it stands in.

    A ``member``'s ends before the next key too, where the comma was forgotten.
    """
    depth, over = 0, False
    while found := _VALUE.search(source.text, pos):
        mark = found[0]
        if depth == 0 and (mark in ",}])" or (member and over and mark in "\"'")):
            return found.start()
        if mark in "\"'":
            pos, _ = at_once(string(source, found.end(), mark, whole=True))
        else:
            depth += _DEPTH.get(mark, 0)
            pos = found.end()
        over = depth == 0
    return len(source.text)
