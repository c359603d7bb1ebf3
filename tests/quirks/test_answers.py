"""Quirks of what comes back: errors in disguise, thoughts, characters, ends."""

import pytest
from openai import APIError, AsyncOpenAI

from akashchat.model.events import Finish, FinishReason, TextDelta
from akashchat.simulator import Simulator
from akashchat.simulator.scenes.characters import ESCAPES
from akashchat.upstreams.akash.stream import DataStream
from tests.quirks.asking import MODEL, ask, body, code, error, finish, said, thought
from tests.support.clock import FakeClock
from tests.support.gateway import running
from tests.support.http import calling
from tests.support.recordings import Recording


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("scenario", "told"),
    [
        ("only_error", (400, None)),
        ("error_429", (429, "rate_limit_exceeded")),
        ("error_auth", (502, "upstream_error")),
        ("error_context", (400, "context_length_exceeded")),
        ("error_model", (404, "model_not_found")),
        ("error_credits", (503, "upstream_unavailable")),
        ("cut_first", (502, "upstream_answer_cut")),
        ("error_first", (502, "upstream_error")),
    ],
)
async def test_quirk_02_status_200_does_not_mean_success(
    akash: Simulator, gateway: str, scenario: str, told: tuple[int, str | None], stream: bool
) -> None:
    """Akash says 200 and then one error line: the caller gets a status of its own, also of a stream."""
    akash.play(scenario)
    reply = await ask(gateway, stream=stream)
    assert akash.chats[-1].status == 200
    assert code(reply) == told


@pytest.mark.parametrize("scenario", ["cut", "error_after_text", "error_then_text"])
async def test_quirk_03_an_error_ends_the_answer(akash: Simulator, gateway: str, scenario: str) -> None:
    """Finishing lines may follow it or not: no client takes the text so far for the whole."""
    akash.play(scenario, times=None)
    streamed = await ask(gateway, stream=True)
    assert said(streamed) in ("This answer will be cut", "Half an ", "Before. ")
    assert error(streamed)["code"] in ("upstream_answer_cut", "upstream_error")
    assert b"[DONE]" not in streamed.body
    assert b"[object Object]" not in streamed.body
    assert '"finish_reason":"' not in streamed.body.decode()
    assert (await ask(gateway)).status == 502
    async with AsyncOpenAI(base_url=f"{gateway}/v1", api_key="none") as client:
        stream = await client.chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": "Hi"}], stream=True
        )
        with pytest.raises(APIError):
            assert not [chunk async for chunk in stream if chunk.choices[0].finish_reason]


async def test_quirk_04_what_akash_tried_three_times_is_not_tried_again(
    akash: Simulator, gateway: str
) -> None:
    """Its own attempts took six seconds; one more of ours would take six more and cost it three calls."""
    for scenario in ("error_server", "error_busy"):
        akash.reset()
        akash.play(scenario, times=None)
        reply = await ask(gateway)
        assert error(reply)["message"].startswith("Akash: Failed after 3 attempts.")
        assert len(akash.chats) == 1


async def test_quirk_05_thinking_is_silence(akash: Simulator, clock: FakeClock) -> None:
    """Thoughts are kept back for minutes: the caller gets signs of life, and the answer in the end."""
    akash.play("stall_after_start")
    async with (
        running(akash.url, clock) as gateway,
        calling("POST", f"{gateway}/v1/chat/completions", body(stream=True)) as caller,
    ):
        await akash.stalled()
        await clock.advance(280)
        assert (await caller.head())[0] == 200
        heard = await caller.until(b'"content":""')
        akash.resume()
        heard += await caller.rest()
    assert heard.count(b": ping\n\n") >= 15
    assert b"[DONE]" in heard


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("scenario", "thoughts", "text"),
    [
        ("think", 'First I consider "x".', "The answer is 42."),
        ("think_torn", "deep thought", "Final."),
        ("think_unclosed", "never ends", ""),
    ],
)
async def test_quirk_06_thoughts_are_split_from_the_text(
    akash: Simulator, gateway: str, scenario: str, thoughts: str, text: str, stream: bool
) -> None:
    """Tags inside the text, torn or unclosed, become a field of their own."""
    akash.play(scenario)
    reply = await ask(gateway, stream=stream)
    assert (thought(reply), said(reply)) == (thoughts, text)


