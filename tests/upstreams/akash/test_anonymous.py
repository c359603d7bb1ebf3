"""Captures hold the shape of a reply and none of its words."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akashchat.model.events import Event, Failure, ImageReady, ReasoningDelta, TextDelta
from akashchat.upstreams.akash.anonymous import anonymous, anonymous_headers
from akashchat.upstreams.akash.answer_stream import AnswerStream
from akashchat.upstreams.akash.capture import Capture, read_capture, write_capture
from tests.support.recordings import Recording, names
from tests.upstreams.akash.test_ui_stream import OBSERVED

SECRETS = """
    Alice lives at 12 Rosewood Lane, call 555-0199 or write to alice@example.com; token 0f3a9b7c11d2.
    \u674e\u96f7 \u4f4f\u5728\u5317\u4eac; \u041f\u0440\u0438\u0432\u0435\u0442, 203.0.113.77
"""


@pytest.mark.parametrize(
    "body",
    [
        f"0:{json.dumps(SECRETS)}\nz:{json.dumps({'x': SECRETS})}\n",
        f"0:{json.dumps(SECRETS, ensure_ascii=False)}\n3:{json.dumps(SECRETS)}\n",
        f'data: {{"type":"text-delta","delta":{json.dumps(SECRETS)}}}\n\n',
        f'data: {{"type":"data-user","data":{{"type":{json.dumps(SECRETS)}}}}}\n\n',
        f"<html><title>{SECRETS}</title><a href='{SECRETS}' title=\"{SECRETS}\">x</a></html>",
        json.dumps([{"id": SECRETS, "about": [SECRETS, 5550199]}]),
        json.dumps({SECRETS: 1}),
        SECRETS,
        f'0:"{SECRETS}',
        f"0:\"<image_generation> jobId='0f3a9b7c11d2' prompt='{SECRETS}' negative=''</image_generation>\"\n",
    ],
)
def test_words_are_gone(body: str) -> None:
    """Names, numbers, addresses and tokens, wherever they stand."""
    shown = anonymous(body)
    told = r"Alice|Rosewood|Lane|555|0199|example|0f3a|203|113|\u674e|\u5317|\u041f|u674e|u041f"
    assert not re.search(told, shown, re.IGNORECASE)


@given(st.text(max_size=60))
def test_the_shape_stays(text: str) -> None:
    """As many characters, as many bytes, the same spaces and signs; doing it twice changes nothing more."""
    whole = json.dumps(text, ensure_ascii=False) if text.isprintable() else json.dumps(text)
    body = f"0:{whole}\n"
    shown = anonymous(body)
    said: str = json.loads(shown[2:])
    assert len(said) == len(text)
    assert len(shown.encode("utf-8", "surrogatepass")) == len(body.encode("utf-8", "surrogatepass"))
    assert anonymous(shown) == shown


def shape(event: Event) -> object:
    """An event without its words."""
    match event:
        case TextDelta(text) | ReasoningDelta(text):
            return type(event), len(text)
        case Failure(error):
            return Failure, error.code if "protocol" in str(error.code) else ""
        case ImageReady():
            return ImageReady
        case _:
            return event.reason if hasattr(event, "reason") else type(event)


STREAMS = [name for name in names() if Recording(name).is_stream and name != "text_huge"]
BODIES = {name: Recording(name).body for name in STREAMS} | {
    name: str(one["body"]).encode() for name, one in OBSERVED.items()
}


@pytest.mark.parametrize("name", BODIES)
def test_a_capture_plays_as_its_reply_did(name: str) -> None:
    """Every answer that was recorded: the same events in the same order, with other words."""

    def played(body: bytes) -> list[object]:
        stream = AnswerStream({})
        return [shape(event) for event in [*stream.decode(body), *stream.flush()]]

    body = BODIES[name]
    file = write_capture(Capture("/api/chat/", 200, {"content-type": "text/plain"}, body, "why"), "a")
    capture = read_capture(file)
    assert played(capture.body) == played(body)
    assert (capture.path, capture.status, capture.about) == ("/api/chat/", 200, "why")


def test_headers_that_tell_are_kept() -> None:
    """And of cookies the names and attributes."""
    headers = {
        "content-type": "text/plain",
        "x-secret": "s",
        "cf-ray": "8f1",
        "x-vercel-ai-data-stream": "v1",
    }
    cookie = "session_token=0f3a; Path=/; Max-Age=600; HttpOnly; SameSite=strict; Partitioned"
    assert anonymous_headers(headers, (cookie,)) == [
        ("content-type", "text/plain"),
        ("x-vercel-ai-data-stream", "v1"),
        ("set-cookie", "session_token=0x0x; Path=/; Max-Age=000; HttpOnly; SameSite=xxxxxx; Partitioned"),
    ]


@pytest.mark.parametrize("name", names())
def test_a_recording_is_a_capture(name: str) -> None:
    """One form for both."""
    recording = Recording(name)
    capture = read_capture(json.dumps(recording.raw).encode())
    assert (capture.status, capture.media_type, capture.body) == (
        recording.status,
        recording.media_type,
        recording.body,
    )


@pytest.mark.parametrize("file", [b"", b"0:1\n", b"[]", b"{}", b'{"request":1,"response":2}', b"null"])
def test_what_is_no_capture(file: bytes) -> None:
    """Is told so."""
    with pytest.raises(ValueError):
        read_capture(file)
