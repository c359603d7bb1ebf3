"""Calls written in tags and markers, read when all of their text is there."""

import json
import re
from collections.abc import Iterator, Mapping

from akashchat.emulation.tools import inside, pythonic, shapes
from akashchat.emulation.tools.borders import border, elements
from akashchat.emulation.tools.calls import Call, Toolbox, jsonish
from akashchat.emulation.tools.source import Source, at_once

_SPACE = r"(?:[a-z]{2,12}:|[|｜]DSML[|｜])?"
_NAMED = r"""(?:\s*=\s*|\s[^<>]{0,200}?\bname\s*=\s*)["']?([^"'<>\s]{1,128})["']?([^<>]{0,200})>"""
_FUNCTION = re.compile(rf"<{_SPACE}(?:function|invoke|tool|tool_call|tool_use|call){_NAMED}", re.IGNORECASE)
_PARAMETER = re.compile(rf"<{_SPACE}(?:parameter|param|argument|arg){_NAMED}", re.IGNORECASE)
_END_OF_PARAMETER = re.compile(rf"</{_SPACE}(?:parameter|param|argument|arg)\b[^<>]{{0,40}}>", re.IGNORECASE)
_END_OF_FUNCTION = re.compile(
    rf"</{_SPACE}(?:function|invoke|tool_?calls?|function_?calls?|tool_use|tool|call)\s*>?", re.IGNORECASE
)
_LAST_END = re.compile(rf"</{_SPACE}(?:function|invoke)\s*>\s*\Z", re.IGNORECASE)
_KEY = re.compile(r"<arg_key>([^<]{1,128})</arg_key>\s{0,64}<arg_value>", re.IGNORECASE)
_TAG = re.compile(r"<([a-z_][\w.\-]{0,127})(?:\s[^<>]{0,200})?>", re.IGNORECASE)
_NAME = re.compile(r"\s*([^\W\d][\w.:\-]{0,127})\s*")
_CDATA = re.compile(r"\s*<!\[CDATA\[(.*)\]\]>\s*", re.DOTALL)
_FENCE = re.compile(r"```\w*")

_BEGIN = r"<[|｜]tool[▁_]call[▁_]begin[|｜]>"
_SEPARATOR = r"<[|｜]tool[▁_](?:sep|call[▁_]argument[▁_]begin)[|｜]>"
_MARKER = re.compile(
    rf"(?P<begins>{_BEGIN})|(?P<parts>{_SEPARATOR})"
    r"|<[|｜]tool[▁_]calls?[▁_](?:section[▁_])?end[|｜]>|<[|｜]?\w*[▁_]?\Z",
    re.IGNORECASE,
)
OPENS_ARGUMENTS = rf"{_BEGIN}|{_SEPARATOR}"
"""Markers behind which a call's JSON may stand."""


def read(body: str, tools: Toolbox, name: str = "") -> list[Call]:
    """The calls in the body of a tag that means calls; ``name`` where the tag itself names the tool."""
    if name:
        return [_named(name, body, tools)]
    functions = list(_segments(_FUNCTION, body))
    return [_named(found[1], text, tools) for found, text in functions] or _unnamed(body, tools)


def _segments(opening: re.Pattern[str], body: str) -> Iterator[tuple[re.Match[str], str]]:
    """What opens in a body, each with the text up to the next; within a line a tag is part of some text."""
    last = None
    for found in opening.finditer(body):
        if body[max(0, found.start() - 64) : found.start()].rstrip(" \t")[-1:] not in {"", "\n", ">"}:
            continue
        if last:
            yield last, body[last.end() : found.start()]
        last = found
    if last:
        yield last, body[last.end() :]


def _named(name: str, body: str, tools: Toolbox) -> Call:
    """The call of the tool by what stands behind its name, up to the next call or the end."""
    solid = _unfenced(body)
    if solid.startswith("{"):
        solid = solid[: at_once(border(Source(solid, done=True), 0))]
        inner = shapes.read(solid, tools, sure=True)
        if inner and inner[0].name == tools.plain(name):
            return inner[0]
        return tools.call(name, solid)
    values = _parameters(body)
    if not values and tools.freeform(name):
        return tools.said(name, _LAST_END.sub("", body))
    return tools.call(name, _object(name, values or _children(body), tools))


