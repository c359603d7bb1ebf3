"""AkashGen's protocol: the reply that names a job, and what is said of the job."""

import base64
import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from akashchat.errors import AnswerCut, ImageFailed, ProtocolError
from akashchat.model.events import Event, Failure, Finish, FinishReason, TextDelta, Usage
from akashchat.upstreams.akash.pictures import (
    Job,
    JobPhase,
    JobState,
    PictureStream,
    file_name,
    media_type_of,
    picture_data,
    read_job,
)
from tests.support.answers import check, cut

ID = "727ef62f-76c9-45b8-9637-dc461590fe49"
END = (
    b'e:{"finishReason":"stop","usage":{"promptTokens":20,"completionTokens":50},"isContinued":false}\n'
    b'd:{"finishReason":"stop","usage":{"promptTokens":20,"completionTokens":50}}\n'
)
WEBP = b"RIFF\x00\x00\x00\x00WEBPVP8 "
PIECES = [
    *("'", '"', "\\", "\\'", "\n", "\r\n", " ", "a", "é😀", "\u2028", "jobId='", "prompt='", " negative='"),
    *("' negative='", " negative=", "'</image_generation>", '</image_generation>"\n', '"\ne:{', "\nd:{}\n"),
    *('0:"<image_generation>', "undefined", ""),
]
PROMPTS = st.lists(st.sampled_from(PIECES), max_size=8).map("".join) | st.text(
    st.characters(exclude_categories=["Cs"]), max_size=20
)


def tag(job_id: str, prompt: str, negative: str) -> bytes:
    r"""The app's line, which is no JSON: it puts everything in raw and only makes ``\'`` of a quote."""
    prompt, negative = prompt.replace("'", "\\'"), negative.replace("'", "\\'")
    told = f"jobId='{job_id}' prompt='{prompt}' negative='{negative}'"
    return f'0:"<image_generation> {told}</image_generation>"\n'.encode()


def decoded(*pieces: bytes) -> tuple[list[Event], Job | None]:
    """The events of a reply in these pieces, and the job it names."""
    stream = PictureStream()
    events = [event for piece in pieces for event in stream.decode(piece)] + stream.flush()
    if stream.job is None:
        check(events)
    return events, stream.job


# -- the reply that names a job


@given(PROMPTS, PROMPTS, st.lists(st.integers(0, 300), max_size=5))
@example('a cat\'s "hat"\nline2', "blurry", [])
@example("\\", "\\", [])
@example("' negative=", "' negative=", [])
@example("x' negative='y'</image_generation>\"\ne:{}\nd:{}\n", "", [])
def test_any_prompt_is_read_exactly(prompt: str, negative: str, places: list[int]) -> None:
    """Quotes, backslashes, line breaks, and text that imitates tags and ends: what was drawn from is told."""
    body = tag(ID, prompt, negative) + END
    pieces = cut(body, [min(place, len(body)) for place in places])
    assert decoded(*pieces) == ([], Job(ID, prompt, negative))


@pytest.mark.parametrize(
    "job_id", ["undefined", "", "null", "a b", "../x", "x" * 101, "1&foo=bar", "é" * 8, "-abcd"]
)
def test_a_job_without_an_id_is_no_job(job_id: str) -> None:
    """The image service misbehaved, and the app did not notice: nothing is waited for."""
    events, job = decoded(tag(job_id, "x", "") + END)
    if job_id == "null":
        assert job == Job("null", "x", "")
    else:
        assert events == [Failure(ImageFailed("AkashGen's image service did not accept the job"))]
        assert job is None


@pytest.mark.parametrize("missing", range(1, len(tag(ID, "a 'fox'", "") + END), 7))
def test_a_reply_that_breaks_off_is_cut(missing: int) -> None:
    """Until the tag and the beginning of the end are there, nothing is known."""
    body = tag(ID, "a 'fox'", "") + END
    events, job = decoded(body[:-missing])
    if missing >= len(END) - 2:
        assert job is None
        assert events == [Failure(AnswerCut("AkashGen's reply ended before it was complete"))]
    else:
        assert job == Job(ID, "a 'fox'", "")


