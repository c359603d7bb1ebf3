"""Finds the calls in what a model writes, and lets all else flow.

A model without native tools is told one style and writes any of a dozen, so all are read.  Prose is held back only while
it may be the beginning of a call.  What is taken for a call at last is never shown; what is not is given back as it was,
and was looked at once: a candidate that fails is prose up to where it failed, so time grows with the text alone.

Behind its calls a model may go on with their results, which it cannot know.  Neither these nor what it makes of them
is passed on: a model with native tools stops before.

White space around calls belongs to nobody: it is dropped at the beginning and the end of the answer, and kept once
between prose.
"""

import re

from akashchat.emulation.tools import bare, frames, inside
from akashchat.emulation.tools.calls import Call, Toolbox
from akashchat.emulation.tools.openings import opening
from akashchat.emulation.tools.place import Place
from akashchat.emulation.tools.source import Reading, Source
from akashchat.model.request import Tool

MOST_HELD = 4_000_000
"""Characters held back at most; a call that is longer is text.  Akash's models write far less in one answer."""

_SMALL = 8_192
_MATTERS = re.compile(
    r"""[`\n]
    | <(?=/?(?:\Z | \w\Z | (?i:to|fu|in|an|mi|se|s>)) | /?[|｜](?:\Z | (?i:[tpcaseiduo/])))
    | ✿(?=\Z | (?i:[fr]))
    | \{(?=\s*(?:\{\s*)?(?:["'] | \w{1,40}\s*(?::|\Z) | \Z))
    | \[(?=\s*(?:[{"\[] | /?[\w.\-]{0,128}\s*(?:[(\]]|\Z)))""",
    re.VERBOSE,
)
"""What may begin a call, or code; also where the text ends before that is clear."""

_IN_FENCE = re.compile(r"`{3,}|`{1,2}\Z|\n")
_TICKS = re.compile(r"`+")
_IN_JSON = re.compile(r'["{}\[\]\n<`]')
_IN_STRING = re.compile(r'[\\"\n]')


