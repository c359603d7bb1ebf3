"""What a message of Anthropic's may consist of: text, pictures, documents, and calls with their results.

https://platform.claude.com/docs/en/api/messages/create

Thoughts of earlier answers are read and left out: models here are not given them again.  Where a block may
be cached, and where a text was quoted from, makes no difference here.
"""

from typing import Any, TypeAlias, assert_never

from msgspec import Struct

from akashchat.dialects.chat.parts import FileData, file, image
from akashchat.dialects.messages.foreign import Foreign
from akashchat.errors import BadRequest
from akashchat.model.request import ImagePart, Part, TextPart


class Text(Struct, tag="text"):
    """Text."""

    text: str


class _Base64(Struct, tag="base64"):
    media_type: str
    data: str


class _Url(Struct, tag="url"):
    url: str


class _FileId(Struct, tag="file"):
    file_id: str


class _PlainText(Struct, tag="text"):
    data: str


class Image(Struct, tag="image"):
    """A picture."""

    source: _Base64 | _Url | _FileId


class _Content(Struct, tag="content"):
    content: str | list[Text | Image]


class Citations(Struct):
    """Whether an answer should say where it quotes from."""

    enabled: bool | None = None


class Document(Struct, tag="document"):
    """A document."""

    source: _Base64 | _PlainText | _Content | _Url | _FileId
    title: str | None = None
    context: str | None = None
    citations: Citations | None = None


class SearchResult(Struct, tag="search_result"):
    """Something the caller found."""

    source: str
    title: str
    content: list[Text]
    citations: Citations | None = None


class _ToolReference(Struct, tag="tool_reference"):
    tool_name: str


Shown: TypeAlias = Text | Image | Document | SearchResult | _ToolReference


class ToolUse(Struct, tag="tool_use"):
    """A call the assistant made."""

    id: str
    name: str
    input: dict[str, Any]


class ToolResult(Struct, tag="tool_result"):
    """What came of a call."""

    tool_use_id: str
    content: str | list[Shown] | None = None
    is_error: bool | None = None


class Thinking(Struct, tag="thinking"):
    """Thoughts of an earlier answer."""


class RedactedThinking(Struct, tag="redacted_thinking"):
    """Thoughts of an earlier answer that nobody can read."""


Block: TypeAlias = Shown | ToolUse | ToolResult | Thinking | RedactedThinking | Foreign


def parts(content: str | list[Shown] | None, where: str) -> tuple[Part, ...]:
    """A content of things to be shown; ``where`` is its place in the body."""
    if content is None or isinstance(content, str):
        return (TextPart(content),) if content else ()
    return tuple(part for i, block in enumerate(content) for part in shown(block, f"{where}[{i}]"))


def shown(block: Shown, where: str) -> tuple[Part, ...]:
    """A block that is to be shown to the model; raises ``BadRequest`` at ``where``."""
    match block:
        case Text(text):
            return (TextPart(text),) if text else ()
        case Image(source):
            return (_picture(source, f"{where}.source"),)
        case Document():
            return _document(block, f"{where}.source")
        case SearchResult(source, title, content):
            text = "\n".join(one.text for one in content)
            head = f'<search_result source="{source}" title="{title}">'
            return (TextPart(f"{head}\n{text}\n</search_result>"),)
        case _ToolReference(name):
            return (TextPart(f"There is a tool '{name}'."),)
        case _:
            assert_never(block)


def result(block: ToolResult, where: str) -> tuple[Part, ...]:
    """What a call gave; a failed one says so first, as there is no other place for it."""
    found = parts(block.content, f"{where}.content")
    return (TextPart("The call failed."), *found) if block.is_error else found


def _picture(source: _Base64 | _Url | _FileId, where: str) -> ImagePart:
    match source:
        case _Base64(media_type, data):
            return image(f"data:{media_type};base64,{data}", where)
        case _Url(url):
            return image(url, where)
        case _FileId():
            raise BadRequest("pictures must be sent along; there is no file store", param=where)
        case _:
            assert_never(source)


def _document(block: Document, where: str) -> tuple[Part, ...]:
    name = block.title or "document"
    about = (TextPart(block.context),) if block.context else ()
    match block.source:
        case _Base64(media_type, data):
            return (*about, file(FileData(f"data:{media_type};base64,{data}", name), where))
        case _PlainText(text):
            return (*about, TextPart(f'<file name="{name}">\n{text}\n</file>'))
        case _Content(content):
            inner = parts(content if isinstance(content, str) else list(content), f"{where}.content")
            return (*about, TextPart(f'<file name="{name}">'), *inner, TextPart("</file>"))
        case _Url() | _FileId():
            raise BadRequest(
                "documents must be sent along as 'base64', 'text' or 'content'; nothing is fetched and there is "
                "no file store",
                param=where,
            )
        case _:
            assert_never(block.source)
