"""Clients that go away: noticed at once, counted, and never mistaken for something else."""

import asyncio
import json

import pytest
from raw_client import BODY, Line, call, chat, connect

from akashchat.simulator import Simulator


@pytest.mark.parametrize("name", ["stall", "stall_after_start", "stall_first_byte", "endless"])
async def test_notices_at_once_that_a_client_left(new: Simulator, name: str) -> None:
    """Silent or busy, before or after the first byte: without waiting for the next write."""
    new.play(name)
    async with connect(new) as line:
        await _ask(new, line)
        await new.arrived()
        if name != "endless":
            await new.stalled()
        assert new.open_requests == 1
    await asyncio.wait_for(new.left(), 1)
    assert (new.chats[-1].state, new.open_requests, new.departures) == ("left", 0, 1)


async def test_notices_a_client_that_left_while_nothing_was_read(new: Simulator) -> None:
    """Even when the line is full."""
    new.play("endless_line")
    async with connect(new) as line:
        await _ask(new, line)
        await line.read_head()
    await asyncio.wait_for(new.left(), 1)


async def test_counts_several(new: Simulator) -> None:
    """Waiting for a number, and for silence."""
    new.play("stall_first_byte", 3)
    tasks = [asyncio.create_task(chat(new)) for _ in range(3)]
    await new.stalled(3)
    assert new.open_requests == 3
    for task in tasks[:2]:
        task.cancel()
    await new.left(2)
    new.resume()
    await tasks[2]
    await new.idle()
    assert sorted(one.state for one in new.chats) == ["answered", "left", "left"]


async def test_a_whole_answer_is_no_departure(new: Simulator) -> None:
    """Closing after the end is good manners."""
    await chat(new)
    await call(new, "GET", "/api/models/")
    assert ({"answered"}, 0) == ({one.state for one in new.requests}, new.departures)


async def test_keeps_a_connection_for_the_next_request(new: Simulator) -> None:
    """Several requests on one line, as the app allows for five seconds."""
    async with connect(new) as line:
        for _ in range(3):
            await line.send("GET", "/api/models/", {"user-agent": "x"})
            reply = await line.read()
            assert (reply.status, reply.header("keep-alive")) == (200, "timeout=5")


async def test_closing_ends_what_is_being_answered() -> None:
    """A simulator that stops does not wait for stalled requests, and does not call them departures."""
    async with Simulator() as simulator:
        simulator.play("stall_first_byte")
        async with connect(simulator) as line:
            await _ask(simulator, line)
            await simulator.stalled()
            await asyncio.wait_for(simulator.__aexit__(None, None, None), 2)
            assert await line.is_at_end()
    assert (simulator.chats[-1].state, simulator.departures) == ("stopped", 0)


def test_breaks_connections_on_the_gateways_event_loop_too() -> None:
    """The gateway runs on uvloop, whose transports are its own."""
    uvloop = pytest.importorskip("uvloop")

    async def break_two() -> list[str]:
        async with Simulator() as simulator:
            simulator.play("drop")
            simulator.play("hang_up")
            simulator.play("endless_line")
            assert [(await chat(simulator)).is_whole for _ in range(2)] == [False, False]
            async with connect(simulator) as line:
                await _ask(simulator, line)
                await line.read_head()
            await asyncio.wait_for(simulator.left(), 1)
            return [one.state for one in simulator.chats]

    assert uvloop.run(break_two()) == ["dropped", "dropped", "left"]


async def _ask(simulator: Simulator, line: Line) -> None:
    headers = {"cookie": f"session_token={simulator.issue_session()}"}
    await line.send("POST", "/api/chat/", headers, json.dumps(BODY).encode())
