"""Every trouble the simulator can play, and what a caller of the gateway gets: an answer, or an honest failure."""

import asyncio
import re
from typing import Any

import pytest
from openai.types.chat import ChatCompletion

from akashchat.simulator import SCENARIOS, Place, Simulator
from tests.support.clock import CountingChance, HastyClock
from tests.support.gateway import ONCE, running
from tests.support.http import Reply, call
from tests.support.referee import joined

CHATS = """
    ok                       plain think think_torn think_unclosed think_without_open think_only reasoning_parts
    ok                       no_usage empty empty_deltas finish_length finish_filter finish_unknown finish_other
    ok                       two_steps no_last_newline surrogates escapes mojibake torn_utf8 huge_line unknown_code
    ok                       known_codes trickle gzip stall stall_after_start stall_first_byte session_rejected
    ok                       drop_before_headers hang_up_before_headers v5_stream
    upstream_answer_cut      cut cut_first cut_silent cut_in_line cut_before_d drop hang_up
    upstream_error           error_server error_auth error_first error_after_text error_then_text tool_call server_500
    upstream_error           v5_error
    upstream_protocol_error  bad_line endless_line bad_http garbage html_200
    upstream_unavailable     error_credits bad_gateway_502 unavailable_503
    upstream_bot_check       bot_check
    rate_limit_exceeded      error_429 error_busy
    context_length_exceeded  error_context too_long files_too_long
    model_not_found          error_model model_unavailable
    invalid_request          only_error
    insufficient_quota       quota_spent quota_spent_iso_only
"""
"""What becomes of a chat, by what is played at it."""

PICTURES = """
    ok                        image_404_then_ready image_base64
    image_generation_failed   image_failed image_failed_text image_no_job image_error_500 image_error_line
    image_generation_failed   image_file_404
    image_generation_timeout  image_never
    no_image                  image_text
    upstream_error            image_file_500 error_server error_auth
    upstream_unavailable      error_credits
    rate_limit_exceeded       error_429 error_busy
    context_length_exceeded   error_context too_long files_too_long
    model_not_found           error_model model_unavailable
    invalid_request           only_error
    insufficient_quota        quota_spent quota_spent_iso_only
"""
"""What becomes of a picture, by what is played where it is asked for."""

SESSIONS = """
    ok                       session_no_cookie session_two_cookies session_self_hosted stall_session
    ok                       trickle gzip stall_first_byte
    upstream_error           session_500 server_500 garbage
    upstream_protocol_error  bad_http html_200
    upstream_unavailable     bad_gateway_502 unavailable_503
    upstream_answer_cut      drop_before_headers hang_up_before_headers
    upstream_bot_check       bot_check
"""
"""What becomes of a chat, by what is played at the session it needs."""

ELSEWHERE: dict[Place, str] = {
    "models": """
        ok  models_500 models_object models_empty models_static session_rejected drop_before_headers bad_http
        ok  hang_up_before_headers stall_first_byte trickle gzip garbage html_200 bot_check server_500
        ok  bad_gateway_502 unavailable_503
    """,
    "image_status": """
        ok  image_status_500 image_status_html drop_before_headers hang_up_before_headers bad_http trickle gzip
        ok  stall_first_byte garbage html_200 bot_check server_500 bad_gateway_502 unavailable_503
    """,
    "image_file": """
        ok                       drop_before_headers hang_up_before_headers trickle gzip stall_first_byte
        image_generation_failed  garbage html_200
        upstream_protocol_error  bad_http
        upstream_error           server_500
        upstream_unavailable     bad_gateway_502 unavailable_503
        upstream_bot_check       bot_check
    """,
}
"""What becomes of a chat or a picture, by what is played once at the rest it needs."""

LEFT_OUT = {"endless"}
"""Text that never ends is told as it comes, for as long as the caller likes."""


def read(table: str) -> list[tuple[str, str]]:
    """Scenarios and outcomes of a table."""
    rows = [line.split() for line in table.strip().split("\n")]
    return [(scenario, outcome) for outcome, *scenarios in rows for scenario in scenarios]


def outcome(reply: Reply) -> str:
    """What a caller got; fails unless it is well-formed."""
    if not reply.headers["content-type"].startswith("text/event-stream"):
        whole = reply.json()
        if reply.status == 200:
            assert "data" in whole or ChatCompletion.model_validate(whole, strict=True)
            return "ok"
        return _code(whole, reply.status)
    *before, last = reply.events()
    assert reply.status == 200
    assert not any("error" in event for event in before)
    if last == "[DONE]":
        finishes = [one.finish_reason for one in joined(reply.body).current_completion_snapshot.choices]
        assert None not in finishes
        return "ok"
    return "ok" if last.get("type") == "image_generation.completed" else _code(last, 400)


def _code(whole: dict[str, Any], status: int) -> str:
    error = whole["error"]
    assert status >= 400
    assert re.fullmatch(r"[^\n]{5,700}", error["message"])
    assert error["type"]
    assert whole["data"]["msg"] == error["message"]
    return error["code"] or "invalid_request"


async def played(akash: Simulator, gateway: str, scenario: str, place: Place, *, stream: bool) -> str:
    """What comes of a request while a scenario plays; what stalls goes on after a while."""
    akash.reset()
    akash.play(scenario, at=place)
    if place.startswith("image"):
        path, body = "images/generations", {"prompt": "a fox", "response_format": "b64_json"}
    else:
        messages = [{"role": "user", "content": "Hello"}]
        path, body = "chat/completions", {"model": "Qwen/Qwen3-30B-A3B", "messages": messages}
    asking = asyncio.create_task(call("POST", f"{gateway}/v1/{path}", body | {"stream": stream}))
    if "stall" in scenario:
        await akash.stalled()
        akash.resume()
    return f"{scenario}: {outcome(await asking)}"


def test_every_scenario_has_its_outcome() -> None:
    """A new trouble begins with a line here."""
    tables = [CHATS, PICTURES, SESSIONS, *ELSEWHERE.values()]
    assert {scenario for table in tables for scenario, _ in read(table)} == SCENARIOS.keys() - LEFT_OUT


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("place", "table"), [("chat", CHATS), ("image", PICTURES)])
async def test_trouble_with_answers(akash: Simulator, place: Place, table: str, stream: bool) -> None:
    """One gateway meets one trouble after the other, and each is told as what it is, streamed or not."""
    async with running(akash.url, HastyClock(), CountingChance(), **ONCE) as gateway:
        for scenario, expected in read(table):
            got = await played(akash, gateway, scenario, place, stream=stream)
            assert got == f"{scenario}: {expected}"


@pytest.mark.parametrize(("scenario", "expected"), read(SESSIONS))
async def test_trouble_with_the_session(akash: Simulator, scenario: str, expected: str) -> None:
    """Without a session there is no answer, and the caller learns why."""
    async with running(akash.url, HastyClock(), CountingChance(), **ONCE) as gateway:
        assert await played(akash, gateway, scenario, "session", stream=False) == f"{scenario}: {expected}"
        assert await played(akash, gateway, "plain", "chat", stream=False) == "plain: ok"


@pytest.mark.parametrize("place", ELSEWHERE)
async def test_trouble_elsewhere(akash: Simulator, place: Place) -> None:
    """The list of models can be done without, a picture's state is asked for again, its file is needed."""
    for scenario, expected in read(ELSEWHERE[place]):
        async with running(akash.url, HastyClock(), CountingChance(), **ONCE) as gateway:
            got = await played(akash, gateway, scenario, place, stream=False)
            assert got == f"{scenario}: {expected}"
