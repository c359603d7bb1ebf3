"""What every request meets, whatever it asks: keys, ids, limits, methods, unknown paths, health."""

import asyncio
import json
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from akashchat.app import create_app
from akashchat.server.listening import listen
from akashchat.server.serve import serving
from akashchat.settings import Settings
from akashchat.simulator import Simulator
from tests.support.clock import FakeClock
from tests.support.gateway import running
from tests.support.http import call, calling

ASK = {"model": "DeepSeek-V3.2", "messages": [{"role": "user", "content": "Hello"}]}


async def test_health_is_open_and_asks_nobody(akash: Simulator) -> None:
    """The process is alive, whatever Akash does."""
    async with running(akash.url, BEARER_TOKEN="secret") as gateway:
        reply = await call("GET", f"{gateway}/health")
    assert (reply.status, reply.json()["status"]) == (200, "ok")
    assert akash.requests == []


async def test_ready_when_the_models_are_known(akash: Simulator, gateway: str) -> None:
    """The gateway can answer."""
    reply = await call("GET", f"{gateway}/health/ready")
    assert (reply.status, reply.json()["status"]) == (200, "ready")


@pytest.mark.parametrize("days", [0, 30])
async def test_ready_tells_where_responses_are_kept(akash: Simulator, tmp_path: Path, days: int) -> None:
    """A database that cannot be opened prevents no answer; its name is not for everybody."""
    (tmp_path / "folder.db").mkdir()
    told = {
        ":memory:": "memory",
        str(tmp_path / "new.db"): "file",
        str(tmp_path / "folder.db"): "memory, because Is a directory",
    }
    for path, place in told.items():
        async with running(akash.url, storage={"path": path, "retention_days": days}) as gateway:
            reply = await call("GET", f"{gateway}/health/ready")
        assert (reply.status, reply.json()["storage"]) == (200, place if days else "nowhere")


async def test_not_ready_when_akash_is_away(akash: Simulator, gateway: str) -> None:
    """And it says why."""
    akash.play("models_500", times=None)
    reply = await call("GET", f"{gateway}/health/ready")
    assert (reply.status, reply.json()["status"]) == (503, "unavailable")


async def test_not_ready_when_akash_is_silent(akash: Simulator, clock: FakeClock) -> None:
    """A probe is answered in time."""
    akash.play("stall_session", times=None)
    async with running(akash.url, clock) as gateway, calling("GET", f"{gateway}/health/ready") as caller:
        await akash.stalled()
        await clock.advance(6)
        assert (await caller.head())[0] == 503


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic c2VjcmV0"}, {"x-api-key": ""}]
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/chat/completions"),
        ("POST", "/v1/images/generations"),
        ("GET", "/v1/models"),
        ("GET", "/v1/capabilities"),
    ],
)
async def test_without_its_key_the_gateway_tells_nothing(
    akash: Simulator, method: str, path: str, headers: dict[str, str]
) -> None:
    """401 with OpenAI's code, and Akash is not asked."""
    async with running(akash.url, BEARER_TOKEN="secret") as gateway:
        reply = await call(method, gateway + path, ASK, headers)
    assert reply.status == 401
    assert reply.json()["error"]["code"] == "invalid_api_key"
    assert reply.headers["www-authenticate"] == "Bearer"
    assert akash.requests == []


@pytest.mark.parametrize("headers", [{"Authorization": "bearer secret"}, {"x-api-key": "secret"}])
async def test_with_its_key_it_answers(akash: Simulator, headers: dict[str, str]) -> None:
    """The scheme's case does not matter, and Anthropic's header will do."""
    async with running(akash.url, BEARER_TOKEN="secret") as gateway:
        reply = await call("POST", f"{gateway}/v1/chat/completions", ASK, headers)
    assert reply.status == 200


async def test_a_request_keeps_the_id_it_came_with(gateway: str) -> None:
    """And gets one when it had none, or one that no log should hold."""
    kept = await call("GET", f"{gateway}/health", headers={"X-Request-Id": "mine-1"})
    given = await call("GET", f"{gateway}/health", headers={"X-Request-Id": "a b\tc"})
    assert kept.headers["x-request-id"] == "mine-1"
    assert given.headers["x-request-id"].startswith("req_")


