"""The simulator itself: a stand-in for Akash Chat that listens on a port and does as it is told."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aiohttp import hdrs, http, web

from akashchat.simulator.arrival import Arrival
from akashchat.simulator.catalogue import CATALOGUE, Dialect, Model
from akashchat.simulator.console import PREFIX, answer_console
from akashchat.simulator.places import Place
from akashchat.simulator.playlist import Playlist
from akashchat.simulator.recording import Pieces, record_scenario
from akashchat.simulator.routes import answer
from akashchat.simulator.scenario import Scenario
from akashchat.simulator.scenes import SCENARIOS
from akashchat.simulator.stage import Stage
from akashchat.simulator.standin import KEEP_ALIVE_S, StandIn
from akashchat.simulator.world import World


class Simulator(StandIn[Stage]):
    """A stand-in for Akash Chat: ``async with Simulator() as akash: … akash.url …``.

    ``dialect`` is the version of the app. ``session_ttl_s`` is 600 in the new and 3600 in the old one unless
    given. ``pace_s`` is the pause before every token. ``quota_tokens`` is the quota of four hours in the new
    dialect, without limit if None; Akash's own is ``AKASH_QUOTA_TOKENS``. A picture is ready when it has been
    looked at more than ``image_polls`` times and ``image_s`` seconds have passed. ``now`` is the clock by
    which sessions, quota and pictures age.
    """

    chat_path = "/api/chat/"

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
        super().__init__(host, port, now)
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
        self._playlist: Playlist[Stage] = Playlist()

    # -- direction

    def play(
        self, scenario: str | Scenario[Stage], times: int | None = 1, *, at: Place | None = None
    ) -> None:
        """Play a scenario for the next ``times`` requests it concerns, or for all until reset if None.

        It is one of ``SCENARIOS`` by its name, or one of the caller's own. ``at`` narrows it to one kind of
        request; those about the line can also be moved by it. Raises ``KeyError`` for an unknown name and
        ``ValueError`` for a place where it cannot play.
        """
        self._playlist.add(SCENARIOS[scenario] if isinstance(scenario, str) else scenario, times, at)

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

    def reset(self) -> None:
        """Forget queued scenarios and past requests, and let stalled ones go on; sessions and quota stay."""
        self._playlist.clear()
        self._journal.clear()
        self.resume()

    def issue_session(self) -> str:
        """A session token, without asking for it over HTTP."""
        return self._world.sessions.issue()

    def forget_sessions(self) -> None:
        """End every session at once, as a restarted Redis does."""
        self._world.sessions.forget()

    def spend(self, tokens: int) -> None:
        """Charge the quota."""
        self._world.quota.charge(tokens)

    # -- answering

    def _begin(self, request: web.Request, arrival: Arrival) -> Stage:
        return Stage(self._world, request, arrival, self._journal)

    async def _answer(self, exchange: Stage) -> None:
        await answer(exchange, self._playlist)

    async def _aside(self, request: web.Request) -> web.StreamResponse | None:
        return await answer_console(self, request) if request.path.startswith(PREFIX) else None

    @staticmethod
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
