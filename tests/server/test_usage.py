"""What was used, told over HTTP."""

import asyncio
import csv
import io
import json
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import aiohttp
import pytest

from akashchat.server.admin.rows import COLUMNS, ExportCut, UsageRows
from akashchat.server.line import EXTENSION, Line
from akashchat.simulator import Simulator
from akashchat.storage.base import DatabaseDown
from akashchat.storage.rows import LedgerRow, Page, Selection
from tests.support.clock import FakeClock
from tests.support.described import Client
from tests.support.gateway import running
from tests.support.http import Reply, call
from tests.support.keyed import MODELS, Stand, Told, error, models, standing
from tests.support.ledger import row

KEY = {"Authorization": "Bearer k"}
HELLO = {"model": "DeepSeek-V3.2", "messages": [{"role": "user", "content": "Hello"}]}
OPTIONS: dict[str, Any] = {"BEARER_TOKEN": "k", "ledger": {"prices": {"DeepSeek-*": [1, 10]}}}
EMBEDDINGS = "/v1/embeddings"


@pytest.fixture
async def akash() -> AsyncIterator[Simulator]:
    """Akash Chat; which version, nobody here can tell."""
    async with Simulator() as simulator:
        yield simulator


@pytest.fixture
async def gateway(akash: Simulator, clock: FakeClock) -> AsyncIterator[str]:
    """A gateway with a key, whose time stands still."""
    async with running(akash.url, clock, **OPTIONS) as url:
        yield url


async def get(url: str, **headers: str) -> Reply:
    """What is there, for who has the key."""
    return await call("GET", url, headers={**KEY, **headers})


async def ask(url: str, **fields: Any) -> Reply:
    """A chat."""
    return await call("POST", f"{url}/v1/chat/completions", {**HELLO, **fields}, headers=KEY)


async def written(url: str, clock: FakeClock, count: int) -> list[dict[str, Any]]:
    """The rows, once there are so many: the database has a thread of its own."""
    async with asyncio.timeout(10):
        while True:
            await clock.advance(1)
            rows: list[dict[str, Any]] = (await get(f"{url}/admin/usage/rows")).json()["data"]
            if len(rows) >= count:
                return rows


async def test_each_answer_has_a_row(gateway: str, clock: FakeClock) -> None:
    """Whole or streamed, of any dialect, failed or not; what was refused before anybody answered has none."""
    whole = await ask(gateway)
    await ask(gateway, stream=True)
    message = {**HELLO, "max_tokens": 9}
    await call("POST", f"{gateway}/v1/messages", message, headers=KEY)
    await ask(gateway, model="nobody")
    await ask(gateway, messages=[])
    nobody, third, second, first = await written(gateway, clock, 4)
    usage = whole.json()["usage"]
    assert first["request_id"] == whole.headers["x-request-id"]
    assert (first["caller"], first["key"], first["upstream"], first["outcome"]) == (
        "bearer",
        "",
        "akash",
        "stop",
    )
    assert (first["input_tokens"], first["output_tokens"]) == (
        usage["prompt_tokens"],
        usage["completion_tokens"],
    )
    assert first["cost"] == pytest.approx((usage["prompt_tokens"] + 10 * usage["completion_tokens"]) / 1e6)
    assert (first["stream"], second["stream"], third["dialect"]) == (False, True, "messages")
    assert (nobody["outcome"], nobody["error"], nobody["cost"]) == ("failed", "model_not_found", None)


async def test_what_is_told_is_as_described(gateway: str, clock: FakeClock) -> None:
    """Sums, rows and refusals, held against the description of the API."""
    await ask(gateway)
    await written(gateway, clock, 1)
    async with aiohttp.ClientSession(headers=KEY) as session:
        client = Client(session, gateway)
        for query, status in (
            ("", 200), ("?group=hour,model,outcome", 200), ("?from=7d&to=1h", 200), ("?from=2020-01-01", 200),
            ("?from=2026-01-01T10:00%2B02:00&to=1800000000.5&model=m&user=", 200), ("?group=nothing", 400),
            ("?group=day,day", 400), ("?group=day,hour,model,key", 400), ("?from=soon", 400),
            ("?from=1h&to=2h", 400), ("?from=-5", 400), ("?to=1e99", 400),
        ):  # fmt: skip
            assert (await client.call("get", "/admin/usage", query=query))[0] == status, query
            assert (await client.call("get", "/v1/usage", query=query))[0] == status, query
        for query, status in (
            ("", 200), ("?order=asc&limit=1000&after=1", 200), ("?limit=1001", 400), ("?limit=0", 400),
            ("?after=x", 400), ("?order=up", 400), ("?format=xml", 400), ("?format=xml&limit=5000", 400),
        ):  # fmt: skip
            assert (await client.call("get", "/admin/usage/rows", query=query))[0] == status, query
        path = "/admin/usage/bodies/{request_id}"
        assert (await client.call("get", path, request_id="none"))[0] == 404


