"""Calls written in tags and markers, read when all of their text is there."""

import json
import re
from collections.abc import Iterator

from akashchat.emulation.tools import pythonic, shapes
from akashchat.emulation.tools.borders import elements
from akashchat.emulation.tools.calls import Call, Toolbox, jsonish

_SPACE = r"(?:[a-z]{2,12}:|[|｜]DSML[|｜])?"
_NAMED = r"""(?:\s*=\s*|\s[^<>]{0,200}?\bname\s*=\s*)["']?([^"'<>\s]{1,128})["']?([^<>]{0,200})>"""
_FUNCTION = re.compile(rf"<{_SPACE}(?:function|invoke|tool|tool_call|tool_use|call){_NAMED}", re.IGNORECASE)
_PARAMETER = re.compile(rf"<{_SPACE}(?:parameter|param|argument|arg){_NAMED}", re.IGNORECASE)
_END_OF_PARAMETER = re.compile(rf"</{_SPACE}(?:parameter|param|argument|arg)\b[^<>]{{0,40}}>", re.IGNORECASE)
_END_OF_FUNCTION = re.compile(
    rf"</{_SPACE}(?:function|invoke|tool_?calls?|function_?calls?|tool_use|tool|call)\s*>?", re.IGNORECASE
)
_KEY = re.compile(r"<arg_key>([^<]{1,128})</arg_key>\s{0,64}<arg_value>", re.IGNORECASE)
_TAG = re.compile(r"<([a-z_][\w.\-]{0,127})(?:\s[^<>]{0,200})?>", re.IGNORECASE)
_NAME = re.compile(r"\s*([^\W\d][\w.:\-]{0,127})\s*")
_CDATA = re.compile(r"\s*<!\[CDATA\[(.*)\]\]>\s*", re.DOTALL)
_FENCE = re.compile(r"```\w*")

_BEGIN = re.compile(r"<[|｜]tool[▁_]call[▁_]begin[|｜]>", re.IGNORECASE)
_SEPARATOR = re.compile(r"<[|｜]tool[▁_](?:sep|call[▁_]argument[▁_]begin)[|｜]>", re.IGNORECASE)
_END = re.compile(r"<[|｜]tool[▁_]calls?[▁_](?:section[▁_])?end[|｜]>|<[|｜]?\w*[▁_]?$", re.IGNORECASE)


def read(body: str, tools: Toolbox, name: str = "") -> list[Call]:
    """The calls in the body of a tag that means calls; ``name`` where the tag itself names the tool."""
    if name:
        return [_named(name, body, tools)]
    functions = list(_segments(_FUNCTION, body))
    return [_function(found[1], text, tools) for found, text in functions] or _unnamed(body, tools)


def _segments(opening: re.Pattern[str], body: str) -> Iterator[tuple[re.Match[str], str]]:
    """What opens in a body, each with the text up to the next."""
    last = None
    for found in opening.finditer(body):
        if last:
            yield last, body[last.end() : found.start()]
        last = found
    if last:
        yield last, body[last.end() :]


def _function(name: str, text: str, tools: Toolbox) -> Call:
    end = _END_OF_FUNCTION.search(text)
    return _named(name, text[: end.start()] if end else text, tools)


def _named(name: str, body: str, tools: Toolbox) -> Call:
    solid = _unfenced(body)
    if solid.lstrip().startswith("{"):
        inner = shapes.read(solid, tools, sure=True)
        if inner and inner[0].name == tools.plain(name):
            return inner[0]
        return tools.call(name, solid)
    if tools.freeform(name) and not _PARAMETER.search(body):
        return tools.said(name, body)
    return tools.call(name, _object(_parameters(body) or _children(body)))


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
        return [tools.call(name[1], _object(_pairs(rest)))]
    found: list[Call] = []
    for value in elements(_unfenced(solid), 0):
        found += shapes.read(value, tools, sure=True) or []
    return found or [tools.call("", solid)]


def _spelled(children: dict[str, str], body: str, tools: Toolbox) -> list[Call]:
    named = next((key for key in shapes.NAMES if key in children), None)
    if named is None:
        if len(children) == 1 and (only := next(iter(children))) in tools:
            return [tools.call(only, _inside(children[only]))]
        return [tools.call("", body)]
    inner = next((children[key] for key in shapes.ARGUMENTS if key in children), "")
    return [tools.call(children[named], _inside(inner))]


def _inside(text: str) -> str:
    solid = _unfenced(text).strip()
    return _object(_parameters(solid) or _children(solid)) if solid.startswith("<") else solid


def _object(values: dict[str, str]) -> str:
    """JSON of values that stand in tags; what is JSON is taken for it, all else is text."""
    return json.dumps({key: jsonish(value) for key, value in values.items()}, ensure_ascii=False)


def _parameters(body: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for one, value in _segments(_PARAMETER, body):
        if closed := _END_OF_PARAMETER.search(value):
            value = value[: closed.start()]  # noqa: PLW2901
        value = _value(value)  # noqa: PLW2901  the same value, without what surrounds it
        found[one[1]] = json.dumps(value) if 'string="true"' in one[2] else value
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
    for piece in _BEGIN.split(body):
        piece = _END.split(piece)[0]  # noqa: PLW2901  what stands behind the end is nobody's
        if not piece.strip():
            continue
        kind, *rest = _SEPARATOR.split(piece, maxsplit=1)
        if not rest:
            found += _unnamed(piece, tools)
        elif kind.strip() in {"function", ""}:
            found += _unnamed(rest[0], tools)
        else:
            found.append(tools.call(kind, _unfenced(rest[0])))
    return found
