"""Items of output while they are being written: which events open, carry and close each kind."""

from typing import Any, Protocol, TypeAlias

from akashchat.dialects.base import Stamp
from akashchat.dialects.responses.output import (
    Fields,
    Status,
    call_form,
    call_item,
    item_id,
    message_item,
    reasoning_item,
    text_part,
)
from akashchat.dialects.responses.request import Asked
from akashchat.model.request import Request

Told: TypeAlias = list[tuple[str, dict[str, Any]]]
"""Events by name, with their fields."""


class Block(Protocol):
    """One item under way.

    ``texts`` are its pieces so far, ``delta`` the name of the events that carry them (none where they come only
    with the whole), ``place`` what those events have in common.
    """

    index: int
    texts: list[str]
    delta: str
    place: Fields

    def begun(self) -> Fields:
        """The item as it is added."""
        ...

    def opening(self) -> Told:
        """What comes between the item and its first piece."""
        ...

    def closing(self) -> Told:
        """What comes between its last piece and the whole item."""
        ...

    def done(self, status: Status) -> Fields:
        """The whole item."""
        ...


class Message:
    """What the assistant says."""

    delta = "response.output_text.delta"

    def __init__(self, stamp: Stamp, index: int) -> None:
        self.index = index
        self.texts: list[str] = []
        self._stamp = stamp
        self._part = {"item_id": item_id("msg", stamp, index), "output_index": index, "content_index": 0}
        self.place = {**self._part, "logprobs": []}

    def begun(self) -> Fields:
        """See ``Block``."""
        return message_item(self._stamp, self.index, "in_progress")

    def opening(self) -> Told:
        """See ``Block``."""
        return [("response.content_part.added", {**self._part, "part": text_part("")})]

    def closing(self) -> Told:
        """See ``Block``."""
        text = "".join(self.texts)
        return [
            ("response.output_text.done", {**self.place, "text": text}),
            ("response.content_part.done", {**self._part, "part": text_part(text)}),
        ]

    def done(self, status: Status) -> Fields:
        """See ``Block``."""
        return message_item(self._stamp, self.index, status, text_part("".join(self.texts)))


class Thoughts:
    """What the model thinks: a summary piece by piece where one was asked for, else as a whole.

    The events that carry pieces of raw thoughts have one name at OpenAI and another in Open Responses, and who
    expects the one fails over the other.
    """

    def __init__(self, request: Request, stamp: Stamp, index: int) -> None:
        self.index = index
        self.texts: list[str] = []
        self._stamp = stamp
        self._summary = isinstance(request, Asked) and request.summary
        self.delta = "response.reasoning_summary_text.delta" if self._summary else ""
        place = "summary_index" if self._summary else "content_index"
        self.place = {"item_id": item_id("rs", stamp, index), "output_index": index, place: 0}

    def begun(self) -> Fields:
        """See ``Block``."""
        return reasoning_item(self._stamp, self.index, "in_progress", None, summary=self._summary)

    def opening(self) -> Told:
        """See ``Block``."""
        return [(f"{self._part}.added", {**self.place, "part": self._told("")})]

    def closing(self) -> Told:
        """See ``Block``."""
        text = "".join(self.texts)
        done = [(f"{self._part}.done", {**self.place, "part": self._told(text)})]
        if self._summary:
            return [("response.reasoning_summary_text.done", {**self.place, "text": text}), *done]
        return done

    def done(self, status: Status) -> Fields:
        """See ``Block``."""
        return reasoning_item(self._stamp, self.index, status, "".join(self.texts), summary=self._summary)

    @property
    def _part(self) -> str:
        return "response.reasoning_summary_part" if self._summary else "response.content_part"

    def _told(self, text: str) -> Fields:
        return {"type": "summary_text" if self._summary else "reasoning_text", "text": text}


class Call:
    """A call of a tool."""

    def __init__(self, request: Request, stamp: Stamp, index: int, call_id: str, name: str) -> None:
        self.index = index
        self.texts: list[str] = []
        self._stamp = stamp
        self._call_id = call_id
        self._form = call_form(request, name)
        self._field = "input" if self._form.custom else "arguments"
        self._kind = (
            "response.custom_tool_call_input" if self._form.custom else "response.function_call_arguments"
        )
        self.delta = "" if self._form.local else f"{self._kind}.delta"
        self.place = {"item_id": self.begun()["id"], "output_index": index}

    def begun(self) -> Fields:
        """See ``Block``."""
        return call_item(self._stamp, self.index, "in_progress", self._call_id, self._form, "")

    def opening(self) -> Told:
        """See ``Block``."""
        return []

    def closing(self) -> Told:
        """See ``Block``."""
        if self._form.local is not None:
            return []
        named = {} if self._form.custom else {"name": self._form.name}
        return [(f"{self._kind}.done", {**self.place, **named, self._field: "".join(self.texts)})]

    def done(self, status: Status) -> Fields:
        """See ``Block``."""
        return call_item(self._stamp, self.index, status, self._call_id, self._form, "".join(self.texts))
