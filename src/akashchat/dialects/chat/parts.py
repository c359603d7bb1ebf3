"""What a chat message may consist of: text, pictures, files."""

import base64
import re
from typing import Any, TypeAlias, assert_never
from urllib.parse import unquote_to_bytes

from msgspec import Struct

from akashchat.errors import BadRequest
from akashchat.model.request import FilePart, ImagePart, Part, TextPart
from akashchat.wire.json import whole_text

_DATA_URL = re.compile(r"data:([\w.+\-]+/[\w.+\-]+)?((?:;[\w.+\-]+=[^;,]*)*)(;base64)?,", re.IGNORECASE)
_CHARSET = re.compile(r"charset=([\w\-]+)", re.IGNORECASE)

# By the ending of an address, for pictures that are named and not sent along.
_IMAGE_TYPES = {"png": "image/png", "gif": "image/gif", "webp": "image/webp", "svg": "image/svg+xml"}
_TEXT_TYPES = frozenset({
    "application/json", "application/xml", "application/javascript", "application/x-yaml", "application/yaml",
    "application/toml", "application/x-sh", "application/sql",
})  # fmt: skip


class _Text(Struct, tag="text"):
    text: str


class _Refusal(Struct, tag="refusal"):
    refusal: str


class _ImageUrl(Struct):
    url: str


class _Image(Struct, tag="image_url"):
    image_url: _ImageUrl | str


class FileData(Struct):
    """A file, as it is sent along."""

    file_data: str | None = None
    filename: str | None = None
    file_id: str | None = None


class _File(Struct, tag="file"):
    file: FileData


class _Audio(Struct, tag="input_audio"):
    input_audio: Any = None


class _Data(Struct, frozen=True):
    """A data URL, in base64 whatever it was written in, and what it holds."""

    url: str
    media_type: str
    charset: str
    content: bytes


ContentPart: TypeAlias = _Text | _Refusal | _Image | _File | _Audio


def parts(content: str | list[ContentPart] | None, where: str) -> tuple[Part, ...]:
    """A message's content, which may be absent; ``where`` is the message's place in the body."""
    if content is None:
        return ()
    if isinstance(content, str):
        return (TextPart(content),) if content else ()
    return tuple(_part(part, f"{where}.content[{i}]") for i, part in enumerate(content))


def _part(part: ContentPart, where: str) -> Part:
    match part:
        case _Text(text) | _Refusal(text):
            return TextPart(text)
        case _Image(read):
            return image(read if isinstance(read, str) else read.url, f"{where}.image_url")
        case _File(read):
            return file(read, f"{where}.file")
        case _Audio():
            raise BadRequest(
                "the models here take text and images; audio cannot be sent to them", param=where
            )
        case _:
            assert_never(part)


def image(url: str, where: str) -> ImagePart:
    """A picture by its address or as a data URL; raises ``BadRequest`` at ``where``."""
    if url[:8].lower().startswith(("https://", "http://")):
        ending = url.partition("?")[0].partition("#")[0].rpartition(".")[2].lower()
        return ImagePart(url, _IMAGE_TYPES.get(ending, "image/jpeg"))
    data = _data_url(url, where)
    if not data.media_type.startswith("image/"):
        raise BadRequest(f"'{data.media_type}' is not an image", param=where)
    if not data.content:
        raise BadRequest("the image is empty", param=where)
    return ImagePart(data.url, data.media_type)


def file(file: FileData, where: str) -> Part:
    """A file: as text where it is text, else as it is; raises ``BadRequest`` at ``where``."""
    if file.file_data is None:
        raise BadRequest(
            "files must be sent along as 'file_data'; there is no file store for 'file_id'", param=where
        )
    name = file.filename or "file"
    url = file.file_data
    if not url.startswith("data:"):
        # Some clients send bare base64 and leave the type to the file's name.
        ending = "application/pdf" if name.lower().endswith(".pdf") else "text/plain"
        url = f"data:{ending};base64,{url}"
    data = _data_url(url, f"{where}.file_data")
    if data.media_type.startswith("image/"):
        return ImagePart(data.url, data.media_type)
    if data.media_type.startswith("text/") or data.media_type in _TEXT_TYPES:
        text = _text(data, f"{where}.file_data")
        return TextPart(f'<file name="{name}">\n{text}\n</file>')
    return FilePart(data.url, data.media_type, name)


def _data_url(url: str, where: str) -> _Data:
    """What a data URL holds (RFC 2397)."""
    head = _DATA_URL.match(url)
    if head is None:
        raise BadRequest("must be an 'http(s)://' address or a 'data:' URL", param=where)
    media_type = (head[1] or "text/plain").lower()
    charset = _CHARSET.search(head[2])
    payload = url[head.end() :]
    if head[3]:
        try:
            content = base64.b64decode(payload, validate=True)
        except ValueError as error:
            raise BadRequest("the data URL is not valid base64", param=where) from error
    else:
        content = unquote_to_bytes(payload)
        url = f"data:{media_type};base64,{base64.b64encode(content).decode()}"
    return _Data(url, media_type, charset[1] if charset else "utf-8", content)


def _text(data: _Data, where: str) -> str:
    try:
        text = data.content.decode(data.charset)
    except (UnicodeError, LookupError) as error:
        raise BadRequest(f"the file is not text in {data.charset}", param=where) from error
    return whole_text(text.removeprefix("\ufeff"))
