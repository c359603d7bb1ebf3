"""The calls in an answer's deltas, put in order: one after the other, each under an id of its own.

OpenAI numbers calls by ``index`` and may mix their pieces.  Others number all of them 0 and tell them apart by
their ids (vLLM), give no index (Ollama, Gemini), no id (SGLang), repeat id and name with every piece
(llama.cpp), or write arguments as an object (Ollama).
"""

import re
from collections import deque
from typing import Any

from akashchat.errors import ProtocolError
from akashchat.model.events import Event, ToolCallDelta, ToolCallStart
from akashchat.upstreams.openai.freeform import unwrapped
from akashchat.wire.json import encode, map_texts, whole_text

_MARKS = re.compile(r'\\.|["{}\[\]]', re.DOTALL)
"""What may begin or end something in JSON; what is escaped does neither."""
_MOST_CALLS = 1000
"""In one answer; whoever makes more is caught in a loop."""


class _Call:
    """One call as far as it has come."""

    __slots__ = ("_end", "_scanned", "arguments", "closed", "id", "name", "passed", "started", "theirs")

    def __init__(self, call_id: str, theirs: str) -> None:
        self.id = call_id
        self.theirs = theirs
        self.name = ""
        self.arguments: list[str] = []
        self.passed = 0
        """How many pieces of the arguments are passed on."""
        self.started = False
        self.closed = False
        self._end = _End()
        self._scanned = 0

    @property
    def whole(self) -> bool:
        """Whether nothing can follow: the arguments are all of an object."""
        for piece in self.arguments[self._scanned :]:
            self._end.feed(piece)
        self._scanned = len(self.arguments)
        return self._end.reached


class _End:
    """Finds where a JSON object ends that comes in pieces, looking at no character twice."""

    __slots__ = ("_depth", "_escaped", "_quoted", "reached")

    def __init__(self) -> None:
        self._depth = 0
        self._quoted = False
        self._escaped = False
        self.reached = False

    def feed(self, text: str) -> None:
        """More of it."""
        for mark in _MARKS.findall(text, 1 if self._escaped and text else 0):
            if mark[0] == "\\":
                continue
            if mark == '"':
                self._quoted = not self._quoted
            elif not self._quoted:
                self._depth += 1 if mark in "{[" else -1
                self.reached = self.reached or self._depth == 0
        if text:
            tail = text[1:] if self._escaped else text
            self._escaped = (len(tail) - len(tail.rstrip("\\"))) % 2 == 1


class Calls:
    """The calls of one answer, and what is said between them.

    The first call that is open is passed on as it comes.  What is behind it, be it text or another call, waits until
    it is whole, or the answer is over.  ``token`` makes ids where there are none; ``freeform`` are the tools whose
    input is a text, which is unwrapped once it is whole.
    """

    __slots__ = ("_calls", "_cut", "_freeform", "_places", "_token", "_waiting")

    def __init__(self, token: str, freeform: frozenset[str]) -> None:
        self._token = token
        self._freeform = freeform
        self._calls: list[_Call] = []
        self._places: dict[int, _Call] = {}
        self._waiting: deque[_Call | Event] = deque()
        """The open call, and what is behind it."""
        self._cut = False

    @property
    def any(self) -> bool:
        """Whether there are any."""
        return bool(self._calls)

    @property
    def waits(self) -> bool:
        """Whether a call is open, which what is said next has to wait for."""
        return bool(self._waiting)

    def say(self, event: Event, events: list[Event]) -> None:
        """Text or thoughts."""
        if self._waiting:
            self._waiting.append(event)
            self._settle(events)
        else:
            events.append(event)

    def feed(self, deltas: Any, events: list[Event]) -> None:
        """Pieces of calls; raises ``ProtocolError`` for what cannot be put in order."""
        for delta in deltas if isinstance(deltas, list) else ():
            if isinstance(delta, dict):
                self._take(delta)
        self._settle(events)

    def finish(self, events: list[Event], *, cut: bool) -> None:
        """The answer is over: pass on what waited.

        Where it was ``cut``, as by a limit, the last call may have no arguments yet.  Raises ``ProtocolError`` for a
        call of nothing.
        """
        self._cut = cut
        self._settle(events, last=True)

    def _take(self, delta: dict[str, Any]) -> None:
        function = delta.get("function")
        function = function if isinstance(function, dict) else {}
        name, arguments = _text(function.get("name")), _arguments(function.get("arguments"))
        call = self._call(delta.get("index"), _text(delta.get("id")), name)
        call.name = call.name or name
        if call.closed and arguments.strip():
            raise ProtocolError("the upstream went on with a tool's call that was whole")
        if arguments:
            call.arguments.append(arguments)

    def _call(self, index: Any, theirs: str, name: str) -> _Call:
        """The call a piece is of, which it may begin."""
        if type(index) is int:
            known = self._places.get(index)
            if known is None or (name and theirs and known.theirs and theirs != known.theirs):
                known = self._places[index] = self._begin(theirs)
            return known
        same = next((call for call in self._calls if theirs and call.theirs == theirs), None)
        if same is None and (name or not self._calls):
            return self._begin(theirs)
        return same or self._calls[-1]

    def _begin(self, theirs: str) -> _Call:
        if len(self._calls) == _MOST_CALLS:
            raise ProtocolError(f"the upstream called tools more than {_MOST_CALLS} times in one answer")
        taken = {call.id for call in self._calls}
        # A bare number, as SGLang gave, is used again in the next answer, and ids must differ in a conversation.
        own = theirs if theirs and not theirs.isdecimal() and theirs not in taken else ""
        call = _Call(own or f"call_{self._token}{len(self._calls)}", theirs)
        self._calls.append(call)
        self._waiting.append(call)
        return call

    def _settle(self, events: list[Event], *, last: bool = False) -> None:
        """Pass on what can be, and go on to what is behind the open call where that is whole."""
        waiting = self._waiting
        while waiting:
            first = waiting[0]
            if not isinstance(first, _Call):
                events.append(first)
            elif self._pass(first, events) and (last or (first.whole and len(waiting) > 1)):
                self._close(first, events)
            elif last:
                raise ProtocolError("the upstream called a tool without naming it")
            else:
                return
            waiting.popleft()

    def _pass(self, call: _Call, events: list[Event]) -> bool:
        """Pass on what has come of a call; give whether its name has."""
        if not call.name:
            return False
        if not call.started:
            call.started = True
            events.append(ToolCallStart(call.id, call.name))
        if call.name not in self._freeform:
            events += [ToolCallDelta(call.id, piece) for piece in call.arguments[call.passed :]]
            call.passed = len(call.arguments)
        return True

    def _close(self, call: _Call, events: list[Event]) -> None:
        call.closed = True
        if call.name in self._freeform:
            events.append(ToolCallDelta(call.id, unwrapped("".join(call.arguments))))
        elif not "".join(call.arguments).strip() and not (self._cut and len(self._waiting) == 1):
            events.append(ToolCallDelta(call.id, "{}"))  # as OpenAI writes a call without arguments


def _text(value: Any) -> str:
    return whole_text(value) if isinstance(value, str) else ""


def _arguments(value: Any) -> str:
    if not isinstance(value, dict | list):
        return _text(value)
    try:
        return encode(map_texts(value, whole_text)).decode()
    except RecursionError:
        raise ProtocolError("the upstream's call of a tool is nested too deeply") from None