def test_the_tag_may_be_spaced_otherwise() -> None:
    """Blanks between the fields are none of the fields, as the app's own page reads it."""
    body = tag(ID, "x", "y").replace(b"' ", b"'\n ").replace(b"> job", b">\tjob").replace(b"'</", b"' </")
    assert decoded(body + END)[1] == Job(ID, "x", "y")


def test_a_tag_that_never_ends_is_no_picture() -> None:
    """Memory is bounded: beyond a megabyte it is read as an ordinary answer, and fails as one."""
    events, job = decoded(b'0:"<image_generation>' + b"a\n" * 600_000)
    assert job is None
    assert isinstance(events[-1], Failure)


# -- an ordinary answer

HI = b'f:{"messageId":"msg-1"}\n0:"Which fox?"\n' + END
SAID = [TextDelta("Which fox?"), Finish(FinishReason.STOP, Usage(20, 50))]


@given(st.lists(st.integers(0, 300), max_size=5))
def test_an_answer_in_words_passes(places: list[int]) -> None:
    """Who did not ask for a picture gets the model's words, as they come."""
    assert decoded(*cut(HI, [min(place, len(HI)) for place in places])) == (SAID, None)


@pytest.mark.parametrize("text", ["<", "<image", "<image_generation", "&lt;image_generation>", ""])
def test_words_that_begin_like_a_tag(text: str) -> None:
    """Only the whole beginning of the tag makes a picture."""
    body = f'0:"{text}"\n'.encode() + END
    events, job = decoded(*cut(body, range(len(body))))
    assert "".join(event.text for event in events[:-1]) == text
    assert job is None


def test_words_are_not_held_back() -> None:
    """As soon as it is clear that no picture comes, every line is told at once."""
    stream = PictureStream()
    assert stream.decode(b'0:"<im') == []
    assert stream.decode(b'possible"\n') == [TextDelta("<impossible")]


def test_a_tag_later_in_an_answer_is_text() -> None:
    """Somebody may write about tags."""
    body = b'0:"See: "\n' + json.dumps(f"<image_generation> jobId='{ID}'").join(["0:", "\n"]).encode() + END
    events, job = decoded(body)
    assert job is None
    assert "<image_generation>" in events[1].text


def test_an_error_before_a_picture_is_the_image_service_s() -> None:
    """What looks like an unknown model is the app's fallback after its image service failed."""
    body = b"3:\"{'error': '/chat/completions: Invalid model name passed in model=AkashGen. Call `/v1/models`'}\"\n"
    (failure,), _ = decoded(body)
    assert failure == Failure(ImageFailed("AkashGen could not start an image: its image service failed"))


def test_nothing_at_all_is_cut() -> None:
    """An empty reply names no job."""
    assert decoded() == ([Failure(AnswerCut("AkashGen's reply ended before it was complete"))], None)


# -- the job's state


def state(**row: Any) -> JobState:
    """What is read of one row."""
    return read_job(json.dumps([{"job_id": ID, **row}]).encode())


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"status": "waiting", "queue_position": 3}, JobState(JobPhase.WAITING, "waiting", queue_position=3)),
        ({"status": "pending", "queue_position": None}, JobState(JobPhase.WAITING, "pending")),
        ({"status": "pending", "queue_position": -1}, JobState(JobPhase.WAITING, "pending")),
        ({"status": "pending", "queue_position": "2"}, JobState(JobPhase.WAITING, "pending")),
        ({"status": "rendering"}, JobState(JobPhase.WAITING, "rendering")),
        ({"status": None}, JobState(JobPhase.WAITING)),
        ({}, JobState(JobPhase.WAITING)),
        ({"status": "succeeded", "result": None}, JobState(JobPhase.WAITING, "succeeded")),
        ({"status": "succeeded", "result": "a.webp"}, JobState(JobPhase.DONE, "succeeded", result="a.webp")),
        ({"status": "SUCCEEDED", "result": "a.webp"}, JobState(JobPhase.DONE, "succeeded", result="a.webp")),
        (
            {"status": "completed", "result": "UklGRg=="},
            JobState(JobPhase.DONE, "completed", result="UklGRg=="),
        ),
        (
            {"status": "completed", "result": "Failed to generate"},
            JobState(JobPhase.FAILED, "completed", detail="Failed to generate"),
        ),
        ({"status": "failed"}, JobState(JobPhase.FAILED, "failed", detail="failed")),
        (
            {"status": "failed", "error": "CUDA\nerror"},
            JobState(JobPhase.FAILED, "failed", detail="CUDA error"),
        ),
        ({"status": "cancelled"}, JobState(JobPhase.FAILED, "cancelled", detail="cancelled")),
        ({"status": "timeout"}, JobState(JobPhase.FAILED, "timeout", detail="timeout")),
        ({"status": "error", "result": "no GPU"}, JobState(JobPhase.FAILED, "error", detail="no GPU")),
    ],
)
def test_states(row: dict[str, Any], expected: JobState) -> None:
    """The words of the present app and of older ones; what is not known goes on."""
    assert state(**row) == expected


