"""The phases of an answer in which its caller may leave, and what must be left of it then: nothing."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from akashchat.simulator import Simulator
from akashchat.simulator.standin import StandIn
from tests.support.clock import FakeClock
from tests.support.gateway import running
from tests.support.http import call, calling

MODEL = "DeepSeek-V3.2"
TURNS = [{"role": "user", "content": "Hello"}]

ASKS: Mapping[str, dict[str, Any]] = {
    "/v1/chat/completions": {"messages": TURNS},
    "/v1/completions": {"prompt": "Hello"},
    "/v1/responses": {"input": "Hello"},
    "/v1/messages": {"messages": TURNS, "max_tokens": 1_000_000},
    "/api/chat": {"messages": TURNS},
    "/api/generate": {"prompt": "Hello"},
}
"""A question in each dialect, by its path."""

_SOON_S = 1.0
"""Within so long everything must be let go of."""


def asked(path: str, *, stream: bool) -> dict[str, Any]:
    """A request to ``path``."""
    return {"model": MODEL, "stream": stream, **ASKS[path]}


class Rig:
    """A gateway before an upstream."""

    def __init__(self, upstream: StandIn[Any], clock: FakeClock, url: str) -> None:
        self.upstream = upstream
        self.clock = clock
        self.url = url

    async def stalled(self) -> None:
        """The upstream keeps one request waiting."""
        await self.upstream.stalled()

    async def read(self) -> None:
        """Whatever was sent to the gateway before has been read."""
        for _ in range(2):
            await call("GET", f"{self.url}/health")

    async def pausing(self) -> None:
        """The gateway waits until it asks again."""
        while not self.clock.sleeping:
            await self.clock.advance(0)

    @asynccontextmanager
    async def let_go(self, *, told: int = 1) -> AsyncIterator[None]:
        """Whatever begins in the body is over soon behind it: tasks, pauses, and what the upstream was asked.

        So many more outcomes are told, all of callers who left.
        """
        tasks, sleeping, before = own_tasks(), self.clock.sleeping, await outcomes(self.url)
        open_requests = self.upstream.open_requests
        yield
        async with asyncio.timeout(_SOON_S):
            while self.upstream.open_requests != open_requests or self.clock.sleeping != sleeping:
                await self.read()
            while not own_tasks() <= tasks:
                await self.read()
        after = await outcomes(self.url)
        assert after == {**before, "left": before.get("left", 0) + told}


async def outcomes(url: str) -> dict[str, int]:
    """How many answers of a gateway ended how."""
    found = {"left": 0}
    for line in (await call("GET", f"{url}/metrics")).body.decode().split("\n"):
        if line.startswith("akashchat_answers_total{"):
            outcome = line.partition('outcome="')[2].partition('"')[0]
            found[outcome] = found.get(outcome, 0) + int(float(line.rpartition(" ")[2]))
    return found


def own_tasks() -> set[asyncio.Task[Any]]:
    """The gateway's tasks."""
    return {task for task in asyncio.all_tasks() if _is_own(task)}


def _is_own(task: asyncio.Task[Any]) -> bool:
    code = getattr(task.get_coro(), "cr_code", None)
    return code is not None and "/akashchat/" in code.co_filename and "/simulator/" not in code.co_filename


@asynccontextmanager
async def nothing(_: Rig, __: Simulator) -> AsyncIterator[None]:
    """All is as ever."""
    yield


@asynccontextmanager
async def no_slot(rig: Rig, akash: Simulator) -> AsyncIterator[None]:
    """Another caller has the only slot."""
    akash.play("stall")
    body = asked("/v1/chat/completions", stream=True)
    async with calling("POST", f"{rig.url}/v1/chat/completions", body):
        await akash.stalled()
        yield


@dataclass(frozen=True, kw_only=True)
class Phase:
    """A phase: what holds an answer in it, and how one knows that it is there."""

    name: str
    held: Callable[[Rig], Awaitable[None]] = Rig.stalled
    scenarios: tuple[str, ...] = ()
    """What Akash plays, one a request."""
    before: Callable[[Rig, Simulator], AbstractAsyncContextManager[None]] = nothing
    options: Mapping[str, Any] = field(default_factory=dict)


PHASES = (
    Phase(name="waiting for a session", scenarios=("stall_session",)),
    Phase(name="waiting for quota", scenarios=("quota_spent",), held=Rig.pausing, options={"quota": "wait"}),
    Phase(name="waiting in the queue", held=Rig.read, before=no_slot, options={"concurrency": 1}),
    Phase(name="before the first byte", scenarios=("stall_first_byte",)),
    Phase(name="before the first token", scenarios=("stall_after_start",)),
    Phase(name="between tries", scenarios=("server_500",), held=Rig.pausing, options={"retries": 1}),
    Phase(name="in mid-answer", scenarios=("stall",)),
    Phase(name="in a rescue", scenarios=("drop", "stall_after_start")),
    Phase(name="behind a rescue", scenarios=("drop", "stall")),
)


@asynccontextmanager
async def held(phase: Phase, akash: Simulator, clock: FakeClock, path: str) -> AsyncIterator[Rig]:
    """A gateway whose next answer comes as far as this phase."""
    async with running(akash.url, clock, akash=dict(phase.options)) as url:
        rig = Rig(akash, clock, url)
        if "stall_session" not in phase.scenarios:
            assert (await call("POST", url + path, asked(path, stream=False))).status == 200
        async with phase.before(rig, akash):
            for scenario in phase.scenarios:
                akash.play(scenario)
            yield rig
