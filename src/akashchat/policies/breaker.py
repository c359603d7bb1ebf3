"""Leaving an upstream alone that keeps failing, so that it can recover and nobody waits for it in vain.

Each model has a *circuit* of its own, as behind one address one model may be down and all others up.  It opens
after some failures in a row, and every request is then refused at once.  After a cool-down it is half open: one
request goes through, the probe.  When the probe's answer begins others may follow, but one more failure before
an answer is complete opens the circuit again, for twice as long.
"""

from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct

from akashchat.clock import Clock
from akashchat.errors import CircuitOpen, GatewayError, UpstreamError
from akashchat.model.events import Failure, Finish
from akashchat.model.request import Request
from akashchat.upstreams.base import EventStream, Opened, Passage, Upstream, Wrapper

_MOST_DOUBLINGS = 2
_MOST_CIRCUITS = 256
"""Models are named by callers, so there may be any number of names; those that never fail need no circuit."""


class BreakerOptions(Struct, frozen=True, kw_only=True):
    """After how many failures in a row, and for how long at first."""

    failures: int
    cooldown_s: float


class CircuitState(StrEnum):
    """What becomes of the next request."""

    CLOSED = "closed"
    HALF_OPEN = "half_open"
    OPEN = "open"


class CircuitReport(Struct, frozen=True):
    """One model that failed lately: how often in a row, how the last time, and how long it is left alone."""

    model: str
    state: CircuitState
    failures: int
    error: GatewayError
    retry_after_s: float


class _Circuit(Struct):
    """``until`` is 0 while it is closed, later the end of the cool-down; ``probe`` is who tries after it."""

    error: GatewayError
    failures: int = 0
    opened: int = 0
    until: float = 0.0
    probe: object | None = None

    def state(self, now: float) -> CircuitState:
        if not self.until:
            return CircuitState.CLOSED
        return CircuitState.OPEN if now < self.until else CircuitState.HALF_OPEN


class Circuits:
    """The circuits of an upstream, by model; a model that has not failed since it last answered has none."""

    def __init__(self, name: str, options: BreakerOptions, clock: Clock) -> None:
        self._name = name
        self._options = options
        self._clock = clock
        self.troubled: dict[str, _Circuit] = {}
        """Empty while all is well, so that then nobody need ask for more."""

    def admit(self, model: str, way: object) -> None:
        """Return when the upstream may be asked; raises what keeps it from that.

        ``way`` stands for the request: whoever was let through with it must tell what came of it.
        """
        circuit = self.troubled.get(model)
        if circuit is None or not circuit.until:
            return
        left_s = circuit.until - self._clock.monotonic()
        if left_s > 0 or circuit.probe is not None:
            raise self._refusal(model, circuit, max(left_s, 1.0))
        circuit.probe = way

    def began(self, model: str, way: object) -> None:
        """An answer began; of a probe that is enough to let others follow."""
        circuit = self.troubled.get(model)
        if circuit is not None and circuit.probe is way:
            circuit.probe = None
            circuit.until = 0.0

    def answered(self, model: str) -> None:
        """An answer came to its end, or was left before it without having failed."""
        circuit = self.troubled.get(model)
        if circuit is not None and not circuit.until:  # else it began before the circuit opened
            del self.troubled[model]

    def failed(self, model: str, error: GatewayError, way: object) -> None:
        """No answer began, or it was cut; only what the upstream is to blame for is held against it."""
        if not isinstance(error, UpstreamError):
            self.began(model, way)
            return
        error = error.again()  # its own trace would keep all of the request that it ended
        circuit = self.troubled.get(model) or self._new(model, error)
        circuit.error = error
        if circuit.until and circuit.probe is not way:
            return  # one of many that were under way when it opened
        circuit.failures += 1
        if circuit.failures >= self._options.failures:
            doubled = 2.0 ** min(circuit.opened, _MOST_DOUBLINGS)
            circuit.until = self._clock.monotonic() + self._options.cooldown_s * doubled
            circuit.opened += 1
            circuit.probe = None

    def left(self, model: str, way: object) -> None:
        """Whoever asked left before anything was known; another one may be the probe."""
        circuit = self.troubled.get(model)
        if circuit is not None and circuit.probe is way:
            circuit.probe = None

    def report(self) -> Sequence[CircuitReport]:
        """The models that failed lately."""
        now = self._clock.monotonic()
        return [
            CircuitReport(
                model, circuit.state(now), circuit.failures, circuit.error, max(circuit.until - now, 0.0)
            )
            for model, circuit in self.troubled.items()
        ]

    def _new(self, model: str, error: GatewayError) -> _Circuit:
        if len(self.troubled) >= _MOST_CIRCUITS:
            del self.troubled[next(iter(self.troubled))]
        circuit = self.troubled[model] = _Circuit(error)
        return circuit

    def _refusal(self, model: str, circuit: _Circuit, after_s: float) -> GatewayError:
        if not circuit.error.retryable:  # only the operator can help, and must be told how
            return circuit.error.again()
        return CircuitOpen(
            f"'{model}' failed {circuit.failures} times in a row at {self._name} and is left alone for now; "
            f"the last time: {circuit.error.message}",
            retry_after_s=after_s,
        )


class Breaking(Wrapper):
    """Asks the wrapped upstream unless the model's circuit is open."""

    def __init__(self, upstream: Upstream, options: BreakerOptions, clock: Clock) -> None:
        super().__init__(upstream)
        self.circuits = Circuits(upstream.name, options, clock)

    def open(self, request: Request) -> Opened:
        """An answer, or ``CircuitOpen``; see ``upstreams.base``."""
        return _Way(self._upstream, request, self.circuits)


class _Way(Passage):
    """One request's way through its circuit; without trouble it asks once whether there is any."""

    __slots__ = ("_circuits", "_request", "_upstream")

    def __init__(self, upstream: Upstream, request: Request, circuits: Circuits) -> None:
        self._upstream = upstream
        self._request = request
        self._circuits = circuits

    async def __aenter__(self) -> EventStream:
        circuits, model = self._circuits, self._request.model
        if circuits.troubled:
            circuits.admit(model, self)
        try:
            self._opened = self._upstream.open(self._request)
            self._stream = await self._opened.__aenter__()
        except GatewayError as error:
            circuits.failed(model, error, self)
            raise
        except BaseException:
            circuits.left(model, self)
            raise
        if circuits.troubled:
            circuits.began(model, self)
        return self._stream

    def _left(self, end: Finish | Failure | None) -> None:
        if isinstance(end, Failure):
            self._circuits.failed(self._request.model, end.error, self)
        elif self._circuits.troubled:
            self._circuits.answered(self._request.model)
