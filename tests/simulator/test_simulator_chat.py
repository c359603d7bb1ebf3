"""The chat endpoint: what is refused, what reaches the model, what is said."""

import json
from dataclasses import replace
from typing import Any

import pytest
from raw_client import BODY, call, chat

from akashchat.simulator import CATALOGUE, PERSONA, Simulator

HI = {"role": "user", "content": "Hi"}
PIXEL = "data:image/png;base64,iVBORw0KGgo="


async def deliver(simulator: Simulator, *messages: Any, **fields: Any) -> list[dict[str, Any]]:
    """What reaches the model after the system text."""
    reply = await chat(simulator, messages=list(messages), **fields)
    assert reply.lines()[0][0] == "f", reply.body
    delivered = simulator.chats[-1].delivered
    assert delivered is not None
    return delivered[1:]


async def fail(simulator: Simulator, *messages: Any, **fields: Any) -> str:
    """The lone error line of a request that never reaches the model."""
    reply = await chat(simulator, **({"messages": list(messages)} if messages else {}), **fields)
    ((code, told),) = reply.lines()
    assert (reply.status, code, simulator.chats[-1].delivered) == (200, "3", None)
    return told


async def test_answers_in_its_own_words(simulator: Simulator) -> None:
    """The answer says what it is, what was asked and how; the same request gets the same answer."""
    reply = await chat(simulator, "What is\nAkash?", model="DeepSeek-V3.2", system="Be brief.")
    assert reply.lines()[0][0] == "f"
    assert reply.lines()[-2][1]["usage"] == reply.lines()[-1][1]["usage"]
    assert "simulator" in reply.text()
    assert "> What is\n> Akash?" in reply.text()
    assert "“Be brief.”" in reply.text()
    again = await chat(simulator, "What is\nAkash?", model="DeepSeek-V3.2", system="Be brief.")
    assert reply.text() == again.text()


async def test_answers_chinese_in_chinese(new: Simulator) -> None:
    """Many of its readers are Chinese."""
    assert "模拟器" in (await chat(new, "你好，你是谁？")).text()


async def test_thinks_as_its_dialect_does(simulator: Simulator) -> None:
    """The new dialect sends thoughts in one piece, the old one token by token; some never open the tag."""
    deltas = [text for code, text in (await chat(simulator, model="DeepSeek-V3.2")).lines() if code == "0"]
    lump = [delta for delta in deltas if delta.startswith("<think>\n") and delta.endswith("\n</think>\n\n")]
    assert (1 if simulator.chats[-1].llm_request.get("chat_template_kwargs") else 0) == len(lump)
    assert "".join(deltas).startswith("<think>\n")
    headless = (await chat(simulator, model="DeepSeek-R1-0528")).text()
    assert (headless.count("</think>"), headless.count("<think>")) == (1, 0)


async def test_checks_in_the_order_of_the_app(new: Simulator) -> None:
    """Session, quota, body, model: each fault hides the later ones."""
    async with Simulator(quota_tokens=10) as poor:
        poor.spend(10)
        token = poor.issue_session()
        assert (await call(poor, "POST", "/api/chat/", body=b"{")).status == 403
        assert (await call(poor, "POST", "/api/chat/", body=b"{", token=token)).status == 429
    token = new.issue_session()
    assert (await call(new, "POST", "/api/chat/", body=b"{", token=token)).status == 500
    reply = await call(new, "POST", "/api/chat/", body={"messages": None, "model": "nope"}, token=token)
    assert (reply.status, reply.json()["error"]) == (403, "Model not available")


@pytest.mark.parametrize("model", ["no-such-model", "DeepSeek-V3.1", None, 5])
async def test_the_new_dialect_refuses_models_it_does_not_offer(new: Simulator, model: Any) -> None:
    """The refusal names the model and those that are offered."""
    reply = await chat(new, model=model)
    shown = "null" if model is None else model
    assert reply.json()["message"].startswith(f'The model "{shown}" is not available for your account tier.')
    assert {"id": "AkashGen", "name": "AkashGen"} in reply.json()["available_models"]
    assert "DeepSeek-V3.1" not in str(reply.json()["available_models"])


async def test_the_old_dialect_asks_the_model_it_is_told(old: Simulator) -> None:
    """An unknown one fails at the model's own API; none at all means its favourite."""
    assert "Invalid model name passed in model=gpt-4" in await fail(old, model="gpt-4")
    assert await fail(old, model=5) == "I.startsWith is not a function"
    await chat(old, model="")
    assert old.chats[-1].llm_request["model"] == "Qwen3-235B-A22B-Instruct-2507-FP8"


