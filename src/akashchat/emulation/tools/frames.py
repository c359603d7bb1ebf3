"""Where a call that stands in tags or markers begins and ends.

Each frame reads from its opening to the end of all that belongs to it, and says ``None`` if it was only text.  A frame
that is never closed ends with the answer.
"""

import re
from collections.abc import Callable
from typing import TypeAlias

import msgspec

from akashchat.emulation.tools import inside, markup, pythonic, shapes
from akashchat.emulation.tools.borders import CLOSER, border
from akashchat.emulation.tools.calls import Call, Toolbox
from akashchat.emulation.tools.source import Reading, Source

Found: TypeAlias = tuple[int, list[Call]] | None
"""Where the frame ended and what was in it; text up to there if nothing was."""

Frame: TypeAlias = Callable[[Source, int, Toolbox], Reading[Found]]

_HEAD = re.compile(
    r"<(?:[a-z]{2,12}:|[|｜]DSML[|｜])?(\w+)"
    r"""(?:\s*=\s*["']?([^"'<>\s]{1,128})["']?|(\s[^<>]{0,200}))?\s*>""",
    re.IGNORECASE,
)
_NAME_OF = re.compile(r"""\bname\s*=\s*["']?([^"'<>\s]{1,128})""", re.IGNORECASE)
_SINGLE = re.compile(r"<(?:[a-z]{2,12}:)?(?:tool_call|function_call|tool_use)\s*>", re.IGNORECASE)
_WORD = re.compile(r"[\w.:\-]{1,128}")
_OUTER = re.compile(
    r"</\s{0,4}(?:[a-z]{2,12}:|[|｜]DSML[|｜])?(?:tool_?calls?|function_?calls?|tool_uses?)\s{0,4}>",
    re.IGNORECASE,
)
_VALUE = re.compile(
    r"<(/?)(?:[a-z]{2,12}:|[|｜]DSML[|｜])?(?:parameter|param|argument|arg_value|arg)\b[^<>]{0,200}>",
    re.IGNORECASE,
)
_TAIL = re.compile(r"<?/?[\w:|｜▁]*\s*$")
_SPECIAL_END = re.compile(
    r"<[|｜/]{1,2}(?:tool[▁_]calls?[▁_](?:section[▁_])?end|tool_call|call|end|return|eom_id|eot_id|im_end"
    r"|python_end|endoftext"
    r"|end[▁_]of[▁_]sentence|action_end|end_action)[|｜]?>|\[/TOOL_CALLS\]|</s>",
    re.IGNORECASE,
)


def tag(source: Source, start: int, tools: Toolbox) -> Reading[Found]:
    """``<tool_call>`` and its kin: JSON, a name with pairs, functions with parameters, or plain text inside."""
    yield from source.until(">", start, 280)
    head = _HEAD.match(source.text, start)
    if not head:
        return None
    kind, name, body = head[1].lower(), head[2] or "", head.end()
    if head[3] and (named := _NAME_OF.search(head[3])):
        name = named[1]
    if not name and kind in {"function", "invoke"}:
        return None
    within = yield from source.solid(body)
    if not name and source.text.startswith("<", within):
        yield from source.until(">", within, 64)
        if single := _SINGLE.match(source.text, within):
            body = single.end()
    if not (name and tools.freeform(name)):
        within = yield from source.solid(body)
        if (yield from inside.fenced(source, within)):
            within = yield from source.solid((yield from inside.end_of_line(source, within)))
        first = source.text[within : within + 1]
        if first in {"{", "["} and not name:
            return (yield from values(source, within, tools))
        if first == "{":
            end = yield from border(source, within)
            calls = markup.read(source.text[within:end], tools, name)
            return (yield from closed(source, end)), calls
        if not (yield from inside.means(source, within, tools, name)):
            return None
    end, after, ends = yield from _closing(source, (yield from inside.past_json(source, body)), kind)
    calls = markup.read(source.text[body:end], tools, name)
    if not ends and calls:
        calls[-1] = msgspec.structs.replace(calls[-1], whole=False)
    return (yield from closed(source, after)), calls


