"""The alarm: what Akash did not use to send is counted, told, kept, and played again."""

import json
from pathlib import Path
from typing import Any

import pytest

from akashchat.app.replay import replay
from akashchat.simulator import Simulator
from tests.support.gateway import running
from tests.support.http import Reply, call
from tests.upstreams.akash.test_ui_stream import OBSERVED

SECRET = "My name is Alice"


async def ask(gateway: str, **fields: Any) -> Reply:
    """One chat."""
    body = {"model": "DeepSeek-V3.2", "messages": [{"role": "user", "content": "Hello"}], **fields}
    return await call("POST", f"{gateway}/v1/chat/completions", body)


def kept(folder: Path) -> dict[str, Path]:
    """The captures in a folder, by what they begin with."""
    return {file.name.partition(".")[0]: file for file in folder.iterdir()}


async def drift(gateway: str) -> dict[str, Any]:
    """What ``/health/ready`` tells of it."""
    reply = await call("GET", f"{gateway}/health/ready")
    told: dict[str, Any] = reply.json()["upstreams"]["akash"]["drift"]
    return told


def recording(path: str, body: str, media_type: str, status: int = 200, **headers: str) -> dict[str, Any]:
    """A reply, as recordings have them."""
    fields = [["content-type", media_type], *headers.items()]
    return {
        "name": "strange",
        "request": {"method": "POST" if "chat" in path else "GET", "path": path},
        "response": {"status": status, "headers": fields, "body": {"text": body}},
    }


HTML = "<html><title>Just a moment...</title>My name is Alice</html>"
CHAT, JSON, TEXT = "/api/chat/", "application/json", "text/plain"
DONE = 'd:{"finishReason":"stop"}\n'
STRANGE: dict[str, list[dict[str, Any]]] = {
    "unknown_code": [recording(CHAT, f'0:"{SECRET}"\nz:{{"x":"{SECRET}"}}\n0:"{SECRET}"\n{DONE}', TEXT)],
    "broken_line": [recording(CHAT, f'0:"a"\n{SECRET}\n', TEXT)],
    "unknown_end": [recording(CHAT, f'0:"{SECRET}"\nd:{{"finishReason":"bananas"}}\n', TEXT)],
    "ui_stream": [recording(CHAT, OBSERVED["ai6 ok"]["body"], "text/event-stream")],
    "unknown_chunk": [recording(CHAT, f'data: {{"type":"new","x":"{SECRET}"}}\n\n', "text/event-stream")],
    "web_page": [recording(CHAT, HTML, "text/html", 403)],
    "models_schema": [
        recording("/api/models/", f'[{{"model_id":"DeepSeek-V3.2","owner":"{SECRET}"}}]', JSON)
    ],
    "session_schema": [recording("/api/auth/session/", f'{{"success":true,"for":"{SECRET}"}}', JSON)],
}


@pytest.mark.parametrize("kind", STRANGE)
async def test_what_is_strange_is_counted_kept_and_played(kind: str, tmp_path: Path) -> None:
    """Once for each reply, without a word of what it said."""
    async with Simulator() as akash, running(akash.url, akash={"captures": str(tmp_path)}) as gateway:
        for one in STRANGE[kind]:
            akash.replay(one)
        await ask(gateway)
        told = await drift(gateway)
        metrics = await call("GET", f"{gateway}/metrics")
    assert told[kind]["count"] == 1
    assert f'akashchat_drift_total{{kind="{kind}"}} 1.0' in metrics.body.decode()
    assert kind in told
    (file,) = [file for name, file in kept(tmp_path).items() if name.startswith(kind)]
    capture = file.read_bytes()
    assert b"Alice" not in capture
    lines = list(replay(capture))
    assert lines[0].startswith(("/api/chat/", "/api/models/", "/api/auth/session/"))
    assert any(line.startswith(("strange: ", "Failure(")) for line in lines)


async def test_nothing_is_strange_about_the_usual(akash: Simulator, gateway: str) -> None:
    """Answers, a picture, the models, the session: no alarm."""
    await ask(gateway)
    await ask(gateway, stream=True)
    await call("POST", f"{gateway}/v1/images/generations", {"prompt": "a fox"})
    assert await drift(gateway) == {}


@pytest.mark.parametrize("stream", [False, True])
async def test_an_unknown_code_breaks_no_answer(akash: Simulator, gateway: str, stream: bool) -> None:
    """It is noticed, and nothing else."""
    akash.replay(STRANGE["unknown_code"][0])
    reply = await ask(gateway, stream=stream)
    assert reply.status == 200
    assert reply.body.count(SECRET.encode()) == 2


@pytest.mark.parametrize("stream", [False, True])
async def test_the_library_s_next_protocol_is_understood(
    akash: Simulator, gateway: str, stream: bool
) -> None:
    """The day Akash changes it, answers go on."""
    akash.replay(recording(CHAT, OBSERVED["ai5 ok"]["body"], "text/event-stream"))
    reply = await ask(gateway, stream=stream)
    assert reply.status == 200
    if not stream:
        message = reply.json()["choices"][0]["message"]
        assert (message["content"], message["reasoning_content"]) == ('Hello "x"\n', "Let me think")


