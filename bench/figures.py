"""What is measured, and how it becomes figures.

The floor and the gateway take turns, round by round, so that whatever else the machine does meets both.
"""

from collections.abc import Callable, Iterator

from msgspec import Struct

from bench import servers
from bench.load import Answered, Workload, ask
from bench.servers import Server

PLAIN = Workload(name="plain", tokens=1, stream=False, requests=4000, at_once=32)
BURST = Workload(name="burst", tokens=200, requests=1000, at_once=32)
PACED = Workload(name="paced", tokens=100, pause_ms=20, requests=800, at_once=400)
MANY = Workload(name="many", tokens=100, pause_ms=20, requests=1000, at_once=1000)
ALONE = Workload(name="alone", tokens=1, stream=False, requests=500, at_once=1)
_WARM_UP = (
    Workload(name="warm-up", tokens=1, stream=False, requests=300, at_once=8),
    Workload(name="warm-up", tokens=200, requests=50, at_once=8),
)


class Figure(Struct, frozen=True):
    """One thing measured; ``bar`` is what the gateway holds itself to, where it does."""

    name: str
    meaning: str
    unit: str
    bar: str = ""


FIGURES = (
    Figure("plain", "a request answered whole", "µs of processor", "1.6 × floor"),
    Figure("burst", "a token of a stream that comes at once", "µs of processor", "1.25 × floor"),
    Figure("paced", "a token, 400 streams, one token each 20 ms", "µs of processor", "1.15 × floor"),
    Figure("latency", "added to a request answered whole, alone", "ms"),
    Figure("idle", "memory before the first request", "MB", "80 MB"),
    Figure("peak", "memory at most, 1,000 streams at once", "MB"),
    Figure("ready", "from the command to the first answer", "s", "1 s"),
)


class Measured(Struct, frozen=True):
    """One figure of one server in one round."""

    round: int
    server: str
    figure: str
    value: float


def measure(rounds: int, tell: Callable[[str], None]) -> Iterator[Measured]:
    """Every figure, as it comes; raises ``SystemExit`` when an answer was not whole."""
    with servers.upstream() as akash:
        for number in range(1, rounds + 1):
            for name, start in (("floor", servers.floor), ("gateway", servers.gateway)):
                tell(f"round {number} of {rounds}: the {name}")
                with start(akash.port) as server:
                    for figure, value in _figures(server, akash.port):
                        yield Measured(number, name, figure, value)


def _figures(server: Server, akash_port: int) -> Iterator[tuple[str, float]]:
    yield "ready", server.ready_s
    yield "idle", server.memory_mb()
    for workload in _WARM_UP:
        _ask(workload, server.port)
    yield "plain", _cpu_us(PLAIN, server) / PLAIN.requests
    yield "burst", _cpu_us(BURST, server) / (BURST.requests * BURST.tokens)
    yield "paced", _cpu_us(PACED, server) / (PACED.requests * PACED.tokens)
    direct = _median(_ask(ALONE, akash_port, "/api/chat/").whole_s)
    yield "latency", 1000 * (_median(_ask(ALONE, server.port).whole_s) - direct)
    _ask(MANY, server.port)
    yield "peak", server.peak_memory_mb()


def _cpu_us(workload: Workload, server: Server) -> float:
    before = server.cpu_s()
    _ask(workload, server.port)
    return 1e6 * (server.cpu_s() - before)


def _ask(workload: Workload, port: int, path: str = "/v1/chat/completions") -> Answered:
    answered = ask(workload, port, path)
    if answered.errors:
        failed = f"{workload.name}: {len(answered.errors)} of {workload.requests} requests failed"
        raise SystemExit(f"{failed}, the first with\n{answered.errors[0]}")
    return answered


def _median(sorted_values: list[float]) -> float:
    return sorted_values[len(sorted_values) // 2]