def _unnamed(body: str, tools: Toolbox) -> list[Call]:
    """GLM's pairs, a name and then JSON, children called name and arguments, or Python."""
    solid = body.strip()
    if solid.startswith("<"):
        return _spelled(_children(solid, deep=False), solid, tools)
    name = _NAME.match(solid)
    if name and not solid.startswith("{"):
        rest = _unfenced(solid[name.end() :])
        if rest.startswith(("{", "[", '"')):
            return [tools.call(name[1], rest)]
        if rest.startswith("("):
            return pythonic.read(solid, tools) or [tools.call(name[1], rest)]
        pairs = _pairs(rest)
        return [tools.call(name[1], _object(name[1], pairs, tools) if pairs else "")]
    found: list[Call] = []
    for value in elements(_unfenced(solid), 0):
        found += shapes.read(value, tools, sure=True) or []
    return found or [tools.call("", solid)]


def _spelled(children: dict[str, str], body: str, tools: Toolbox) -> list[Call]:
    named = next((key for key in shapes.NAMES if key in children), None)
    if named is None:
        if len(children) == 1 and (only := next(iter(children))) in tools:
            return [tools.call(only, _inside(only, children[only], tools))]
        return [tools.call("", body)]
    inner = next((children[key] for key in shapes.ARGUMENTS if key in children), "")
    return [tools.call(children[named], _inside(children[named], inner, tools))]


def _inside(name: str, text: str, tools: Toolbox) -> str:
    solid = _unfenced(text).strip()
    if not solid.startswith("<"):
        return solid
    return _object(name, _parameters(solid) or _children(solid), tools)


def _object(name: str, values: Mapping[str, str], tools: Toolbox) -> str:
    """JSON of values that stand in tags; what is JSON is taken for it unless the tool wants text there."""
    typed = {
        key: str(value) if isinstance(value, _Text) or tools.wants_text(name, key, value) else jsonish(value)
        for key, value in values.items()
    }
    return json.dumps(typed, ensure_ascii=False)


class _Text(str):
    """A value of which its tag says that it is text."""

    __slots__ = ()


def _parameters(body: str) -> dict[str, str]:
    """The parameters' values, each up to the last end of it before the next; unclosed, up to its call's end."""
    found: dict[str, str] = {}
    for one, text in _segments(_PARAMETER, body):
        ends = list(_END_OF_PARAMETER.finditer(text))[-1:] or list(_END_OF_FUNCTION.finditer(text))[:1]
        value = _value(text[: ends[0].start()] if ends else text)
        found[one[1]] = _Text(value) if 'string="true"' in one[2] else value
    return found


def _unfenced(text: str) -> str:
    """A text without the fence around it."""
    text = text.strip()
    if fence := _FENCE.match(text):
        text = text[fence.end() :].lstrip()
    return text.removesuffix("```").rstrip()


def _value(text: str) -> str:
    """A value without the line breaks that belong to its tags."""
    if data := _CDATA.fullmatch(text):
        return data[1]
    return text.removeprefix("\n").removesuffix("\n")


def _pairs(body: str) -> dict[str, str]:
    return {key[1].strip(): _value(text.partition("</arg_value>")[0]) for key, text in _segments(_KEY, body)}


def _children(body: str, *, deep: bool = True) -> dict[str, str]:
    """The elements of an XML body by tag; one that is not closed takes the rest."""
    found: dict[str, str] = {}
    pos = 0
    while tag := _TAG.search(body, pos):
        closing = f"</{tag[1]}>"
        end = body.find(closing, tag.end())
        text = body[tag.end() : end if end >= 0 else len(body)]
        name = tag[1] if deep else tag[1].lower()
        found[name] = _value(text) if deep else text
        if end < 0:
            break
        pos = end + len(closing)
    return found


def read_markers(body: str, tools: Toolbox) -> list[Call]:
    """The calls between DeepSeek's or Kimi's markers."""
    found: list[Call] = []
    for kind, text in _marked(body):
        if kind is None or kind.strip() in {"function", ""}:
            solid = text.strip()
            means = solid[:1] in {"{", "[", "`"} or at_once(
                inside.means(Source(solid, done=True), 0, tools, "")
            )
            found += _unnamed(solid, tools) if solid and (means or kind is not None) else []
        elif _NAME.fullmatch(kind):
            found.append(tools.call(kind, _unfenced(text)))
    return found


def _marked(body: str) -> Iterator[tuple[str | None, str]]:
    """What stands between the markers of each call, parted where it is; behind its end is nobody's."""
    source = Source(body, done=True)
    start, kind, within = 0, None, True
    pos = at_once(inside.past_arguments(source, 0))
    while mark := _MARKER.search(body, pos):
        pos = mark.end()
        if mark["parts"] or mark["begins"]:
            pos = at_once(inside.past_arguments(source, pos))
        if mark["parts"] and kind is None:
            start, kind = mark.end(), body[start : mark.start()]
        elif not mark["parts"]:
            if within:
                yield kind, body[start : mark.start()]
            start, kind, within = mark.end(), None, bool(mark["begins"])
    if within:
        yield kind, body[start:]
