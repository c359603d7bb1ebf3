"""Callers with limits, as the official clients see them."""

import json
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import anthropic
import ollama
import openai
import pytest
import websockets
from anthropic import AsyncAnthropic
from openai import AsyncOpenAI

from akashchat.simulator import Simulator
from tests.server.test_ollama import client_of
from tests.server.test_rescue import cut
from tests.support.clock import HastyClock
from tests.support.gateway import ONCE, running
from tests.support.http import call
from tests.support.keyed import MODELS, Told, models, standing

ASK: dict[str, Any] = {"model": "DeepSeek-V3.2", "messages": [{"role": "user", "content": "Hello"}]}


@pytest.fixture
async def akash() -> AsyncIterator[Simulator]:
    """One version of Akash will do."""
    async with Simulator() as akash:
        yield akash


def limited(akash: Simulator, **limits: Any) -> Any:
    """A gateway that gives its callers so much."""
    return running(akash.url, HastyClock(), limits=limits)


@asynccontextmanager
async def client(akash: Simulator, **limits: Any) -> AsyncIterator[AsyncOpenAI]:
    """OpenAI's client of such a gateway; it would try twice more."""
    async with (
        limited(akash, **limits) as url,
        AsyncOpenAI(base_url=f"{url}/v1", api_key="none", max_retries=2) as client,
    ):
        yield client


async def all_of(asked: Iterator[Awaitable[object]]) -> None:
    """One after the other."""
    for one in asked:
        await one


async def test_openais_clients_see_where_limits_stand(akash: Simulator) -> None:
    """In the headers they know, of tokens by the scarcest limit."""
    limits = {"requests_per_minute": 5, "tokens_per_minute": 30_000, "tokens_per_day": 20_000}
    async with client(akash, **limits) as asking:
        raw = await asking.chat.completions.with_raw_response.create(**ASK, max_tokens=50)
        used = raw.parse().usage
        assert used
        again = await asking.chat.completions.with_raw_response.create(**ASK, max_tokens=50)
    headers = {name: value for name, value in raw.headers.items() if name.startswith("x-ratelimit")}
    reserved = 20_000 - int(headers.pop("x-ratelimit-remaining-tokens"))
    assert 50 < reserved < 150
    assert headers == {
        "x-ratelimit-limit-requests": "5",
        "x-ratelimit-remaining-requests": "4",
        "x-ratelimit-reset-requests": "1m0s",
        "x-ratelimit-limit-tokens": "20000",
        "x-ratelimit-reset-tokens": "16h0m0s",
    }
    left = 20_000 - reserved - used.total_tokens
    assert int(again.headers["x-ratelimit-remaining-tokens"]) == left
    assert again.headers["x-ratelimit-remaining-requests"] == "3"


async def test_anthropics_clients_see_where_limits_stand(akash: Simulator) -> None:
    """In theirs."""
    async with (
        limited(akash, requests_per_minute=1, tokens_per_month=20_000) as url,
        AsyncAnthropic(base_url=url, api_key="none", max_retries=0) as asking,
    ):
        raw = await asking.messages.with_raw_response.create(**ASK, max_tokens=50)
        with pytest.raises(anthropic.RateLimitError) as raised:
            await asking.messages.create(**ASK, max_tokens=50)
    headers = {name: value for name, value in raw.headers.items() if name.startswith("anthropic-")}
    assert 19_800 < int(headers.pop("anthropic-ratelimit-tokens-remaining")) < 19_950
    assert headers == {
        "anthropic-ratelimit-requests-limit": "1",
        "anthropic-ratelimit-requests-remaining": "0",
        "anthropic-ratelimit-requests-reset": "2027-01-15T08:01:00Z",
        "anthropic-ratelimit-tokens-limit": "20000",
        "anthropic-ratelimit-tokens-reset": "2027-02-01T00:00:00Z",
    }
    response = raised.value.response
    assert response.json()["error"]["type"] == "rate_limit_error"
    assert response.headers["retry-after"] == "60"
    assert response.headers["anthropic-ratelimit-requests-remaining"] == "0"
    assert "x-should-retry" not in response.headers


