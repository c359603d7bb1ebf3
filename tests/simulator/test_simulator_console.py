"""The simulator's own pages, and running it by itself."""

import asyncio

import pytest
from raw_client import call, chat

from akashchat.simulator import SCENARIOS, Simulator, serve


async def test_lists_its_scenarios(new: Simulator) -> None:
    """Name, description and where it strikes."""
    reply = await call(new, "GET", "/_simulator/scenarios")
    assert list(SCENARIOS) == [row["name"] for row in reply.json()]
    assert {"name": "models_500", "about": SCENARIOS["models_500"].about, "at": ["models"]} in reply.json()


async def test_plays_a_scenario_on_request(new: Simulator) -> None:
    """As a test would by calling, so a person by posting."""
    reply = await call(
        new, "POST", "/_simulator/scenario", body={"name": "bot_check", "times": 2, "at": "chat"}
    )
    assert reply.json() == {"playing": "bot_check", "times": 2, "at": "chat"}
    assert [(await chat(new)).status for _ in range(3)] == [403, 403, 200]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        {"name": "nope"},
        {"times": 1},
        {"name": "cut", "at": "moon"},
        {"name": "cut", "times": "x"},
    ],
)
async def test_says_what_is_wrong_with_a_request(new: Simulator, body: object) -> None:
    """A mistyped name is no reason to fall over."""
    reply = await call(new, "POST", "/_simulator/scenario", body=body)
    assert (reply.status, list(reply.json())) == (400, ["error"])


async def test_shows_what_arrived(new: Simulator) -> None:
    """With what reached the model, and without whole credentials; its own pages are not counted."""
    await chat(new)
    (row,) = (await call(new, "GET", "/_simulator/requests")).json()
    assert (
        row["path"],
        row["state"],
        row["llm_request"]["messages"][0]["content"],
    ) == ("/api/chat/", "answered", " ")
    assert row["headers"]["cookie"] == "session_to…"
    assert (await call(new, "POST", "/_simulator/reset")).json() == {"reset": True}
    assert (await call(new, "GET", "/_simulator/requests")).json() == []
    assert (await call(new, "GET", "/_simulator/nowhere")).status == 404


async def test_resumes_on_request(new: Simulator) -> None:
    """A person can end a silence, too."""
    new.play("stall_first_byte")
    answering = asyncio.create_task(chat(new))
    await new.stalled()
    await call(new, "POST", "/_simulator/resume")
    assert (await answering).status == 200


async def test_runs_by_itself_until_it_is_cancelled() -> None:
    """For a demonstration: it says where it listens, and goes when told."""
    listening: asyncio.Future[Simulator] = asyncio.get_running_loop().create_future()
    running = asyncio.create_task(serve(port=0, pace_s=0, announce=listening.set_result))
    simulator = await listening
    assert (await call(simulator, "GET", "/api/rate-limit/status/")).json()["remainingPercentage"] == 100
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    with pytest.raises(ConnectionRefusedError):
        await call(simulator, "GET", "/")
