"""Metrics: what happened, counted.

Names are those of OpenTelemetry's GenAI conventions where these have one, in the form Prometheus gives them, and
begin with ``akashchat_`` otherwise.  The gateway is a server to its callers and a client to its upstreams, so it has
the metrics of both.  An answer costs a few additions; what is exposed is made when it is asked for.
https://github.com/open-telemetry/semantic-conventions-genai/blob/main/docs/gen-ai/gen-ai-metrics.md
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from akashchat.model.journey import Attempt
from akashchat.telemetry.base import Outcome
from akashchat.telemetry.conventions import operation, upstream_operation
from akashchat.telemetry.distributions import Distributions
from akashchat.telemetry.figures import Distribution, Figures, Labels, counter

__all__ = ["LEFT", "Distribution", "Figures", "Labels", "Look", "Metrics"]

_MOST_MODELS = 200
"""So many models have rows of their own: their names come from callers, and each row is kept for good."""
_OTHERS = "others"
LEFT = "left"
"""How an answer ended whose caller did not wait for it."""

_ANSWER = ("dialect", "stream", "upstream", "model", "outcome")


Look: TypeAlias = Callable[[], Iterator[Figures]]
"""Gives what is so at the moment of asking."""


class Metrics:
    """Counts answers, and what else is told."""

    def __init__(self) -> None:
        self._answers: dict[Labels, list[int]] = {}
        self._attempts: dict[Labels, list[int]] = {}
        self._rescues: Counter[Labels] = Counter({(): 0})
        self._drift: Counter[Labels] = Counter()
        self._limited: Counter[Labels] = Counter()
        self._overdrawn: Counter[Labels] = Counter({(): 0})
        self._dollars: Counter[Labels] = Counter()
        self._models: set[str] = set()
        self._distributions = Distributions()
        self._kinds: dict[tuple[str, bool, str, str, str], _Kind] = {}
        self._tries: dict[Labels, _Tries] = {}
        self._providers: Mapping[str, str] = {}
        self.looks: list[Look] = []
        """Where to look for what is not counted here."""
        self.lasting: list[Look] = []
        """The same for what outlives a change of settings."""

    def name_providers(self, providers: Mapping[str, str]) -> None:
        """Upstreams that go by another name in the conventions, by their own."""
        self._providers = providers
        self._kinds.clear()
        self._tries.clear()

    def observe(self, outcome: Outcome) -> None:
        """See ``Observer``."""
        model = self._bounded(outcome.true_model or outcome.model)
        finish = outcome.finish_reason.value if outcome.finish_reason else LEFT
        end = outcome.error.kind if outcome.error else finish
        key = (outcome.dialect, outcome.stream, outcome.upstream, model, end)
        kind = self._kinds.get(key)
        if kind is None:
            kind = self._kinds[key] = self._new_kind(outcome, model, end)
        kind.count(outcome)
        for attempt in outcome.attempts:
            self._count_attempt(attempt, outcome)
        if outcome.rescues:
            self._rescues[()] += outcome.rescues

    def _new_kind(self, outcome: Outcome, model: str, end: str) -> "_Kind":
        upstream = outcome.upstream
        labels = (outcome.dialect, "true" if outcome.stream else "false", upstream, model, end)
        asked = operation(outcome.dialect), self._providers.get(upstream, upstream), model, upstream
        return _Kind(self._distributions, outcome, asked, self._answers.setdefault(labels, [0]))

    def _count_attempt(self, attempt: Attempt, outcome: Outcome) -> None:
        error = attempt.error.kind if attempt.error else ""
        key = (outcome.dialect, attempt.upstream, attempt.model, error)
        tries = self._tries.get(key)
        if tries is None:
            name, model = attempt.upstream, self._bounded(attempt.model)
            asked = upstream_operation(outcome.dialect), self._providers.get(name, name), model, name
            times = self._attempts.setdefault((name, error or "answered"), [0])
            tries = self._tries[key] = _Tries(self._distributions, asked, error, times)
            if len(self._tries) > _MOST_MODELS:
                del self._tries[next(iter(self._tries))]
        tries.count(attempt, outcome)

    def drifted(self, kind: str) -> None:
        """An upstream said something that its protocol does not know."""
        self._drift[(kind,)] += 1

    def limited(self, kind: str) -> None:
        """A caller's own limit refused a request."""
        self._limited[(kind,)] += 1

    def overdrawn(self, tokens: int) -> None:
        """An answer cost more tokens than were set aside for it."""
        self._overdrawn[()] += tokens

    def spent(self, upstream: str, model: str, dollars: float) -> None:
        """An answer cost something, or would have."""
        self._dollars[upstream, self._bounded(model)] += dollars  # type: ignore[assignment]  # counts of a kind

    def collect(self) -> Iterator[Figures | Distribution]:
        """All of it."""
        yield counter("akashchat_answers", "Answers, by how they ended.", _ANSWER, self._answers)
        about = "Upstreams asked, by what came of it."
        yield counter("akashchat_attempts", about, ("upstream", "outcome"), self._attempts)
        yield Figures("counter", "akashchat_rescues", "Seams in answers that were cut.", (), self._rescues)
        about = "What an upstream said that its protocol does not know."
        yield Figures("counter", "akashchat_drift", about, ("kind",), self._drift)
        about = "Requests refused because their caller's key may ask for no more, by the limit."
        yield Figures("counter", "akashchat_limited", about, ("limit",), self._limited)
        about = "Tokens that answers cost beyond what was set aside for them."
        yield Figures("counter", "akashchat_overdrawn_tokens", about, (), self._overdrawn)
        about = "What answers cost, or would have cost, in dollars, where the price is known."
        yield Figures("counter", "akashchat_cost_dollars", about, ("upstream", "model"), self._dollars)
        yield from self._distributions.all()
        for look in (*self.lasting, *self.looks):
            yield from look()

    def _bounded(self, model: str) -> str:
        if model in self._models:
            return model
        if len(self._models) >= _MOST_MODELS:
            return _OTHERS
        self._models.add(model)
        return model


class _Kind:
    """Answers that are counted in the same rows: these are looked up once and then only added to."""

    __slots__ = (
        "_after",
        "_before",
        "_duration",
        "_first",
        "_input",
        "_output",
        "_pace",
        "_per_token",
        "_times",
    )

    def __init__(self, all_: Distributions, outcome: Outcome, asked: Labels, times: list[int]) -> None:
        error = outcome.error.kind if outcome.error else ""
        self._times = times
        self._duration = all_.duration.counting((*asked, error))
        self._first = all_.first.counting(asked)
        self._per_token = all_.per_token.counting(asked)
        self._input = all_.tokens.counting((*asked, "input"))
        self._output = all_.tokens.counting((*asked, "output"))
        self._before = all_.added.counting((outcome.dialect, "before"))
        self._after = all_.added.counting((outcome.dialect, "after"))
        self._pace = all_.pace.counting((outcome.upstream, asked[2]))

    def count(self, outcome: Outcome) -> None:
        """Count one of them."""
        self._times[0] += 1
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

    __slots__ = ("_duration", "_first", "_times")

    def __init__(self, all_: Distributions, asked: Labels, error: str, times: list[int]) -> None:
        self._times = times
        self._duration = all_.asked.counting((*asked, error))
        self._first = all_.heard.counting(asked)

    def count(self, attempt: Attempt, outcome: Outcome) -> None:
        """Count one of them."""
        self._times[0] += 1
        if attempt.began:
            self._duration((attempt.ended or outcome.ended) - attempt.began)
            if outcome.stream and attempt.heard:
                self._first(attempt.heard - attempt.asked)