async def test_few_of_a_kind_are_kept(tmp_path: Path) -> None:
    """However often it comes, and never more files than a folder should hold."""
    async with Simulator() as akash, running(akash.url, akash={"captures": str(tmp_path)}) as gateway:
        akash.replay(STRANGE["unknown_code"][0], times=9)
        for _ in range(9):
            await ask(gateway)
        assert (await drift(gateway))["unknown_code"]["count"] == 9
    assert len(kept(tmp_path)) == 3


async def test_nothing_is_held_of_what_is_kept_enough(tmp_path: Path) -> None:
    """Once the newer protocol is no news, its answers cost no memory."""
    async with Simulator() as akash, running(akash.url, akash={"captures": str(tmp_path)}) as gateway:
        akash.replay(STRANGE["ui_stream"][0], times=5)
        for _ in range(5):
            assert (await ask(gateway)).status == 200
        assert (await drift(gateway))["ui_stream"]["count"] == 5
    assert len(kept(tmp_path)) == 3


@pytest.mark.parametrize("body", ['{"models":[{"name":"a"}]}', '{"models":{"a":{}}}', "<html>", "null"])
async def test_a_list_that_cannot_be_read_is_told_though_nothing_is_ready(body: str) -> None:
    """The alarm is needed most where the change has broken something."""
    async with Simulator() as akash, running(akash.url) as gateway:
        akash.replay(recording("/api/models/", body, JSON), times=9)
        assert (await drift(gateway))["models_schema"]["count"] > 0


async def test_what_is_no_news_does_not_hide_what_is(tmp_path: Path) -> None:
    """Long after the newer protocol is, an unknown chunk in it is kept, and can be played."""
    end = 'data: {"type":"finish"}\n\ndata: [DONE]\n\n'
    new = STRANGE["unknown_chunk"][0]["response"]["body"]["text"]
    async with Simulator() as akash, running(akash.url, akash={"captures": str(tmp_path)}) as gateway:
        akash.replay(STRANGE["ui_stream"][0], times=5)
        for _ in range(5):
            await ask(gateway)
        akash.replay(recording(CHAT, f'data: {{"type":"start"}}\n\n{new}{end}', "text/event-stream"))
        await ask(gateway)
    (file,) = [file for name, file in kept(tmp_path).items() if name.startswith("unknown_chunk")]
    assert "strange: unknown_chunk, chunk new" in list(replay(file.read_bytes()))


async def test_nothing_is_kept_where_nothing_shall_be(tmp_path: Path) -> None:
    """By setting; and beside a database that has no file there is no place."""
    for options in ({"captures": "none"}, {}):
        async with Simulator() as akash, running(akash.url, akash=options) as gateway:
            akash.replay(STRANGE["unknown_code"][0])
            await ask(gateway)
            assert (await drift(gateway))["unknown_code"]["count"] == 1
    assert kept(tmp_path) == {}


async def test_captures_stand_beside_the_database(tmp_path: Path) -> None:
    """Where nothing else is said."""
    storage = {"path": str(tmp_path / "akashchat.db")}
    async with Simulator() as akash, running(akash.url, storage=storage) as gateway:
        akash.replay(STRANGE["unknown_code"][0])
        await ask(gateway)
    assert len(kept(tmp_path / "captures")) == 1


async def test_captures_that_cannot_be_kept_are_told(tmp_path: Path) -> None:
    """The operator learns why, and callers nothing."""
    folder = tmp_path / "captures"
    folder.write_text("a file")
    async with Simulator() as akash, running(akash.url, akash={"captures": str(folder)}) as gateway:
        akash.replay(STRANGE["unknown_code"][0])
        assert (await ask(gateway)).status == 200
        told: dict[str, Any] = {}
        while "captures" not in told:  # they are written in a thread
            told = (await call("GET", f"{gateway}/health/ready")).json()["upstreams"]["akash"]
        assert str(folder) in told["captures"]


def test_bare_bytes_are_played_too() -> None:
    """As an answer in whichever protocol."""
    assert list(replay(b'0:"Hi"\nd:{"finishReason":"stop"}\n'))[1:] == [
        "TextDelta(text='Hi')",
        "Finish(reason=<FinishReason.STOP: 'stop'>, usage=None, stopped_by='')",
    ]
    assert list(replay(OBSERVED["ai5 error part"]["body"].encode()))[1:] == [
        "TextDelta(text='par')",
        "Failure(UpstreamError: Akash: An error occurred.)",
        "strange: ui_stream, an answer",
    ]


@pytest.mark.parametrize(
    ("path", "body", "line"),
    [
        ("/api/models/", "nope", "Failure(ProtocolError: Akash's model list is not JSON)"),
        ("/api/models/", '[{"id":"a","new":1}]', "strange: new fields: new"),
        ("/api/rate-limit/status/", "nope", "strange: not JSON"),
        (
            "/api/rate-limit/status/",
            "{}",
            "strange: missing or of another kind: blocked resetTime usagePercentage",
        ),
        ("/api/image-status/?ids=1", "[{}]", "strange: no status"),
        ("/api/elsewhere/", "{}", "no reader knows this address"),
    ],
)
def test_other_replies_are_played_through_their_readers(path: str, body: str, line: str) -> None:
    """Each address has its own."""
    assert list(replay(json.dumps(recording(path, body, JSON)).encode()))[-1] == line