async def test_sums(gateway: str, clock: FakeClock) -> None:
    """By what is asked for, and of all."""
    for model in ("DeepSeek-V3.2", "DeepSeek-V3.2", "Meta-Llama-3-3-70B-Instruct", "nobody"):
        await ask(gateway, model=model)
    await written(gateway, clock, 4)
    told = (await get(f"{gateway}/admin/usage?group=model,day")).json()
    assert [(one["model"], one["requests"]) for one in told["data"]] == [
        ("DeepSeek-V3.2", 2), ("Meta-Llama-3-3-70B-Instruct", 1), ("nobody", 1),
    ]  # fmt: skip
    assert {one["day"] for one in told["data"]} == {"2027-01-15"}
    total = told["total"]
    assert (total["requests"], total["errors"]) == (4, 1)
    assert total["input_tokens"] == sum(one["input_tokens"] for one in told["data"])
    assert total["cost"] == pytest.approx(told["data"][0]["cost"])
    assert told["data"][1]["cost"] is None
    alone = (await get(f"{gateway}/admin/usage?model=nobody&group=outcome")).json()
    assert [(one["outcome"], one["requests"]) for one in alone["data"]] == [("failed", 1)]


async def test_rows_are_read_on_from_any(gateway: str, clock: FakeClock) -> None:
    """Newest first, or on and on with what comes."""
    for _ in range(3):
        await ask(gateway)
    newest, middle, oldest = await written(gateway, clock, 3)
    first = (await get(f"{gateway}/admin/usage/rows?limit=2")).json()
    assert (first["data"], first["has_more"], first["last_id"]) == ([newest, middle], True, middle["id"])
    rest = (await get(f"{gateway}/admin/usage/rows?limit=2&after={first['last_id']}")).json()
    assert (rest["data"], rest["has_more"]) == ([oldest], False)
    later = (await get(f"{gateway}/admin/usage/rows?order=asc&after={oldest['id']}")).json()
    assert later["data"] == [middle, newest]
    nothing = (await get(f"{gateway}/admin/usage/rows?order=asc&after={newest['id']}")).json()
    assert (nothing["data"], nothing["last_id"], nothing["has_more"]) == ([], None, False)


async def test_rows_are_exported(gateway: str, clock: FakeClock) -> None:
    """All of them, as lines of JSON or as CSV in which no text is a formula."""
    await ask(gateway, model="=1+1")
    await ask(gateway, stream=True)
    rows = await written(gateway, clock, 2)
    lines = await get(f"{gateway}/admin/usage/rows?format=jsonl")
    assert lines.headers["content-type"] == "application/jsonl"
    assert [json.loads(line) for line in lines.body.splitlines()] == rows
    sheet = await get(f"{gateway}/admin/usage/rows?format=csv&order=asc")
    assert "usage.csv" in sheet.headers["content-disposition"]
    formula, streamed = csv.DictReader(io.StringIO(sheet.body.decode()))
    assert tuple(formula) == COLUMNS
    assert (formula["model"], formula["input_tokens"], formula["stream"]) == ("'=1+1", "", "0")
    assert (streamed["model"], streamed["stream"], streamed["at"]) == (
        "DeepSeek-V3.2", "1", "2027-01-15T08:00:00.000Z",
    )  # fmt: skip
    empty = await get(f"{gateway}/admin/usage/rows?format=csv&model=other")
    assert empty.body.decode().splitlines() == [",".join(COLUMNS)]


async def test_it_is_not_for_everybody(gateway: str, akash: Simulator) -> None:
    """The ledger is the admin's; where no key is needed, it is closed, and callers see what they used all the same."""
    for path in ("/admin/usage", "/admin/usage/rows", "/admin/usage/bodies/r", "/v1/usage"):
        assert (await call("GET", gateway + path)).status == 401
    async with running(akash.url) as url:
        assert (await call("GET", f"{url}/v1/usage")).status == 200


