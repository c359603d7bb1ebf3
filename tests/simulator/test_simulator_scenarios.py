"""Every scenario through a raw client: what is on the wire, and that nothing is forgotten."""

import asyncio
import gzip
import json
from collections.abc import Awaitable, Callable

import pytest
from raw_client import BODY, Reply, call, chat, connect

from akashchat.simulator import PLACES, SCENARIOS, Scenario, Simulator

Check = Callable[[Simulator, Reply], Awaitable[None] | None]

# What a client cannot finish reading has tests of its own below.
UNFINISHED = {
    "drop", "hang_up", "drop_before_headers", "hang_up_before_headers", "bad_http", "endless", "endless_line",
    "stall", "stall_after_start", "stall_first_byte", "stall_session",
}  # fmt: skip

LINES = {
    "plain": "f0+ed",
    "think": "f0+ed",
    "think_torn": "f0+ed",
    "think_unclosed": "f0+ed",
    "think_without_open": "f0+ed",
    "think_only": "fed",
    "reasoning_parts": "fg+j0+ed",
    "no_usage": "f0+ed",
    "empty": "fed",
    "empty_deltas": "f0+ed",
    "finish_length": "f0+ed",
    "finish_filter": "f0+ed",
    "finish_unknown": "f0+ed",
    "finish_other": "f0+ed",
    "two_steps": "f0+ef0+ed",
    "no_last_newline": "f0+ed",
    "cut": "f0+3",
    "cut_first": "3",
    "cut_silent": "f0+",
    "cut_before_d": "f0+e",
    "only_error": "3",
    "error_429": "3",
    "error_busy": "3",
    "error_server": "3",
    "error_auth": "3",
    "error_credits": "3",
    "error_context": "3",
    "error_model": "3",
    "error_first": "f3ed",
    "error_after_text": "f0+3ed",
    "error_then_text": "f0+30+ed",
    "tool_call": "f3ed",
    "surrogates": "f0+ed",
    "escapes": "f0+ed",
    "mojibake": "f0+ed",
    "torn_utf8": "f0+ed",
    "huge_line": "f0+ed",
    "unknown_code": "fz0+xed",
    "known_codes": "f28hikbc9a0+ed",
    "bad_line": "f0+ed",
    "cut_in_line": "f0+",
    "trickle": "f0+ed",
}

STATUSES = {
    "session_rejected": (403, "application/json", b'{"success":false,'),
    "quota_spent": (429, "application/json", b'{"error":"Rate limit exceeded"'),
    "quota_spent_iso_only": (429, "application/json", b'{"error":"Rate limit exceeded"'),
    "too_long": (400, "text/plain; charset=utf-8", b"[Message too long"),
    "files_too_long": (400, "text/plain; charset=utf-8", b"Your files have too much"),
    "model_unavailable": (403, "application/json", b'{"error":"Model not available"'),
    "garbage": (200, "text/plain; charset=utf-8", b"\x00\x01\x02"),
    "html_200": (200, "text/html; charset=utf-8", b"<!DOCTYPE html>"),
    "bot_check": (403, "text/html; charset=utf-8", b"<!DOCTYPE html>"),
    "server_500": (500, None, b""),
    "bad_gateway_502": (502, "text/html; charset=utf-8", b"<html>"),
    "unavailable_503": (503, "text/html; charset=utf-8", b"<html>"),
    "v5_stream": (200, "text/event-stream", b'data: {"type":"start"}\n\n'),
    "v5_error": (200, "text/event-stream", b'data: {"type":"start"}\n\n'),
    "gzip": (200, "text/plain; charset=utf-8", b"\x1f\x8b"),
    "session_500": (500, None, b""),
    "session_no_cookie": (200, "application/json", b'{"success":true}'),
    "session_two_cookies": (200, "application/json", b'{"success":true}'),
    "session_self_hosted": (200, "application/json", b'{"success":true}'),
    "models_500": (500, "application/json", b'{"error":"Failed to fetch models"}'),
    "models_object": (200, "application/json", b'{"models":[{"id":'),
    "models_empty": (200, "application/json", b"[]"),
    "models_static": (200, "application/json", b'[{"id":'),
    "image_failed": (200, "text/plain; charset=utf-8", b'0:"<image_generation> jobId='),
    "image_failed_text": (200, "text/plain; charset=utf-8", b'0:"<image_generation> jobId='),
    "image_never": (200, "text/plain; charset=utf-8", b'0:"<image_generation> jobId='),
    "image_404_then_ready": (200, "text/plain; charset=utf-8", b'0:"<image_generation> jobId='),
    "image_base64": (200, "text/plain; charset=utf-8", b'0:"<image_generation> jobId='),
    "image_file_404": (200, "text/plain; charset=utf-8", b'0:"<image_generation> jobId='),
    "image_file_500": (200, "text/plain; charset=utf-8", b'0:"<image_generation> jobId='),
    "image_no_job": (200, "text/plain; charset=utf-8", b"0:\"<image_generation> jobId='undefined' prompt="),
    "image_text": (200, "text/plain; charset=utf-8", b"f:"),
    "image_error_500": (500, "application/json", b'{"error":"Error generating image"'),
    "image_error_line": (200, "text/plain; charset=utf-8", b'3:"'),
    "image_status_500": (500, "application/json", b'{"error":"Failed to check image status"}'),
    "image_status_html": (502, "text/html; charset=utf-8", b"<html>"),
}


