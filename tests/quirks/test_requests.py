"""Quirks of what is sent: parameters, roles, contents, lengths."""

import pytest

from akashchat.simulator import PERSONA, Simulator
from tests.quirks.asking import ask, body, code, draw, error, sent
from tests.support.clock import FakeClock
from tests.support.gateway import running
from tests.support.http import calling

SYSTEM = {"role": "system", "content": "Be brief."}


async def test_quirk_01_temperature_and_top_p_are_never_zero_or_absent(
    akash: Simulator, gateway: str
) -> None:
    """The app takes 0 for nothing, and its new version then fails: numbers above 0 are always sent."""
    for fields, temperature, top_p in (
        ({}, 0.85, 1),
        ({"temperature": 0, "top_p": 0}, 1e-9, 1e-9),
        ({"temperature": None, "topP": 0.4}, 0.85, 0.4),
    ):
        assert (await ask(gateway, **fields)).status == 200
        delivered = akash.chats[-1].llm_request
        assert (delivered["temperature"], delivered["top_p"]) == (temperature, top_p)
    assert (await draw(gateway)).status == 200
    assert sent(akash)["temperature"] == 0.85


@pytest.mark.parametrize("token", ["<|endoftext|>", "<|fim_prefix|>", "<|fim_suffix|>", "<|endofprompt|>"])
async def test_quirk_25_special_tokens_are_plain_text(akash: Simulator, gateway: str, token: str) -> None:
    """In any text they would make the app throw; with a space of no width they are read as they look."""
    reply = await ask(
        gateway,
        messages=[
            {"role": "system", "content": f"Never say {token}."},
            {"role": "user", "content": f"What is {token}?", "name": token},
            {"role": "tool", "tool_call_id": token, "content": token},
        ],
    )
    assert reply.status == 200
    delivered = akash.chats[-1].delivered
    assert delivered[0]["content"] == f"Never say <|\u200b{token[2:]}."
    assert not any(token in message["content"] for message in delivered)


async def test_quirk_26_content_is_always_a_string(akash: Simulator, gateway: str) -> None:
    """Lists, null and missing contents, and roles the app does not know, become text."""
    reply = await ask(
        gateway,
        messages=[
            {
                "role": "developer",
                "content": [{"type": "text", "text": "Be"}, {"type": "text", "text": "brief."}],
            },
            {"role": "user", "content": None},
            {"role": "assistant"},
            {"role": "function", "name": "look", "content": "seen"},
            {"role": "user", "content": [{"type": "text", "text": "So?"}]},
        ],
    )
    assert reply.status == 200
    assert [(m["role"], m["content"]) for m in akash.chats[-1].delivered] == [
        ("system", "Be\nbrief."),
        ("user", ""),
        ("assistant", ""),
        ("user", "[Result of look]\nseen"),
        ("user", "So?"),
    ]


async def test_quirk_27_parts_and_content_never_differ(akash: Simulator, gateway: str) -> None:
    """Parts win over content but are not counted: there are none, or their text is the content's."""
    call = {"id": "1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
    await ask(
        gateway,
        messages=[
            {"role": "user", "content": "?"},
            {"role": "assistant", "content": "Let me look.", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "1", "content": "seen"},
            {"role": "user", "content": "So?"},
        ],
    )
    messages = sent(akash)["messages"]
    assert ["parts" in message for message in messages] == [False, True, False]
    texts = [part["text"] for part in messages[1]["parts"] if part["type"] == "text"]
    assert texts == [messages[1]["content"]] == ["Let me look."]
    assert akash.chats[-1].delivered[2]["content"] == "Let me look."


async def test_quirk_28_no_persona_is_slipped_in(akash: Simulator, gateway: str) -> None:
    """An empty system text would be replaced by the app's own: a space says nothing and stays."""
    await ask(gateway)
    await ask(gateway, messages=[{"role": "system", "content": ""}, {"role": "user", "content": "Hi"}])
    assert [chat.delivered[0] for chat in akash.chats] == [{"role": "system", "content": " "}] * 2
    assert not any(PERSONA in str(chat.delivered) for chat in akash.chats)


async def test_quirk_29_models_taken_for_openai_s_lose_their_sampling(akash: Simulator, gateway: str) -> None:
    """Ids that begin with ``o`` get no temperature: the caller is told, and the system's text still arrives."""
    messages = [SYSTEM, {"role": "user", "content": "Hi"}]
    reply = await ask(gateway, model="openai/gpt-oss-120b", messages=messages, temperature=0.2, top_p=0.5)
    assert reply.status == 200
    assert reply.headers["x-akashchat-ignored"] == "temperature, top_p"
    assert "temperature" not in akash.chats[-1].llm_request
    assert akash.chats[-1].delivered[0] == {"role": "developer", "content": "Be brief."}
    other = await ask(gateway, messages=messages, temperature=0.2)
    assert "x-akashchat-ignored" not in other.headers


async def test_quirk_30_nothing_is_cut_without_a_word(akash: Simulator, gateway: str) -> None:
    """What does not fit is refused here; what Akash refuses is told; what fits arrives whole."""
    too_long = await ask(gateway, "word " * 40_000)
    assert code(too_long) == (400, "context_length_exceeded")
    assert akash.chats == []
    for scenario in ("too_long", "files_too_long"):
        akash.play(scenario)
        assert code(await ask(gateway)) == (400, "context_length_exceeded")
    history = [{"role": "user", "content": f"{i} " + "word " * 2_000} for i in range(10)]
    assert (await ask(gateway, messages=history)).status == 200
    assert [message["content"] for message in akash.chats[-1].delivered[1:]] == [
        message["content"] for message in history
    ]


async def test_quirk_37_a_slow_first_byte_is_waited_for(akash: Simulator, clock: FakeClock) -> None:
    """Akash counts a long conversation before it says anything: a stream's caller gets signs of life."""
    akash.play("stall_first_byte")
    long = body("word " * 20_000, stream=True)
    async with (
        running(akash.url, clock) as gateway,
        calling("POST", f"{gateway}/v1/chat/completions", long) as caller,
    ):
        await akash.stalled()
        await clock.advance(100)
        assert (await caller.head())[0] == 200
        await caller.until(b": ping\n\n")
        akash.resume()
        assert (await caller.rest()).endswith(b"data: [DONE]\n\n\r\n0\r\n\r\n")


async def test_quirk_43_the_go_project_s_faults_are_not_copied(
    akash: Simulator, gateway: str, clock: FakeClock
) -> None:
    """Status counts, long answers are whole, the caller's system text stays, data is not an address."""
    akash.play("server_500")
    failed = await ask(gateway)
    assert code(failed) == (502, "upstream_error")
    assert "HTTP 500" in error(failed)["message"]

    await ask(gateway, messages=[SYSTEM, {"role": "user", "content": "Hi"}])
    assert [message["content"] for message in akash.chats[-1].delivered] == ["Be brief.", "Hi"]

    akash.play("image_base64")
    drawn = await ask(gateway, "Draw a fox", model="AkashGen")
    assert drawn.json()["data"]["pic"].startswith("data:image/webp;base64,")
    drawn = await ask(gateway, "Draw a fox", model="AkashGen")
    assert drawn.json()["data"]["pic"].startswith(f"{gateway}/v1/images/files/job_")

    akash.play("stall")
    async with (
        running(akash.url, clock) as patient,
        calling("POST", f"{patient}/v1/chat/completions", body("Hi")) as caller,
    ):
        await akash.stalled()
        await clock.advance(250)
        akash.resume()
        assert (await caller.head())[0] == 200
        assert b"This answer is now complete." in await caller.rest()
