"""One soak: everything is started, asked for long, left alone for a while, and looked at."""

import asyncio
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import msgspec
from msgspec import Struct

from akashchat.simulator import Scenario, Simulator
from akashchat.simulator.akashgen import announce_picture
from akashchat.simulator.keyed import ANSWER, KeyedModel, KeyedSimulator
from akashchat.simulator.keyed.voice import tokens
from faults.dialects import DIALECTS, TEXT
from faults.rig import DRAWS, KEY, MODEL
from faults.wire import ask
from soak.callers import Caller, Crowd
from soak.gateway import CLOSELY, PATH
from soak.holding import Holding
from soak.ledger import Ledger, outcomes
from soak.verdict import Findings
from soak.weather import Fault, faults, storm

_START_S: Final = 30.0
_REST_S: Final = 8.0
"""So long idle connections to an upstream are kept at most."""
_SAMPLE_S: Final = 1.0
_LATE, _LATE_S = 50, 0.1
"""So often, and after so many seconds, one looks for rows that are yet to be written."""


class _Total(Struct):
    requests: int


class _Usage(Struct):
    total: _Total


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much of what; ``rest_s`` is how long nobody asks before one looks."""

    crowd: Crowd
    storm_s: float
    seed: int
    rest_s: float = _REST_S
    tell: Callable[[str], object] = field(default=str)


@dataclass(frozen=True, kw_only=True)
class StandIns:
    """What the gateway asks."""

    akash: Simulator
    keyed: KeyedSimulator

    @property
    def open_requests(self) -> int:
        """What they answer at this moment."""
        return self.akash.open_requests + self.keyed.open_requests

    def faults(self) -> list[Fault]:
        """What can go wrong."""
        return faults(self.akash, self.keyed)


@asynccontextmanager
async def stand_ins(pace_s: float) -> AsyncIterator[StandIns]:
    """Both, and all is well."""
    async with (
        Simulator(pace_s=pace_s) as akash,
        KeyedSimulator(key=KEY, models=[KeyedModel(id=MODEL)], pace_s=pace_s) as keyed,
    ):
        akash.say(*tokens(ANSWER), times=None)
        akash.play(Scenario("picture", "A picture.", announce_picture, frozenset({"image"})), None)
        yield StandIns(akash=akash, keyed=keyed)


def options(stand_ins: StandIns) -> dict[str, object]:
    """The gateway's settings, by their variables: what takes minutes takes seconds here, and queues are short."""
    patience = {"first_byte_timeout_s": 4, "first_token_timeout_s": 5, "idle_timeout_s": 3, "concurrency": 16}
    keyed = {"base_url": stand_ins.keyed.base_url, "key": KEY, "order": 1, **patience}
    return {
        "AKASH_BASE_URL": stand_ins.akash.url,
        "AKASHCHAT_UPSTREAMS": {"second": keyed},
        "AKASHCHAT_POLICIES_IDEMPOTENCY_S": 20,
        "AKASHCHAT_POLICIES_BREAKER_COOLDOWN_S": 1,
        "AKASHCHAT_SERVER_GRACE_S": 1,
        "AKASHCHAT_SERVER_PING_S": 1,
        "AKASHCHAT_LOGS_LEVEL": "error",
        **{f"AKASHCHAT_AKASH_{name.upper()}": value for name, value in patience.items()},
    }


@asynccontextmanager
async def gateway(stand_ins: StandIns) -> AsyncIterator[str]:
    """The gateway as a process of its own, with nothing of the user's settings; gives its address."""
    own = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AKASH", "SERVER_", "BEARER_"))
    }
    with tempfile.TemporaryDirectory() as folder:
        set_here = options(stand_ins) | {
            "AKASHCHAT_STORAGE_PATH": f"{folder}/akashchat.db",
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "soak.gateway",
            cwd=folder, env=own | written(set_here), stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            async with asyncio.timeout(_START_S):
                url = (await process.stdout.readline()).decode().strip() if process.stdout else ""
            if not url:
                raise RuntimeError("the gateway does not serve")
            yield url
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


def written(set_here: Mapping[str, object]) -> dict[str, str]:
    """Settings as an environment has them."""
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in set_here.items()}


async def look(url: str, *, closely: bool = False) -> Holding:
    """What the gateway holds."""
    seen = await ask(f"{url}{PATH}{CLOSELY if closely else ''}", {}, method="GET")
    return msgspec.json.decode(seen.body, type=Holding)


async def soak(url: str, stand_ins: StandIns, plan: Plan, over: Callable[[Ledger], bool]) -> Findings:
    """Ask until it is over; give what was seen."""
    await _touch(url)
    before, told_before = await _at_rest(url, plan.rest_s)
    rows_before = await _rows(url, told_before)
    ledger = Ledger()
    samples: list[float] = []
    chance = random.Random(plan.seed)  # noqa: S311  the same soak again
    caller = Caller(url, ledger, chance)
    beside = [
        asyncio.create_task(storm(stand_ins.faults(), chance, plan.storm_s)),
        asyncio.create_task(_sampled(url, samples, ledger, plan.tell)),
    ]
    try:
        await plan.crowd.ask(caller, lambda: over(ledger))
    finally:
        for task in beside:
            task.cancel()
        await asyncio.wait(beside)
    after, told = await _at_rest(url, plan.rest_s)
    rows = await _rows(url, rows_before + told - told_before) - rows_before
    return Findings(
        ledger=ledger,
        samples=samples,
        before=before,
        after=after,
        told=told - told_before,
        rows=rows,
        open_requests=stand_ins.open_requests,
    )


async def _touch(url: str) -> None:
    """Use everything once: what is loaded when it is first needed is no leak."""
    for dialect in TEXT:
        for stream in (False, True):
            await ask(url + dialect.path, dialect.asked(MODEL, "Hello", stream=stream))
    await ask(url + DIALECTS[-1].path, DIALECTS[-1].asked(DRAWS, "Draw a fox.", stream=False))
    await _told(url)


async def _at_rest(url: str, rest_s: float) -> tuple[Holding, int]:
    """What is held, and how many outcomes were told, when nobody has asked for a while."""
    await asyncio.sleep(rest_s)
    return await look(url, closely=True), await _told(url)


async def _told(url: str) -> int:
    return sum(outcomes((await ask(f"{url}/metrics", {}, method="GET")).body.decode()).values())


async def _rows(url: str, expected: int) -> int:
    """How many rows the ledger has; they are written a moment behind the answers."""
    for _ in range(_LATE):
        seen = await ask(f"{url}/v1/usage?group=outcome", {}, method="GET")
        rows = msgspec.json.decode(seen.body, type=_Usage).total.requests
        if rows >= expected:
            break
        await asyncio.sleep(_LATE_S)
    return rows


async def _sampled(url: str, samples: list[float], ledger: Ledger, tell: Callable[[str], object]) -> None:
    begun = time.monotonic()
    while True:
        await asyncio.sleep(_SAMPLE_S)
        held = await look(url)
        samples.append(held.memory_mb)
        if not len(samples) % 30:
            tell(
                f"{time.monotonic() - begun:5.0f} s  {ledger.asked:7} asked  {held.memory_mb:6.1f} MB  "
                f"{sum(held.handles.values()):4} handles  {sum(held.tasks.values()):4} tasks  {ledger.wrong} wrong"
            )
