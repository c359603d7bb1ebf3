"""What happened, as the spans of a trace, in the words of OpenTelemetry's conventions.

A request is a span of the HTTP server, and below it each attempt at an upstream one of a GenAI client: it covers all
tries, as the conventions want it.  They are made when all is over.  What was said in prompts and answers is in none.
https://github.com/open-telemetry/semantic-conventions-genai/blob/main/docs/gen-ai/gen-ai-spans.md
https://opentelemetry.io/docs/specs/semconv/http/http-spans/
"""

from collections.abc import Iterator, Mapping
from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct

from akashchat.model.journey import Attempt
from akashchat.model.request import Request
from akashchat.model.trace import Trace
from akashchat.telemetry.base import Outcome, Visit
from akashchat.telemetry.conventions import Place, upstream_operation

Attribute: TypeAlias = str | bool | int | float | tuple[str, ...]
Attributes: TypeAlias = dict[str, Attribute]

_METHODS = frozenset(
    {"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY"}
)
"""The conventions know these; another one is ``_OTHER``, as it could be anything."""
_OPTIONS: Mapping[str, tuple[str, type[int] | type[float]]] = {
    "frequency_penalty": ("gen_ai.request.frequency_penalty", float),
    "presence_penalty": ("gen_ai.request.presence_penalty", float),
    "seed": ("gen_ai.request.seed", int),
    "top_k": ("gen_ai.request.top_k", float),
}


class Span(Struct, frozen=True):
    """One part of a trace; ``began`` and ``ended`` are seconds since the epoch, ``error`` why it failed."""

    trace: Trace
    id: str
    parent: str
    name: str
    kind: Literal["server", "client"]
    began: float
    ended: float
    attributes: Attributes
    error: str | None = None


def of_visit(visit: Visit, trace: Trace, epoch: float) -> Span:
    """The server's part; ``epoch`` is when monotonic time was nought."""
    method = visit.method if visit.method in _METHODS else "_OTHER"
    attributes: Attributes = {
        "http.request.method": method,
        "url.path": visit.path,
        "url.scheme": visit.scheme,
        "network.protocol.version": visit.version,
        "akashchat.request_id": visit.request_id,
    }
    if method == "_OTHER":
        attributes["http.request.method_original"] = visit.method
    if visit.route:
        attributes["http.route"] = visit.route
    if visit.status:
        attributes["http.response.status_code"] = visit.status
    if visit.user_agent:
        attributes["user_agent.original"] = visit.user_agent
    for name, ends in (("server", visit.server), ("client", visit.client)):
        if ends is not None:
            attributes[f"{name}.address"], attributes[f"{name}.port"] = ends
    failed = visit.status >= 500
    if failed:
        attributes["error.type"] = str(visit.status)
    shown = "HTTP" if method == "_OTHER" else method
    name = f"{shown} {visit.route}" if visit.route else shown
    ended = epoch + visit.ended
    began = ended - visit.duration_s
    why = "" if failed else None  # the status says it, and more is not known here
    return Span(trace, trace.span, trace.parent, name, "server", began, ended, attributes, why)


def of_outcome(outcome: Outcome, trace: Trace, epoch: float, places: Mapping[str, Place]) -> Iterator[Span]:
    """One for each attempt; ``places`` are the upstreams', by name."""
    asked = of_request(outcome.request) if outcome.request is not None else {}
    for attempt in outcome.attempts:
        last = attempt is outcome.attempts[-1]
        error = attempt.error or (outcome.error if last else None)
        attributes = {**_attempted(outcome, attempt, places.get(attempt.upstream)), **asked}
        if last:
            attributes |= _answered(outcome)
        if error is not None:
            attributes["error.type"] = error.kind
        name = f"{attributes['gen_ai.operation.name']} {attempt.model}"
        began, ended = epoch + attempt.began, epoch + (attempt.ended or outcome.ended)
        why = error.message if error is not None else None
        yield Span(trace, attempt.span, trace.span, name, "client", began, ended, attributes, why)


def of_request(request: Request) -> Attributes:
    """What was asked for, but for the words of it."""
    told: Attributes = {}
    for name, value in (
        ("gen_ai.request.max_tokens", request.max_tokens),
        ("gen_ai.request.temperature", request.temperature),
        ("gen_ai.request.top_p", request.top_p),
        ("gen_ai.request.stop_sequences", request.stop or None),
        ("gen_ai.request.choice.count", request.answers if request.answers != 1 else None),
        ("gen_ai.request.stream", request.stream or None),
        ("gen_ai.output.type", _output_type(request)),
    ):
        if value is not None:
            told[name] = value
    for option, (name, kind) in _OPTIONS.items():
        if option in request.options:
            try:
                told[name] = msgspec.json.decode(request.options[option], type=kind)
            except msgspec.MsgspecError:
                continue  # what the caller sent there is none; whoever is asked will say so
    return told


def _output_type(request: Request) -> str | None:
    if request.picture is not None:
        return "image"
    return "json" if request.output is not None else None


def _attempted(outcome: Outcome, attempt: Attempt, place: Place | None) -> Attributes:
    told: Attributes = {
        "gen_ai.operation.name": upstream_operation(outcome.dialect),
        "gen_ai.provider.name": place.provider if place else attempt.upstream,
        "gen_ai.request.model": attempt.model,
        "akashchat.upstream": attempt.upstream,
        "akashchat.dialect": outcome.dialect,
        "akashchat.caller": outcome.caller,
        "akashchat.request_id": outcome.request_id,
        "akashchat.tries": attempt.tries,
    }
    if place is not None:
        told["server.address"], told["server.port"] = place.address, place.port
    if outcome.stream and attempt.heard:
        told["gen_ai.response.time_to_first_chunk"] = attempt.heard - attempt.asked
    return told


def _answered(outcome: Outcome) -> Attributes:
    """What the answer came to, where it came to anything."""
    told: Attributes = {}
    if outcome.finish_reason is not None:
        told["gen_ai.response.finish_reasons"] = (outcome.finish_reason.value,)
        told["gen_ai.response.model"] = outcome.true_model or outcome.model
    elif outcome.error is None:
        told["akashchat.left"] = True
    if outcome.rescues:
        told["akashchat.rescues"] = outcome.rescues
    if (usage := outcome.usage) is not None:
        told["gen_ai.usage.input_tokens"] = usage.input_tokens
        told["gen_ai.usage.output_tokens"] = usage.output_tokens
        told["akashchat.usage.estimated"] = usage.estimated
        if usage.reasoning_tokens:
            told["gen_ai.usage.reasoning.output_tokens"] = usage.reasoning_tokens
    return told
