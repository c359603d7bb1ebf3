"""What both stand-ins are: a server on a port of its own that does as it is told and writes down what it sees."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final, Generic, Self, TypeVar

from aiohttp import web

from akashchat.simulator.arrival import Arrival, State, read_arrival
from akashchat.simulator.exchange import Exchange
from akashchat.simulator.journal import Journal

KEEP_ALIVE_S: Final = 5
"""The app closes an idle connection after five seconds, and says so."""

MAX_BODY_BYTES: Final = 64 * 2**20
"""The app has no limit (20 MB were seen to pass); the simulator's memory has."""


E = TypeVar("E", bound=Exchange)


class StandIn(ABC, Generic[E]):
    """Listens while entered."""

    chat_path: str
    """Where chats are asked for."""

    def __init__(self, host: str, port: int, now: Callable[[], float]) -> None:
        self._host, self._port, self._now = host, port, now
        self._journal = Journal()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._runner: web.AppRunner | None = None
        self._is_closing = False

    @abstractmethod
    def _begin(self, request: web.Request, arrival: Arrival) -> E:
        """The exchange of a request."""

    @abstractmethod
    async def _answer(self, exchange: E) -> None:
        """Answer it, or refuse it."""

    async def _aside(self, _: web.Request) -> web.StreamResponse | None:
        """The answer to a request that is not for what it stands in for, if this is one."""
        return None

    @staticmethod
    async def _dress(_: web.Request, response: web.StreamResponse) -> None:
        """Change the headers that the HTTP library puts on by itself."""

    # -- life

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.router.add_route("*", "/{path:.*}", self._serve)
        app.on_response_prepare.append(self._dress)
        # Cancelling the handler is how a departed client is noticed at once, not at the next write.
        self._runner = web.AppRunner(
            app,
            access_log=None,
            handler_cancellation=True,
            keepalive_timeout=KEEP_ALIVE_S,
            shutdown_timeout=1,
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_closing = True
        for task in self._tasks:
            task.cancel()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    def resume(self) -> None:
        """Let every request that a scenario has stalled go on."""
        self._journal.resume()

    # -- observation

    @property
    def requests(self) -> list[Arrival]:
        """What arrived, oldest first; the last thousand at most."""
        return self._journal.arrivals

    @property
    def chats(self) -> list[Arrival]:
        """What arrived at the chat endpoint."""
        return [arrival for arrival in self.requests if arrival.path == self.chat_path]

    @property
    def open_requests(self) -> int:
        """How many requests are being answered now."""
        return len(self._journal.open)

    @property
    def departures(self) -> int:
        """How many clients went away while they were being answered, since the start or the last reset."""
        return self._journal.departures

    async def arrived(self, count: int = 1, path: str = "") -> None:
        """Wait until so many requests have arrived, since the start or the last reset; chats without a path."""
        wanted = path or self.chat_path
        await self._journal.until(lambda: sum(one.path == wanted for one in self.requests) >= count)

    async def stalled(self, count: int = 1) -> None:
        """Wait until so many requests are held by a scenario that stalls."""
        await self._journal.until(lambda: sum(one.is_stalled for one in self._journal.open) >= count)

    async def left(self, count: int = 1) -> None:
        """Wait until so many clients have gone away while they were being answered."""
        await self._journal.until(lambda: self._journal.departures >= count)

    async def idle(self) -> None:
        """Wait until nothing is being answered."""
        await self._journal.until(lambda: not self._journal.open)

    # -- answering

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        aside = await self._aside(request)
        if aside is not None:
            return aside
        arrival = await read_arrival(request, self._now())
        self._journal.begin(arrival)
        exchange = self._begin(request, arrival)
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        state: State = "dropped"
        try:
            await self._answer(exchange)
            response = await exchange.close()
            state = "answered"
        except (asyncio.CancelledError, ConnectionError) as error:
            if not exchange.is_dropped:
                state = "stopped" if self._is_closing else "left"
            # Some event loops tell of a departure by a failing write first: end as quietly as when cancelled.
            raise asyncio.CancelledError from error
        finally:
            self._journal.end(arrival, state)
        return response
