"""Every reply that was recorded from the app, decoded: whole, byte by byte, in any pieces, and spoilt."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from akashchat.errors import (
    AnswerCut,
    BadRequest,
    ContextLengthExceeded,
    GatewayError,
    ImageFailed,
    ModelNotFound,
    ProtocolError,
    RateLimited,
    SessionRejected,
    UpstreamError,
)
from akashchat.model.events import Event, Failure, Finish, FinishReason, TextDelta, Usage
from akashchat.simulator import Simulator
from akashchat.upstreams.akash.models import read_models
from akashchat.upstreams.akash.pictures import (
    Job,
    JobPhase,
    JobState,
    PictureStream,
    file_name,
    media_type_of,
    read_job,
)
from akashchat.upstreams.akash.stream import DataStream
from tests.support.answers import check, cut
from tests.support.clock import HastyClock
from tests.support.gateway import ONCE, running
from tests.support.http import call
from tests.support.recordings import Recording, names

RECORDINGS = {name: Recording(name) for name in names()}
STREAMS = [name for name, recording in RECORDINGS.items() if recording.is_stream]
SHORT = [name for name in STREAMS if len(RECORDINGS[name].body) < 10_000]
JOBS = [
    name for name, one in RECORDINGS.items() if one.path.startswith("/api/image-status") and one.status == 200
]


def said(*texts: str, end: Event | None = None, usage: tuple[int, int] | None = (17, 10)) -> list[Event]:
    """An answer in these pieces, complete unless told otherwise."""
    finish = Finish(FinishReason.STOP, Usage(*usage) if usage else None)
    return [*map(TextDelta, texts), end or finish]


def failed(error: GatewayError) -> Failure:
    """A failure, short to write."""
    return Failure(error)


HELLO = said("Hello!", " This", " is", " a", " plain", " answer", " from", " the", " lab", " model.")
UNSAID = "the model failed inside Akash, which does not say why"
NO_MODEL = (
    "Akash: /chat/completions: Invalid model name passed in model=no-such-model. "
    "Call `/v1/models` to view available models for your key."
)
NO_ROLE = (
    "Akash: Invalid prompt: messages must be an array of CoreMessage or UIMessage Received message of type: "
    '"other" at index 0 messages[0]: {"role":"wizard","content":"Hi"}'
)
NO_CONTEXT = (
    "Akash: litellm.ContextWindowExceededError: This model's maximum context length is 128000 tokens. "
    "However, you requested 130001 tokens."
)
ESCAPES = (
    'Line one\nLine two\n\n"double" \'single\' `tick` back\\slash \\n literal \\" end\ttab\r\nCRLF'
    " </script> & < > emoji 😀👩‍👩‍👧‍👦🇩🇪 CJK 你好，世界 こんにちは 한국어 e\u0301"
    " ls\u2028ps\u2029nel\u0085bom\ufeff nbsp\u00a0 zwsp\u200b ctl\x01\x1b[31m\x7f"
    ' json {"a":"b\\"c"} 0:"fake"\ne:{"finishReason":"stop"}\nd:{} end'
)

ANSWERS: dict[str, list[Event]] = {
    "chat_valid": HELLO,
    "msg_attach_data": HELLO,
    "msg_toolinvocations": HELLO,
    "gen_text_fallback": HELLO,
    "text_plain": HELLO,
    "text_empty": said(usage=(17, 0)),
    "text_refusal": said(usage=(17, 9)),
    "text_empty_strings": said("a", "b", usage=(17, 6)),
    "text_nousage": said("No", " usage", " is", " reported", " here.", usage=None),
    "text_usage_details": said("detailed", usage=(100, 50)),
    "text_surrogate": said("split ", "😀 joined; lone \ufffd end; nul \0.", usage=(17, 9)),
    "text_think": said(
        *("<think>", "\nFirst I ", 'consider "x".', "\n", "</think>", "\n\n", "The ", "answer ", "is ", "42.")
    ),
    "text_think_split": said("<th", "ink", ">deep", " thought</", "thi", "nk>", "Final.", usage=(17, 7)),
    "text_think_unclosed": said("<think>", "never ", "ends", end=Finish(FinishReason.LENGTH, Usage(17, 3))),
    "text_length": said(
        "This", " answer", " was", " cut", " off", " by", end=Finish(FinishReason.LENGTH, Usage(17, 6))
    ),
    "text_content_filter": said(
        "I", " started", " but", end=Finish(FinishReason.CONTENT_FILTER, Usage(17, 3))
    ),
    "text_finish_unknown": said("odd", " ending", usage=(17, 2)),
    "text_cut": said(
        *("This", " answer", " will", " be", " cut"),
        end=failed(AnswerCut("the model's answer was cut off inside Akash")),
    ),
    "text_cut_early": [failed(AnswerCut("the model's answer was cut off inside Akash"))],
    "text_first_error": [failed(UpstreamError(UNSAID))],
    "text_mid_error": said("Half an ", end=failed(UpstreamError(UNSAID))),
    "text_mid_error_text": said("Before. ", end=failed(UpstreamError(UNSAID))),
    "text_tool_calls": [
        failed(UpstreamError("the model tried to call a tool, and Akash Chat cannot offer it any"))
    ],
    "text_err400": [failed(BadRequest("Akash: Bad request: max_tokens is too large"))],
    "text_err401": [failed(UpstreamError("Akash could not authenticate to its own model backend"))],
    "text_err429": [
        failed(RateLimited("Akash: Failed after 3 attempts. Last error: Rate limit reached for requests"))
    ],
    "text_err_context": [failed(ContextLengthExceeded(NO_CONTEXT))],
    "model_unknown": [failed(ModelNotFound(NO_MODEL))],
    "msg_bad_role": [failed(BadRequest(NO_ROLE))],
    "param_temp_str": [
        failed(BadRequest("Akash: Invalid argument for parameter temperature: temperature must be a number"))
    ],
    "gen_fn_http500": [failed(ImageFailed("AkashGen could not start an image: its image service failed"))],
    "gen_job_noid": [failed(ImageFailed("AkashGen's image service did not accept the job"))],
}
"""What each recorded answer says.  The longest two are held against a plain reading of their own below."""

DRAWN = {
    "gen_image": Job(
        "95aed703-3bf8-48a6-8a9f-c1430676d96d",
        "Enhanced: Draw a red fox in the snow, highly detailed, soft light",
        "",
    ),
    "gen_negative": Job(
        "52c41f97-30df-4319-8a58-5a96820df182", "Enhanced: a dog", 'it\'s "blurry", low quality'
    ),
    "gen_newline": Job(
        "49b04254-b81e-4fed-9b02-69727441a331", "first line\nsecond line\n\nfourth", ""
    ),
    "gen_quote_single": Job(
        "18cce20c-5d92-477d-aecd-268f257d33fc", "a cat named 'Tom's cat', it's nice", ""
    ),
}  # fmt: skip

_SESSION = SessionRejected("Akash does not accept the gateway's session")
_SILENT = UpstreamError("Akash failed (HTTP 500) and does not say why")
_TOO_LONG = ContextLengthExceeded("the conversation is too long for this model", param="messages")
_NOWHERE = UpstreamError("Akash Chat has no such address; is AKASH_BASE_URL right?")

REFUSED: dict[str, GatewayError] = {
    "chat_no_session": _SESSION,
    "chat_invalid_session": _SESSION,
    "chat_expired_session": _SESSION,
    "models_none": _SESSION,
    "refresh_none": _SESSION,
    "session_no_ua": UpstreamError("Akash forbids it: Invalid request - no user agent"),
    "body_malformed": _SILENT,
    "msg_array_content": _SILENT,
    "msg_null_content": _SILENT,
    "msg_special_token": _SILENT,
    "msgs_missing": _SILENT,
    "system_number": _SILENT,
    "context_too_long": _TOO_LONG,
    "long_system_400": _TOO_LONG,
    "chat_noslash": ProtocolError("Akash redirects to /api/chat/; is AKASH_BASE_URL right?"),
    "session_noslash": ProtocolError("Akash redirects to /api/auth/session/; is AKASH_BASE_URL right?"),
    "image_404": _NOWHERE,
    "status_404": _NOWHERE,
    "status_noids": UpstreamError('Akash: {"error":"No job IDs provided"}'),
}

STATES = {
    "status_waiting": JobState(JobPhase.WAITING, "waiting", queue_position=1),
    "status_pending": JobState(JobPhase.WAITING, "pending", queue_position=2),
    "status_live_ok_1": JobState(JobPhase.WAITING, "pending", queue_position=2),
    "status_live_ok_6": JobState(
        JobPhase.DONE, "succeeded", result="/api/image/job_ceb6b8e9_00001_.webp"
    ),
    "status_succeeded": JobState(
        JobPhase.DONE, "succeeded", result="/api/image/job_labsuccd_00001_.webp"
    ),
    "status_failed": JobState(JobPhase.FAILED, "failed", detail="CUDA out of memory"),
    "status_unknown": JobState(JobPhase.MISSING),
}  # fmt: skip


def decoder_of(name: str) -> DataStream | PictureStream:
    """A decoder for the model that was asked."""
    return PictureStream() if RECORDINGS[name].is_drawing else DataStream()


def decoded(decoder: DataStream | PictureStream, pieces: list[bytes]) -> tuple[list[Event], Job | None]:
    """What a decoder makes of a reply in pieces: its events, or the job it names."""
    events = [event for piece in pieces for event in decoder.decode(piece)]
    if events and isinstance(events[-1], Finish | Failure):
        assert decoder.decode(b'0:"more"\n') == []
    events += decoder.flush()
    job = decoder.job if isinstance(decoder, PictureStream) else None
    if job is None:
        check(events)
    return events, job


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_is_decoded(name: str) -> None:
    """Exactly the recorded words, in the recorded pieces, with an honest end."""
    assert decoded(decoder_of(name), [RECORDINGS[name].body]) == (ANSWERS[name], None)


@pytest.mark.parametrize("name", DRAWN)
def test_a_picture_is_recognized(name: str) -> None:
    """The job and the prompt really drawn from, though the reply is no JSON."""
    assert decoded(decoder_of(name), [RECORDINGS[name].body]) == ([], DRAWN[name])


def test_everything_that_needs_escaping_arrives() -> None:
    """Quotes, backslashes, emoji, line separators, and text that looks like lines of the stream."""
    events, _ = decoded(DataStream(), [RECORDINGS["text_escapes"].body])
    assert "".join(event.text for event in events[:-1]) == ESCAPES
    assert events[-1] == Finish(FinishReason.STOP, Usage(17, 34))


def test_a_line_of_240_kilobytes_arrives() -> None:
    """One delta, however long its line is."""
    events, _ = decoded(DataStream(), [RECORDINGS["text_huge"].body])
    text, finish = events
    assert finish == Finish(FinishReason.STOP, Usage(17, 1))
    assert text.text == ('0123456789abcdef"\\\n' * 11_000)[: len(text.text)]
    assert len(text.text) > 200_000


@pytest.mark.parametrize("name", STREAMS)
def test_an_answer_byte_by_byte(name: str) -> None:
    """Every line and every character torn: nothing changes."""
    body = RECORDINGS[name].body
    bytewise = [body[i : i + 1] for i in range(len(body))]
    assert decoded(decoder_of(name), bytewise) == decoded(decoder_of(name), [body])


@given(st.sampled_from(SHORT), st.lists(st.floats(0, 1), max_size=10))
def test_an_answer_in_any_pieces(name: str, places: list[float]) -> None:
    """Wherever the network cuts: nothing changes."""
    body = RECORDINGS[name].body
    pieces = cut(body, [int(place * len(body)) for place in places])
    assert decoded(decoder_of(name), pieces) == decoded(decoder_of(name), [body])


@given(st.sampled_from(SHORT), st.floats(0, 1))
def test_a_cut_answer_is_never_complete(name: str, place: float) -> None:
    """Wherever a reply breaks off before its last line, the answer fails; its words so far are its own."""
    body = RECORDINGS[name].body
    whole, _ = decoded(decoder_of(name), [body])
    last_line = body.rstrip(b"\n").rfind(b"\n") + 1
    begun, job = decoded(decoder_of(name), [body[: int(place * last_line)]])
    if job is None:
        assert isinstance(begun[-1], Failure)
        text = "".join(event.text for event in whole[:-1])
        assert text.startswith("".join(event.text for event in begun[:-1]).rstrip("\ufffd"))


MUTATIONS = st.lists(
    st.tuples(
        st.sampled_from(["replace", "insert", "delete", "repeat", "swap"]),
        st.floats(0, 1),
        st.binary(max_size=4),
    ),
    min_size=1,
    max_size=6,
)


def spoilt(body: bytes, mutations: list[tuple[str, float, bytes]]) -> bytes:
    """A reply after some accidents."""
    for kind, place, data in mutations:
        at = int(place * len(body))
        match kind:
            case "replace":
                body = body[:at] + data + body[at + len(data) :]
            case "insert":
                body = body[:at] + data + body[at:]
            case "delete":
                body = body[:at] + body[at + 5 :]
            case "repeat":
                body = body[:at] + body[at // 2 :]
            case _:
                body = body[at:] + body[:at]
    return body


@given(st.sampled_from(SHORT), MUTATIONS, st.booleans())
@settings(max_examples=400)
def test_a_spoilt_answer_is_an_answer_or_a_failure(
    name: str, mutations: list[tuple[str, float, bytes]], drawing: bool
) -> None:
    """Whatever happened to it on its way: events by the grammar, never an exception."""
    decoded(PictureStream() if drawing else DataStream(), [spoilt(RECORDINGS[name].body, mutations)])


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=4), st.booleans())
@settings(max_examples=200)
def test_garbage_is_a_failure(data: bytes, places: list[int], drawing: bool) -> None:
    """Bytes that are no answer are told to be none."""
    pieces = cut(data, [min(place, len(data)) for place in places])
    decoded(PictureStream() if drawing else DataStream(), pieces)


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_is_understood(name: str) -> None:
    """Who is at fault, and what can be done."""
    assert RECORDINGS[name].refusal.error(now=0.0) == REFUSED[name]


@given(
    st.sampled_from(sorted(RECORDINGS)), MUTATIONS, st.sampled_from([200, 302, 400, 401, 403, 429, 500, 503])
)
def test_a_spoilt_refusal_is_a_refusal(
    name: str, mutations: list[tuple[str, float, bytes]], status: int
) -> None:
    """Whatever is in it, a reply that is no answer is an error of ours, whose words can be sent."""
    recording = RECORDINGS[name]
    refusal = recording.refusal
    spoilt_one = type(refusal)(
        status, refusal.media_type, refusal.headers, spoilt(recording.body[:2000], mutations)
    )
    error = spoilt_one.error(now=0.0)
    assert isinstance(error, GatewayError)
    error.message.encode()


@pytest.mark.parametrize("name", STATES)
def test_a_job_s_state_is_read(name: str) -> None:
    """How far it is, where in the queue, what came of it."""
    assert read_job(RECORDINGS[name].body) == STATES[name]


@given(st.sampled_from(JOBS), MUTATIONS)
def test_a_spoilt_state_is_a_state_or_a_fault(name: str, mutations: list[tuple[str, float, bytes]]) -> None:
    """Whatever happened to it: a state, or an error of ours."""
    try:
        state = read_job(spoilt(RECORDINGS[name].body, mutations))
    except ProtocolError:
        return
    assert isinstance(state, JobState)


def test_the_models_are_read() -> None:
    """All that are on offer, with their defaults and limits."""
    models = read_models(RECORDINGS["models_valid"].body, "akash")
    assert [(model.id, model.temperature, model.top_p, model.context_window) for model in models] == [
        ("Kimi-K2-Instruct", 0.6, 0.95, 128_000),
        ("Qwen3-235B-A22B-FP8", 0.6, 0.95, 128_000),
        ("Qwen3-235B-A22B-Instruct-2507-FP8", 0.7, 0.8, 262_144),
        ("Qwen3-235B-A22B-Thinking-2507-FP8", 0.6, 0.95, 262_144),
        ("DeepSeek-R1-0528", 0.6, 0.95, 64_000),
        ("meta-llama-Llama-4-Maverick-17B-128E-Instruct-FP8", 0.6, 0.9, 128_000),
    ]
    assert all(model.available and not model.draws for model in models)


def test_the_picture_is_one() -> None:
    """What the app called a picture is one by its first bytes, and its name is taken from the job."""
    picture = RECORDINGS["image_webp"]
    assert media_type_of(picture.body) == picture.media_type == "image/webp"
    assert file_name(STATES["status_live_ok_6"].result) == "job_ceb6b8e9_00001_.webp"


# -- through the whole gateway


@pytest.fixture
async def replaying() -> AsyncIterator[tuple[Simulator, str]]:
    """The old version of Akash, to replay what was recorded of it, and a gateway before it."""
    async with Simulator(dialect="old") as akash, running(akash.url, HastyClock(), **ONCE) as gateway:
        yield akash, gateway


@pytest.mark.parametrize("pieces", ["whole", (1, 20, 21, 90, 200)])
@pytest.mark.parametrize("stream", [False, True])
async def test_callers_get_what_was_recorded(
    replaying: tuple[Simulator, str], stream: bool, pieces: Any
) -> None:
    """Every recorded answer arrives as its words and its end, or as its failure."""
    akash, gateway = replaying
    for name, events in ANSWERS.items():
        akash.replay(RECORDINGS[name].raw, pieces)
        body = {
            "model": "AkashGen" if RECORDINGS[name].is_drawing else "Meta-Llama-3-3-70B-Instruct",
            "messages": [{"role": "user", "content": "Hi"}],
            "stream": stream,
        }
        reply = await call("POST", f"{gateway}/v1/chat/completions", body)
        *said, end = events
        if isinstance(end, Failure) and (not said or not stream):
            assert (name, reply.status) == (name, end.error.status)
            assert reply.json()["error"]["message"] == end.error.message
        elif isinstance(end, Failure):
            assert reply.events()[-1]["error"]["message"] == end.error.message
        else:
            choices = [e["choices"][0] for e in reply.events()[:-1]] if stream else reply.json()["choices"]
            *chunks, last = choices
            assert (name, last["finish_reason"]) == (name, end.reason.value)
            told = [choice["delta"] for choice in chunks] or [last["message"]]
            if "think" not in name:
                assert "".join(piece["content"] for piece in told) == "".join(event.text for event in said)


@pytest.mark.parametrize("name", ["session_issue", "session_issue_with_cookie"])
async def test_a_session_s_token_is_read(replaying: tuple[Simulator, str], name: str) -> None:
    """The recorded cookie is the one that is sent back, and nothing else of it."""
    akash, gateway = replaying
    akash.replay(RECORDINGS[name].raw)
    akash.replay(RECORDINGS["models_valid"].raw)
    akash.replay(RECORDINGS["chat_valid"].raw)
    body = {"model": "Kimi-K2-Instruct", "messages": [{"role": "user", "content": "Hi"}]}
    assert (await call("POST", f"{gateway}/v1/chat/completions", body)).status == 200
    token = RECORDINGS[name].headers["set-cookie"].partition(";")[0]
    assert akash.chats[-1].headers["cookie"] == token


@pytest.mark.parametrize("name", ["session_no_ua", "session_noslash", "chat_no_session"])
async def test_without_a_session_there_is_no_answer(replaying: tuple[Simulator, str], name: str) -> None:
    """A refusal of the session itself is told, and not asked for over and over."""
    akash, gateway = replaying
    refusal = RECORDINGS[name].raw
    if name.startswith("chat"):
        refusal = {**refusal, "request": {"path": "/api/auth/session/"}}
    akash.replay(refusal, times=10)
    body = {"model": "Meta-Llama-3-3-70B-Instruct", "messages": [{"role": "user", "content": "Hi"}]}
    reply = await call("POST", f"{gateway}/v1/chat/completions", body)
    assert reply.status >= 500
    assert sum(one.path == "/api/auth/session/" for one in akash.requests) <= 3


async def test_a_picture_is_fetched(replaying: tuple[Simulator, str]) -> None:
    """Byte for byte, as what it is; one that is gone is not found."""
    akash, gateway = replaying
    akash.replay(RECORDINGS["image_webp"].raw, (10, 400))
    picture = await call("GET", f"{gateway}/v1/images/files/job_labsuccd_00001_.webp")
    assert (picture.status, picture.headers["content-type"]) == (200, "image/webp")
    assert picture.body == RECORDINGS["image_webp"].body
    akash.replay(RECORDINGS["image_404"].raw)
    assert (await call("GET", f"{gateway}/v1/images/files/job_labsuccd_00001_.webp")).status == 404