@pytest.mark.parametrize("body", [b"", b"null", b"{", b'{"messages":NaN}', b"[" * 100_000])
async def test_throws_at_bodies_that_are_no_json(old: Simulator, body: bytes) -> None:
    """A bare 500: no body, no content type."""
    reply = await call(old, "POST", "/api/chat/", body=body, token=old.issue_session())
    assert (reply.status, reply.header("content-type"), reply.body) == (500, None, b"")


@pytest.mark.parametrize(
    "fields",
    [
        {"messages": None},
        {"messages": "Hi"},
        {"messages": [{"role": "user", "content": None}]},
        {"messages": [{"role": "user", "parts": [{"type": "text", "text": "Hi"}]}]},
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}]},
        {"messages": [{"role": "user", "content": "a <|endoftext|> b"}]},
        {"system": "<|fim_prefix|>"},
        {"system": 7},
        {"context": "file"},
        {"context": [{"name": "a.txt"}]},
    ],
)
async def test_throws_at_what_its_tokenizer_cannot_count(
    simulator: Simulator, fields: dict[str, Any]
) -> None:
    """Content that is not text, and the tokenizer's special tokens."""
    reply = await chat(simulator, **fields)
    assert (reply.status, reply.header("content-type"), reply.body) == (500, None, b"")


async def test_empty_messages_are_told_in_the_stream(simulator: Simulator) -> None:
    """No messages, or only those it drops."""
    for messages in ([], {}, [{"role": "data", "content": "x"}]):
        assert await fail(simulator, messages=messages) == "Invalid prompt: messages must not be empty"


async def test_unfit_messages_are_told_in_the_stream(simulator: Simulator) -> None:
    """Roles, attachments and tool calls the library cannot use."""
    assert 'Received message of type: "other" at index 1' in await fail(
        simulator, HI, {"role": "developer", "content": "x"}
    )
    assert (
        await fail(simulator, {"role": "developer", "content": "x", "parts": []})
        == "Unsupported role: developer"
    )
    told = await fail(simulator, HI, {"role": "tool", "content": "x"})
    assert told.startswith(
        "Invalid prompt: message must be a CoreMessage or a UI message\nValidation error: "
    )
    no_type = {**HI, "experimental_attachments": [{"url": PIXEL}]}
    assert (await fail(simulator, no_type)).startswith(
        "If the attachment is not an image or text, it must specify"
    )
    no_url = {**HI, "experimental_attachments": [{"contentType": "image/png", "url": "pixel"}]}
    assert await fail(simulator, no_url) == "Invalid URL: pixel"
    calling = {"state": "call", "toolCallId": "c1", "toolName": "t", "args": {}}
    pending = {"role": "assistant", "content": "", "toolInvocations": [calling]}
    assert (await fail(simulator, HI, pending)).startswith("ToolInvocation must have a result: {")


@pytest.mark.parametrize("name", ["temperature", "topP"])
async def test_falsy_sampling_parameters(simulator: Simulator, name: str) -> None:
    """The old dialect silently uses the model's default, the new one has none it could use."""
    sent = {"temperature": "temperature", "topP": "top_p"}[name]
    for value in (0, None, ""):
        lines = (await chat(simulator, **{name: value})).lines()
        if lines[0][0] == "3":
            assert f"Invalid argument for parameter {name}: {name} must be a number" == lines[0][1]
        else:
            assert {"temperature": 0.6, "top_p": 0.9}[sent] == simulator.chats[-1].llm_request[sent]


async def test_numeric_strings_are_numbers_to_the_new_dialect_only(new: Simulator, old: Simulator) -> None:
    """The app's own page sends strings since then."""
    await chat(new, temperature="0.30")
    assert new.chats[-1].llm_request["temperature"] == 0.3
    assert (await fail(old, temperature="0.30")).endswith("temperature must be a number")
    assert (await fail(old, temperature=True)).endswith("temperature must be a number")


async def test_what_reaches_the_model(new: Simulator) -> None:
    """The model's own name, sampling, the system text first, nothing the app does not know."""
    await chat(new, max_tokens=5, stop=["x"], tools=[])
    assert new.chats[-1].llm_request == {
        "model": "meta-llama/Llama-3.3-70B-Instruct",
        "temperature": 0.6,
        "top_p": 0.95,
        "messages": [{"role": "system", "content": " "}, HI],
        "stream": True,
    }


@pytest.mark.parametrize("system", ["", None, 0])
async def test_a_falsy_system_text_becomes_the_persona(simulator: Simulator, system: Any) -> None:
    """Also when the messages hold a system text of their own."""
    delivered = await deliver(simulator, {"role": "system", "content": "S"}, HI, system=system)
    assert simulator.chats[-1].delivered[0] == {"role": "system", "content": PERSONA}
    assert delivered == [{"role": "system", "content": "S"}, HI]


