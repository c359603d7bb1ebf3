"""What Claude Code asks beside the Messages API."""

import pytest
from anthropic import AsyncAnthropic, NotFoundError

from akashchat.simulator import Simulator
from tests.support.clock import HastyClock
from tests.support.gateway import running
from tests.support.http import call

VERSION = {"anthropic-version": "2023-06-01"}


async def test_whether_somebody_is_there(akash: Simulator) -> None:
    """Yes, and no key is needed to learn that."""
    async with running(akash.url, HastyClock(), BEARER_TOKEN="sesame") as gateway:
        for method, path in (("HEAD", "/"), ("HEAD", "/api/hello"), ("GET", "/api/hello")):
            assert (await call(method, gateway + path)).status == 200


async def test_what_it_tells_of_itself_is_thrown_away(akash: Simulator, gateway: str) -> None:
    """Unread, whatever it is."""
    for path in ("/api/event_logging/batch", "/api/event_logging/v2/batch"):
        for raw in (b'{"events": []}', b"\xff", b""):
            assert (await call("POST", gateway + path, raw=raw)).status == 200
    assert akash.requests == []


async def test_anything_else_is_a_clean_404(gateway: str) -> None:
    """In JSON."""
    reply = await call("GET", f"{gateway}/api/claude_cli/bootstrap")
    assert reply.status == 404
    assert "/api/claude_cli/bootstrap" in reply.json()["error"]


async def test_the_official_client_lists_models(gateway: str) -> None:
    """In Anthropic's shape, page by page."""
    async with AsyncAnthropic(base_url=gateway, api_key="none", max_retries=0) as client:
        every = [model async for model in client.models.list(limit=1000)]
        paged = [model async for model in client.models.list(limit=2)]
        one = await client.models.retrieve("Qwen/Qwen3-30B-A3B")
        with pytest.raises(NotFoundError) as caught:
            await client.models.retrieve("none")
    assert [model.id for model in every] == [model.id for model in paged]
    assert {model.type for model in every} == {"model"}
    assert (one.id, one.display_name) == ("Qwen/Qwen3-30B-A3B", "Qwen3 30B A3B")
    assert one.created_at.year in (1970, 2025)  # the older Akash does not tell
    assert caught.value.body["error"]["type"] == "not_found_error"
    assert caught.value.body["request_id"] == caught.value.request_id


async def test_pages_forwards_and_backwards(gateway: str) -> None:
    """What comes after a model, and what comes before it."""
    every = (await call("GET", f"{gateway}/v1/models", headers=VERSION)).json()
    ids = [model["id"] for model in every["data"]]
    assert (every["has_more"], every["first_id"], every["last_id"]) == (False, ids[0], ids[-1])
    for query, expected, more in (
        (f"limit=1&after_id={ids[0]}", ids[1:2], True),
        (f"limit=1&before_id={ids[2]}", ids[1:2], True),
        (f"before_id={ids[1]}", ids[:1], False),
        (f"after_id={ids[-1]}", [], False),
    ):
        page = (await call("GET", f"{gateway}/v1/models?{query}", headers=VERSION)).json()
        assert ([model["id"] for model in page["data"]], page["has_more"]) == (expected, more)


async def test_a_page_that_is_none(gateway: str) -> None:
    """400, in Anthropic's form."""
    for query in (
        "limit=0",
        "limit=1001",
        "limit=x",
        "limit=9999999999999",
        "after_id=none",
        "after_id=a&before_id=b",
    ):
        reply = await call("GET", f"{gateway}/v1/models?{query}", headers=VERSION)
        assert (reply.status, reply.json()["error"]["type"]) == (400, "invalid_request_error")
