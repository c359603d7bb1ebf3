"""What whoever waits is told meanwhile: comments, which are no part of the answer in any dialect."""

import asyncio
import json
from collections.abc import AsyncIterator
from fnmatch import fnmatchcase

import pytest

from akashchat.simulator import Simulator
from akashchat.simulator.keyed import ANSWER
from akashchat.simulator.keyed.voice import tokens
from faults.dialects import TEXT, Dialect
from faults.rig import MODEL
from faults.wire import Seen
from tests.support.clock import FakeClock
from tests.support.gateway import running
from tests.support.http import Reply, call
from tests.support.phases import Rig, no_slot

EACH = pytest.mark.parametrize("dialect", TEXT, ids=lambda dialect: dialect.name)
CUT = f"0:{json.dumps(ANSWER[:120])}\n"


@pytest.fixture
async def akash() -> AsyncIterator[Simulator]:
    """Akash Chat, which always says the same."""
    async with Simulator() as simulator:
        simulator.say(*tokens(ANSWER), times=None)
        yield simulator


def asked(rig: Rig, dialect: Dialect, model: str = MODEL) -> asyncio.Task[Reply]:
    """A stream, on its way."""
    return asyncio.create_task(
        call("POST", rig.url + dialect.path, dialect.asked(model, "Hello", stream=True))
    )


def check(reply: Reply, dialect: Dialect, *expected: str) -> None:
    """Fail unless just these comments stand in a stream that both our reader and the official client find whole.

    A dialect whose streams are lines of JSON has no place for any.
    """
    seen = Seen(reply.status, reply.headers, reply.body)
    assert dialect.read(seen).text == ANSWER
    assert dialect.referee(seen, True) == ANSWER
    comments = reply.comments()
    assert len(comments) == (0 if "ndjson" in reply.headers["content-type"] else len(expected))
    assert all(map(fnmatchcase, comments, expected))


@EACH
async def test_the_place_in_the_queue(akash: Simulator, clock: FakeClock, dialect: Dialect) -> None:
    """As soon as the stream has begun, and again when it changes."""
    async with running(akash.url, clock, akash={"concurrency": 1}) as url:
        rig = Rig(akash, clock, url)
        await asked(rig, dialect)
        async with no_slot(rig, akash):
            first = asked(rig, dialect)
            await rig.read()
            second = asked(rig, dialect)
            await rig.read()
            for _ in range(12):
                await clock.advance(1)
            akash.play("stall_after_start")
        await akash.left()
        await akash.stalled()  # the first of the two, whose turn it is
        await clock.advance(2)
        akash.resume()
        await first
        check(await second, dialect, "waiting: 1 before you", "waiting: 0 before you")


@EACH
async def test_the_wait_for_quota(akash: Simulator, clock: FakeClock, dialect: Dialect) -> None:
    """With the moment when it is over, where that is known."""
    async with running(akash.url, clock, akash={"quota": "wait"}) as url:
        rig = Rig(akash, clock, url)
        await asked(rig, dialect)
        akash.play("quota_spent")
        asking = asked(rig, dialect)
        await rig.pausing()
        while not asking.done():
            await clock.advance(1)
        check(await asking, dialect, "waiting for Akash's token quota*: 0 before you")


@EACH
async def test_the_seam_of_a_rescue(akash: Simulator, clock: FakeClock, dialect: Dialect) -> None:
    """Where the answer was cut and another one goes on."""
    recording = {
        "name": "cut",
        "request": {"path": "/api/chat/"},
        "response": {
            "status": 200,
            "headers": [("content-type", "text/plain; charset=utf-8"), ("x-vercel-ai-data-stream", "v1")],
            "body": {"text": CUT},
        },
    }
    async with running(akash.url, clock) as url:
        akash.replay(recording)
        reply = await asked(Rig(akash, clock, url), dialect)
        check(reply, dialect, "the answer was cut; akash goes on with it")


@EACH
async def test_a_callers_own_words_make_no_event(
    akash: Simulator, clock: FakeClock, dialect: Dialect
) -> None:
    """The name of a model that another stands in for is told, whatever it is, on one line."""
    async with running(akash.url, clock, models={"fallbacks": {"*": [MODEL]}}) as url:
        name = 'none\n\nevent: error\ndata: {"error": {}}\r\n\r\ndata: [DONE]\n\n'
        reply = await asked(Rig(akash, clock, url), dialect, name)
        words = " ".join(name.split()).replace("[", "[[]")
        check(reply, dialect, f"{MODEL} answers in place of {words}")


@EACH
async def test_who_wants_the_whole_hears_nothing(
    akash: Simulator, clock: FakeClock, dialect: Dialect
) -> None:
    """There is no place for it in a reply."""
    async with running(akash.url, clock, akash={"concurrency": 1}) as url:
        rig = Rig(akash, clock, url)
        async with no_slot(rig, akash):
            body = dialect.asked(MODEL, "Hello", stream=False)
            asking = asyncio.create_task(call("POST", url + dialect.path, body))
            await rig.read()
            for _ in range(20):
                await clock.advance(1)
        reply = await asking
    seen = Seen(reply.status, reply.headers, reply.body)
    assert dialect.read(seen).text == dialect.referee(seen, False) == ANSWER
    assert b"waiting" not in reply.body
