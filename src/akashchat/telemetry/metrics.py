"""Metrics: what happened, counted.

Names are those of OpenTelemetry's GenAI conventions where these have one, in the form Prometheus gives them, and
begin with ``akashchat_`` otherwise.  The gateway is a server to its callers and a client to its upstreams, so it has
the metrics of both.  An answer costs a few additions; what is exposed is made when it is asked for.
https://github.com/open-telemetry/semantic-conventions-genai/blob/main/docs/gen-ai/gen-ai-metrics.md
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

from msgspec import Struct

from akashchat.model.events import FinishReason
from akashchat.model.journey import Attempt
from akashchat.telemetry.base import Outcome
from akashchat.telemetry.conventions import operation, upstream_operation

_SECONDS = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
_FIRST_SECONDS = (
    0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
)  # fmt: skip
_TOKEN_SECONDS = (0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 2.5)
_TOKENS = tuple(4.0**power for power in range(14))
# The four above as the conventions have them; what follows is ours.
_ADDED_SECONDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 10.0)
_PACES = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 50.0, 75.0, 100.0, 150.0, 200.0, 300.0, 500.0, 1000.0)
_MOST_MODELS = 200
"""So many models have rows of their own: their names come from callers, and each row is kept for good."""
_OTHERS = "others"
_LEFT = "left"
_FINISHED = frozenset(reason.value for reason in FinishReason)

Labels: TypeAlias = tuple[str, ...]
_ANSWER = ("dialect", "stream", "upstream", "model", "outcome")
_MODEL = ("gen_ai_operation_name", "gen_ai_provider_name", "gen_ai_request_model", "upstream")


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

    def counting(self, labels: Labels) -> Callable[[float], None]:
        """Gives what counts a figure in the row with these labels; there is none before the first."""
        rows, bounds = self.rows, self.bounds
        row = rows.get(labels)

        def count(figure: float) -> None:
            nonlocal row
            if row is None:
                row = rows.setdefault(labels, [0.0] * (len(bounds) + 2))
            row[bisect_left(bounds, figure)] += 1
            row[-1] += figure

        return count


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
        self._distributions = _Distributions()
        self._kinds: dict[tuple[str, bool, str, str, str], _Kind] = {}
        self._tries: dict[Labels, _Tries] = {}
        self._providers: Mapping[str, str] = {}
        self.looks: list[Look] = []
        """Where to look for what is not counted here."""

    def name_providers(self, providers: Mapping[str, str]) -> None:
        """Upstreams that go by another name in the conventions, by their own."""
        self._providers = providers
        self._kinds.clear()
        self._tries.clear()

    def observe(self, outcome: Outcome) -> None:
        """See ``Observer``."""
        model = self._bounded(outcome.true_model or outcome.model)
        finish = outcome.finish_reason.value if outcome.finish_reason else _LEFT
        end = outcome.error.kind if outcome.error else finish
        key = (outcome.dialect, outcome.stream, outcome.upstream, model, end)
        kind = self._kinds.get(key)
        if kind is None:
            kind = self._kinds[key] = self._new_kind(outcome, model)
        self._answers[kind.labels] += 1
        kind.count(outcome)
        for attempt in outcome.attempts:
            self._count_attempt(attempt, outcome)
        if outcome.rescues:
            self._rescues[()] += outcome.rescues

    def _new_kind(self, outcome: Outcome, model: str) -> "_Kind":
        upstream = outcome.upstream
        asked = operation(outcome.dialect), self._providers.get(upstream, upstream), model, upstream
        return _Kind(self._distributions, outcome, model, asked)

    def _count_attempt(self, attempt: Attempt, outcome: Outcome) -> None:
        error = attempt.error.kind if attempt.error else ""
        self._attempts[attempt.upstream, error or "answered"] += 1
        if not attempt.began:
            return
        key = (outcome.dialect, attempt.upstream, attempt.model, error)
        tries = self._tries.get(key)
        if tries is None:
            name, model = attempt.upstream, self._bounded(attempt.model)
            asked = upstream_operation(outcome.dialect), self._providers.get(name, name), model, name
            tries = self._tries[key] = _Tries(self._distributions, asked, error)
            if len(self._tries) > _MOST_MODELS:
                del self._tries[next(iter(self._tries))]
        tries.duration((attempt.ended or outcome.ended) - attempt.began)
        if outcome.stream and attempt.heard:
            tries.first(attempt.heard - attempt.asked)

    def drifted(self, kind: str) -> None:
        """An upstream said something that its protocol does not know."""
        self._drift[(kind,)] += 1

    def totals(self) -> dict[str, int]:
        """What was counted since the start, in a few figures."""
        ends = Counter[str]()
        for labels, count in self._answers.items():
            end = labels[-1]
            ends[end if end == _LEFT else "answered" if end in _FINISHED else "failed"] += count
        tokens = Counter[str]()
        for labels, row in self._distributions.tokens.rows.items():
            tokens[labels[-1]] += int(row[-1])
        return {
            **{end: ends[end] for end in ("answered", "failed", _LEFT)},
            "rescues": self._rescues[()],
            "input_tokens": tokens["input"],
            "output_tokens": tokens["output"],
        }

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
        yield from self._distributions.all()
        for look in self.looks:
            yield from look()

    def _bounded(self, model: str) -> str:
        if model in self._models:
            return model
        if len(self._models) >= _MOST_MODELS:
            return _OTHERS
        self._models.add(model)
        return model


class _Distributions:
    """All there are."""

    def __init__(self) -> None:
        self.duration = _distribution(
            "gen_ai_server_request_duration_seconds", "How long answers took.", (*_MODEL, "error_type"), _SECONDS
        )
        self.first = _distribution(
            "gen_ai_server_time_to_first_token_seconds", "How long the first event took, of answers that finished.",
            _MODEL, _FIRST_SECONDS,
        )  # fmt: skip
        self.per_token = _distribution(
            "gen_ai_server_time_per_output_token_seconds", "How long each token behind the first event took.",
            _MODEL, _TOKEN_SECONDS,
        )  # fmt: skip
        self.tokens = _distribution(
            "gen_ai_client_token_usage", "Tokens of what was asked and answered.",
            (*_MODEL, "gen_ai_token_type"), _TOKENS,
        )  # fmt: skip
        self.asked = _distribution(
            "gen_ai_client_operation_duration_seconds", "How long an upstream took that was asked, with all its tries.",
            (*_MODEL, "error_type"), _SECONDS,
        )  # fmt: skip
        self.heard = _distribution(
            "gen_ai_client_operation_time_to_first_chunk_seconds",
            "How long it took an upstream to begin a stream, from its last try on.", _MODEL, _SECONDS,
        )  # fmt: skip
        self.added = _distribution(
            "akashchat_added_seconds",
            "What the gateway adds by itself: `before` an upstream is asked, without the wait for a turn, and `after` "
            "its first event, until that goes on to the caller.", ("dialect", "part"), _ADDED_SECONDS,
        )  # fmt: skip
        self.pace = _distribution(
            "akashchat_output_tokens_per_second", "How fast streams came, behind the first event.",
            ("upstream", "model"), _PACES,
        )  # fmt: skip

    def all(self) -> Iterator[Distribution]:
        """In the order in which they are told."""
        yield from (self.duration, self.first, self.per_token, self.tokens, self.asked, self.heard)
        yield from (self.added, self.pace)


class _Kind:
    """Answers that are counted in the same rows: these are looked up once and then only added to."""

    __slots__ = ("_after", "_before", "_duration", "_first", "_input", "_output", "_pace", "_per_token", "labels")

    def __init__(self, all_: _Distributions, outcome: Outcome, model: str, asked: Labels) -> None:
        error = outcome.error.kind if outcome.error else ""
        finish = outcome.finish_reason.value if outcome.finish_reason else _LEFT
        stream = "true" if outcome.stream else "false"
        self.labels = (outcome.dialect, stream, outcome.upstream, model, error or finish)
        self._duration = all_.duration.counting((*asked, error))
        self._first = all_.first.counting(asked)
        self._per_token = all_.per_token.counting(asked)
        self._input = all_.tokens.counting((*asked, "input"))
        self._output = all_.tokens.counting((*asked, "output"))
        self._before = all_.added.counting((outcome.dialect, "before"))
        self._after = all_.added.counting((outcome.dialect, "after"))
        self._pace = all_.pace.counting((outcome.upstream, model))

    def count(self, outcome: Outcome) -> None:
        """Count one of them."""
        self._duration(outcome.duration_s)
        if outcome.before_s is not None:
            self._before(outcome.before_s)
        if (after_s := outcome.after_s) is not None:
            self._after(after_s)
        first_s, usage = outcome.first_event_s, outcome.usage
        if first_s is not None and outcome.error is None and outcome.finish_reason is not None:
            self._first(first_s)
        if usage is None:
            return
        self._input(usage.input_tokens)
        self._output(usage.output_tokens)
        if outcome.stream and first_s is not None and usage.output_tokens > 1:
            rest_s = outcome.duration_s - first_s
            self._per_token(rest_s / (usage.output_tokens - 1))
            if rest_s > 0:
                self._pace((usage.output_tokens - 1) / rest_s)


class _Tries:
    """The rows of one upstream and model, asked with one result."""

    __slots__ = ("duration", "first")

    def __init__(self, all_: _Distributions, asked: Labels, error: str) -> None:
        self.duration = all_.asked.counting((*asked, error))
        self.first = all_.heard.counting(asked)


def _distribution(name: str, about: str, labels: Labels, bounds: Sequence[float]) -> Distribution:
    return Distribution(name, about, labels, bounds, {})