async def test_ids_that_begin_with_o_lose_their_settings(simulator: Simulator) -> None:
    """They are taken for OpenAI's reasoning models."""
    await deliver(simulator, {"role": "system", "content": "S"}, HI, model="openai/gpt-oss-120b")
    assert {"model", "messages", "stream"} == set(simulator.chats[-1].llm_request)
    assert [one["role"] for one in simulator.chats[-1].delivered] == ["developer", "developer", "user"]


async def test_parts_win_over_content(simulator: Simulator) -> None:
    """What is counted is not what is sent."""
    said = {"role": "user", "content": "counted", "parts": [{"type": "text", "text": "<|endoftext|>"}]}
    assert await deliver(simulator, said) == [{"role": "user", "content": "<|endoftext|>"}]
    spoken = {
        "role": "assistant",
        "content": "",
        "parts": [{"type": "step-start"}, {"type": "text", "text": "P"}],
    }
    assert await deliver(simulator, HI, spoken, HI) == [HI, {"role": "assistant", "content": "P"}, HI]


async def test_attachments_become_parts(simulator: Simulator) -> None:
    """Pictures by data or link, texts inline, PDF as a file."""
    attachments = [
        {"contentType": "image/png", "url": PIXEL},
        {"contentType": "image/png", "url": "https://example.org/a.png"},
        {"contentType": "text/plain", "url": "data:text/plain;base64,SGVsbG8="},
        {"contentType": "application/pdf", "url": "data:application/pdf;base64,SGVsbG8="},
    ]
    (message,) = await deliver(simulator, {**HI, "experimental_attachments": attachments})
    assert message["content"] == [
        {"type": "text", "text": "Hi"},
        {"type": "image_url", "image_url": {"url": PIXEL}},
        {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}},
        {"type": "text", "text": "Hello"},
        {
            "type": "file",
            "file": {"filename": "part-4.pdf", "file_data": "data:application/pdf;base64,SGVsbG8="},
        },
    ]


@pytest.mark.parametrize("is_last", [True, False])
async def test_finished_tool_invocations_become_calls_and_results(
    simulator: Simulator, is_last: bool
) -> None:
    """The text beside a call stays with it in the last message only."""
    done = {
        "state": "result",
        "toolCallId": "c1",
        "toolName": "w",
        "args": {"city": "Bonn"},
        "result": "sunny",
    }
    invoking = {"role": "assistant", "content": "Look:", "toolInvocations": [done]}
    delivered = await deliver(simulator, HI, invoking, *([] if is_last else [HI]))
    function = {"name": "w", "arguments": '{"city":"Bonn"}'}
    call_made = [{"id": "c1", "type": "function", "function": function}]
    spoken = {"role": "assistant", "content": "Look:"}
    assert [
        HI,
        {"role": "assistant", "content": "Look:" if is_last else "", "tool_calls": call_made},
        {"role": "tool", "tool_call_id": "c1", "content": '"sunny"'},
        *([] if is_last else [spoken, HI]),
    ] == delivered


async def test_files_come_first_and_backwards(simulator: Simulator) -> None:
    """Each file is a turn of the user's."""
    files = [{"name": "a.txt", "content": "A"}, {"name": "b.txt", "content": "B"}]
    told = [message["content"] for message in await deliver(simulator, HI, context=files)]
    assert told == [
        "This is the content of the file b.txt: B",
        "This is the content of the file a.txt: A",
        "Hi",
    ]


async def test_what_does_not_fit_is_dropped_cut_or_refused() -> None:
    """Old turns go silently, a long last one is cut silently, and only a hopeless one is refused."""
    small = [replace(model, token_limit=1200) for model in CATALOGUE]
    long = {"role": "user", "content": "word " * 400}
    async with Simulator(models=small) as simulator:
        assert await deliver(simulator, long, HI) == [HI]
        (message,) = await deliver(simulator, HI, long)
        assert len(message["content"]) == (200 - 50) * 7 // 2 + 35
        assert message["content"].endswith("word \n\n[Message truncated due to length]")
        (message,) = await deliver(simulator, {**long, "parts": [{"type": "text", "text": "whole"}]})
        assert message["content"] == "whole"
        reply = await chat(simulator, messages=[long], system="word " * 100)
        assert (reply.status, reply.body[:17]) == (400, b"[Message too long")


async def test_misshapen_messages_never_break_the_simulator(simulator: Simulator) -> None:
    """Whatever arrives, the answer is one the app could give."""
    shapes: list[Any] = [
        {"role": "user", "content": "x", "parts": "text"},
        {"role": "user", "content": "x", "parts": [1]},
        {"role": "user", "content": "x", "experimental_attachments": [5]},
        {"role": "user", "content": "x", "experimental_attachments": [{"url": "data:,", "contentType": 5}]},
        {"role": "assistant", "content": "x", "toolInvocations": [None]},
        {"role": "assistant", "content": "x", "parts": [{"type": "tool-invocation"}]},
        {"role": ["user"], "content": "x"},
        {"role": {}, "content": "x", "parts": []},
        {"content": []},
        5,
    ]
    for shape in shapes:
        reply = await chat(simulator, messages=[shape])
        assert reply.status in {200, 500}, shape
        assert reply.body[:2] in {b"3:", b""}, shape


