"""An image generation stream: one ``image_generation.completed`` a picture.

https://platform.openai.com/docs/api-reference/images-streaming
"""

from akashchat.dialects.base import Encoder, Stamp
from akashchat.dialects.images.reply import no_image
from akashchat.dialects.openai import error_object
from akashchat.dialects.pictures import base64_text
from akashchat.errors import GatewayError
from akashchat.model.events import Choice, Event, Failure, Finish, ImageReady, Progress, TextDelta
from akashchat.wire import sse
from akashchat.wire.json import encode


class ImagesEncoder(Encoder):
    """Writes the pictures of one request as they come."""

    def __init__(self, stamp: Stamp) -> None:
        self._stamp = stamp
        self._told: set[int] = set()
        self._said: dict[int, list[str]] = {}

    def start(self) -> bytes:
        """Nothing."""
        return b""

    def ping(self) -> bytes:
        """A comment."""
        return sse.PING

    def comment(self, text: str) -> bytes:
        """See ``Encoder``."""
        return sse.comment(text)

    def encode(self, event: Event) -> bytes:
        """One event as frames."""
        return self._encode(event, 0)

    def _encode(self, event: Event, index: int) -> bytes:
        match event:
            case Choice(index, inner):
                return self._encode(inner, index)
            case ImageReady():
                self._told.add(index)
                return self._completed(event)
            case Progress(message):
                return sse.comment(message)
            case TextDelta(text):
                self._said.setdefault(index, []).append(text)
                return b""
            case Failure(error):
                return _failed(error)
            case Finish():
                return b"" if index in self._told else self._no_image(index)
            case _:
                return b""

    def _completed(self, image: ImageReady) -> bytes:
        event = {
            "type": "image_generation.completed",
            "b64_json": base64_text(image),
            "created_at": self._stamp.created,
            "output_format": image.media_type.partition("/")[2],
            "revised_prompt": image.prompt,
        }
        return sse.named("image_generation.completed", encode(event))

    def _no_image(self, index: int) -> bytes:
        self._told.add(index)
        return _failed(no_image("".join(self._said.get(index, ()))))


def _failed(error: GatewayError) -> bytes:
    return sse.named("error", encode({"type": "error", **error_object(error)}))