async def test_nothing_is_written_where_nothing_is_to_be_kept(akash: Simulator, clock: FakeClock) -> None:
    """Neither rows nor words."""
    nothing = {"retention_days": 0, "bodies": True}
    async with running(akash.url, clock, BEARER_TOKEN="k", ledger=nothing) as url:
        asked = await ask(url)
        await clock.advance(5)
        assert (await get(f"{url}/admin/usage/rows")).json()["data"] == []
        name = asked.headers["x-request-id"]
        assert (await get(f"{url}/admin/usage/bodies/{name}")).status == 404


async def test_words_are_kept_where_they_are_asked_for(akash: Simulator, clock: FakeClock) -> None:
    """Without what is secret in them."""
    options = {**OPTIONS, "ledger": {"bodies": True}}
    said = "My key is sk-abcdefghijklmnop, my mail ann@example.org"
    async with running(akash.url, clock, **options) as url:
        for stream in (False, True):
            asked = await ask(url, messages=[{"role": "user", "content": said}], stream=stream)
            name = asked.headers["x-request-id"]
            rows = await written(url, clock, 1 + stream)
            told = (await get(f"{url}/admin/usage/bodies/{name}")).json()
            request = json.loads(told["request"])
            assert request["messages"] == [{"role": "user", "content": "My key is [key], my mail [e-mail]"}]
            assert told["at"] == rows[0]["at"]
            assert len(told["answer"]) > 10
        failed = await ask(url, model="nobody")
        await written(url, clock, 3)
        name = failed.headers["x-request-id"]
        assert (await get(f"{url}/admin/usage/bodies/{name}")).json()["answer"] == ""


class Breaking:
    """A ledger whose database goes away behind the first page; nothing else of it is asked for."""

    async def pages(self, selection: Selection, page: Page) -> AsyncGenerator[list[LedgerRow], None]:
        """One page, and no more."""
        yield [row(id=1)]
        raise DatabaseDown("gone")


class Near(Line):
    """A caller who stays."""

    def watch(self, on_lost: object) -> None:
        """There is nothing to see."""


async def test_an_export_that_cannot_be_finished_does_not_look_whole(clock: FakeClock) -> None:
    """Its end is missing, and the connection is closed by whoever sees the fault."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope: Any = {"query_string": b"format=jsonl", "extensions": {EXTENSION: Near()}}
    with pytest.raises(ExportCut):
        await UsageRows(Breaking(), clock)(scope, send, send)  # type: ignore[arg-type, abstract]
    assert [message.get("more_body") for message in sent] == [None, True]


class TestForwarded:
    """What is only passed on."""

    @pytest.fixture
    async def stand(self) -> AsyncIterator[Stand]:
        """A server with embeddings, and prices."""
        async with standing() as stand:
            stand.tell(MODELS, models("e", pricing={"input": "2", "output": "0"}))
            usage = {"usage": {"prompt_tokens": 8, "total_tokens": 8}}
            body = json.dumps({"data": [], **usage}).encode()
            stand.tell(EMBEDDINGS, Told(body, media_type="application/json"))
            yield stand

    async def test_it_has_a_row_too(self, stand: Stand, clock: FakeClock) -> None:
        """With the tokens its reply tells of and the price its upstream lists, or with what it failed with."""
        mine = {"mine": {"base_url": stand.url, "retries": 0}}
        async with running(
            "http://127.0.0.1:9", clock, BEARER_TOKEN="k", akash={"enabled": False}, upstreams=mine
        ) as url:
            await call("POST", url + EMBEDDINGS, {"model": "e", "input": "a"}, headers=KEY)
            stand.tell(EMBEDDINGS, error(503))
            await call("POST", url + EMBEDDINGS, {"model": "e", "input": "a"}, headers=KEY)
            await call("POST", url + EMBEDDINGS, {"model": "other", "input": "a"}, headers=KEY)
            unknown, failed, done = await written(url, clock, 3)
            metrics = (await get(f"{url}/metrics")).body.decode()
        assert (done["dialect"], done["upstream"], done["outcome"]) == ("embeddings", "mine", "stop")
        assert (done["input_tokens"], done["output_tokens"], done["cost"]) == (8, 0, pytest.approx(16e-6))
        assert (failed["outcome"], failed["error"]) == ("failed", "upstream_unavailable")
        assert (unknown["error"], unknown["upstream"], unknown["attempts"]) == ("model_not_found", "", 0)
        assert 'akashchat_cost_dollars_total{model="e",upstream="mine"} 1.6e-05' in metrics
        assert 'gen_ai_operation_name="embeddings"' in metrics
