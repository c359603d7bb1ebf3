"""What an item may consist of: text, pictures, files."""

from typing import Any, TypeAlias, assert_never

from msgspec import Struct

from akashchat.dialects.chat.parts import FileData, file, image
from akashchat.errors import BadRequest
from akashchat.model.request import Part, TextPart


class _InputText(Struct, tag="input_text"):
    text: str


class _OutputText(Struct, tag="output_text"):
    text: str


class _Text(Struct, tag="text"):
    text: str


class _Refusal(Struct, tag="refusal"):
    refusal: str


class _Url(Struct):
    url: str


class _Image(Struct, tag="input_image"):
    image_url: str | _Url | None = None
    file_id: str | None = None


class _File(Struct, tag="input_file"):
    file_data: str | None = None
    filename: str | None = None
    file_id: str | None = None
    file_url: str | None = None


class _Audio(Struct, tag="input_audio"):
    input_audio: Any = None


ContentPart: TypeAlias = _InputText | _OutputText | _Text | _Refusal | _Image | _File | _Audio


def parts(content: str | list[ContentPart] | None, where: str) -> tuple[Part, ...]:
    """An item's content; ``where`` is its place in the body.  Raises ``BadRequest``."""
    if content is None or isinstance(content, str):
        return (TextPart(content),) if content else ()
    return tuple(_part(part, f"{where}[{i}]") for i, part in enumerate(content))


def _part(part: ContentPart, where: str) -> Part:
    match part:
        case _InputText(text) | _OutputText(text) | _Text(text) | _Refusal(text):
            return TextPart(text)
        case _Image(url):
            if url is None:
                raise BadRequest(
                    "pictures must be sent as 'image_url'; there is no file store for 'file_id'", param=where
                )
            return image(url if isinstance(url, str) else url.url, f"{where}.image_url")
        case _File(data, name, file_id, file_url):
            if file_url is not None and data is None:
                raise BadRequest(
                    "files must be sent along as 'file_data'; no address is fetched",
                    param=f"{where}.file_url",
                )
            return file(FileData(data, name, file_id), where)
        case _Audio():
            raise BadRequest(
                "the models here take text and images; audio cannot be sent to them", param=where
            )
        case _:
            assert_never(part)