def _closing(source: Source, start: int, kind: str) -> Reading[tuple[int, int, bool]]:
    """The closing tag of a body that is not JSON: alone at either end of a line, or beside another tag.

    Where it begins and ends, and whether it is one for certain; the text's end where there is none.
    In a parameter that is still open only one beside another such tag, or at the end, is not the value's.
    """
    pattern = CLOSER if kind in {"function", "invoke"} else _OUTER
    pos = seen = last = start
    inside_value = False
    while (pos := (yield from _slash(source, pos))) >= 0:
        if closer := CLOSER.match(source.text, pos):
            for value in _VALUE.finditer(source.text, seen, pos):
                inside_value = not value[1]
            behind = not source.text[last:pos].strip()
            seen, last = pos, closer.end()
            if pattern.match(source.text, pos) and (yield from _parts(source, start, closer, inside_value)):
                return pos, last, behind or not inside_value
            if pattern.match(source.text, pos) and behind:
                return pos, last, True
        pos += 2
    tail = _TAIL.search(source.text, max(start, len(source.text) - 40))
    end = tail.start() if tail and "<" in tail[0] else len(source.text)
    return end, len(source.text), False


def _slash(source: Source, pos: int) -> Reading[int]:
    """Where the next tag begins that closes something, once all of it is there; -1 if none comes."""
    while (found := source.text.find("</", pos)) < 0:
        if source.done:
            return -1
        pos = max(pos, len(source.text) - source.text.endswith("<"))
        yield
    yield from source.until(">", found, 40)
    return found


def _parts(source: Source, start: int, closer: re.Match[str], inside_value: bool) -> Reading[bool]:
    """Whether what stands around a closing tag sets it apart."""
    after = yield from source.solid(closer.end())
    if inside_value:
        yield from source.until(">", after, 40)
        return after == len(source.text) or bool(CLOSER.match(source.text, after))
    before = source.text[max(start, closer.start() - 64) : closer.start()].rstrip(" \t")[-1:]
    alone = before in {"\n", ">", ""} or "\n" in source.text[closer.end() : after]
    return alone or source.text[after : after + 1] in {"", "<"}


def values(source: Source, start: int, tools: Toolbox) -> Reading[Found]:
    """One JSON value or several, and what closes them."""
    if not (yield from inside.is_json(source, start)):
        return None
    pos, calls = start, list[Call]()
    while True:
        end = yield from border(source, pos)
        text = source.text[pos:end]
        found = shapes.read(text, tools, sure=True) or pythonic.read(text, tools) or [tools.call("", text)]
        calls += found
        pos = end
        after = yield from source.solid(pos)
        while source.text[after : after + 1] in {"}", "]", ",", ";"}:
            pos = after + 1
            after = yield from source.solid(pos)
        if source.text[after : after + 1] not in {"{", "["} or not (yield from inside.is_json(source, after)):
            break
        pos = after
    return (yield from closed(source, pos)), calls


def closed(source: Source, pos: int) -> Reading[int]:
    """Past the closing tag that follows, if one does; more of them are known as such when they come."""
    after = yield from source.solid(pos)
    if (yield from inside.fenced(source, after)):
        inner = yield from source.solid(after + 3)
        yield from source.has(inner + 2)
        if inner < len(source.text) and not source.text.startswith("</", inner):
            return pos
        after = inner
    yield from source.has(after + 2)
    if not source.text.startswith(("</", "<|", "<｜", "[/"), after):
        return max(pos, after) if after == len(source.text) else pos
    yield from source.until(">" if source.text[after] == "<" else "]", after, 40)
    found = _SPECIAL_END.match(source.text, after)
    if not found and source.text.startswith("</", after):
        found = CLOSER.match(source.text, after)
    if found:
        return found.end()
    torn = source.done and len(source.text) - after < 40 and not {">", "]"} & set(source.text[after:])
    return len(source.text) if torn else pos