@pytest.mark.parametrize("path", ["/v1/nothing", "/v1", "/x.ico", "/v1/chat/completions/x"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_unknown_paths_give_a_json_404(gateway: str, method: str, path: str) -> None:
    """In the one error object."""
    reply = await call(method, gateway + path)
    assert reply.status == 404
    assert reply.json()["error"]["code"] == "not_found"
    assert reply.json()["code"] == 404
    assert reply.json()["data"]["msg"] == reply.json()["error"]["message"]


async def test_a_wrong_method_says_which_are_right(gateway: str) -> None:
    """405, not 404, with the methods there are; https://www.rfc-editor.org/rfc/rfc9110#status.405."""
    reply = await call("GET", f"{gateway}/v1/chat/completions")
    assert reply.status == 405
    assert reply.headers["allow"] == "POST, OPTIONS"
    assert "POST" in reply.json()["error"]["message"]


async def test_head_and_options_are_answered(gateway: str) -> None:
    """Clients probe with both."""
    head = await call("HEAD", f"{gateway}/")
    options = await call("OPTIONS", f"{gateway}/v1/chat/completions")
    assert (head.status, head.body) == (200, b"")
    assert (options.status, options.headers["allow"]) == (204, "POST, OPTIONS")


async def test_a_body_beyond_the_limit_is_refused_unread(akash: Simulator) -> None:
    """By its announced length, before it is sent."""
    async with (
        running(akash.url, server={"max_body_bytes": 1000}) as gateway,
        calling(
            "POST", f"{gateway}/v1/chat/completions", raw=b"", headers={"Content-Length": "1001"}
        ) as caller,
    ):
        assert (await caller.head())[0] == 413


async def test_a_body_that_does_not_come_is_not_waited_for(akash: Simulator, clock: FakeClock) -> None:
    """408 after the time allowed."""
    short = {"raw": b"{", "headers": {"Content-Length": "100"}}
    async with running(akash.url, clock) as gateway:
        idle = clock.waiting
        async with calling("POST", f"{gateway}/v1/chat/completions", **short) as caller:
            while clock.waiting == idle:
                await clock.advance(0)
            await clock.advance(61)
            assert (await caller.head())[0] == 408


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b'{"model": "x"}',
        b'{"model": 1, "messages": []}',
        b'{"model": "x", "messages": []}',
        b'{"model": "x", "messages": [{"role": "wizard", "content": "x"}]}',
        b'{"model": "x", "messages": [{"role": "user", "content": [{"type": "video"}]}]}',
        b'{"model": "x", "messages": [{"role": "user", "content": "x"}], "temperature": NaN}',
        b'{"model": "x", "messages": [{"role": "user", "content": "x"}], "n": 10000}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
async def test_a_bad_body_is_the_caller_s_fault(akash: Simulator, gateway: str, raw: bytes) -> None:
    """400, in words, and Akash is not asked."""
    reply = await call("POST", f"{gateway}/v1/chat/completions", raw=raw)
    assert reply.status == 400
    assert reply.json()["error"]["type"] == "invalid_request_error"
    assert akash.requests == []


async def test_pages_of_other_origins_may_call_only_where_allowed(akash: Simulator) -> None:
    """No CORS header by default; with one origin set, credentials; with all, none."""
    origin = {"Origin": "https://page.example"}
    preflight = {**origin, "Access-Control-Request-Method": "POST"}
    async with running(akash.url) as gateway:
        closed = await call("GET", f"{gateway}/health", headers=origin)
    async with running(akash.url, server={"cors_origins": ["https://page.example"]}) as gateway:
        one = await call("OPTIONS", f"{gateway}/v1/chat/completions", headers=preflight)
    async with running(akash.url, server={"cors_origins": ["*"]}) as gateway:
        every = await call("GET", f"{gateway}/health", headers=origin)
    assert "access-control-allow-origin" not in closed.headers
    assert one.headers["access-control-allow-origin"] == "https://page.example"
    assert one.headers["access-control-allow-credentials"] == "true"
    assert every.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in every.headers


async def test_what_nobody_honours_is_named(akash: Simulator, gateway: str) -> None:
    """In a header, sorted; what asks for nothing is not."""
    body = {**ASK, "seed": 1, "logit_bias": {"5": 1}, "frequency_penalty": 0, "user": "me", "store": False}
    reply = await call("POST", f"{gateway}/v1/chat/completions", body)
    assert reply.status == 200
    assert reply.headers["x-akashchat-ignored"] == "logit_bias, seed"


async def test_strictness_refuses_it(akash: Simulator) -> None:
    """400, naming it, and Akash is not asked."""
    async with running(akash.url, strict=True) as gateway:
        reply = await call("POST", f"{gateway}/v1/chat/completions", {**ASK, "seed": 1})
    assert reply.status == 400
    assert reply.json()["error"]["param"] == "seed"
    assert akash.chats == []


async def test_capabilities_tell_who_does_what(gateway: str) -> None:
    """Per model and dialect, for every parameter."""
    models = (await call("GET", f"{gateway}/v1/capabilities")).json()["models"]
    chat = models["DeepSeek-V3.2"]["parameters"]["chat"]
    assert chat["temperature"] == "upstream"
    assert chat["stop"] == chat["max_completion_tokens"] == chat["n"] == "gateway"
    assert chat["seed"] == "ignored"


async def test_running_streams_end_when_the_gateway_stops(akash: Simulator) -> None:
    """A stop takes no new work and lets the old one finish."""
    akash.play("stall")
    sockets = listen("127.0.0.1", 0)
    address = f"http://127.0.0.1:{sockets[0].getsockname()[1]}/v1/chat/completions"
    app = create_app(Settings(_env_file=None, AKASH_BASE_URL=akash.url))  # type: ignore[call-arg]
    async with AsyncExitStack() as exits:
        async with serving(app, sockets, shutdown_s=10):
            caller = await exits.enter_async_context(calling("POST", address, {**ASK, "stream": True}))
            await caller.until(b'" is"')
            asyncio.get_running_loop().call_soon(akash.resume)
        assert b"[DONE]" in await caller.rest()


@pytest.mark.parametrize("stream", [False, True])
async def test_who_is_cut_off_by_a_stop_is_told(akash: Simulator, gateway: str, *, stream: bool) -> None:
    """When the server's patience ends it cancels what still runs: an error, and never half an answer."""
    akash.play("stall")
    async with calling("POST", f"{gateway}/v1/chat/completions", {**ASK, "stream": stream}) as caller:
        await akash.stalled()
        if stream:
            await caller.until(b'" is"')
        for task in asyncio.all_tasks():
            if "Exchange.run" in str(task.get_coro()):
                task.cancel("as the server does")
        rest = await caller.rest()
    assert b'"code":"gateway_stopping"' in rest
    assert b"[DONE]" not in rest


async def test_an_offer_of_http_2_is_declined(akash: Simulator, gateway: str) -> None:
    """Some clients make it with every request; the answer comes in HTTP/1.1."""
    akash.say("Hi")
    offer = {"Connection": "Upgrade, HTTP2-Settings, close", "Upgrade": "h2c", "HTTP2-Settings": "AAMAAABk"}
    reply = await call("POST", f"{gateway}/v1/chat/completions", ASK, offer)
    assert reply.status == 200
    assert reply.json()["choices"][0]["message"]["content"] == "Hi"


async def test_compat_fails_as_the_go_project_does(akash: Simulator) -> None:
    """Status 500 and its words for an unknown model, and its bare model list."""
    async with running(akash.url, compat="akashchat-api-go") as gateway:
        failed = await call("POST", f"{gateway}/v1/chat/completions", {**ASK, "model": "nope"})
        models = await call("GET", f"{gateway}/v1/models")
    assert failed.status == 500
    assert json.loads(failed.body)["code"] == 500
    assert json.loads(failed.body)["data"]["msg"] == "Error Model."
    assert isinstance(models.json(), list)


async def test_a_page_of_a_foreign_origin_may_not_ask(akash: Simulator) -> None:
    """A browser would let any page spend the quota of a gateway on its own machine."""
    url = "/v1/chat/completions"
    async with running(akash.url) as gateway:
        foreign = await call("POST", gateway + url, ASK, {"Origin": "https://evil.example"})
        own = await call("POST", gateway + url, ASK, {"Origin": gateway})
        nothing = await call("POST", gateway + url, ASK, {"Origin": "null"})
    async with running(akash.url, server={"cors_origins": ["https://page.example"]}) as gateway:
        allowed = await call("POST", gateway + url, ASK, {"Origin": "https://page.example"})
    assert [foreign.status, own.status, nothing.status, allowed.status] == [403, 200, 403, 200]
    assert foreign.json()["error"]["code"] == "origin_not_allowed"


async def test_a_model_that_loses_its_sampling_says_so(akash: Simulator, gateway: str) -> None:
    """Akash drops temperature for ids it takes for OpenAI's; the caller is told."""
    await call("GET", f"{gateway}/v1/models")
    body = {**ASK, "model": "openai/gpt-oss-120b", "temperature": 0.1, "top_p": 0.5}
    reply = await call("POST", f"{gateway}/v1/chat/completions", body)
    assert reply.headers["x-akashchat-ignored"] == "temperature, top_p"


async def test_what_is_refused_is_logged_under_its_id(
    gateway: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """An operator finds a caller's request id, also where nothing was answered."""
    await call("GET", f"{gateway}/v1/nothing", headers={"X-Request-Id": "find-me"})
    line = next(line for line in capsys.readouterr().out.splitlines() if "find-me" in line)
    assert "/v1/nothing" in line
    assert "404" in line


async def test_capabilities_of_one_dialect_alone(gateway: str) -> None:
    """Who speaks one dialect need not be told of all; one that is not there is named with those that are."""
    models = (await call("GET", f"{gateway}/v1/capabilities?dialect=chat")).json()["models"]
    assert {*models["DeepSeek-V3.2"]["parameters"]} == {"chat"}
    reply = await call("GET", f"{gateway}/v1/capabilities?dialect=none")
    assert reply.status == 400
    assert "'chat'" in reply.json()["error"]["message"]
