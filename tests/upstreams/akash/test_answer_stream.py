"""Which protocol an answer comes in, told by its headers and first bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akashchat.errors import AnswerCut, ProtocolError
from akashchat.model.events import Event, Failure, Finish, FinishReason, TextDelta
from akashchat.upstreams.akash.answer_stream import AnswerStream
from akashchat.upstreams.akash.pictures import PictureStream
from akashchat.upstreams.akash.strange import Strangeness
from tests.support.answers import check, cut

OLD = b'f:{"messageId":"msg-1"}\n0:"Hi"\nd:{"finishReason":"stop"}\n'
NEW = (
    b'data: {"type":"start"}\n\ndata: {"type":"text-delta","id":"t","delta":"Hi"}\n\n'
    b'data: {"type":"finish","finishReason":"stop"}\n\ndata: [DONE]\n\n'
)
SAID: list[Event] = [TextDelta("Hi"), Finish(FinishReason.STOP)]

TEXT = {"content-type": "text/plain; charset=utf-8"}
EVENTS = {"content-type": "text/event-stream"}
OLD_SAYS = {**TEXT, "x-vercel-ai-data-stream": "v1"}
NEW_SAYS = {**EVENTS, "x-vercel-ai-ui-message-stream": "v1"}
HEADERS: list[dict[str, str]] = [{}, TEXT, EVENTS, OLD_SAYS, NEW_SAYS]


def decoded(headers: dict[str, str], *pieces: bytes) -> list[Event]:
    """The events of a reply in these pieces, read as a reply is read: with a decoder taken once, and anew."""
    found = []
    for anew in (False, True):
        stream = AnswerStream(headers)
        decode, events = stream.decode, list[Event]()
        for piece in pieces:
            events += stream.decode(piece) if anew else decode(piece)
        found.append(events + stream.flush())
    assert found[0] == found[1]
    check(found[0])
    return found[0]


@pytest.mark.parametrize("headers", HEADERS)
@pytest.mark.parametrize("before", [b"", b"\n", b"\r\n\r\n", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("body", [OLD, NEW, b": hello\n\n" + NEW, b"event: x\n" + NEW, b"id: 1\n" + NEW])
def test_first_bytes_decide(headers: dict[str, str], before: bytes, body: bytes) -> None:
    """Whatever the headers say: a proxy may have changed them."""
    whole = before + body
    assert decoded(headers, whole) == decoded(headers, *cut(whole, range(len(whole)))) == SAID


@given(st.sampled_from(HEADERS), st.sampled_from([OLD, NEW]), st.lists(st.integers(0, 150), max_size=5))
def test_pieces_change_nothing(headers: dict[str, str], body: bytes, places: list[int]) -> None:
    """However the network tears it."""
    assert decoded(headers, *cut(body, [min(place, len(body)) for place in places])) == SAID


@given(st.sampled_from(HEADERS), st.lists(st.binary(max_size=8), max_size=6))
def test_garbage_is_an_answer_that_failed(headers: dict[str, str], pieces: list[bytes]) -> None:
    """Events and one end, whatever comes."""
    decoded(headers, *pieces)


@pytest.mark.parametrize("headers", HEADERS)
@pytest.mark.parametrize("body", [b"", b"\n", b"d", b"da", b"data", b"0", b"event", b"i"])
def test_too_little_to_tell_is_cut(headers: dict[str, str], body: bytes) -> None:
    """An answer that never began is not complete."""
    assert decoded(headers, body) == [Failure(AnswerCut("Akash's answer ended before it was complete"))]


@pytest.mark.parametrize("headers", HEADERS)
@pytest.mark.parametrize("body", [b"<!DOCTYPE html>", b'{"error":"x"}', b"Internal error"])
@pytest.mark.parametrize("end", [b"\n", b""])
def test_what_is_neither_is_told(headers: dict[str, str], body: bytes, end: bytes) -> None:
    """As no protocol at all, also where no line ends."""
    body += end
    (failure,) = decoded(headers, body)
    assert isinstance(failure, Failure)
    assert isinstance(failure.error, ProtocolError)


def test_the_newer_protocol_is_strange() -> None:
    """It is decoded, noticed and kept; the one of today is neither."""
    stream = AnswerStream(NEW_SAYS)
    stream.decode(NEW)
    assert stream.strange is not None
    assert list(stream.strange.kinds) == [Strangeness.UI_STREAM]
    assert stream.strange.body(Strangeness.UI_STREAM) == NEW.removesuffix(b"data: [DONE]\n\n")
    old = AnswerStream(OLD_SAYS)
    assert old.strange is None
    old.decode(OLD)
    assert old.strange is None


@pytest.mark.parametrize("body", [OLD, NEW])
def test_a_model_that_draws_may_answer_in_words(body: bytes) -> None:
    """In either protocol."""
    for pieces in ([body], cut(body, range(len(body)))):
        stream = PictureStream(AnswerStream({}))
        events = [event for piece in pieces for event in stream.decode(piece)] + stream.flush()
        assert events == SAID
        assert stream.job is None
