"""What is asked."""

from typing import Any, Literal, TypeAlias

from msgspec import Raw, Struct, field

from akashchat.model.journey import Journey

Role: TypeAlias = Literal["system", "user", "assistant", "tool"]


class TextPart(Struct, frozen=True):
    """Text, free of lone surrogates."""

    text: str


class ImagePart(Struct, frozen=True):
    """A picture by ``data:`` or ``http(s):`` URL."""

    url: str
    media_type: str


class FilePart(Struct, frozen=True):
    """A document by ``data:`` URL."""

    url: str
    media_type: str
    name: str


Part: TypeAlias = TextPart | ImagePart | FilePart


class ToolCall(Struct, frozen=True):
    """A call the assistant made; ``arguments`` is the model's own text, JSON if all went well."""

    id: str
    name: str
    arguments: str


class Message(Struct, frozen=True):
    """One turn.  ``call_id`` is set on a tool's answer, ``name`` where the caller named the speaker."""

    role: Role
    parts: tuple[Part, ...] = ()
    name: str = ""
    calls: tuple[ToolCall, ...] = ()
    call_id: str = ""

    @property
    def text(self) -> str:
        """The text parts, a line each."""
        if len(self.parts) == 1 and type(part := self.parts[0]) is TextPart:
            return part.text
        return "\n".join([part.text for part in self.parts if isinstance(part, TextPart)])


class Tool(Struct, frozen=True, kw_only=True):
    """A function the model may call.

    ``parameters`` is its JSON Schema; a ``freeform`` tool has none: its whole input is one text, whose form
    ``grammar`` may describe.  ``strict`` when the caller relies on the schema to the letter.
    """

    name: str
    description: str = ""
    parameters: dict[str, Any] = {}
    strict: bool = False
    freeform: bool = False
    grammar: str = ""


class ToolChoice(Struct, frozen=True):
    """Whether tools may or must be called; ``names`` narrows them where it is not empty."""

    mode: Literal["auto", "none", "required"] = "auto"
    names: tuple[str, ...] = ()


_ANY_CHOICE = ToolChoice()


class OutputFormat(Struct, frozen=True):
    """The answer's text must be JSON; ``schema`` says of what shape, ``None`` any object.

    ``place`` is where the schema stands in the caller's body, for what is said about it.
    """

    schema: dict[str, Any] | None = None
    name: str = ""
    strict: bool = False
    place: str = ""


class Picture(Struct, frozen=True):
    """The caller wants a picture and nothing else; ``data`` when its bytes are wanted too."""

    data: bool = False


Thoughts: TypeAlias = Literal["shown", "omitted", "hidden"]
"""How much of the model's thoughts a caller wants to see: the text, that there were some, or nothing."""


class Request(Struct, frozen=True, kw_only=True):
    """One request in no dialect.

    ``None`` means not asked.  Whoever asks for ``tools`` gets their calls as events; a freeform tool's arguments
    are its text, all others' are JSON.  ``options`` holds every further parameter that was asked for with an effect,
    by OpenAI's name, as raw JSON: whoever can honour one says so in its capabilities, and what nobody
    honours is told to the caller.  ``user`` names the caller's own user, for the log.  ``further`` are more
    conversations, each to be answered like the first; answers are numbered conversation by conversation.
    ``echo`` has a dialect repeat what was said before the answer.  ``allowed_tokens`` ends an answer as ``max_tokens``
    does, and is no parameter: so many the caller has left.  Requests made of this one share its ``journey``.
    """

    model: str
    messages: tuple[Message, ...]
    further: tuple[tuple[Message, ...], ...] = ()
    stream: bool = False
    include_usage: bool = False
    echo: bool = False
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    n: int = 1
    tools: tuple[Tool, ...] = ()
    tool_choice: ToolChoice = _ANY_CHOICE
    parallel_calls: bool = True
    output: OutputFormat | None = None
    picture: Picture | None = None
    thoughts: Thoughts = "shown"
    user: str = ""
    options: dict[str, Raw] = {}
    allowed_tokens: int | None = None
    journey: Journey = field(default_factory=Journey)

    @property
    def answers(self) -> int:
        """How many answers are wanted: ``n`` to each conversation."""
        return self.n * (1 + len(self.further))

    def asked(self) -> frozenset[str]:
        """The names of the parameters that were asked for, in OpenAI's words."""
        known = (
            ("temperature", self.temperature is not None),
            ("top_p", self.top_p is not None),
            ("max_tokens", self.max_tokens is not None),
            ("stop", self.stop),
            ("n", self.n > 1),
            ("tools", self.tools),
            ("tool_choice", self.tool_choice is not _ANY_CHOICE and self.tool_choice != _ANY_CHOICE),
            ("parallel_tool_calls", not self.parallel_calls),
            ("response_format", self.output is not None),
        )
        return frozenset([name for name, wanted in known if wanted] + [*self.options])