async def test_a_spent_budget_is_asked_for_once(akash: Simulator) -> None:
    """OpenAI's client, which tries most failures again, leaves it; the error says when there is more."""
    async with client(akash, tokens_per_day=100) as asking:
        await asking.chat.completions.create(**ASK)
        with pytest.raises(openai.RateLimitError) as raised:
            await all_of(asking.chat.completions.create(**ASK) for _ in range(10))
    error = raised.value
    assert (error.code, error.type) == ("insufficient_quota", "insufficient_quota")
    assert "there are more at 2027-01-16 00:00 UTC" in error.message
    assert error.response.headers["x-should-retry"] == "false"
    assert error.response.headers["retry-after"] == f"{16 * 3600}"


async def test_ollamas_clients_are_told_in_their_form(akash: Simulator) -> None:
    """With the reason as the text that these show."""
    async with limited(akash, requests_per_minute=1) as url:
        async with client_of(url) as asking:
            await asking.chat(**ASK)
            with pytest.raises(ollama.ResponseError, match="may make 1 requests a minute") as raised:
                await asking.chat(**ASK)
    assert raised.value.status_code == 429


@pytest.mark.parametrize("stream", [False, True])
async def test_an_answer_that_a_budget_ends_says_so(akash: Simulator, *, stream: bool) -> None:
    """As one that had reached its length, which it has; the header tells beforehand where that is."""
    async with client(akash, tokens_per_day=80) as asking:
        raw = await asking.chat.completions.with_raw_response.create(
            **ASK, stream=stream, **({"stream_options": {"include_usage": True}} if stream else {})
        )
        told: Any = raw.parse()
        chunks = [chunk async for chunk in told] if stream else []
    usage = chunks[-1].usage if stream else told.usage
    reason = chunks[-2].choices[0].finish_reason if stream else told.choices[0].finish_reason
    assert reason == "length"
    assert usage.completion_tokens == int(raw.headers["x-akashchat-allowed-tokens"])
    assert usage.total_tokens <= 80


async def test_responses_are_incomplete_where_a_budget_ends_them(akash: Simulator) -> None:
    """In the words of Responses; and what is summed up counts too."""
    async with client(akash, tokens_per_day=100) as asking:
        response = await asking.responses.create(model=ASK["model"], input="Hello")
        assert response.status == "incomplete"
        assert response.incomplete_details
        assert response.incomplete_details.reason == "max_output_tokens"
        with pytest.raises(openai.RateLimitError):
            await all_of(asking.responses.compact(model=ASK["model"], input="Hello") for _ in range(10))


async def test_who_has_no_limits_is_told_of_none(akash: Simulator) -> None:
    """Nor counted anywhere."""
    async with client(akash) as asking:
        raw = await asking.chat.completions.with_raw_response.create(**ASK)
    assert not [name for name in raw.headers if "ratelimit" in name]


async def test_an_answer_that_is_given_again_costs_nothing(akash: Simulator) -> None:
    """And tells nothing of what was left when it was given first."""
    async with limited(akash, requests_per_minute=1) as url:
        replies = [
            await call("POST", f"{url}/v1/chat/completions", ASK, headers={"Idempotency-Key": "k"})
            for _ in range(3)
        ]
        other = await call("POST", f"{url}/v1/chat/completions", ASK)
    assert [reply.status for reply in replies] == [200] * 3
    assert len({reply.body for reply in replies}) == 1
    assert ["x-ratelimit-limit-requests" in reply.headers for reply in replies] == [True, False, False]
    assert other.status == 429


