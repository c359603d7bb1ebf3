"""What is told of an outcome: the same words in the log and to whoever listens."""

from typing import Any

from akashchat.model.journey import Attempt
from akashchat.telemetry.base import Outcome, Visit


def told(outcome: Outcome) -> dict[str, Any]:
    """The fields, in their order; what does not apply is left out."""
    fields: dict[str, Any] = {
        "event": ending(outcome),
        "request_id": outcome.request_id,
        "dialect": outcome.dialect,
        "caller": outcome.caller,
        "model": outcome.model,
        "upstream": outcome.upstream,
        "stream": outcome.stream,
        "duration_ms": round(outcome.duration_s * 1000, 1),
    }
    if outcome.true_model not in ("", outcome.model):
        fields["true_model"] = outcome.true_model
    if outcome.user:
        fields["user"] = outcome.user
    attempts = outcome.attempts
    if len(attempts) > 1 or (attempts and attempts[0].tries > 1):
        fields["attempts"] = [_attempted(attempt) for attempt in attempts]
    if outcome.rescues:
        fields["rescues"] = outcome.rescues
    if outcome.first_event_s is not None:
        fields["first_event_ms"] = round(outcome.first_event_s * 1000, 1)
    if outcome.trace is not None:
        fields["trace_id"] = outcome.trace.id
    if outcome.usage is not None:
        fields["input_tokens"] = outcome.usage.input_tokens
        fields["output_tokens"] = outcome.usage.output_tokens
        fields["estimated"] = outcome.usage.estimated
    if outcome.finish_reason is not None:
        fields["finish_reason"] = outcome.finish_reason.value
    if outcome.error is not None:
        fields["error"] = outcome.error.code
        fields["message"] = outcome.error.message
    return fields


def _attempted(attempt: Attempt) -> str:
    """Who was asked for which model, how often, and what it failed with."""
    times = f" ×{attempt.tries}" if attempt.tries > 1 else ""
    failed = f": {attempt.error.code or attempt.error.type}" if attempt.error else ""
    return f"{attempt.upstream}/{attempt.model}{times}{failed}"


def ending(outcome: Outcome) -> str:
    """How it ended, in a word or two."""
    if outcome.error is not None:
        return "failed"
    return "answered" if outcome.finish_reason is not None else "caller left"


def visited(visit: Visit) -> dict[str, Any]:
    """What an access log says of a request."""
    fields: dict[str, Any] = {
        "event": "access",
        "request_id": visit.request_id,
        "method": visit.method,
        "path": visit.path,
        "route": visit.route,
        "status": visit.status or None,
        "duration_ms": round(visit.duration_s * 1000, 1),
        "caller": visit.caller or None,
        "client": visit.client[0] if visit.client else None,
        "user_agent": visit.user_agent,
    }
    return {**fields, "trace_id": visit.trace.id} if visit.trace is not None else fields
