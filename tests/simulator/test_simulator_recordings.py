"""The simulator against what was recorded from the app itself."""

import json
import re
from dataclasses import replace

import pytest
from raw_client import RECORDINGS, call, chat, load_recording

from akashchat.simulator import CATALOGUE, Simulator

ALL = sorted(path.stem for path in RECORDINGS.glob("*.json"))

REFUSED = [
    "body_malformed", "chat_expired_session", "chat_invalid_session", "chat_no_session",
    "chat_noslash", "image_404", "model_unknown", "models_none", "msg_array_content",
    "msg_bad_role", "msg_null_content", "msg_special_token", "msgs_missing", "param_temp_str",
    "refresh_none", "refresh_valid_fresh", "session_issue", "session_issue_with_cookie",
    "session_no_ua", "session_noslash", "status_noids", "status_unknown", "system_number",
]  # fmt: skip

ACCEPTED = ["chat_valid", "gen_text_fallback", "msg_attach_data", "msg_toolinvocations"]

UNSTABLE_HEADERS = {"date"}

SPOKEN = {
    "think": "text_think",
    "think_torn": "text_think_split",
    "think_unclosed": "text_think_unclosed",
    "think_only": "text_refusal",
    "no_usage": "text_nousage",
    "empty": "text_empty",
    "finish_length": "text_length",
    "finish_filter": "text_content_filter",
    "finish_unknown": "text_finish_unknown",
    "cut": "text_cut",
    "cut_first": "text_cut_early",
    "only_error": "text_err400",
    "error_429": "text_err429",
    "error_auth": "text_err401",
    "error_context": "text_err_context",
    "error_first": "text_first_error",
    "error_after_text": "text_mid_error",
    "error_then_text": "text_mid_error_text",
    "tool_call": "text_tool_calls",
    "surrogates": "text_surrogate",
}


def masked(text: str) -> str:
    """Without what chance or counting decides: ids, tokens, dates, usage."""
    text = re.sub(r"msg-\w{24}", "msg-…", text)
    text = re.sub(r"session_token=[0-9a-f]{64}", "session_token=…", text)
    text = re.sub(r"Expires=[^;]+GMT", "Expires=…", text)
    text = re.sub(r"jobId='[0-9a-f-]{36}'", "jobId='…'", text)
    return re.sub(r'"(prompt|completion)Tokens":\d+', r'"\1Tokens":0', text)


def compared(status: int, headers: list[tuple[str, str]], body: str) -> tuple[int, set[tuple[str, str]], str]:
    """What of a reply is compared."""
    kept = {(name, masked(value)) for name, value in headers if name.lower() not in UNSTABLE_HEADERS}
    return status, kept, masked(body)


def recorded_answer(name: str) -> tuple[int, set[tuple[str, str]], str]:
    """What of a recording is compared."""
    response = load_recording(name)["response"]
    return compared(
        response["status"], [tuple(pair) for pair in response["headers"]], response["body"]["text"]
    )


async def ask_again(simulator: Simulator, name: str) -> tuple[int, set[tuple[str, str]], str]:
    """Send the recorded request, with a living session where the recorded one was."""
    request = load_recording(name)["request"]
    headers = dict(line.split(": ", 1) for line in request["headers"])
    if "cookie" in {known.lower() for known in headers} and not name.endswith(
        ("invalid_session", "expired_session")
    ):
        headers["Cookie"] = f"session_token={simulator.issue_session()}"
    body = request["body"].encode() if isinstance(request["body"], str) else request["body"]
    reply = await call(simulator, request["method"], request["path"], headers=headers, body=body)
    return compared(reply.status, reply.headers, reply.body.decode())


@pytest.mark.parametrize("name", REFUSED)
async def test_answers_to_the_byte_what_the_app_answered(old: Simulator, name: str) -> None:
    """Refusals, redirects and cookies have the app's status, headers and body."""
    assert recorded_answer(name) == await ask_again(old, name)


@pytest.mark.parametrize("name", ACCEPTED)
async def test_answers_where_the_app_answered(old: Simulator, name: str) -> None:
    """What the app accepted is accepted, with the same headers; only the words differ."""
    status, headers, body = await ask_again(old, name)
    assert recorded_answer(name)[:2] == (status, headers)
    assert re.match(r'f:\{"messageId":"msg-…"\}\n0:', body)
    assert old.chats[-1].delivered is not None


@pytest.mark.parametrize(("scene", "name"), SPOKEN.items())
async def test_plays_its_scenarios_as_the_app_did(old: Simulator, scene: str, name: str) -> None:
    """A scenario that was seen at the app is line by line what was recorded there."""
    old.play(scene)
    reply = await chat(old)
    assert recorded_answer(name) == compared(reply.status, reply.headers, reply.body.decode())


@pytest.mark.parametrize("name", ["gen_quote_single", "gen_newline"])
async def test_an_image_tag_is_as_raw_as_the_apps(old: Simulator, name: str) -> None:
    """Quotes are escaped as the app does it, newlines not at all."""
    prompt = re.sub(r"^\[\[.*?\]\]", "", load_recording(name)["request"]["body"]["messages"][-1]["content"])
    reply = await chat(old, f"Draw {prompt}", model="AkashGen")
    ours = (
        masked(reply.body.decode())
        .replace("prompt='Draw ", "prompt='")
        .replace(", highly detailed, soft light", "")
    )
    assert recorded_answer(name)[2] == ours


@pytest.mark.parametrize("name", ["long_system_400", "context_too_long"])
async def test_refuses_what_is_too_long(name: str) -> None:
    """Texts that fill the model's window are refused in plain text."""
    request = load_recording(name)["request"]["body"] | {"model": "Qwen/Qwen3-30B-A3B"}
    small = [replace(model, token_limit=1100) for model in CATALOGUE]
    async with Simulator(dialect="old", models=small) as simulator:
        reply = await chat(simulator, **request)
    assert recorded_answer(name)[::2] == (reply.status, reply.body.decode())


def test_lists_models_with_the_fields_of_the_app() -> None:
    """No field of a listed model is unknown to the app of that dialect."""
    known = set().union(*json.loads(load_recording("models_valid")["response"]["body"]["text"]))
    assert all(set(model.row("old", 0)) <= known for model in CATALOGUE)


@pytest.mark.parametrize("name", ALL)
async def test_replays_any_recording_exactly(old: Simulator, name: str) -> None:
    """A replayed recording keeps its status, headers and body."""
    recording = load_recording(name)
    old.replay(recording)
    request = recording["request"]
    reply = await call(old, request["method"], request["path"])
    response = recording["response"]
    assert response["status"] == reply.status
    assert sorted(tuple(pair) for pair in response["headers"]) == sorted(reply.headers)
    if "text" in response["body"]:
        assert response["body"]["text"].encode() == reply.body


async def test_replays_in_pieces(new: Simulator) -> None:
    """A replay can be cut after every byte, or where the test says."""
    recording = load_recording("text_escapes")
    body = recording["response"]["body"]["text"].encode()
    for pieces, expected in {"bytewise": [body[i : i + 1] for i in range(len(body))], (3, 50): None}.items():
        new.replay(recording, pieces)
        reply = await call(new, "POST", "/api/chat/")
        assert (expected or [body[:3], body[3:50], body[50:]]) == reply.pieces