async def test_a_refused_request_is_not_kept_for_who_asks_again(akash: Simulator) -> None:
    """The same key is answered when the limit allows."""
    clock = HastyClock()
    async with running(akash.url, clock, limits={"requests_per_minute": 1}) as url:
        asked = [("a", 200), ("b", 429)]
        for key, status in asked:
            reply = await call("POST", f"{url}/v1/chat/completions", ASK, headers={"Idempotency-Key": key})
            assert reply.status == status
        await clock.advance(60)
        reply = await call("POST", f"{url}/v1/chat/completions", ASK, headers={"Idempotency-Key": "b"})
    assert reply.status == 200


async def test_what_fails_costs_a_request(akash: Simulator) -> None:
    """The reply that tells of it tells also what is left: all tokens, and a request less."""
    akash.play("error_server")
    limits = {"requests_per_minute": 3, "tokens_per_day": 9000}
    async with running(akash.url, HastyClock(), **ONCE, limits=limits) as url:
        failed = await call("POST", f"{url}/v1/chat/completions", ASK)
        reply = await call("POST", f"{url}/v1/chat/completions", {**ASK, "max_tokens": 1})
    assert failed.status >= 500
    assert failed.headers["x-ratelimit-remaining-requests"] == "2"
    assert reply.headers["x-ratelimit-remaining-requests"] == "1"
    assert int(reply.headers["x-ratelimit-remaining-tokens"]) > 8900


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("budget", [9000, 300])
async def test_an_answer_that_was_cut_costs_all_that_was_asked(
    akash: Simulator, budget: int, *, stream: bool
) -> None:
    """Its usage says so, and it is no more than the budget has: the rest of the answer is the shorter for it."""
    akash.replay(cut("Hello! ", "I am"))
    asked = {**ASK, "stream": stream, "stream_options": {"include_usage": True} if stream else None}
    async with limited(akash, tokens_per_month=budget) as url:
        reply = await call("POST", f"{url}/v1/chat/completions", asked)
        after = await call("POST", f"{url}/v1/chat/completions", {**ASK, "max_tokens": 1})
    assert reply.status == 200
    used = (reply.events()[-2] if stream else reply.json())["usage"]["total_tokens"]
    assert used <= budget
    assert 0 < budget - used - int(after.headers["x-ratelimit-remaining-tokens"]) < 60
    assert len(akash.chats) == 3


async def test_where_too_little_is_left_nobody_is_asked_again(akash: Simulator) -> None:
    """The caller is told what cut its answer, and pays for nothing, as nothing came."""
    akash.replay(cut("Hello! ", "I am"))
    async with limited(akash, tokens_per_month=46) as url:
        reply = await call("POST", f"{url}/v1/chat/completions", ASK)
        after = await call("POST", f"{url}/v1/chat/completions", ASK)
    assert (reply.status, reply.json()["error"]["code"]) == (502, "upstream_answer_cut")
    assert after.status == 200
    assert len(akash.chats) == 2


async def test_embeddings_are_counted(akash: Simulator) -> None:
    """By the usage that comes with them, or by what was asked."""
    path = "/v1/embeddings"
    told = [b'{"data":[],"usage":{"prompt_tokens":700,"total_tokens":700}}', b'{"data":[]}']
    async with standing() as stand:
        stand.tell(MODELS, models("e"))
        upstreams = {"mine": {"base_url": stand.url}}
        limits = {"tokens_per_day": 1000, "requests_per_minute": 3}
        async with running(akash.url, HastyClock(), upstreams=upstreams, limits=limits) as url:
            replies = []
            for body in [*told, b"{}", b"{}"]:
                stand.tell(path, Told(body, media_type="application/json"))
                replies.append(await call("POST", url + path, {"model": "e", "input": "a b c"}))
    assert [reply.status for reply in replies] == [200, 200, 200, 429]
    left = [int(reply.headers["x-ratelimit-remaining-tokens"]) for reply in replies]
    assert 950 < left[0] < 1000
    assert 250 < left[1] < 300
    assert 200 < left[2] < left[1]


