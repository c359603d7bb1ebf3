"""What Prometheus reads, read by its own parser."""

from collections.abc import Iterator

from prometheus_client.parser import text_string_to_metric_families

from akashchat.errors import RateLimited
from akashchat.model.events import FinishReason, Usage
from akashchat.model.journey import Attempt
from akashchat.telemetry.base import Outcome
from akashchat.telemetry.exposition import exposed
from akashchat.telemetry.metrics import Figures, Metrics


def outcome(**fields: object) -> Outcome:
    """An answer that went well, but for what is said otherwise."""
    usual: dict[str, object] = {
        "request_id": "r",
        "dialect": "chat",
        "caller": "anyone",
        "user": "",
        "model": "gpt-4o",
        "true_model": "DeepSeek-V3.2",
        "upstream": "akash",
        "stream": True,
        "duration_s": 2.0,
        "first_event_s": 0.5,
        "usage": Usage(100, 16),
        "finish_reason": FinishReason.STOP,
        "attempts": (Attempt("akash", "DeepSeek-V3.2"),),
    }
    return Outcome(**{**usual, **fields})  # type: ignore[arg-type]


def figures(metrics: Metrics) -> dict[str, float]:
    """What was exposed: name and labels, as written, and figure."""
    found = {}
    for family in text_string_to_metric_families(exposed(metrics.collect()).decode()):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()) if value)
            found[f"{sample.name}{{{labels}}}"] = sample.value
    return found


MODEL = "gen_ai_operation_name=chat,gen_ai_provider_name=akash,gen_ai_request_model=DeepSeek-V3.2"


def test_an_answer_is_counted_with_all_that_is_known_of_it() -> None:
    """By its true model; durations, tokens, and the pace of what came behind the first event."""
    metrics = Metrics()
    metrics.observe(outcome())
    told = figures(metrics)
    answers = (
        "akashchat_answers_total{dialect=chat,model=DeepSeek-V3.2,outcome=stop,stream=true,upstream=akash}"
    )
    assert told[answers] == 1
    assert told[f"gen_ai_server_request_duration_seconds_sum{{{MODEL}}}"] == 2.0
    assert told[f"gen_ai_server_time_to_first_token_seconds_count{{{MODEL}}}"] == 1
    assert told[f"gen_ai_server_time_per_output_token_seconds_sum{{{MODEL}}}"] == 0.1
    assert told[f"gen_ai_client_token_usage_sum{{{MODEL},gen_ai_token_type=input}}"] == 100
    assert told["akashchat_attempts_total{outcome=answered,upstream=akash}"] == 1
    assert told["akashchat_rescues_total{}"] == 0


def test_buckets_count_what_is_below_them() -> None:
    """Each holds those before it; the last one all."""
    metrics = Metrics()
    for seconds in (0.005, 0.5, 1000.0):
        metrics.observe(outcome(first_event_s=seconds))
    told = figures(metrics)
    name = "gen_ai_server_time_to_first_token_seconds_bucket"
    counts = [told[f"{name}{{{MODEL},le={bound}}}"] for bound in ("0.01", "0.32", "0.64", "81.92", "+Inf")]
    assert counts == [1, 1, 2, 2, 3]


def test_failures_and_further_tries_are_told_apart() -> None:
    """What an upstream failed with counts as its attempt's; what the caller got as the answer's."""
    metrics = Metrics()
    limited = RateLimited("later")
    attempts = (Attempt("akash", "m", error=limited), Attempt("akashml", "m"))
    metrics.observe(outcome(attempts=attempts, upstream="akashml", rescues=1))
    metrics.observe(outcome(attempts=attempts[:1], error=limited, usage=None, finish_reason=None))
    told = figures(metrics)
    assert told["akashchat_attempts_total{outcome=rate_limit_exceeded,upstream=akash}"] == 2
    assert told["akashchat_attempts_total{outcome=answered,upstream=akashml}"] == 1
    assert told["akashchat_rescues_total{}"] == 1
    failed = f"gen_ai_server_request_duration_seconds_count{{error_type=rate_limit_exceeded,{MODEL}}}"
    assert told[failed] == 1


def test_names_that_callers_make_up_do_not_fill_the_memory() -> None:
    """Beyond a bound they share a row."""
    metrics = Metrics()
    for number in range(1000):
        metrics.observe(outcome(true_model=f"made-up-{number}"))
    answers = [name for name in figures(metrics) if name.startswith("akashchat_answers_total")]
    assert len(answers) == 201
    assert sum("model=others" in name for name in answers) == 1


def test_what_is_so_at_the_moment_is_looked_up() -> None:
    """Gauges are read when they are asked for."""
    metrics = Metrics()

    def look() -> Iterator[Figures]:
        yield Figures(
            "gauge", "akashchat_quota_left_ratio", "What is left.", ("upstream",), {("akash",): 0.25}
        )

    metrics.looks.append(look)
    metrics.drifted("html")
    told = figures(metrics)
    assert told["akashchat_quota_left_ratio{upstream=akash}"] == 0.25
    assert told["akashchat_drift_total{kind=html}"] == 1
