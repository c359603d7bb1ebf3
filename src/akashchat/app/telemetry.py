"""Telemetry, put together: who hears of answers and of requests, and what is loaded for it."""

import importlib
import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Self

import structlog
from starlette.types import ASGIApp, Scope

from akashchat import __version__
from akashchat.app.feed import shared_feed
from akashchat.clock import Chance, Clock
from akashchat.server.aside import Aside
from akashchat.server.listening import listen
from akashchat.server.metrics import OpenMetricsPage
from akashchat.server.siblings import Siblings
from akashchat.server.watching import Begin, Watched, Watcher
from akashchat.settings import BadSettings, Settings, split_address
from akashchat.settings.telemetry import TelemetrySettings
from akashchat.telemetry import logs
from akashchat.telemetry.base import Observer
from akashchat.telemetry.conventions import Place, place, providers
from akashchat.telemetry.exporting import Exporting, Sender
from akashchat.telemetry.exposition import exposed
from akashchat.telemetry.logs import LogObserver
from akashchat.telemetry.metrics import Look, Metrics
from akashchat.telemetry.together import Metric, together, totals, written
from akashchat.telemetry.tracing import Tracing
from akashchat.upstreams.akash.web import AkashWeb

_METRICS = "metrics"
_SPOKEN = ("", "http/protobuf")
_WITHOUT = (
    "a collector of OpenTelemetry is asked for, and the extra 'otel' is not installed: "
    "pip install 'akashchat-api[otel]'"
)


class Telemetry:
    """Made of the settings the process began with; entered before the first request, left behind the last.

    ``sockets`` listen where metrics have an address of their own; without any it listens there itself.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        chance: Chance,
        siblings: Siblings,
        sockets: Sequence[socket.socket] = (),
    ) -> None:
        options = settings.telemetry
        signals = _signals(options)
        self._clock = clock
        self._siblings = siblings
        self._sockets = sockets
        self._logs = settings.logs
        self._log = LogObserver(clock, settings.logs.level, settings.logs.format)
        self._options = options
        self._metrics_sent = "metrics" in signals
        self._exits = AsyncExitStack()
        self.began = clock.now()
        self.metrics = Metrics()
        self.feed = shared_feed(clock, siblings)
        self.exporting = Exporting(_collector(options, clock, chance), clock) if signals else None
        if self.exporting is not None:
            self.metrics.lasting.append(self.exporting.figures)
        self._begin: Begin | None = (
            Tracing(chance, options.traces_share).begin if "traces" in signals else None
        )
        self._watchers: list[Watcher] = [self._log.observe] if settings.logs.access else []
        if self._begin is not None and self.exporting is not None:
            self._watchers.append(self.exporting.visited)
        siblings.answers(_METRICS, self._own_metrics)

    @property
    def observers(self) -> list[Observer]:
        """Who is told of each answer."""
        further = [self.exporting] if self.exporting is not None else []
        return [self._log, self.metrics, self.feed, *further]

    def look_at(self, look: Look, settings: Settings) -> None:
        """Show from now on what is known of these upstreams, in the places where these settings have them."""
        places = _places(settings)
        self.metrics.looks = [look]
        self.metrics.name_providers(providers(places))
        if self.exporting is not None:
            self.exporting.places = places

    def watched(self, app: ASGIApp, route: Callable[[Scope], str]) -> ASGIApp:
        """The application, watched if anybody wants to."""
        if not (self._watchers or self._begin):
            return app
        return Watched(app, route, self._watchers, self._begin, self._clock)

    def retune(self, settings: Settings) -> None:
        """What of it changes with the settings: how much the log tells, and in which form."""
        if settings.logs != self._logs:
            self._logs = settings.logs
            self._log.retune(settings.logs.level, settings.logs.format)
            logs.configure(settings.logs.level, settings.logs.format)

    async def exposed(self) -> bytes:
        """What Prometheus reads: the metrics of all processes together."""
        return exposed(await self._counted())

    async def totals(self) -> Mapping[str, int]:
        """What all processes counted since the start, in a few figures."""
        return totals(await self._counted())

    async def _counted(self) -> Sequence[Metric]:
        others = await self._siblings.gather(_METRICS, self._written)
        return together(self.metrics.collect(), others)

    def _written(self) -> bytes:
        return written(self.metrics.collect())

    async def _own_metrics(self, _: bytes) -> bytes:
        return self._written()

    async def __aenter__(self) -> Self:
        if self._options.metrics_address:
            page = OpenMetricsPage(self.exposed)
            sockets = self._sockets or listen(*split_address(self._options.metrics_address))
            await self._exits.enter_async_context(Aside(page, sockets))
        if self.exporting is not None:
            self._exits.push_async_callback(self.exporting.close)
            if self._metrics_sent:
                self.exporting.send_metrics(self.metrics.collect, self._options.otlp_metrics_s)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._log.close()
        await self._exits.aclose()


def _signals(options: TelemetrySettings) -> frozenset[str]:
    """What a collector gets; the log tells where one is asked for in a protocol that is not spoken here."""
    signals, protocol = options.signals(), options.protocol()
    if not signals or protocol in _SPOKEN:
        return signals
    why = f"OTEL_EXPORTER_OTLP_PROTOCOL is {protocol}, and only http/protobuf is spoken here"
    structlog.get_logger("akashchat").warning("collector", state="is not asked", message=why)
    return frozenset()


def _collector(options: TelemetrySettings, clock: Clock, chance: Chance) -> Sender:
    """The one the settings name; raises ``BadSettings`` where the extra is not installed."""
    try:
        otlp = importlib.import_module("akashchat.telemetry.otlp")
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("akashchat"):
            raise
        raise BadSettings(_WITHOUT) from error
    resource = {
        "service.name": "akashchat",
        "service.version": __version__,
        "service.instance.id": chance.token(16),
    }
    collector: Sender = otlp.Collector(options.otlp_endpoint, options.headers(), resource, clock.now())
    return collector


def _places(settings: Settings) -> Mapping[str, Place]:
    """Where the upstreams are, by their names."""
    keyed = {name: place(name, own.base_url) for name, own in settings.keyed().items()}
    return {AkashWeb.name: place(AkashWeb.name, settings.akash_base_url), **keyed}
