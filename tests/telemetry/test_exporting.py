"""What goes to a collector: gathered, bounded, and never waited for."""

import asyncio
import threading
from collections.abc import Sequence

import pytest

from akashchat.model.trace import Trace
from akashchat.telemetry.base import Visit
from akashchat.telemetry.exporting import Exporting
from akashchat.telemetry.figures import Distribution, Figures
from akashchat.telemetry.spans import Span
from tests.support.clock import FakeClock

TRACE = Trace("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7")


class Sent:
    """A sender that keeps what it gets, and takes it or not."""

    def __init__(self, *, takes: bool = True) -> None:
        self.takes = takes
        self.batches: list[int] = []
        self.closed = False
        self.free = threading.Event()
        self.free.set()

    def spans(self, spans: Sequence[Span]) -> bool:
        """See ``Sender``; waits while it is not free."""
        self.free.wait(10)
        self.batches.append(len(spans))
        return self.takes

    def metrics(self, prepared: object) -> bool:
        """See ``Sender``."""
        return self.takes

    def prepare(self, metrics: Sequence[Figures | Distribution], now: float) -> object:
        """See ``Sender``."""
        return [*metrics], now

    def close(self) -> None:
        """See ``Sender``."""
        self.closed = True


def visit(trace: Trace | None = TRACE) -> Visit:
    """A request that is over."""
    return Visit(
        request_id="r", method="GET", path="/", route="/", status=200, duration_s=0.1, ended=1.0, trace=trace
    )


def lost(exporting: Exporting) -> dict[str, float]:
    """What was counted as lost."""
    (figures,) = exporting.figures()
    return {signal: count for (signal,), count in figures.rows.items()}


async def test_spans_wait_for_one_another(clock: FakeClock) -> None:
    """A second at most, and no longer than until there are many."""
    sent = Sent()
    exporting = Exporting(sent, clock)
    exporting.visited(visit())
    exporting.visited(visit())
    assert sent.batches == []
    await clock.advance(1)
    await exporting.close()
    assert sent.batches == [2]
    assert sent.closed


async def test_what_nobody_records_is_not_sent(clock: FakeClock) -> None:
    """Neither without a trace, nor of one that is not sampled."""
    sent = Sent()
    exporting = Exporting(sent, clock)
    exporting.visited(visit(None))
    exporting.visited(visit(Trace(TRACE.id, TRACE.span, sampled=False)))
    await exporting.close()
    assert sent.batches == []


async def test_many_go_in_batches_and_what_is_left_at_the_end(clock: FakeClock) -> None:
    """Nothing is lost where the collector takes it."""
    sent = Sent()
    exporting = Exporting(sent, clock)
    for _ in range(600):
        exporting.visited(visit())
    await exporting.close()
    assert sum(sent.batches) == 600
    assert max(sent.batches) == 256
    assert lost(exporting) == {"traces": 0, "metrics": 0}


async def test_a_slow_collector_fills_no_memory(clock: FakeClock) -> None:
    """What comes while enough waits is lost, and counted; nobody is held up."""
    sent = Sent()
    sent.free.clear()
    exporting = Exporting(sent, clock, most=300)
    for _ in range(1000):
        exporting.visited(visit())
    await asyncio.sleep(0)
    sent.free.set()
    await exporting.close()
    assert sum(sent.batches) + lost(exporting)["traces"] == 1000
    assert lost(exporting)["traces"] > 0


async def test_a_collector_that_is_away_is_told_once(
    clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    """And once that it is back; every span is counted."""
    sent = Sent(takes=False)
    exporting = Exporting(sent, clock)
    for takes in (False, False, True):
        sent.takes = takes
        exporting.visited(visit())
        exporting._send_spans_now()
        await asyncio.gather(*exporting._tasks.values())
    written = capsys.readouterr()
    told = [line for line in (written.out + written.err).splitlines() if "collector" in line]
    assert ["does not take it" in line for line in told] == [True, False]
    assert lost(exporting) == {"traces": 2, "metrics": 0}
