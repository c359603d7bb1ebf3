"""What Prometheus reads, read by its own parser."""

from collections.abc import Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families

from akashchat.errors import RateLimited
from akashchat.model.events import FinishReason, Usage
from akashchat.model.journey import Attempt
from akashchat.telemetry.base import Outcome
from akashchat.telemetry.conventions import place, providers
from akashchat.telemetry.exposition import exposed
from akashchat.telemetry.metrics import Figures, Metrics
from akashchat.telemetry.together import totals


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


_NAMES = "gen_ai_operation_name=chat,gen_ai_provider_name=akash,gen_ai_request_model=DeepSeek-V3.2"
MODEL = f"{_NAMES},upstream=akash"


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
    assert told[f"gen_ai_client_token_usage_sum{{{_NAMES},gen_ai_token_type=input,upstream=akash}}"] == 100
    assert told["akashchat_attempts_total{outcome=answered,upstream=akash}"] == 1
    assert told["akashchat_rescues_total{}"] == 0


def test_buckets_count_what_is_below_them() -> None:
    """Each holds those before it; the last one all."""
    metrics = Metrics()
    for seconds in (0.005, 0.5, 1000.0):
        metrics.observe(outcome(first_event_s=seconds))
    told = figures(metrics)
    name = "gen_ai_server_time_to_first_token_seconds_bucket"
    bounds = ("0.01", "0.25", "0.5", "10.0", "+Inf")
    counts = [told[f"{name}{{{_NAMES},le={bound},upstream=akash}}"] for bound in bounds]
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


def test_an_upstream_is_measured_as_its_client_sees_it() -> None:
    """Each attempt for itself, with what it failed with; how long a stream took to begin, from the last try on."""
    metrics = Metrics()
    failed = Attempt("akash", "m", error=RateLimited("later"), began=1.0, asked=1.0, ended=1.5)
    answered = Attempt("akashml", "m", began=2.0, asked=2.5, heard=3.0)
    metrics.observe(outcome(attempts=(failed, answered), upstream="akashml", ended=6.0))
    told = figures(metrics)
    name = "gen_ai_client_operation_duration_seconds_sum"
    chat = "gen_ai_operation_name=chat,gen_ai_provider_name"
    akash = f"{chat}=akash,gen_ai_request_model=m,upstream=akash"
    akashml = f"{chat}=akashml,gen_ai_request_model=m,upstream=akashml"
    assert told[f"{name}{{error_type=rate_limit_exceeded,{akash}}}"] == 0.5
    assert told[f"{name}{{{akashml}}}"] == 4.0
    first = "gen_ai_client_operation_time_to_first_chunk_seconds_sum"
    assert told[f"{first}{{{akashml}}}"] == 0.5
    assert f"{first}{{{akash}}}" not in told


def test_what_the_gateway_adds_is_told_apart() -> None:
    """Before an upstream is asked, and behind its first event; of an answer that was cut and went on only the former."""
    metrics = Metrics()
    heard = Attempt("akash", "m", began=1.0, asked=1.0, heard=1.4)
    metrics.observe(
        outcome(attempts=(heard,), ended=3.0, before_s=0.002)
    )  # it began at 1, its first event at 1.5
    metrics.observe(outcome(attempts=(heard,), ended=3.0, before_s=0.002, rescues=1))
    told = figures(metrics)
    assert told["akashchat_added_seconds_sum{dialect=chat,part=before}"] == 0.004
    assert told["akashchat_added_seconds_count{dialect=chat,part=after}"] == 1
    assert round(told["akashchat_added_seconds_sum{dialect=chat,part=after}"], 6) == 0.1


def test_the_pace_of_a_stream_is_counted() -> None:
    """Tokens a second, behind the first event; what is not streamed has none."""
    metrics = Metrics()
    metrics.observe(outcome())
    metrics.observe(outcome(stream=False))
    told = figures(metrics)
    pace = "{model=DeepSeek-V3.2,upstream=akash}"
    assert told[f"akashchat_output_tokens_per_second_sum{pace}"] == 10
    assert told[f"akashchat_output_tokens_per_second_count{pace}"] == 1


def test_known_providers_go_by_their_known_names() -> None:
    """The upstream's own name stands beside it."""
    metrics = Metrics()
    metrics.name_providers(providers({"mine": place("mine", "https://api.openai.com/v1")}))
    metrics.observe(outcome(upstream="mine", dialect="completions"))
    names = (
        "gen_ai_operation_name=text_completion,gen_ai_provider_name=openai,gen_ai_request_model=DeepSeek-V3.2"
    )
    assert figures(metrics)[f"gen_ai_server_request_duration_seconds_count{{{names},upstream=mine}}"] == 1


@pytest.mark.parametrize(
    ("url", "provider", "port"),
    [
        ("https://api.groq.com/openai/v1", "groq", 443),
        ("https://my-own.openai.azure.com/openai/v1", "azure.ai.openai", 443),
        ("https://europe-west1-aiplatform.googleapis.com/v1", "gcp.vertex_ai", 443),
        ("http://localhost:8000/v1", "mine", 8000),
        ("http://api.openai.com.evil.example/v1", "mine", 80),
    ],
)
def test_a_provider_is_known_by_its_address(url: str, provider: str, port: int) -> None:
    """And by nothing else; who is not known goes by the name the operator gave it."""
    assert (place("mine", url).provider, place("mine", url).port) == (provider, port)


def test_all_of_it_in_a_few_figures() -> None:
    """Since the start."""
    metrics = Metrics()
    metrics.observe(outcome(rescues=2))
    metrics.observe(outcome(error=RateLimited("later"), usage=None, finish_reason=None))
    metrics.observe(outcome(usage=None, finish_reason=None))
    assert totals(metrics.collect()) == {
        "answered": 1, "failed": 1, "left": 1, "rescues": 2, "input_tokens": 100, "output_tokens": 16,
    }  # fmt: skip


def test_names_that_callers_make_up_do_not_fill_the_memory() -> None:
    """Beyond a bound they share a row."""
    metrics = Metrics()
    for number in range(1000):
        metrics.observe(outcome(true_model=f"made-up-{number}", attempts=()))
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
