"""Structured logs: one line an answer, to standard error.

What callers and models said to each other never gets here, and no secret: an outcome holds neither.  A
line has the model's name, the user a caller names, and the message of an error.
"""

import logging
import sys
from typing import Any, Literal, TypeAlias

import msgspec
import structlog

from akashchat.telemetry.base import Outcome

Form: TypeAlias = Literal["auto", "console", "json"]


def configure(level: str, form: Form) -> None:
    """Set up the process's logs, ours and the server's; ``auto`` is ``console`` in a terminal."""
    for_eyes = form == "console" or (form == "auto" and sys.stderr.isatty())
    renderer = _for_eyes() if for_eyes else _for_machines()
    shared: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


def _for_eyes() -> structlog.typing.Processor:
    # Tracebacks are plain, as ``format_exc_info`` writes them: pretty ones would show local variables,
    # and so secrets.
    return structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
    )


def _for_machines() -> structlog.typing.Processor:
    encode = msgspec.json.Encoder(enc_hook=str).encode

    def written(event: Any, **_: Any) -> str:
        return encode(event).decode()

    return structlog.processors.JSONRenderer(serializer=written)


class LogObserver:
    """Writes each outcome as one line."""

    def __init__(self) -> None:
        self._log = structlog.get_logger("akashchat")

    def observe(self, outcome: Outcome) -> None:
        """See ``Observer``."""
        fields = {
            "request_id": outcome.request_id,
            "dialect": outcome.dialect,
            "caller": outcome.caller,
            "model": outcome.model,
            "upstream": outcome.upstream,
            "stream": outcome.stream,
            "duration_ms": round(outcome.duration_s * 1000, 1),
        }
        if outcome.user:
            fields["user"] = outcome.user
        if outcome.first_event_s is not None:
            fields["first_event_ms"] = round(outcome.first_event_s * 1000, 1)
        if outcome.usage is not None:
            fields["input_tokens"] = outcome.usage.input_tokens
            fields["output_tokens"] = outcome.usage.output_tokens
            fields["estimated"] = outcome.usage.estimated
        if outcome.error is not None:
            self._log.warning("failed", error=outcome.error.code, message=outcome.error.message, **fields)
        elif outcome.finish_reason is not None:
            self._log.info("answered", finish_reason=outcome.finish_reason.value, **fields)
        else:
            self._log.info("caller left", **fields)
