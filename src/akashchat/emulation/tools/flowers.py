"""Qwen's older style: ``✿FUNCTION✿: name``, ``✿ARGS✿: {…}``, a line each.

Source: the templates of Qwen-Agent.  ``✿RESULT✿`` and ``✿RETURN✿``, which follow there, are not the model's to write.
"""

import re

from akashchat.emulation.tools import inside
from akashchat.emulation.tools.borders import border
from akashchat.emulation.tools.calls import Toolbox
from akashchat.emulation.tools.frames import Found, closed
from akashchat.emulation.tools.source import Reading, Source

_WORD = re.compile(r"[\w.\-]{1,128}")
_ARGUMENTS = re.compile(r"✿ARGS✿\s*[:：]?", re.IGNORECASE)


def flowers(source: Source, start: int, tools: Toolbox) -> Reading[Found]:
    """One call; see ``Frame``."""
    body = yield from source.until("✿", start + 1, 12)
    colon = yield from source.solid(body)
    if source.text[colon : colon + 1] not in {":", "："}:
        return None
    pos = yield from source.solid(colon + 1)
    yield from inside.end_of_word(source, pos)
    word = _WORD.match(source.text, pos)
    if not word:
        return None
    after = yield from source.solid(word.end())
    if source.text.startswith("✿", after):
        yield from source.until("✿", after + 1, 12)
        yield from source.solid(after + 6)
    arguments = _ARGUMENTS.match(source.text, after)
    if arguments:
        return (yield from _with(source, arguments.end(), word[0], tools))
    return (after, [tools.call(word[0], "")]) if word[0] in tools else None


def _with(source: Source, pos: int, name: str, tools: Toolbox) -> Reading[Found]:
    """The call with the arguments that begin at ``pos``: JSON, or a text up to the next flower."""
    within = yield from source.solid(pos)
    if (yield from inside.fenced(source, within)):
        within = yield from source.solid((yield from inside.end_of_line(source, within)))
    if source.text.startswith("{", within) and not tools.freeform(name):
        end = yield from border(source, within)
        return (yield from closed(source, end)), [tools.call(name, source.text[within:end])]
    while (end := source.text.find("✿", pos)) < 0 and not source.done:
        yield
    end = len(source.text) if end < 0 else end
    text = source.text[pos:end].strip()
    return end, [tools.said(name, text) if tools.freeform(name) else tools.call(name, text)]
