"""Metrics: what happened, counted.

Names are those of OpenTelemetry's GenAI conventions where these have one, in the form Prometheus gives them, and
begin with ``akashchat_`` otherwise.  An answer costs a few additions; what is exposed is made when it is asked for.
https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

from msgspec import Struct

from akashchat.telemetry.base import Outcome

_SECONDS = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
_TOKEN_SECONDS = (0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 2.5)
_TOKENS = tuple(4.0**power for power in range(14))
_MOST_MODELS = 200
"""So many models have rows of their own: their names come from callers, and each row is kept for good."""
_OTHERS = "others"

Labels: TypeAlias = tuple[str, ...]
_ANSWER = ("dialect", "stream", "upstream", "model", "outcome")
_MODEL = ("gen_ai_operation_name", "gen_ai_provider_name", "gen_ai_request_model")


class Figures(Struct, frozen=True):
    """A metric: figures that go up (``counter``) or both ways (``gauge``), a row for each combination of labels."""

    kind: str
    name: str
    about: str
    labels: Labels
    rows: Mapping[Labels, float]


class Distribution(Struct, frozen=True):
    """Figures, counted by size.

    A row has as many counts as there are ``bounds``, one for what is above them all, and the sum of the figures.
    """

    name: str
    about: str
    labels: Labels
    bounds: Sequence[float]
    rows: dict[Labels, list[float]]

    def add(self, labels: Labels, figure: float) -> None:
        """Count one."""
        row = self.rows.get(labels)
        if row is None:
            row = self.rows[labels] = [0.0] * (len(self.bounds) + 2)
        row[bisect_left(self.bounds, figure)] += 1
        row[-1] += figure


Look: TypeAlias = Callable[[], Iterator[Figures]]
"""Gives what is so at the moment of asking."""


class Metrics:
    """Counts answers, and what else is told."""

    def __init__(self) -> None:
        self._answers: Counter[Labels] = Counter()
        self._attempts: Counter[Labels] = Counter()
        self._rescues: Counter[Labels] = Counter({(): 0})
        self._drift: Counter[Labels] = Counter()
        self._models: set[str] = set()
        self._duration = _distribution("request_duration_seconds", "How long answers took.", "error_type")
        self._first = _distribution("time_to_first_token_seconds", "How long the first event took.")
        self._per_token = Distribution(
            "gen_ai_server_time_per_output_token_seconds",
            "How long each token behind the first event took.",
            _MODEL,
            _TOKEN_SECONDS,
            {},
        )
        self._tokens = Distribution(
            "gen_ai_client_token_usage",
            "Tokens of what was asked and answered.",
            (*_MODEL, "gen_ai_token_type"),
            _TOKENS,
            {},
        )
        self.looks: list[Look] = []
        """Where to look for what is not counted here."""

    def observe(self, outcome: Outcome) -> None:
        """See ``Observer``."""
        model = self._bounded(outcome.true_model or outcome.model)
        error = outcome.error.kind if outcome.error else ""
        finish = str(outcome.finish_reason) if outcome.finish_reason else "left"
        stream = "true" if outcome.stream else "false"
        self._answers[outcome.dialect, stream, outcome.upstream, model, error or finish] += 1
        labels = ("chat", outcome.upstream, model)
        self._duration.add((*labels, error), outcome.duration_s)
        if outcome.first_event_s is not None:
            self._first.add(labels, outcome.first_event_s)
        self._count_tokens(outcome, labels)
        for attempt in outcome.attempts:
            self._attempts[attempt.upstream, attempt.error.kind if attempt.error else "answered"] += 1
        self._rescues[()] += outcome.rescues

    def _count_tokens(self, outcome: Outcome, labels: Labels) -> None:
        usage = outcome.usage
        if usage is None:
            return
        self._tokens.add((*labels, "input"), usage.input_tokens)
        self._tokens.add((*labels, "output"), usage.output_tokens)
        if outcome.stream and outcome.first_event_s is not None and usage.output_tokens > 1:
            rest_s = outcome.duration_s - outcome.first_event_s
            self._per_token.add(labels, rest_s / (usage.output_tokens - 1))

    def drifted(self, kind: str) -> None:
        """An upstream said something that its protocol does not know."""
        self._drift[(kind,)] += 1

    def collect(self) -> Iterator[Figures | Distribution]:
        """All of it."""
        yield Figures("counter", "akashchat_answers", "Answers, by how they ended.", _ANSWER, self._answers)
        labels = ("upstream", "outcome")
        yield Figures(
            "counter", "akashchat_attempts", "Upstreams asked, by what came of it.", labels, self._attempts
        )
        yield Figures("counter", "akashchat_rescues", "Seams in answers that were cut.", (), self._rescues)
        about = "What an upstream said that its protocol does not know."
        yield Figures("counter", "akashchat_drift", about, ("kind",), self._drift)
        yield from (self._duration, self._first, self._per_token, self._tokens)
        for look in self.looks:
            yield from look()

    def _bounded(self, model: str) -> str:
        if model in self._models:
            return model
        if len(self._models) >= _MOST_MODELS:
            return _OTHERS
        self._models.add(model)
        return model


def _distribution(name: str, about: str, *further: str) -> Distribution:
    return Distribution(f"gen_ai_server_{name}", about, (*_MODEL, *further), _SECONDS, {})
