"""Image streams, read by the official client's own decoder and types."""

from hypothesis import given
from openai.types import ImageGenCompletedEvent

from akashchat.dialects.images import Images
from akashchat.dialects.images.stream import ImagesEncoder
from akashchat.errors import ImageFailed
from akashchat.model.events import (
    Choice,
    Event,
    Failure,
    Finish,
    FinishReason,
    ImageReady,
    Progress,
    TextDelta,
)
from akashchat.model.request import Request
from akashchat.wire import json, sse
from tests.support.answers import answers, several
from tests.support.dialects import STAMP
from tests.support.referee import frames

# What the upstream does not tell; the client's type would have it.
UNTOLD = {
    "background": "opaque",
    "quality": "auto",
    "size": "1024x1024",
    "usage": {
        "input_tokens": 0,
        "output_tokens": 0,
        "total_tokens": 0,
        "input_tokens_details": {"image_tokens": 0, "text_tokens": 0},
    },
}
FINISH = Finish(FinishReason.STOP)


def written(events: list[Event]) -> list[tuple[str | None, dict]]:
    """Names and data of the frames of an answer."""
    encoder = ImagesEncoder(STAMP)
    stream = encoder.start() + b"".join(encoder.encode(event) for event in events)
    return [(frame.event, json.decode_body(frame.data.encode(), dict)) for frame in frames(stream)]


def check(told: list[tuple[str | None, dict]], images: list[ImageReady]) -> None:
    """Every picture is there, in order and valid."""
    completed = [data for name, data in told if name == "image_generation.completed"]
    assert [data["revised_prompt"] for data in completed] == [image.prompt for image in images]
    for data in completed:
        ImageGenCompletedEvent.model_validate({**UNTOLD, **data})


@given(answers())
def test_every_picture_is_an_event(answer: list[Event]) -> None:
    """Pictures in their order; an error at the end where the answer failed or held none, and only there."""
    told = written(answer)
    images = [event for event in answer if isinstance(event, ImageReady)]
    check(told, images)
    failed = isinstance(answer[-1], Failure) or not images
    assert [name for name, _ in told] == ["image_generation.completed"] * len(images) + ["error"] * failed
    if isinstance(answer[-1], Failure):
        assert told[-1][1]["error"]["message"] == answer[-1].error.message


@given(several(2))
def test_each_answer_without_a_picture_is_told_once(events: list[Event]) -> None:
    """Of several answers each one that drew nothing gives one error, and the end gives none."""
    told = written(events)
    drawn = [(event.index, event.event) for event in events if isinstance(event, Choice)]
    check(told, [event for _, event in drawn if isinstance(event, ImageReady)])
    ended = {index for index, event in drawn if isinstance(event, Finish)}
    bare = ended - {index for index, event in drawn if isinstance(event, ImageReady)}
    errors = [data for name, data in told if name == "error"]
    assert len(errors) == len(bare) + isinstance(events[-1], Failure)


def test_an_answer_in_words_is_quoted_in_its_error() -> None:
    """Whoever gets no picture reads what the model said instead, each its own."""
    said = [Choice(0, TextDelta("Which")), Choice(1, TextDelta("No.")), Choice(0, TextDelta(" cat?"))]
    told = written([*said, Choice(1, FINISH), Choice(0, FINISH), FINISH])
    assert [data["error"]["code"] for _, data in told] == ["no_image", "no_image"]
    assert told[0][1]["error"]["message"].endswith("instead of an image: No.")
    assert told[1][1]["error"]["message"].endswith("instead of an image: Which cat?")


def test_an_error_has_the_form_the_official_client_raises() -> None:
    """An event named error whose data hold ``error``: the client raises it."""
    ((name, data),) = written([Failure(ImageFailed("CUDA out of memory"))])
    assert name == "error"
    assert data["type"] == "error"
    assert data["error"]["code"] == "image_generation_failed"


def test_progress_is_a_comment() -> None:
    """Waiting clients are kept awake by words that are no events."""
    encoder = Images("AkashGen").encoder(Request(model="AkashGen", messages=()), STAMP)
    assert encoder.encode(Progress("The image is\nin the queue.")) == b": The image is in the queue.\n\n"
    assert encoder.ping() == sse.PING