async def test_quirk_06b_thoughts_may_lack_their_beginning(akash: Simulator, gateway: str) -> None:
    """Where nobody waits for pieces they are split; a stream has told them, and leaves the tag that tells."""
    akash.play("think_without_open", times=2)
    whole = await ask(gateway)
    assert (thought(whole), said(whole)) == ("I ponder.", "The answer.")
    assert "</think>" in said(await ask(gateway, stream=True))


@pytest.mark.parametrize("stream", [False, True])
async def test_quirk_07_a_model_that_only_thought_gives_an_empty_answer(
    akash: Simulator, gateway: str, stream: bool
) -> None:
    """Its thoughts are lost inside Akash; an answer without text is an answer."""
    akash.play("think_only")
    reply = await ask(gateway, stream=stream)
    assert (reply.status, said(reply), finish(reply)) == (200, "", "stop")


async def test_quirk_08_usage_is_counted_once_and_estimated_where_it_is_missing(
    akash: Simulator, gateway: str
) -> None:
    """Two lines repeat the same figures, null means none, and a picture's figures are made up."""
    akash.say("Hi", usage=(17, 10))
    assert (await ask(gateway)).json()["usage"] == {
        "prompt_tokens": 17,
        "completion_tokens": 10,
        "total_tokens": 27,
    }
    akash.play("two_steps")
    assert (await ask(gateway)).json()["usage"]["total_tokens"] == 29
    akash.play("no_usage")
    usage = (await ask(gateway, "one two three")).json()["usage"]
    assert usage == {"prompt_tokens": 3, "completion_tokens": 6, "total_tokens": 9, "estimated": True}
    drawn = (await ask(gateway, "Draw a fox", model="AkashGen")).json()["usage"]
    assert drawn["estimated"] is True
    assert drawn["completion_tokens"] != 50


async def test_quirk_21_only_a_newline_ends_a_line(akash: Simulator, gateway: str) -> None:
    """Line separators of Unicode stand raw inside the text and stay there."""
    text = "a\u2028b\u2029c\u0085d\x0be\x0cf\x1cg"
    akash.say(text)
    assert said(await ask(gateway)) == text


@pytest.mark.parametrize("stream", [False, True])
async def test_quirk_22_halves_of_an_emoji_are_joined(akash: Simulator, gateway: str, stream: bool) -> None:
    """It comes in two lines; a half that stays alone is a replacement character."""
    akash.play("surrogates")
    assert said(await ask(gateway, stream=stream)) == "split 😀 joined; lone \ufffd end; nul \0."


async def test_quirk_23_characters_spoilt_inside_akash_pass(akash: Simulator, gateway: str) -> None:
    """They cannot be repaired, and nothing else is spoilt: characters torn on the line are whole again."""
    akash.play("mojibake")
    assert said(await ask(gateway)) == "日\ufffd\ufffd\ufffd語😀 done"
    akash.play("torn_utf8")
    assert said(await ask(gateway)) == "héllo 世界 😀"


@pytest.mark.parametrize("stream", [False, True])
async def test_quirk_24_escapes_are_decoded_and_not_replaced(
    akash: Simulator, gateway: str, stream: bool
) -> None:
    """Backslashes, quotes and what looks like escapes or lines arrive as the model wrote them."""
    akash.play("escapes")
    assert said(await ask(gateway, stream=stream)) == "".join(ESCAPES)