@pytest.mark.parametrize("body", [b'"Job not found: x"', b"[]", b"[null]", b"null", b"1", b'["x"]'])
def test_a_job_that_is_not_known(body: bytes) -> None:
    """Text, or an empty list: perhaps not yet, perhaps no more."""
    assert read_job(body) == JobState(JobPhase.MISSING)


def test_one_row_without_a_list() -> None:
    """Older servers told a single job without brackets."""
    assert read_job(b'{"status":"pending"}') == JobState(JobPhase.WAITING, "pending")


@pytest.mark.parametrize("body", [b"", b"<html>", b"[", b"\xff", b"[" * 100_000])
def test_a_state_that_is_no_json_is_a_fault(body: bytes) -> None:
    """The middleware's trouble is not the job's end."""
    with pytest.raises(ProtocolError):
        read_job(body)


# -- the picture


@pytest.mark.parametrize(
    ("result", "name"),
    [
        ("/api/image/job_727ef62f_00001_.webp", "job_727ef62f_00001_.webp"),
        ("https://gen.example/x/y.png?w=2048&q=100", "y.png"),
        ("y.png", "y.png"),
        ("/api/image/y.png/", "y.png"),
    ],
)
def test_a_file_s_name_is_the_last_of_its_path(result: str, name: str) -> None:
    """Paths and addresses of any server lead to the same file at Akash."""
    assert file_name(result) == name


@pytest.mark.parametrize(
    "result", ["", "/", "..", "/api/image/..", ".env", "a b.webp", "a%2fb", "x" * 201, "é.webp"]
)
def test_a_name_that_leads_elsewhere_is_refused(result: str) -> None:
    """No name of the upstream's makes the gateway ask for another address."""
    with pytest.raises(ProtocolError):
        file_name(result)


@pytest.mark.parametrize(
    ("result", "picture"),
    [
        ("data:image/webp;base64,UklGRg==", ("image/webp", b"RIFF")),
        ("data:IMAGE/PNG;base64,iVBORw0KGgo=", ("image/png", b"\x89PNG\r\n\x1a\n")),
        (base64.b64encode(WEBP).decode(), ("image/webp", WEBP)),
        (base64.b64encode(b"\xff\xd8\xff\xe0").decode(), ("image/jpeg", b"\xff\xd8\xff\xe0")),
        ("/api/image/job_1.webp", None),
        ("data:image/webp;base64,", None),
        ("data:text/html;base64,UklGRg==", None),
        ("abcd", None),
        ("картина.webp", None),
        ("", None),
    ],
)
def test_a_result_may_be_the_picture_itself(result: str, picture: tuple[str, bytes] | None) -> None:
    """Older servers send it as data, with or without its type; a name is never taken for one."""
    assert picture_data(result) == picture


@given(st.text())
def test_no_result_is_a_fault_of_the_gateway(result: str) -> None:
    """Whatever an upstream calls its result, it is a picture, a name, or an error of ours."""
    if picture_data(result) is None:
        try:
            assert file_name(result)
        except ProtocolError as error:
            assert error.code == "upstream_protocol_error"  # noqa: PT017  either way is right


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (WEBP, "image/webp"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"RIFF\x00\x00\x00\x00WAVE", "application/octet-stream"),
        (b"", "application/octet-stream"),
        (b"<svg", "application/octet-stream"),
    ],
)
def test_pictures_are_known_by_their_first_bytes(data: bytes, media_type: str) -> None:
    """Whatever a server calls them."""
    assert media_type_of(data) == media_type
