"""Tools for a model that was given none: its answer's text becomes prose and calls that hold.

Prose flows as it comes.  A call is passed on when it is whole, its arguments read, mended where that is
safe, and found to fit the tool's schema.  A call that cannot be passed on is never shown as text: the model
is told what was wrong and asked once more, and what was good already is neither lost nor repeated.  When
that fails too the answer ends with ``InvalidToolCall``.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import takewhile

import msgspec

from akashchat.emulation import repair
from akashchat.emulation.correction import Spent, corrected
from akashchat.emulation.schema import Schema, compiled
from akashchat.emulation.tools import remains
from akashchat.emulation.tools.calls import Call
from akashchat.emulation.tools.instruction import instruct
from akashchat.emulation.tools.parser import CallParser
from akashchat.errors import GatewayError, InvalidToolCall
from akashchat.model.events import (
    TERMINAL,
    Event,
    Failure,
    Finish,
    FinishReason,
    TextDelta,
    ToolCallDelta,
    ToolCallStart,
)
from akashchat.model.request import Request, Tool

_ID_BYTES = 12
_MOST_CALLS = 128
"""Calls in one answer; whoever makes more is caught in a loop."""
_CUT = frozenset({FinishReason.LENGTH, FinishReason.CONTENT_FILTER})


class ToolForm:
    """One answer of a model with tools; ``token`` gives random bytes in hexadecimal, for the calls' ids.

    Raises ``BadRequest`` for a schema that is none.
    """

    def __init__(self, request: Request, token: Callable[[int], str]) -> None:
        self._tools = {tool.name: tool for tool in request.tools}
        self._schemas = _schemas(request.tools)
        self._choice = request.tool_choice
        self._parallel = request.parallel_calls
        self._token = token
        self._offered = request.tools
        self.request = instruct(request)
        """See ``Form``."""
        self._parser = CallParser(self._offered)
        self._again = False
        self._spent = Spent()
        self._raw: list[str] = []
        self._faults: list[str] = []
        self._made: set[tuple[str, str]] = set()
        self._earlier: frozenset[tuple[str, str]] = frozenset()
        self._blank = ""
        self._prose: list[str] = []
        self._said = False
        self._must = _only(request)

    def feed(self, events: Sequence[Event]) -> list[Event]:
        """See ``Form``."""
        out: list[Event] = []
        for event in events:
            if type(event) is TextDelta:
                self._raw.append(event.text)
                self._take(self._parser.feed(event.text), out)
            elif isinstance(event, Finish):
                self._finish(event, out)
            else:
                if isinstance(event, TERMINAL):
                    rest = _joined(self._parser.flush())
                    self._take(
                        [text for text in rest if isinstance(text, str) and not remains.is_call(text)], out
                    )
                out.append(event)
        return out

    def failure(self) -> GatewayError:
        """See ``Form``."""
        return InvalidToolCall(f"the model's call of a tool is not valid: {self._told()}")

    def again(self) -> Request:
        """See ``Form``."""
        request = corrected(self.request, "".join(self._raw), self._fault())
        self._parser = CallParser(self._offered)
        self._raw.clear()
        self._faults.clear()
        self._blank = ""
        self._earlier = frozenset(self._made)
        self._again = True
        return request

    def _take(self, found: Sequence[str | Call], out: list[Event]) -> None:
        for piece in found:
            if isinstance(piece, str):
                self._say(piece, out)
            else:
                self._call(piece, out)

    def _say(self, text: str, out: list[Event]) -> None:
        """Pass prose on, less the blanks around calls."""
        if self._faults:
            return  # it goes with a call that did not hold, and will be said anew
        text = self._blank + text
        said = text.rstrip()
        self._blank = text[len(said) :]
        if self._made and not said:
            self._blank = ""
        elif said and (self._again or self._must):
            self._prose.append(said + self._blank)
            self._blank = ""
        elif said:
            self._said = True
            out.append(TextDelta(said))

    def _call(self, call: Call, out: list[Event]) -> None:
        self._blank = ""
        if self._made and not self._parallel:
            return
        tool = self._tool(call.name)
        if tool is None:
            self._faults.append(f"there is no tool '{call.name[:80]}'")
            return
        if self._choice.names and tool.name not in self._choice.names:
            self._faults.append(f"the tool '{tool.name}' may not be called now")
            return
        try:
            arguments = self._arguments(tool, call.arguments)
        except ValueError as error:
            self._faults.append(f"the arguments of '{tool.name}' are wrong: {error}")
            return
        self._pass(tool.name, arguments, out)

    def _pass(self, name: str, arguments: str, out: list[Event]) -> None:
        made = (name, _sorted(arguments))
        if made in self._earlier or len(self._made) >= _MOST_CALLS:
            return
        self._made.add(made)
        if self._prose and not self._again:
            out.append(TextDelta("".join(self._prose).rstrip()))
            self._prose.clear()
        call_id = f"call_{self._token(_ID_BYTES)}"
        out += [ToolCallStart(call_id, name), ToolCallDelta(call_id, arguments)]

    def _tool(self, name: str) -> Tool | None:
        """The tool that is meant: by its name, or by the one name that reads the same."""
        if name in self._tools:
            return self._tools[name]
        plain = _plain(name)
        same = [tool for tool in self._offered if _plain(tool.name) == plain]
        return same[0] if len(same) == 1 else None

    def _arguments(self, tool: Tool, text: str) -> str:
        """The arguments as they are passed on; raises ``ValueError`` that says what is wrong with them."""
        if tool.freeform:
            return text
        value = repair.read(text) if text.strip() else {}
        if value is None:
            value = {}
        schema = self._schemas.get(tool.name)
        if schema is not None:
            fitted = schema.fit(value, strict=tool.strict)
            if fitted.wrong:
                raise ValueError("; ".join(fitted.wrong))
            value = fitted.value
        if not isinstance(value, dict):
            raise ValueError("they must be a JSON object")  # noqa: TRY004  the model's fault, no argument's
        return msgspec.json.encode(value).decode()

    def _finish(self, event: Finish, out: list[Event]) -> None:
        """The attempt is over: with calls, with an answer that needs none, or with something to correct."""
        self._spent.add(event)
        reason = event.reason
        rest = _joined(self._parser.flush())
        if reason in _CUT:
            rest = list(takewhile(self._is_whole, rest))
        for piece in rest:
            if isinstance(piece, str) and remains.is_call(piece):
                self._faults.append("a call breaks off")
            else:
                self._take([piece], out)
        if self._must and not (self._made or self._faults or reason in _CUT):
            self._take_bare(self._must, out)
        if reason in _CUT:
            self._faults.clear()
        elif self._is_wanting():
            if self._again:
                out.append(Failure(self.failure()))
            return
        self._end(reason, out)

    def _take_bare(self, tool: Tool, out: list[Event]) -> None:
        """The answer as the arguments of the one tool that must be called, where it is nothing but these."""
        with suppress(ValueError):
            arguments = self._arguments(tool, "".join(self._raw))
            names = msgspec.json.decode(arguments).keys()
            if names and names <= tool.parameters.get("properties", {}).keys():
                self._prose.clear()
                self._pass(tool.name, arguments, out)

    def _end(self, reason: FinishReason, out: list[Event]) -> None:
        if self._prose and not self._made:
            apart = "\n\n" if self._said else ""
            out.append(TextDelta(apart + "".join(self._prose)))
        if self._blank and not self._made:
            out.append(TextDelta(self._blank))
        called = bool(self._made) and reason not in _CUT
        out.append(Finish(FinishReason.TOOL_CALLS if called else reason, self._spent.usage()))

    def _is_wanting(self) -> bool:
        """Whether something must be asked for again."""
        if self._choice.mode == "required" and not self._made:
            return True
        if self._made and (not self._parallel or self._choice.names):
            return False  # what was wrong was not wanted besides
        return bool(self._faults)

    def _is_whole(self, call: str | Call) -> bool:
        """Whether what stands at a cut is all there: JSON and tags tell, of a text for a tool nobody knows."""
        if isinstance(call, str):
            return not (remains.may_begin(call) or remains.is_call(call))
        tool = self._tool(call.name)
        if tool is None or tool.freeform or not call.whole:
            return False
        try:
            return isinstance(repair.strict(call.arguments), dict)
        except ValueError:
            return False

    def _told(self) -> str:
        if self._faults:
            return "; ".join(self._faults[:8])
        return "one had to be called, and none was"

    def _fault(self) -> str:
        """What the model is told."""
        done = " The other calls were made; do not repeat them." if self._made else ""
        if not self._faults:
            names = ", ".join(self._choice.names or self._tools)
            return f"You must call a tool now ({names}). Answer with the call and nothing else."
        faults = "\n".join([f"- {fault}" for fault in self._faults[:8]])
        return (
            f"Your last answer could not be used:\n{faults}\n"
            f"Call again in the same form, corrected, and say nothing else.{done}"
        )


def _only(request: Request) -> Tool | None:
    """The tool that must be called, where it is but one, and its arguments are JSON."""
    choice = request.tool_choice
    tools = [tool for tool in request.tools if not choice.names or tool.name in choice.names]
    return tools[0] if choice.mode == "required" and len(tools) == 1 and not tools[0].freeform else None


def _sorted(arguments: str) -> str:
    """Arguments in an order of their own: the same call may be written in another."""
    try:
        return msgspec.json.encode(msgspec.json.decode(arguments), order="deterministic").decode()
    except (ValueError, RecursionError):
        return arguments  # a text


def _schemas(tools: tuple[Tool, ...]) -> dict[str, Schema]:
    return {
        tool.name: compiled(tool.parameters, f"tools[{i}]")
        for i, tool in enumerate(tools)
        if tool.parameters and not tool.freeform
    }


def _plain(name: str) -> str:
    return name.strip().removeprefix("functions.").replace("-", "_").casefold()


def _joined(pieces: Sequence[str | Call]) -> list[str | Call]:
    """Texts that follow one another as one."""
    out: list[str | Call] = []
    for piece in pieces:
        if isinstance(piece, str) and out and isinstance(out[-1], str):
            out[-1] += piece
        else:
            out.append(piece)
    return out
