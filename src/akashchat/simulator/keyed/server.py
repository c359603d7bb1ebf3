"""The stand-in itself: an API by key that listens on a port and does as it is told."""

import time
from collections import Counter
from collections.abc import Callable, Sequence

from aiohttp import web

from akashchat.simulator.arrival import Arrival
from akashchat.simulator.keyed.catalogue import KEYED_MODELS, KeyedModel
from akashchat.simulator.keyed.faults import FAULTS
from akashchat.simulator.keyed.routes import PREFIX, answer
from akashchat.simulator.keyed.stage import KeyedStage
from akashchat.simulator.keyed.world import KeyedWorld
from akashchat.simulator.places import Place
from akashchat.simulator.scenario import Scenario
from akashchat.simulator.standin import StandIn


class KeyedSimulator(StandIn[KeyedStage]):
    """An API by key: ``async with KeyedSimulator() as keyed: … keyed.base_url …``.

    ``key`` is the only one it takes; empty, it takes all comers.  ``pace_s`` is the pause before every token.
    ``vllm`` lists the models as a vLLM does.
    """

    chat_path = f"{PREFIX}/chat/completions"

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        key: str = "",
        models: Sequence[KeyedModel] = KEYED_MODELS,
        vllm: bool = False,
        pace_s: float = 0.0,
        now: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(host, port, now)
        self._world = KeyedWorld(models=models, key=key, vllm=vllm)
        self._pace_s = pace_s
        self._counts: Counter[str] = Counter()

    @property
    def base_url(self) -> str:
        """What an upstream's ``base_url`` is set to."""
        return self.url + PREFIX

    # -- direction

    def play(self, name: str, times: int | None = 1, *, at: Place | None = None, model: str = "") -> None:
        """Play a fault for the next ``times`` requests it concerns, or for all until reset if None.

        ``at`` moves a fault of the line to ``models`` or to ``other`` endpoints; ``model`` is the one whose
        requests it concerns, all without.  Raises ``KeyError`` for an unknown name and ``ValueError`` for a place
        where it cannot play.
        """
        self._world.add(FAULTS[name], times, at, model)

    def say(self, *deltas: str, reason: str = "stop", times: int | None = 1, model: str = "") -> None:
        """Answer the next chat in exactly these pieces."""

        async def perform(stage: KeyedStage) -> None:
            await stage.start()
            await stage.say(deltas)
            await stage.finish(reason)

        told = Scenario("say", "Words put into the model's mouth.", perform, frozenset({"chat"}))
        self._world.add(told, times, None, model)

    def send(self, *pieces: bytes, times: int | None = 1, content_type: str = "text/event-stream") -> None:
        """Answer the next chat with exactly these bytes, one write for each piece."""

        async def perform(stage: KeyedStage) -> None:
            await stage.open(200, {"content-type": content_type})
            for piece in pieces:
                await stage.send(piece)
                await stage.let_read()

        self._world.add(Scenario("send", "Bytes as given.", perform, frozenset({"chat"})), times, None, "")

    def reset(self) -> None:
        """Forget queued faults and past requests, and let stalled ones go on."""
        self._world.playlists.clear()
        self._counts.clear()
        self._journal.clear()
        self.resume()

    # -- answering

    def _begin(self, request: web.Request, arrival: Arrival) -> KeyedStage:
        self._counts[arrival.path] += 1
        number = self._counts[arrival.path]
        return KeyedStage(request, arrival, self._journal, pace_s=self._pace_s, number=number)

    async def _answer(self, exchange: KeyedStage) -> None:
        await answer(exchange, self._world)