@pytest.mark.parametrize(("when_down", "statuses"), [("local", [200, 200, 429]), ("refuse", [503, 503, 503])])
async def test_while_the_database_of_all_is_down(
    akash: Simulator, when_down: str, statuses: list[int]
) -> None:
    """Callers are counted here, or refused, as the operator has it; who has no limits sees nothing of it."""
    options: Any = {"BEARER_TOKEN": "t", "database": {"url": "postgresql://nobody@127.0.0.1:9/none"}}
    limits = {"requests_per_minute": 2, "when_down": when_down}
    shown = {"Authorization": "Bearer t"}
    async with running(akash.url, HastyClock(), **options, limits=limits) as url:
        replies = [await call("POST", f"{url}/v1/chat/completions", ASK, headers=shown) for _ in range(3)]
    assert [reply.status for reply in replies] == statuses
    if when_down == "refuse":
        assert replies[0].json()["error"]["code"] == "limits_unknown"
        assert replies[0].headers["retry-after"] == "2"
    async with running(akash.url, HastyClock(), **options) as url:
        assert (await call("POST", f"{url}/v1/chat/completions", ASK, headers=shown)).status == 200


async def test_metrics_tell_what_was_refused(akash: Simulator) -> None:
    """By the limit, and apart from what upstreams refuse."""
    async with limited(akash, requests_per_minute=1) as url:
        for _ in range(3):
            await call("POST", f"{url}/v1/chat/completions", ASK)
        page = (await call("GET", f"{url}/metrics", None)).body.decode()
    assert 'akashchat_limited_total{limit="requests_per_minute"} 2.0' in page
    assert 'outcome="limit_reached"' in page
    assert "akashchat_overdrawn_tokens_total 0.0" in page


async def test_admins_and_callers_see_what_is_left(akash: Simulator) -> None:
    """Of a key by its id, and of one's own; a key has its own limits, whatever those of all others are."""
    admin, limits = {"Authorization": "Bearer t"}, {"requests_per_minute": 1}
    async with running(akash.url, HastyClock(), BEARER_TOKEN="t", limits=limits) as url:
        wish = {"name": "ci", "allowance": {"tokens_per_day": 1000, "requests_per_minute": 2}}
        issued = (await call("POST", f"{url}/admin/keys", wish, headers=admin)).json()
        shown = {"Authorization": f"Bearer {issued['key']}"}
        asked = await call("POST", f"{url}/v1/chat/completions", ASK, headers=shown)
        usage = await call("GET", f"{url}/admin/keys/{issued['id']}/usage", None, headers=admin)
        session = await call("GET", f"{url}/session", None, headers=shown)
        unknown = await call("GET", f"{url}/admin/keys/key_0/usage", None, headers=admin)
        refused = await call("GET", f"{url}/admin/keys/{issued['id']}/usage", None, headers=shown)
    used = asked.json()["usage"]["total_tokens"]
    told = usage.json()
    assert (told["object"], told["key"]) == ("key.usage", issued["id"])
    assert told["limits"] == session.json()["limits"] == {
        "requests_per_minute": {
            "limit": 2, "used": 1, "reserved": 0, "left": 1, "resets_at": 1_800_000_060,
        },
        "tokens_per_day": {
            "limit": 1000, "used": used, "reserved": 0, "left": 1000 - used, "resets_at": 1_800_057_600,
        },
    }  # fmt: skip
    assert (unknown.status, refused.status) == (404, 403)


async def test_a_socket_tells_in_its_events(akash: Simulator) -> None:
    """What is left, and what refuses."""
    asked = {"type": "response.create", "model": ASK["model"], "input": "Hello"}
    async with limited(akash, requests_per_minute=1) as url:
        async with websockets.connect(url.replace("http", "ws") + "/v1/responses") as socket:
            await socket.send(json.dumps(asked))
            first = event = json.loads(await socket.recv())
            while event["type"] != "response.completed":
                event = json.loads(await socket.recv())
            await socket.send(json.dumps(asked))
            refused = json.loads(await socket.recv())
    assert first["x-ratelimit-remaining-requests"] == "0"
    assert (refused["type"], refused["status"], refused["code"]) == ("error", 429, "rate_limit_exceeded")
