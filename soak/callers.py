"""Who asks, and how they behave."""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import websockets

from faults.dialects import DIALECTS, TEXT, WEATHER, Dialect
from faults.readers.responses import read_response
from faults.rig import DRAWS, MODEL
from faults.told import Wrong
from faults.wire import Line, Seen, calling
from soak.ledger import LEFT, Ledger

_PATIENCE_S: Final = 60.0
"""Nothing may hang."""
_EARLY_S: Final = (0.5, 1.5)
"""Who leaves before the answer begins leaves after this: by then the gateway has surely read what was asked."""
_SLOW_S: Final = 0.05
_USERS: Final = 12


class Caller:
    """Asks one gateway, and writes down what came of it."""

    def __init__(self, url: str, ledger: Ledger, chance: random.Random) -> None:
        self.url = url
        self.ledger = ledger
        self.chance = chance

    def asked(self, dialect: Dialect, *, tools: bool = False, model: str = MODEL) -> dict[str, Any]:
        """A request of any user, streaming or not."""
        question = WEATHER if tools else "Draw a fox." if model == DRAWS else "Hello"
        body = dialect.asked(model, question, stream=self.chance.random() < 0.6, tools=tools)
        if dialect.name in {"chat", "completions", "responses"}:
            body["user"] = f"user-{self.chance.randrange(_USERS)}"
        return body

    async def hear(self, line: Line, pause_s: float = 0.0) -> Seen:
        """All of a response."""
        seen = await line.head()
        while piece := await line.piece():
            seen.body += piece
            if pause_s:
                await asyncio.sleep(pause_s)
        return seen

    async def read(
        self,
        dialect: Dialect,
        body: dict[str, Any],
        headers: dict[str, str] | None = None,
        pause_s: float = 0.0,
    ) -> Seen:
        """Ask, and judge all that comes."""
        async with calling(self.url + dialect.path, body, headers) as line:
            seen = await self.hear(line, pause_s)
        if seen.headers.get("idempotent-replayed") != "true":
            self.ledger.asked += 1
        self.ledger.judge(dialect.name, dialect.read(seen))
        return seen


async def stays(caller: Caller) -> None:
    """Reads all of it."""
    dialect = caller.chance.choice(TEXT)
    await caller.read(dialect, caller.asked(dialect))


async def calls_tools(caller: Caller) -> None:
    """Offers a tool that is to be called."""
    dialect = caller.chance.choice([one for one in TEXT if one.tools])
    await caller.read(dialect, caller.asked(dialect, tools=True))


async def draws(caller: Caller) -> None:
    """Wants a picture."""
    dialect = DIALECTS[-1]
    await caller.read(dialect, caller.asked(dialect, model=DRAWS))


async def reads_slowly(caller: Caller) -> None:
    """Takes its time between pieces."""
    dialect = caller.chance.choice(TEXT)
    await caller.read(dialect, caller.asked(dialect), pause_s=_SLOW_S)


async def asks_twice(caller: Caller) -> None:
    """Sends the same request on two connections, with one key."""
    dialect = caller.chance.choice(TEXT)
    body = caller.asked(dialect)
    headers = {"idempotency-key": f"{caller.chance.getrandbits(64):x}"}
    await asyncio.gather(*[caller.read(dialect, body, headers) for _ in range(2)])


async def leaves_early(caller: Caller) -> None:
    """Goes away before the answer begins, or soon after."""
    dialect = caller.chance.choice(TEXT)
    async with calling(caller.url + dialect.path, caller.asked(dialect)) as line:
        caller.ledger.asked += 1
        try:
            async with asyncio.timeout(caller.chance.uniform(*_EARLY_S)):
                await caller.hear(line)
        except TimeoutError:
            caller.ledger.end(dialect.name, LEFT)
        else:
            caller.ledger.end(dialect.name, "over before it left")


async def leaves_midway(caller: Caller) -> None:
    """Goes away when it has read some of the answer."""
    dialect = caller.chance.choice(TEXT)
    async with calling(caller.url + dialect.path, caller.asked(dialect)) as line:
        await line.head()
        caller.ledger.asked += 1
        for _ in range(caller.chance.randrange(5)):
            if not await line.piece():
                break
        caller.ledger.end(dialect.name, LEFT)


async def asks_nonsense(caller: Caller) -> None:
    """What it sends is no request."""
    dialect = caller.chance.choice(TEXT)
    async with calling(caller.url + dialect.path, {"model": 5, "messages": "?"}) as line:
        seen = await caller.hear(line)
    if seen.status != 400:
        caller.ledger.complain(dialect.name, f"nonsense is answered with {seen.status}")
    caller.ledger.end(dialect.name, "refused")


async def holds_a_socket(caller: Caller) -> None:
    """Asks for responses over a WebSocket, one after the other."""
    url = caller.url.replace("http", "ws") + "/v1/responses"
    async with websockets.connect(url, compression=None) as socket:
        for _ in range(3):
            await socket.send(json.dumps({"type": "response.create", "model": MODEL, "input": "Hello"}))
            frames = b""
            name = ""
            while name not in {"response.completed", "response.incomplete", "response.failed", "error"}:
                text = await socket.recv()
                name = json.loads(text)["type"]
                frames += f"event: {name}\ndata: {text!s}\n\n".encode()
            caller.ledger.asked += 1
            seen = Seen(200, {"content-type": "text/event-stream"}, frames)
            caller.ledger.judge("socket", read_response(seen))


Behaviour: TypeAlias = Callable[[Caller], Awaitable[None]]

BEHAVIOURS: Final[dict[Behaviour, float]] = {
    stays: 60,
    calls_tools: 8,
    draws: 2,
    reads_slowly: 5,
    asks_twice: 6,
    leaves_early: 5,
    leaves_midway: 8,
    asks_nonsense: 2,
    holds_a_socket: 4,
}
"""How often who comes behaves so."""


@dataclass(frozen=True, kw_only=True)
class Crowd:
    """So many at a time, each with a pause between its requests."""

    size: int
    pause_s: float
    behaviours: dict[Behaviour, float]

    async def ask(self, caller: Caller, over: Callable[[], bool]) -> None:
        """Ask until it is over, and all have what they asked for."""
        async with asyncio.TaskGroup() as group:
            for _ in range(self.size):
                group.create_task(self._one(caller, over))

    async def _one(self, caller: Caller, over: Callable[[], bool]) -> None:
        while not over():
            (behave,) = caller.chance.choices(list(self.behaviours), list(self.behaviours.values()))
            try:
                async with asyncio.timeout(_PATIENCE_S):
                    await behave(caller)
            except TimeoutError:
                caller.ledger.complain(behave.__name__, f"it hangs: no end after {_PATIENCE_S:.0f} s")
            except (
                Wrong,
                OSError,
                websockets.WebSocketException,
                LookupError,
                TypeError,
                ValueError,
            ) as error:
                caller.ledger.complain(behave.__name__, repr(error)[:300])
            await asyncio.sleep(caller.chance.uniform(0, 2 * self.pause_s))
