"""The simulator itself: a stand-in for Akash Chat that listens on a port and does as it is told."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Final, Self

from aiohttp import hdrs, http, web

from akashchat.simulator.arrival import Arrival, State, read_arrival
from akashchat.simulator.catalogue import CATALOGUE, Dialect, Model
from akashchat.simulator.console import PREFIX, answer_console
from akashchat.simulator.journal import Journal
from akashchat.simulator.places import Place
from akashchat.simulator.playlist import Playlist
from akashchat.simulator.recording import Pieces, record_scenario
from akashchat.simulator.routes import answer
from akashchat.simulator.scenario import Scenario
from akashchat.simulator.scenes import SCENARIOS
from akashchat.simulator.stage import Stage
from akashchat.simulator.world import World

KEEP_ALIVE_S: Final = 5
"""The app closes an idle connection after five seconds, and says so."""

MAX_BODY_BYTES: Final = 64 * 2**20
"""The app has no limit (20 MB were seen to pass); the simulator's memory has."""


class Simulator:
    """A stand-in for Akash Chat: ``async with Simulator() as akash: … akash.url …``.

    ``dialect`` is the version of the app. ``session_ttl_s`` is 600 in the new and 3600 in the old one unless
    given. ``pace_s`` is the pause before every token. ``quota_tokens`` is the quota of four hours in the new
    dialect, without limit if None; Akash's own is ``AKASH_QUOTA_TOKENS``. A picture is ready when it has been
    looked at more than ``image_polls`` times and ``image_s`` seconds have passed. ``now`` is the clock by
    which sessions, quota and pictures age.
    """

    def __init__(
        self,
        *,
        dialect: Dialect = "new",
        host: str = "127.0.0.1",
        port: int = 0,
        session_ttl_s: int | None = None,
        pace_s: float = 0.0,
        quota_tokens: int | None = None,
        access_token: str | None = None,
        require_user_agent: bool = True,
        image_polls: int = 2,
        image_s: float = 0.0,
        models: Sequence[Model] = CATALOGUE,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._world = World(
            dialect=dialect,
            session_ttl_s=session_ttl_s,
            pace_s=pace_s,
            quota_tokens=quota_tokens,
            access_token=access_token,
            require_user_agent=require_user_agent,
            image_polls=image_polls,
            image_s=image_s,
            models=models,
            now=now,
        )
        self._host, self._port = host, port
        self._journal = Journal()
        self._playlist = Playlist()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._runner: web.AppRunner | None = None
        self._is_closing = False

    # -- life

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.router.add_route("*", "/{path:.*}", self._serve)
        app.on_response_prepare.append(_dress)
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

    # -- direction

    def play(self, name: str, times: int | None = 1, *, at: Place | None = None) -> None:
        """Play a scenario for the next ``times`` requests it concerns, or for all until reset if None.

        ``at`` narrows a scenario to one kind of request; those about the line can also be moved by it. Raises
        ``KeyError`` for an unknown name and ``ValueError`` for a place where it cannot play.
        """
        self._playlist.add(SCENARIOS[name], times, at)

    def say(
        self,
        *deltas: str,
        reason: str = "stop",
        usage: tuple[int, int] | None = (17, 10),
        times: int | None = 1,
    ) -> None:
        """Answer the next chat in exactly these pieces."""

        async def perform(stage: Stage) -> None:
            await stage.start()
            await stage.say(*deltas)
            await stage.finish(reason, usage)

        self._playlist.add(
            Scenario("say", "Words put into the model's mouth.", perform, frozenset({"chat"})), times
        )

    def replay(self, recording: Mapping[str, Any], pieces: Pieces = "whole", times: int | None = 1) -> None:
        """Answer the next request of the recorded kind exactly as recorded, session or not."""
        self._playlist.add(record_scenario(recording, pieces), times)

    def resume(self) -> None:
        """Let every request that a scenario has stalled go on."""
        self._world.resume()

    def reset(self) -> None:
        """Forget queued scenarios and past requests, and let stalled ones go on; sessions and quota stay."""
        self._playlist.clear()
        self._journal.clear()
        self._world.resume()

    def issue_session(self) -> str:
        """A session token, without asking for it over HTTP."""
        return self._world.sessions.issue()

    def forget_sessions(self) -> None:
        """End every session at once, as a restarted Redis does."""
        self._world.sessions.forget()

    def spend(self, tokens: int) -> None:
        """Charge the quota."""
        self._world.quota.charge(tokens)

    # -- observation

    @property
    def requests(self) -> list[Arrival]:
        """What arrived, oldest first; the last thousand at most."""
        return self._journal.arrivals

    @property
    def chats(self) -> list[Arrival]:
        """What arrived at the chat endpoint."""
        return [arrival for arrival in self.requests if arrival.path == "/api/chat/"]

    @property
    def open_requests(self) -> int:
        """How many requests are being answered now."""
        return len(self._journal.open)

    @property
    def departures(self) -> int:
        """How many clients went away while they were being answered, since the start or the last reset."""
        return self._journal.departures

    async def arrived(self, count: int = 1, path: str = "/api/chat/") -> None:
        """Wait until so many requests for that path have arrived, since the start or the last reset."""
        await self._journal.until(lambda: sum(one.path == path for one in self.requests) >= count)

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
        if request.path.startswith(PREFIX):
            return await answer_console(self, request)
        arrival = await read_arrival(request, self._world.now())
        self._journal.begin(arrival)
        stage = Stage(self._world, request, arrival, self._journal)
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        state: State = "dropped"
        try:
            await answer(stage, self._playlist)
            response = await stage.close()
            state = "answered"
        except (asyncio.CancelledError, ConnectionError) as error:
            if not stage.is_dropped:
                state = "stopped" if self._is_closing else "left"
            # Some event loops tell of a departure by a failing write first: end as quietly as when cancelled.
            raise asyncio.CancelledError from error
        finally:
            self._journal.end(arrival, state)
        return response


async def _dress(_: web.Request, response: web.StreamResponse) -> None:
    """Take off what the HTTP library puts on by itself, and put on what the app's framework does."""
    headers = response.headers
    if headers.get(hdrs.SERVER) == http.SERVER_SOFTWARE:
        del headers[hdrs.SERVER]
    if headers.get(hdrs.CONTENT_TYPE) == "application/octet-stream":
        del headers[hdrs.CONTENT_TYPE]
    if response.keep_alive and hdrs.CONNECTION not in headers:
        headers[hdrs.CONNECTION] = "keep-alive"
        headers["Keep-Alive"] = f"timeout={KEEP_ALIVE_S}"