async def strike(simulator: Simulator, scenario: Scenario) -> Reply:
    """Send a request the scenario concerns."""
    place = next(place for place in ("chat", "image", *PLACES) if place in scenario.places)
    if place == "chat":
        return await chat(simulator)
    if place == "image":
        return await chat(simulator, "Draw a fox", model="AkashGen")
    path = {
        "session": "/api/auth/session/",
        "models": "/api/models/",
        "image_status": "/api/image-status/?ids=1",
    }
    return await call(simulator, "GET", path[place])


def test_every_scenario_is_described_and_tested() -> None:
    """Each has a name, a line about it, a place, and a test in this file."""
    assert set(SCENARIOS) == set(LINES) | set(STATUSES) | UNFINISHED
    for name, scenario in SCENARIOS.items():
        assert name == scenario.name
        assert scenario.about.endswith((".", ")"))
        assert scenario.places


@pytest.mark.parametrize(("name", "shape"), LINES.items())
async def test_streams_lines_in_the_order_of_the_scenario(
    simulator: Simulator, name: str, shape: str
) -> None:
    """The codes of the lines, runs of one code told as one with a plus."""
    simulator.play(name)
    reply = await strike(simulator, SCENARIOS[name])
    codes = [row[:1] for row in reply.body.decode().split("\n") if row]
    told = "".join(
        code + ("+" if code in "0g" else "")
        for code, last in zip(codes, ["", *codes], strict=False)
        if code != last
    )
    assert (shape, 200, True) == (told, reply.status, reply.is_whole)
    assert name == simulator.requests[-1].scenario
    assert reply.header("x-vercel-ai-data-stream") == "v1"


@pytest.mark.parametrize(("name", "expected"), STATUSES.items())
async def test_answers_with_the_status_of_the_scenario(
    simulator: Simulator, name: str, expected: tuple[int, str | None, bytes]
) -> None:
    """Status, content type and the first bytes."""
    simulator.play(name)
    reply = await strike(simulator, SCENARIOS[name])
    assert expected == (reply.status, reply.header("content-type"), reply.body[: len(expected[2])])


@pytest.mark.parametrize(("name", "begun"), [("drop", True), ("hang_up", True), ("endless", False)])
async def test_breaks_off_without_the_last_chunk(new: Simulator, name: str, begun: bool) -> None:
    """A connection that is reset or closed in mid-answer lacks HTTP's own ending."""
    new.play(name)
    async with connect(new) as line:
        await line.send("POST", "/api/chat/", {"cookie": f"session_token={new.issue_session()}"}, _body())
        if not begun:
            await line.read_head()
            assert [await line.read_piece() for _ in range(5)][1:] == [b'0:" and"\n', b'0:" on"\n'] * 2
            return
        reply = await line.read()
    assert (reply.is_whole, reply.body.startswith(b"f:")) == (False, True)
    assert new.chats[-1].state == "dropped"


async def test_resets_and_closes_differently(new: Simulator) -> None:
    """A dropped connection is reset, one hung up on is closed, before any byte."""
    new.play("drop_before_headers")
    with pytest.raises(ConnectionResetError):
        await chat(new)
    new.play("hang_up_before_headers")
    with pytest.raises(asyncio.IncompleteReadError):
        await chat(new)


