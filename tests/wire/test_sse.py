"""Server-sent events, written, and read by the official client's own decoder."""

from hypothesis import given

from akashchat.wire import json, sse
from tests.support.answers import TEXTS
from tests.support.referee import frames


@given(TEXTS)
def test_a_frame_carries_any_json(text: str) -> None:
    """Whatever text is in the JSON, it is one event with exactly that text."""
    (frame,) = frames(sse.frame(json.encode(text)))
    assert frame.event is None
    assert json.decode_text(frame.data.encode()) == text
    (frame,) = frames(sse.named("error", json.encode(text)))
    assert frame.event == "error"
    assert json.decode_text(frame.data.encode()) == text


@given(TEXTS)
def test_a_comment_is_no_event(text: str) -> None:
    """Whatever text is in a comment, it cannot become an event."""
    assert frames(sse.comment(text) + sse.PING) == []


def test_the_end_is_openai_s() -> None:
    """Streams end in ``[DONE]``."""
    assert [frame.data for frame in frames(sse.DONE)] == ["[DONE]"]