class CallParser:
    """Text in; prose and calls out."""

    def __init__(self, tools: tuple[Tool, ...]) -> None:
        self._tools = Toolbox(tools)
        self._source = Source()
        self._waiting: list[str] = []
        self._size = 0
        self._pos = 0
        self._place = Place()
        self._fence = 0
        self._depth = 0
        self._one_line = False
        self._out: list[str | Call] = []
        self._blank: list[str] = []
        self._kept = self._called = self._spoke = self._just_called = self._gave_up = False
        self._invents = False
        self._run = self._read()
        next(self._run)

    def feed(self, text: str) -> list[str | Call]:
        """More of the answer; gives what is clear by now."""
        self._waiting.append(text)
        self._size += len(text)
        held = len(self._source.text)
        # A long text is not copied for every word that is added to it.
        if held > _SMALL and self._size * 16 < held:
            return []
        self._take()
        return self._given()

    def flush(self) -> list[str | Call]:
        """The answer has ended; gives all that was held."""
        self._source.done = True
        self._take()
        if not self._just_called and self._blank:
            self._out.append("".join(self._blank))
        self._blank.clear()
        return self._given()

    def _take(self) -> None:
        source = self._source
        source.text += "".join(self._waiting)
        self._waiting.clear()
        self._size = 0
        if self._gave_up:
            self._say(len(source.text))
        else:
            next(self._run, None)
        if len(source.text) - self._pos > MOST_HELD:
            self._gave_up = True
            self._say(len(source.text))
        if self._gave_up:
            self._compact()

    def _given(self) -> list[str | Call]:
        out, self._out = self._out, []
        return out

    def _read(self) -> Reading[None]:
        """Prose, until something in it may be a call."""
        source = self._source
        while not self._invents:
            pattern = _IN_FENCE if self._fence else _MATTERS
            found = pattern.search(source.text, self._pos)
            self._say(found.start() if found else len(source.text))
            if not found:
                if source.done:
                    return
                self._compact()
                yield
            elif self._fence:
                yield from self._shown(found[0])
            elif found[0] == "\n":
                self._say(found.end())
            elif found[0] == "`":
                yield from self._ticks()
            elif self._place.ticks:
                self._say(found.end())
            else:
                yield from self._candidate(found[0])
        while not source.done:
            self._pos = len(source.text)
            self._compact()
            yield
        self._pos = len(source.text)

    def _compact(self) -> None:
        """Forget what was said; nobody holds an offset here."""
        self._source.text = self._source.text[self._pos :]
        self._pos = 0

    def _candidate(self, mark: str) -> Reading[None]:
        """A bracket: a tag, a marker, JSON, or nothing."""
        if mark != "{" and (yield from self._mark()):
            return
        start = self._pos
        if mark == "<":
            self._say(start + 1)
            return
        kind = yield from bare.kind(self._source, start, self._tools)
        place = self._place
        apart = not place.joined and not place.quoted
        if kind in {"json", "python"} and apart and not place.shows_example:
            end, calls, depth = yield from bare.standing(self._source, start, self._tools, kind)
            if calls:
                self._call(end, calls)
                return
            self._say(end)
        else:
            self._say(start + 1)
            depth = int(kind in {"json", "answer"} and apart)
        if depth:
            yield from self._answer(depth)

    def _answer(self, depth: int) -> Reading[None]:
        """JSON that is no call: no call is looked for in it, until it ends or turns out not to be JSON."""
        source, quoted = self._source, False
        while True:
            found = (_IN_STRING if quoted else _IN_JSON).search(source.text, self._pos)
            self._say(found.start() if found else len(source.text))
            mark = found[0] if found else ""
            if not mark or (mark == "\\" and self._pos + 1 == len(source.text)):
                if source.done:
                    return
                self._compact()
                yield
                continue
            if mark in {"<", "`"}:
                return
            ends = mark == "\n" and self._place.begins_line
            self._say(self._pos + 1 + (mark == "\\"))
            quoted = quoted != (mark == '"') and mark != "\n"
            depth += (mark in "{[") - (mark in "}]")
            if ends or depth <= 0:
                return

    def _mark(self) -> Reading[bool]:
        """A tag or a marker, if there is one."""
        source, start = self._source, self._pos
        found = opening(source.text, start, done=source.done)
        while found and not found[1]:
            yield
            found = opening(source.text, start, done=source.done)
        if not found:
            return False
        frame, size = found
        if self._place.quoted:
            self._say(start + size)
            return True
        if frame is frames.result and self._called and self._place.begins_line:
            self._invents = self._just_called = True
            return True
        read = (yield from frame(source, start, self._tools)) if frame else None
        if not read and self._place.begins_line and not self._place.shows_example:
            read = yield from inside.broken(source, start)
        if read and read[1]:
            self._call(*read)
        elif read:
            self._say(max(read[0], start + size))
        elif self._called and (not frame or not source.text[start + size :].strip(" \n>")):
            # A closing mark that nothing opened, or an opening one at the very end, belongs to the calls.
            self._pos = len(source.text) if frame else start + size
        else:
            self._say(start + size)
        return True

    def _ticks(self) -> Reading[None]:
        """Backticks: code in a line, or a fence, which may hold a call."""
        source, start, place = self._source, self._pos, self._place
        size = (yield from _run(source, start)) - start
        if place.ticks or size < 3:
            opened = place.ticks
            self._say(start + size)
            place.ticks = 0 if opened == size else opened or size
            return
        begins, language, body = yield from bare.opens(source, start + size)
        end, calls = start + size, list[Call]()
        alone = begins or place.begins_line
        if alone and language in bare.LANGUAGES and not place.shows_example:
            end, calls = yield from bare.fenced(source, body, language, self._tools)
        if calls:
            self._call(end, calls)
            return
        end = max(end, start + size)
        self._one_line = "\n" not in source.text[start:end]
        self._say(end)
        if alone:
            self._fence, self._depth = size, 1
        else:
            place.ticks = size

    def _shown(self, mark: str) -> Reading[None]:
        """Code in a fence: only its end matters; a fence inside has a language and an end of its own."""
        source, start = self._source, self._pos
        if mark == "\n":
            self._one_line = False
            self._say(start + 1)
            return
        end = yield from _run(source, start)
        begins = self._place.begins_line
        if end - start >= self._fence and (begins or self._one_line):
            after = yield from bare.rest(source, end)
            inner = begins and source.text[after : after + 1] not in {"", "\n", "\r"}
            self._depth += 1 if inner else -1
            if not self._depth:
                self._fence = 0
        self._say(end)

    def _say(self, end: int) -> None:
        """The text up to ``end`` is prose."""
        text = self._source.text[self._pos : end]
        self._pos = end
        if not text:
            return
        self._place.passed(text)
        if self._just_called:
            solid = text.lstrip()
            if self._spoke and not self._kept and len(solid) < len(text):
                self._blank.append(text[: len(text) - len(solid)])
            if not solid:
                return
            self._just_called, text = False, solid
        solid = text.rstrip()
        if solid:
            self._out.append("".join(self._blank) + solid)
            self._blank.clear()
            self._spoke = True
        if len(solid) < len(text):
            self._blank.append(text[len(solid) :])

    def _call(self, end: int, calls: list[Call]) -> None:
        """What stands up to ``end`` is calls."""
        self._place.passed("\n")
        self._out += calls
        self._pos = end
        if not self._spoke:
            self._blank.clear()
        self._kept = bool(self._blank)
        self._called = self._just_called = True


def _run(source: Source, start: int) -> Reading[int]:
    """Where a run of backticks ends."""
    while True:
        ticks = _TICKS.match(source.text, start)
        end = ticks.end() if ticks else start + 1
        if source.done or end < len(source.text):
            return end
        yield