async def test_can_answer_something_that_is_not_http(new: Simulator) -> None:
    """The bytes of another protocol."""
    new.play("bad_http")
    async with connect(new) as line:
        await line.send("POST", "/api/chat/")
        with pytest.raises(ValueError, match=r"mail\.example\.org"):
            await line.read_head()


async def test_an_endless_line_goes_on(new: Simulator) -> None:
    """More than a client should ever keep."""
    new.play("endless_line")
    async with connect(new) as line:
        await line.send("POST", "/api/chat/", {"cookie": f"session_token={new.issue_session()}"}, _body())
        await line.read_head()
        assert sum([len(await line.read_piece()) for _ in range(100)]) > 1_000_000
    await new.left()


@pytest.mark.parametrize("name", ["stall", "stall_after_start", "stall_first_byte"])
async def test_a_stalled_answer_can_be_resumed(new: Simulator, name: str) -> None:
    """Silence, then the rest."""
    new.play(name)
    answering = asyncio.create_task(chat(new))
    await new.stalled()
    assert not answering.done()
    new.resume()
    assert [code for code, _ in (await answering).lines()][-2:] == ["e", "d"]


async def test_a_stalled_session_can_be_resumed(new: Simulator) -> None:
    """Also the session endpoint may be silent."""
    new.play("stall_session")
    asking = asyncio.create_task(call(new, "GET", "/api/auth/session/"))
    await new.stalled()
    new.resume()
    assert (await asking).header("set-cookie") is not None


async def test_compressed_answers_are_the_usual_ones(new: Simulator) -> None:
    """A proxy's compression changes nothing but the bytes, and flushes each line."""
    plain = (await chat(new)).text()
    new.play("gzip")
    reply = await chat(new)
    assert reply.header("content-encoding") == "gzip"
    assert len(reply.pieces) > 10
    unpacked = Reply(200, [], gzip.decompress(reply.body))
    assert plain == unpacked.text()


async def test_a_trickle_comes_byte_by_byte(new: Simulator) -> None:
    """One byte at a time, at any endpoint."""
    new.play("trickle", at="models")
    reply = await call(new, "GET", "/api/models/")
    assert {1} == {len(piece) for piece in reply.pieces}
    assert reply.json()[0]["id"] == "DeepSeek-V3.2"


async def test_plays_so_often_as_told(new: Simulator) -> None:
    """Numbered scenarios first and in order, then the newest standing one."""
    new.play("empty", None)
    new.play("cut_first", None)
    new.play("only_error", 2)
    new.play("too_long")
    played = []
    for _ in range(5):
        await chat(new)
        played.append(new.chats[-1].scenario)
    assert played == ["only_error", "only_error", "too_long", "cut_first", "cut_first"]
    new.reset()
    await chat(new)
    assert [one.scenario for one in new.chats] == [None]


async def test_spares_requests_it_does_not_concern(new: Simulator) -> None:
    """A scenario for the chat waits until a chat request is accepted."""
    new.play("only_error")
    await call(new, "GET", "/api/models/")
    assert (await call(new, "POST", "/api/chat/", body=BODY)).status == 403
    assert (await chat(new)).lines()[0][0] == "3"


async def test_can_be_moved_and_narrowed(new: Simulator) -> None:
    """A bot check can be narrowed to the models, a dead server moved there; a torn thought cannot."""
    new.play("bot_check", at="models")
    new.play("server_500", at="models")
    assert (await call(new, "GET", "/api/auth/session/")).status == 200
    assert (await call(new, "GET", "/api/models/")).status == 403
    assert (await call(new, "GET", "/api/models/")).status == 500
    with pytest.raises(ValueError, match="cannot play at models"):
        new.play("think_torn", at="models")
    with pytest.raises(KeyError):
        new.play("no_such_scenario")
    with pytest.raises(ValueError, match="times must be 1 or more"):
        new.play("plain", 0)


async def test_says_what_it_is_told(simulator: Simulator) -> None:
    """Words can be put into the model's mouth, to the piece."""
    simulator.say("One", " two", reason="length", usage=None)
    reply = await chat(simulator)
    assert reply.lines()[1:3] == [("0", "One"), ("0", " two")]
    assert reply.lines()[-1][1]["usage"] == {"promptTokens": None, "completionTokens": None}


def _body() -> bytes:
    return json.dumps(BODY).encode()
