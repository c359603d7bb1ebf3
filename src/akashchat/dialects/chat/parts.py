"""What a chat message may consist of: text, pictures, files."""

import base64
import binascii
import re
from typing import Any, TypeAlias, assert_never

from msgspec import Struct

from akashchat.errors import BadRequest
from akashchat.model.request import FilePart, ImagePart, Part, TextPart

_DATA_URL = re.compile(r"data:([\w.+\-]+/[\w.+\-]+)?((?:;[\w.+\-]+=[^;,]*)*)(;base64)?,", re.IGNORECASE)

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


class _FileData(Struct):
    file_data: str | None = None
    filename: str | None = None
    file_id: str | None = None


class _File(Struct, tag="file"):
    file: _FileData


class _Audio(Struct, tag="input_audio"):
    input_audio: Any = None


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
        case _Image(image):
            return _image(image if isinstance(image, str) else image.url, f"{where}.image_url")
        case _File(file):
            return _file(file, f"{where}.file")
        case _Audio():
            raise BadRequest(
                "the models here take text and images; audio cannot be sent to them", param=where
            )
        case _:
            assert_never(part)


def _image(url: str, where: str) -> ImagePart:
    if url.startswith(("https://", "http://")):
        ending = url.partition("?")[0].partition("#")[0].rpartition(".")[2].lower()
        return ImagePart(url, _IMAGE_TYPES.get(ending, "image/jpeg"))
    media_type, data, _ = _data_url(url, where)
    if not media_type.startswith("image/"):
        raise BadRequest(f"'{media_type}' is not an image", param=where)
    if not data:
        raise BadRequest("the image is empty", param=where)
    return ImagePart(url, media_type)


def _file(file: _FileData, where: str) -> Part:
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
    media_type, data, charset = _data_url(url, f"{where}.file_data")
    if media_type.startswith("image/"):
        return ImagePart(url, media_type)
    if media_type.startswith("text/") or media_type in _TEXT_TYPES:
        text = _text(data, charset, f"{where}.file_data")
        return TextPart(f'<file name="{name}">\n{text}\n</file>')
    return FilePart(url, media_type, name)


def _data_url(url: str, where: str) -> tuple[str, bytes, str]:
    """Media type, bytes and character set of a data URL (RFC 2397)."""
    head = _DATA_URL.match(url)
    if head is None:
        raise BadRequest("must be an 'http(s)://' address or a 'data:' URL", param=where)
    charset = re.search(r"charset=([\w\-]+)", head[2], re.IGNORECASE)
    payload = url[head.end() :]
    media_type = (head[1] or "text/plain").lower()
    if not head[3]:
        return media_type, payload.encode(), charset[1] if charset else "utf-8"
    try:
        data = base64.b64decode(payload, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadRequest("the data URL is not valid base64", param=where) from error
    return media_type, data, charset[1] if charset else "utf-8"


def _text(data: bytes, charset: str, where: str) -> str:
    try:
        return data.decode(charset).removeprefix("\ufeff")
    except (UnicodeDecodeError, LookupError) as error:
        raise BadRequest(f"the file is not text in {charset}", param=where) from error