async def test_the_quota_is_charged_after_each_answer() -> None:
    """The answer that overdraws is still given; the next is refused until the window ends."""
    now = 1_800_000_000.25
    async with Simulator(quota_tokens=50, now=lambda: now) as simulator:
        fresh = (await call(simulator, "GET", "/api/rate-limit/status/")).json()
        assert (
            fresh["usagePercentage"], fresh["blocked"], fresh["resetTime"],
        ) == (0, False, "2027-01-15T12:00:00.250Z")  # fmt: skip
        assert (await chat(simulator)).status == 200
        now += 60
        reply = await chat(simulator)
        assert (reply.status, reply.header("x-tokenlimit-reset")) == (429, "1800014401")
        assert reply.json()["resetTime"] == "2027-01-15T12:00:00.250Z"
        spent = (await call(simulator, "GET", "/api/rate-limit/status/")).json()
        assert (spent["remainingPercentage"], spent["blocked"]) == (0, True)
        now += 4 * 3600
        assert (await chat(simulator)).status == 200


async def test_lists_its_models(simulator: Simulator) -> None:
    """Numbers and camelCase in the old dialect, strings, nulls and closed models in the new one."""
    rows = {row["id"]: row for row in json.loads((await _models(simulator)).body)}
    qwen = rows["Qwen/Qwen3-30B-A3B"]
    if "tokenLimit" in qwen:
        assert (qwen["temperature"], qwen["tokenLimit"], qwen["available"]) == (0.6, 32768, True)
        assert all(row["available"] for row in rows.values())
        assert (await call(simulator, "GET", "/api/models/")).status == 403
    else:
        assert (qwen["temperature"], qwen["token_limit"], qwen["api_id"]) == ("0.60", 32768, None)
        assert [row["available"] for row in rows.values() if not row["available"]] == [False] * 2
        assert (await call(simulator, "GET", "/api/models/")).status == 200
    assert {"DeepSeek-V3.2", "openai/gpt-oss-120b", "DeepSeek-R1-0528", "AkashGen"} <= set(rows)


async def _models(simulator: Simulator) -> Any:
    return await call(simulator, "GET", "/api/models/", token=simulator.issue_session())


@pytest.mark.parametrize(
    ("method", "path", "status", "body"),
    [
        ("GET", "/api/chat/", 405, b""),
        ("POST", "/api/models/", 405, b""),
        ("POST", "/api/chat", 308, b"/api/chat/"),
        ("GET", "/api/image-status?ids=a%20b", 308, b"/api/image-status/?ids=a%20b"),
        ("GET", "/api/image/x.webp/", 308, b"/api/image/x.webp"),
        ("GET", "/nowhere", 308, b"/nowhere/"),
        ("OPTIONS", "/api/chat/", 204, b""),
        ("HEAD", "/api/auth/status/", 200, b""),
    ],
)
async def test_its_framework_answers_the_rest(
    simulator: Simulator, method: str, path: str, status: int, body: bytes
) -> None:
    """Redirects, wrong methods and the two methods that come for free."""
    reply = await call(simulator, method, path)
    assert (status, body) == (reply.status, reply.body)


async def test_unknown_paths_are_pages(simulator: Simulator) -> None:
    """A 404 is HTML; the front page tells a person where to look."""
    reply = await call(simulator, "GET", "/nowhere/")
    assert (reply.status, reply.header("content-type")) == (404, "text/html; charset=utf-8")
    assert b"/_simulator/scenarios" in (await call(simulator, "GET", "/")).body


async def test_keeps_only_so_much(new: Simulator) -> None:
    """What arrived is remembered within limits."""
    for _ in range(1005):
        new._journal.begin(replace(_arrival()))
    assert len(new.requests) == 1000
    for _ in range(70):
        new._journal.begin(replace(_arrival(), raw=bytes(2**20)))
    assert 60 < len(new.requests) <= 64


def _arrival() -> Any:
    from akashchat.simulator import Arrival

    return Arrival(method="GET", path="/", query="", headers={}, raw=b"", body=None, at=0.0)


async def test_a_body_is_kept_as_it_came(new: Simulator) -> None:
    """Tests can look at the headers and the parsed body of what the gateway sent."""
    await chat(new, seed=1)
    arrival = new.chats[-1]
    assert arrival.body == BODY | {"seed": 1}
    assert (
        arrival.method, arrival.status, arrival.state, arrival.headers["user-agent"],
    ) == ("POST", 200, "answered", "test")  # fmt: skip