def markers(end: str) -> Frame:
    """DeepSeek's and Kimi's sections, up to the marker that ends them; one in a call's JSON ends nothing."""
    pattern = re.compile(rf"(?P<opens>{markup.OPENS_ARGUMENTS})|{end}", re.IGNORECASE)

    def frame(source: Source, start: int, tools: Toolbox) -> Reading[Found]:
        body = yield from source.until(">", start, 60)
        if not (yield from inside.begins_section(source, body)):
            return None
        pos = yield from inside.past_arguments(source, body)
        while True:
            found = pattern.search(source.text, pos)
            if found and found["opens"]:
                pos = yield from inside.past_arguments(source, found.end())
            elif found or source.done:
                break
            else:
                pos = max(pos, len(source.text) - 60)
                yield
        after = found.end() if found else len(source.text)
        calls = markup.read_markers(source.text[body : found.start() if found else after], tools)
        return ((yield from closed(source, after)) if calls else after), calls

    return frame


def special(source: Source, start: int, tools: Toolbox) -> Reading[Found]:
    """``<|python_tag|>`` and ``[TOOL_CALLS]``: JSON, Python, or a name before JSON."""
    body = yield from source.until("]" if source.text[start] == "[" else ">", start, 60)
    body = yield from source.solid(body)
    yield from source.has(body + 10)
    if source.text.startswith("<|plugin|>", body):
        body = yield from source.solid(body + 10)
    if source.text[body : body + 1] in {"{", "["}:
        return (yield from values(source, body, tools))
    yield from inside.end_of_word(source, body)
    word = _WORD.match(source.text, body)
    if not word:
        return None
    pos, calls = body, list[Call]()
    while word:
        found = yield from _after_word(source, word, tools)
        if not found:
            break
        pos, call = found
        if not call:
            break
        calls.append(call)
        pos = yield from closed(source, pos)
        after = yield from source.solid(pos)
        word = None
        if source.text.startswith((";", "["), after):
            yield from source.has(after + 12)
            again = re.compile(r";\s*|\[TOOL_CALLS\]").match(source.text, after)
            if again:
                yield from inside.end_of_word(source, again.end())
                word = _WORD.match(source.text, again.end())
    return (pos, calls) if pos > body else None


def _after_word(
    source: Source, word: re.Match[str], tools: Toolbox
) -> Reading[tuple[int, Call | None] | None]:
    after = yield from source.solid(word.end())
    if source.text[after : after + 1] == "[":
        # Mistral: name[ARGS]{…}, or name[CALL_ID]id[ARGS]{…}
        after = yield from source.until("{", after, 120)
        after -= 1
    if after < 0 or source.text[after : after + 1] not in {"{", "("}:
        return None
    end = yield from border(source, after, prose=False)
    if source.text[after] == "{":
        return end, tools.call(word[0], source.text[after:end])
    calls = pythonic.read(source.text[word.start() : end], tools)
    return end, calls[0] if calls else None


def result(_source: Source, _start: int, _tools: Toolbox) -> Reading[Found]:
    """``<tool_response>`` and its kin: never a call."""
    yield from ()
    return None


_TO = re.compile(r"\bto=([\w.\-:]{1,128})", re.IGNORECASE)


def harmony(source: Source, start: int, tools: Toolbox) -> Reading[Found]:
    """``<|channel|>commentary to=functions.name <|constrain|>json<|message|>{…}<|call|>``."""
    body = yield from source.until("<|message|>", start, 300)
    to = _TO.search(source.text, start, body) if body > 0 else None
    if not to:
        return None
    name = to[1]
    within = yield from source.solid(body)
    if source.text[within : within + 1] == "{" and not tools.freeform(name):
        end = yield from border(source, within)
        return (yield from closed(source, end)), [tools.call(name, source.text[within:end])]
    pos = body
    pattern = re.compile(r"<\|(?:call|end|return|start|channel)\|>")
    while not (found := pattern.search(source.text, pos)):
        pos = max(body, len(source.text) - 12)
        if source.done:
            break
        yield
    text = source.text[body : found.start() if found else len(source.text)]
    call = tools.said(name, text) if tools.freeform(name) else tools.call(name, text)
    return (yield from closed(source, found.start() if found else len(source.text))), [call]
