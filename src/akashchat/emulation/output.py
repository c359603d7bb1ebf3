"""An answer that is JSON: of any object, or of one that fits a schema.

What is let through is known to be part of the JSON.  For any object that is decided as the text comes,
while it is strict JSON from its first bracket on.  With a schema it is not: whether a value fits may hang
on its last field, and what was sent cannot be taken back; so the text is held until all of it was read,
mended where that is safe, and found to fit.  The same goes where nobody waits for pieces.

An answer that does not have the form is asked for once more, and then ends with ``InvalidOutput``.  An
answer with calls is no answer yet, and its text is passed on as it is.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from akashchat.emulation import repair
from akashchat.emulation.correction import Spent, corrected, instructed
from akashchat.emulation.scanner import Scanner
from akashchat.emulation.schema import Schema, compiled
from akashchat.errors import GatewayError, InvalidOutput
from akashchat.model.events import (
    Event,
    Failure,
    Finish,
    FinishReason,
    ImageReady,
    TextDelta,
    ToolCallDelta,
    ToolCallStart,
)
from akashchat.model.request import OutputFormat, Request

_ANY = "Answer with one JSON object and nothing else: no words before or after it, no code fence."
_FITTING = (
    "Answer with one JSON value that fits this JSON Schema, and nothing else: no words before or after it, "
    "no code fence."
)
_AFTER_TOOLS = " This is for your answer, not for calls of tools."


class OutputForm:
    """One answer that must be JSON; raises ``BadRequest`` for a schema that is none."""

    def __init__(self, request: Request, output: OutputFormat) -> None:
        self._strict = output.strict
        self._schema = compiled(output.schema, output.place) if output.schema else None
        self._any = output.schema is None
        bare = msgspec.structs.replace(request, output=None)
        self.request = instructed(
            bare, _instruction(output, tools=bool(request.tools) and request.tool_choice.mode != "none")
        )
        """See ``Form``."""
        self._scanner = Scanner() if self._any and request.stream else None
        self._begun = False
        self._held: list[str] = []
        self._known: list[str] = []
        self._sent = False
        self._called = False
        self._again = False
        self._wrong = ""
        self._spent = Spent()

    def feed(self, events: Sequence[Event]) -> list[Event]:
        """See ``Form``."""
        out: list[Event] = []
        for event in events:
            if type(event) is TextDelta:
                self._take(event, out)
                if self._sent and self._scanner is not None and self._scanner.broken:
                    self._wrong = "it is not JSON to its end"
                    out.append(Failure(self.failure()))
                    break
            elif isinstance(event, Finish):
                self._finish(event, out)
            else:
                if isinstance(event, ToolCallStart | ToolCallDelta | ImageReady):
                    self._let_go(out)
                out.append(event)
        return out

    def failure(self) -> GatewayError:
        """See ``Form``."""
        return InvalidOutput(f"the model's answer is not the JSON that was asked for: {self._wrong}")

    def again(self) -> Request:
        """See ``Form``."""
        fault = f"Your last answer could not be used: {self._wrong}.\nAnswer again, with the JSON alone."
        request = corrected(self.request, "".join(self._held), fault)
        self._scanner = Scanner() if self._scanner is not None else None
        self._begun = False
        self._held.clear()
        self._known.clear()
        self._again = True
        return request

    def _take(self, event: TextDelta, out: list[Event]) -> None:
        if self._called:
            out.append(event)
            return
        self._held.append(event.text)
        if self._scanner is not None and not self._scanner.broken:
            self._scan(event.text, self._scanner, out)

    def _scan(self, text: str, scanner: Scanner, out: list[Event]) -> None:
        """Let through what is known; what came before the object's first name waits for that."""
        if not self._begun:
            start = text.find("{")
            before = "".join(self._held[:-1]) + text[: max(start, 0)]
            if start < 0 or "[" in before:  # perhaps a list, of which an object is only a part
                return
            self._begun = True
            text = text[start:]
        if known := scanner.feed(text):
            self._known.append(known)
        if scanner.sure and self._known:
            out.append(TextDelta("".join(self._known)))
            self._known.clear()
            self._sent = True

    def _let_go(self, out: list[Event]) -> None:
        """A call: the text before it is no answer yet."""
        if not self._called and not self._sent and (held := "".join(self._held)):
            out.append(TextDelta(held))
        self._called = True

    def _finish(self, event: Finish, out: list[Event]) -> None:
        self._spent.add(event)
        if not self._called:
            cut = event.reason in {FinishReason.LENGTH, FinishReason.CONTENT_FILTER}
            try:
                rest = self._cut() if cut else self._rest()
            except ValueError as error:
                self._wrong = str(error)
                if self._again or self._sent:
                    out.append(Failure(self.failure()))
                return
            if rest:
                out.append(TextDelta(rest))
        out.append(Finish(event.reason, self._spent.usage()))

    def _rest(self) -> str:
        """What is still to be said of a complete answer; raises ``ValueError`` where it is not valid."""
        if not self._sent or self._scanner is None:
            return self._whole("".join(self._held))
        if self._scanner.over:
            return ""
        closing = self._scanner.closing()
        if closing is None:
            raise ValueError("it is not JSON to its end")
        return closing

    def _whole(self, text: str) -> str:
        value = repair.read(text)
        fitted = self._fitted(value, self._schema)
        try:
            unchanged = repair.strict(text) == fitted
        except ValueError:
            unchanged = False
        return text.strip() if unchanged else msgspec.json.encode(fitted).decode()

    def _fitted(self, value: Any, schema: Schema | None) -> Any:
        if self._any and not isinstance(value, dict):
            raise ValueError("it is not a JSON object")
        if schema is None:
            return value
        fitted = schema.fit(value, strict=self._strict)
        if fitted.wrong:
            raise ValueError("; ".join(fitted.wrong))
        return fitted.value

    def _cut(self) -> str:
        """Of an answer that was cut, what is JSON as far as it goes."""
        if self._sent:
            return ""
        held = "".join(self._held)
        starts = [start for sign in "{[" if (start := held.find(sign)) >= 0]
        return held[min(starts) :] if starts else ""


def _instruction(output: OutputFormat, *, tools: bool) -> str:
    told = _ANY if output.schema is None else _FITTING
    told += _AFTER_TOOLS if tools else ""
    if output.schema is None:
        return told
    return f"{told}\n{msgspec.json.encode(output.schema).decode()}"
