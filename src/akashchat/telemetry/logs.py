"""Structured logs: one line an answer, and where that is wanted one a request, to standard error.

What callers and models said to each other never gets here, and no secret: an outcome holds neither.  A
line has the model's name, the user a caller names, and the message of an error.
"""

import functools
import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias

import msgspec
import structlog

from akashchat.clock import Clock
from akashchat.telemetry.base import Outcome, Visit
from akashchat.telemetry.told import told, visited

_GATHER_S = 0.1
"""So long may a line wait for others."""
_MANY_LINES = ("event", "exception", "traceback")
_MANY = 100
"""So many lines are written in less than a millisecond."""

Form: TypeAlias = Literal["auto", "console", "json"]


def configure(level: str, form: Form) -> None:
    """Set up the process's logs, ours and the server's; ``auto`` is ``console`` in a terminal.

    Whoever has a logger already logs from now on as these say.
    """
    renderer = _renderer(form)
    shared: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


def _renderer(form: Form) -> structlog.typing.Processor:
    for_eyes = form == "console" or (form == "auto" and sys.stderr.isatty())
    return _for_eyes() if for_eyes else _for_machines()


def _for_eyes() -> structlog.typing.Processor:
    # Tracebacks are plain, as ``format_exc_info`` writes them: pretty ones would show local variables,
    # and so secrets.
    render = structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
    )

    def written(log: Any, method: str, event: structlog.typing.EventDict) -> str:
        return str(render(log, method, {name: _shown(name, value) for name, value in event.items()}))

    return written


def _shown(name: str, value: Any) -> Any:
    """What a caller has named must not break the line, or move a terminal's cursor."""
    if not isinstance(value, str) or value.isprintable() or name in _MANY_LINES:
        return value
    return value.encode("unicode_escape").decode()


def _for_machines() -> structlog.typing.Processor:
    encode = msgspec.json.Encoder(enc_hook=str).encode

    def written(event: Any, **_: Any) -> str:
        try:
            return encode(event).decode()
        except (msgspec.MsgspecError, ValueError):
            return json.dumps(event, default=str)  # half an emoji, or a number JSON has not

    return structlog.processors.JSONRenderer(serializer=written)


def _moment(now: float) -> str:
    second = int(now)
    return f"{_second(second)}.{int((now - second) * 1e6):06}Z"


@functools.lru_cache(maxsize=4)
def _second(now: int) -> str:
    """Written once for all lines of it."""
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%S")


class LogObserver:
    """Writes each outcome as one line; and each visit, where it is told of them.

    Outcomes are gathered for a moment and written together: so nobody's answer waits for a line, and a line
    costs a fraction of what it costs alone.  A line tells when its answer ended; what the log says beside
    outcomes comes at once and may so stand before it.
    """

    def __init__(self, clock: Clock, level: str, form: Form) -> None:
        self._clock = clock
        self._gathered: list[tuple[float, Outcome | Visit]] = []
        self._most = _MANY
        self.retune(level, form)

    def retune(self, level: str, form: Form) -> None:
        """Write what is yet to be written from this level on, and in this form."""
        self._least = logging.getLevelNamesMapping()[level.upper()]
        self._renderer = _renderer(form)

    def observe(self, what: Outcome | Visit) -> None:
        """See ``Observer``; a visit is over likewise."""
        if not self._gathered and self._most > 1:
            self._clock.call_later(_GATHER_S, self.flush)
        self._gathered.append((self._clock.now(), what))
        if len(self._gathered) >= self._most:
            self.flush()

    def flush(self) -> None:
        """Write what was gathered."""
        gathered, self._gathered = self._gathered, []
        if lines := "".join(self._line(now, what) for now, what in gathered):
            sys.stderr.write(lines)

    def close(self) -> None:
        """Write what was gathered, and from now on each line at once: there may be no later."""
        self._most = 1
        self.flush()

    def _line(self, now: float, what: Outcome | Visit) -> str:
        failed = isinstance(what, Outcome) and what.error is not None
        level, value = ("warning", logging.WARNING) if failed else ("info", logging.INFO)
        if value < self._least:
            return ""
        fields = {"timestamp": _moment(now), "level": level}
        fields |= told(what) if isinstance(what, Outcome) else visited(what)
        return str(self._renderer(None, level, fields)) + "\n"
