"""A reply of Akash's from a file, played through what reads such replies: what ``akashchat replay`` shows."""

from collections.abc import Callable, Iterator
from typing import Any

from akashchat.errors import GatewayError, ProtocolError
from akashchat.model.events import Event, Failure, ImageReady
from akashchat.upstreams.akash.answer_stream import AnswerStream
from akashchat.upstreams.akash.capture import Capture, read_capture
from akashchat.upstreams.akash.models import read_models
from akashchat.upstreams.akash.pictures import PictureStream, read_job
from akashchat.upstreams.akash.reply import Refusal
from akashchat.upstreams.akash.shapes import Shape, new_in_job, new_in_models, new_in_quota, new_in_session
from akashchat.wire.json import decode_any

_CHAT = "/api/chat"


def replay(file: bytes) -> Iterator[str]:
    """What becomes of the reply, line by line: of a capture, a recording, or an answer's bare bytes."""
    try:
        capture = read_capture(file)
    except ValueError:
        capture = Capture(_CHAT, 200, {}, file)
    yield f"{capture.path} answered {capture.status} {capture.media_type}".rstrip()
    if capture.about:
        yield f"kept for: {capture.about}"
    if capture.status != 200 or capture.media_type == "text/html":
        refusal = Refusal(capture.status, capture.media_type, capture.headers, capture.body)
        yield _failed(refusal.error(now=0.0))
    elif capture.path.startswith(_CHAT):
        yield from _answer(capture)
    else:
        yield from _document(capture)


def _answer(capture: Capture) -> Iterator[str]:
    decoder = PictureStream(AnswerStream(capture.headers))
    for event in [*decoder.decode(capture.body), *decoder.flush()]:
        yield _shown(event)
    if decoder.job is not None:
        yield repr(decoder.job)
    if decoder.strange is not None:
        for kind, what in decoder.strange.kinds.items():
            yield f"strange: {kind.value}, {what}"


def _document(capture: Capture) -> Iterator[str]:
    for path, shape, read in _DOCUMENTS:
        if capture.path.startswith(path):
            try:
                yield from read(capture.body)
                new = shape(decode_any(capture.body))
            except ProtocolError as error:
                yield _failed(error)
            except ValueError:
                yield "strange: not JSON"
            else:
                if new:
                    yield f"strange: {new}"
            return
    yield "no reader knows this address"


def _models(body: bytes) -> Iterator[str]:
    for model in read_models(body, "akash"):
        yield repr(model)


def _job(body: bytes) -> Iterator[str]:
    yield repr(read_job(body))


def _value(body: bytes) -> Iterator[str]:
    value: Any = decode_any(body)
    yield repr(value)


_DOCUMENTS: tuple[tuple[str, Shape, Callable[[bytes], Iterator[str]]], ...] = (
    ("/api/models", new_in_models, _models),
    ("/api/auth/session", new_in_session, _value),
    ("/api/rate-limit/status", new_in_quota, _value),
    ("/api/image-status", new_in_job, _job),
)


def _shown(event: Event) -> str:
    if isinstance(event, Failure):
        return _failed(event.error)
    if isinstance(event, ImageReady):
        return f"ImageReady({event.media_type}, {len(event.data)} bytes)"
    return repr(event)


def _failed(error: GatewayError) -> str:
    return f"Failure({type(error).__name__}: {error.message})"
