"""The admin's endpoints for keys: what comes is described, and what is wrong is told where."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from akashchat.simulator import Simulator
from tests.support.clock import HastyClock
from tests.support.described import Client
from tests.support.gateway import running

SESAME = "sesame"
KEYS, KEY, ROTATE = "/admin/keys", "/admin/keys/{key_id}", "/admin/keys/{key_id}/rotate"


@pytest.fixture
def clock() -> HastyClock:
    """The gateway's."""
    return HastyClock()


@pytest.fixture
async def url(clock: HastyClock) -> AsyncIterator[str]:
    """A gateway with an operator's key; nobody asks a model."""
    async with Simulator() as akash, running(akash.url, clock, BEARER_TOKEN=SESAME) as url:
        yield url


@pytest.fixture
async def operator(url: str) -> AsyncIterator[Client]:
    """Who has it; each reply is held against the description."""
    async with aiohttp.ClientSession(headers={"authorization": f"Bearer {SESAME}"}) as session:
        yield Client(session, url)


async def issued(operator: Client, **wish: Any) -> dict[str, Any]:
    """A new key."""
    status, key, _ = await operator.call("post", KEYS, {"name": "ci", **wish})
    assert status == 200
    made: dict[str, Any] = key
    return made


async def test_a_key_goes_through_its_life(operator: Client, clock: HastyClock) -> None:
    """Issued, shown, changed, rotated, revoked; all as described."""
    made = await issued(
        operator,
        admin=True,
        scope={"models": ["DeepSeek-*"], "upstreams": ["akash"]},
        allowance={"tokens_per_day": 1_000_000},
        expires_at=clock.now() + 3600,
        note="for the build",
    )
    name = {"key_id": made["id"]}
    assert (made["created_at"], made["expires_at"]) == (int(clock.now()), int(clock.now()) + 3600)
    status, shown, _ = await operator.call("get", KEY, **name)
    assert (status, {**shown, "key": made["key"]}) == (200, made)
    change = {"name": "cd", "scope": {"upstreams": []}, "allowance": {"concurrency": 2}, "expires_at": None}
    status, changed, _ = await operator.call("patch", KEY, change, **name)
    assert status == 200
    assert changed["scope"] == {"models": ["DeepSeek-*"], "dialects": [], "upstreams": []}
    assert changed["allowance"]["tokens_per_day"] == 1_000_000
    assert changed["allowance"]["concurrency"] == 2
    assert (changed["name"], changed["expires_at"], changed["admin"]) == ("cd", None, True)
    status, rotated, _ = await operator.call("post", ROTATE, **name)
    assert (status, rotated["id"]) == (200, made["id"])
    assert rotated["key"].startswith(rotated["prefix"]) != made["key"].startswith(rotated["prefix"])
    status, revoked, _ = await operator.call("delete", KEY, **name)
    assert (status, revoked["revoked_at"]) == (200, int(clock.now()))
    assert (await operator.call("post", ROTATE, **name))[0] == 400


async def test_a_limit_is_taken_away_by_null(operator: Client) -> None:
    """And by nothing else."""
    made = await issued(operator, allowance={"requests_per_minute": 5, "concurrency": 1})
    _, changed, _ = await operator.call("patch", KEY, {"allowance": {"concurrency": None}}, key_id=made["id"])
    assert (changed["allowance"]["requests_per_minute"], changed["allowance"]["concurrency"]) == (5, None)


async def test_the_list_comes_in_pages(operator: Client, clock: HastyClock) -> None:
    """The newest first, those that have ended among them."""
    made = []
    for n in range(5):
        made.append((await issued(operator, name=f"key {n}"))["id"])
        await clock.advance(1)
    await operator.call("delete", KEY, key_id=made[2])
    seen: list[str] = []
    after = ""
    while True:
        status, listed, _ = await operator.call("get", KEYS, query=f"?limit=2{after}")
        assert status == 200
        seen += [key["id"] for key in listed["data"]]
        if not listed["has_more"]:
            break
        after = f"&after={seen[-1]}"
    assert seen == made[::-1]


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": " x"}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"name": "anyone"}, "name"),
        ({"name": "bearer"}, "name"),
        ({"name": 5}, "name"),
        ({"name": "x", "scopes": {}}, None),
        ({"name": "x", "scope": {"model": ["a"]}}, "scope"),
        ({"name": "x", "scope": {"models": "a"}}, "scope.models"),
        ({"name": "x", "scope": {"models": [""]}}, "scope.models[0]"),
        ({"name": "x", "scope": {"models": ["a"] * 101}}, "scope.models"),
        ({"name": "x", "allowance": {"concurrency": 0}}, "allowance.concurrency"),
        ({"name": "x", "allowance": {"tokens_per_day": 1.5}}, "allowance.tokens_per_day"),
        ({"name": "x", "expires_at": 5}, "expires_at"),
        ({"name": "x", "expires_at": "tomorrow"}, "expires_at"),
        ({"name": "x", "expires_at": 1e300}, "expires_at"),
        ({"name": "x", "note": "a\0b"}, "note"),
        ({"name": "x", "admin": "yes"}, "admin"),
    ],
)
async def test_what_is_wrong_is_told_where(operator: Client, body: Any, param: str | None) -> None:
    """And no key is issued."""
    status, told, _ = await operator.call("post", KEYS, body)
    assert (status, told["error"]["param"]) == (400, param)
    assert (await operator.call("get", KEYS))[1]["data"] == []


async def test_what_is_not_there_is_not_found(operator: Client) -> None:
    """Whatever is to become of it."""
    for method, path, body in (
        ("get", KEY, None), ("patch", KEY, {}), ("delete", KEY, None), ("post", ROTATE, None),
    ):  # fmt: skip
        status, told, _ = await operator.call(method, path, body, key_id="key_none")
        assert (status, told["error"]["param"]) == (404, "key_id")
    assert (await operator.call("get", KEYS, query="?limit=0"))[0] == 400
    assert (await operator.call("get", KEYS, query="?after=key_none"))[0] == 400


async def test_it_is_for_admins_alone(operator: Client, url: str) -> None:
    """An admin's key opens all of it, another none of it, whatever is there."""
    plain, boss = await issued(operator), await issued(operator, name="boss", admin=True)
    every = (
        ("get", KEYS), ("post", KEYS), ("get", KEY), ("patch", KEY), ("delete", KEY), ("post", ROTATE),
    )  # fmt: skip
    async with aiohttp.ClientSession(headers={"x-api-key": plain["key"]}) as session:
        for method, path in every:
            status, told, _ = await Client(session, url).call(method, path, key_id="key_none")
            assert (status, told["error"]["code"]) == (403, "admin_only")
    async with aiohttp.ClientSession(headers={"x-api-key": boss["key"]}) as session:
        client = Client(session, url)
        assert (await client.call("get", KEYS))[0] == 200
        # Also itself: the operator's own key is still there.
        assert (await client.call("patch", KEY, {"admin": False}, key_id=boss["id"]))[0] == 200
        assert (await client.call("get", KEYS))[0] == 403


async def test_when_a_key_was_used_last_is_told(operator: Client, url: str, clock: HastyClock) -> None:
    """At once, though it is written down later."""
    made = await issued(operator)
    assert made["last_used_at"] is None
    await clock.advance(60)
    async with aiohttp.ClientSession(headers={"x-api-key": made["key"]}) as session:
        await session.get(f"{url}/v1/models")
    _, shown, _ = await operator.call("get", KEY, key_id=made["id"])
    assert shown["last_used_at"] == int(clock.now())