@pytest.mark.parametrize(
    ("scenario", "reason"),
    [
        ("finish_filter", "content_filter"),
        ("finish_length", "length"),
        ("finish_other", "stop"),
        ("finish_unknown", "stop"),
        ("plain", "stop"),
    ],
)
async def test_quirk_34_reasons_are_spelt_as_openai_spells_them(
    akash: Simulator, gateway: str, scenario: str, reason: str
) -> None:
    """Akash's library spells some of them otherwise and knows more."""
    akash.play(scenario, times=2)
    for stream in (False, True):
        assert finish(await ask(gateway, stream=stream)) == reason
    akash.play("tool_call")
    assert code(await ask(gateway)) == (502, "upstream_error")


@pytest.mark.parametrize("scenario", ["cut_silent", "cut_in_line", "cut_before_d", "drop", "hang_up"])
async def test_quirk_35_an_answer_that_just_stops_is_not_complete(
    akash: Simulator, gateway: str, scenario: str
) -> None:
    """Without its last line an answer was cut, however properly the connection closed."""
    akash.play(scenario, times=None)
    assert code(await ask(gateway)) == (502, "upstream_answer_cut")
    streamed = await ask(gateway, stream=True)
    assert said(streamed).startswith(("This answer", "Hello!"))
    assert error(streamed)["code"] == "upstream_answer_cut"
    assert b"[DONE]" not in streamed.body


@pytest.mark.parametrize("usage", [None, (17, 2)])
async def test_quirk_35b_an_end_without_a_reason(
    akash: Simulator, gateway: str, usage: tuple[int, int] | None
) -> None:
    """Where even the figures are missing it may be a cut, and is told as one."""
    akash.say("odd", reason="unknown", usage=usage)
    assert finish(await ask(gateway)) == ("stop" if usage else "length")


@pytest.mark.parametrize("stream", [False, True])
async def test_quirk_36_tags_somebody_writes_about_are_text(
    akash: Simulator, gateway: str, stream: bool
) -> None:
    """Image tags mean something to the model that draws alone, and end tags beside words to nobody."""
    text = (
        "Use `</think>` to end, and <image_generation> jobId='1' prompt='x' negative=''</image_generation>."
    )
    akash.say(text)
    reply = await ask(gateway, stream=stream)
    assert (said(reply), thought(reply)) == (text, "")


async def test_quirk_38_a_caller_who_leaves_takes_the_answer_with_them(
    akash: Simulator, gateway: str
) -> None:
    """Tokens count against the operator's address: nothing is read for nobody."""
    akash.play("stall", times=None)
    for stream in (True, False):
        async with calling("POST", f"{gateway}/v1/chat/completions", body(stream=stream)) as caller:
            await akash.stalled()
            await caller.leave()
            await akash.idle()
    assert akash.departures == 2


@pytest.mark.parametrize("scenario", ["plain", "no_usage"])
async def test_quirk_39_usage_comes_at_the_end_when_asked_for(
    akash: Simulator, gateway: str, scenario: str
) -> None:
    """One more chunk before ``[DONE]``, an estimate where Akash tells nothing, and none unasked."""
    akash.play(scenario, times=2)
    reply = await ask(gateway, stream=True, stream_options={"include_usage": True})
    *chunks, usage, done = reply.events()
    assert done == "[DONE]"
    assert usage["choices"] == []
    assert usage["usage"].get("estimated", False) == (scenario == "no_usage")
    assert all(chunk["usage"] is None for chunk in chunks)
    assert not any("usage" in chunk for chunk in (await ask(gateway, stream=True)).events()[:-1])


async def test_quirk_41_lines_and_reads_do_not_align(akash: Simulator, gateway: str) -> None:
    """Many lines in one read, one line in many, and a last line without its end."""
    recording = Recording("text_plain")
    for pieces in ("whole", "bytewise", (3, 57, 58, 200)):
        akash.replay(recording.raw, pieces)
        assert said(await ask(gateway)) == "Hello! This is a plain answer from the lab model."
    akash.play("no_last_newline")
    assert (await ask(gateway)).status == 200
    stream = DataStream()
    assert stream.decode(b'0:"a"\n0:"b"\nd:{"finishReason":"stop"}') == [TextDelta("a"), TextDelta("b")]
    assert stream.flush() == [Finish(FinishReason.STOP)]
