"""What a collector gets, in the words of OpenTelemetry's conventions: their own package says which there are."""

from collections.abc import AsyncIterator
from types import ModuleType
from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from opentelemetry.semconv._incubating.attributes import gen_ai_attributes, user_agent_attributes
from opentelemetry.semconv._incubating.metrics import gen_ai_metrics
from opentelemetry.semconv.attributes import (
    client_attributes,
    error_attributes,
    http_attributes,
    network_attributes,
    server_attributes,
    url_attributes,
)
from prometheus_client.parser import text_string_to_metric_families

from akashchat.settings import BadSettings
from akashchat.simulator import Simulator
from tests.support.clock import FakeClock
from tests.support.collector import Collector, attributes, collecting
from tests.support.gateway import running
from tests.support.http import call
from tests.support.keyed import CHAT, Stand, error, finish, standing, stream, text, usage

TRACE, CALLER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
TRACED = {"traceparent": f"00-{TRACE}-{CALLER}-01", "tracestate": "vendor=1,other=2"}
NO_AKASH = {"enabled": False}
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
async def collector() -> AsyncIterator[Collector]:
    """One that takes everything."""
    async with collecting() as collector:
        yield collector


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    """An upstream."""
    async with standing() as stand:
        stand.tell(CHAT, stream(text("Hello"), finish(), usage()))
        yield stand


def chat(**fields: Any) -> dict[str, Any]:
    """A question."""
    return {"model": "m", "messages": [{"role": "user", "content": "secret words"}], **fields}


def names(*modules: ModuleType) -> set[str]:
    """The names that the conventions have."""
    return {value for module in modules for name, value in vars(module).items() if name.isupper()}


CONVENTIONS = names(
    gen_ai_attributes, user_agent_attributes, client_attributes, error_attributes, http_attributes,
    network_attributes, server_attributes, url_attributes,
)  # fmt: skip


async def test_a_trace_goes_from_the_caller_through_the_gateway_to_the_upstream(
    collector: Collector, stand: Stand
) -> None:
    """The gateway's span is the caller's child, the attempt's the gateway's, and the upstream hears of the attempt's."""
    upstreams = {"mine": {"base_url": stand.url}}
    telemetry = {"otlp_endpoint": collector.url, "otlp_headers": "authorization=Bearer%20c0llect"}
    async with running(NOWHERE, akash=NO_AKASH, upstreams=upstreams, telemetry=telemetry) as gateway:
        reply = await call("POST", f"{gateway}/v1/chat/completions", chat(stream=True, top_p=0.5), TRACED)
        assert reply.status == 200
    attempt, server = sorted(collector.spans, key=lambda span: span.kind == Span.SPAN_KIND_SERVER)
    assert {span.trace_id.hex() for span in (server, attempt)} == {TRACE}
    assert server.parent_span_id.hex() == CALLER
    assert attempt.parent_span_id == server.span_id
    assert {span.trace_state for span in (server, attempt)} == {"vendor=1,other=2"}
    (asked,) = stand.asked_at(CHAT)
    assert asked.headers["traceparent"] == f"00-{TRACE}-{attempt.span_id.hex()}-01"
    assert asked.headers["tracestate"] == "vendor=1,other=2"
    assert server.start_time_unix_nano <= attempt.start_time_unix_nano < attempt.end_time_unix_nano
    assert attempt.end_time_unix_nano <= server.end_time_unix_nano
    assert {headers["authorization"] for headers in collector.headers} == {"Bearer c0llect"}


async def test_spans_say_what_the_conventions_ask_for(collector: Collector, stand: Stand) -> None:
    """By their names and in their types, and nothing of what was said."""
    upstreams = {"mine": {"base_url": stand.url}}
    asked = chat(stream=True, temperature=0.5, max_tokens=9, stop=["x"], seed=7, frequency_penalty=1)
    telemetry = {"otlp_endpoint": collector.url}
    async with running(NOWHERE, akash=NO_AKASH, upstreams=upstreams, telemetry=telemetry) as gateway:
        await call("POST", f"{gateway}/v1/chat/completions", asked, {"user-agent": "me/1"})
    attempt, server = sorted(collector.spans, key=lambda span: span.kind == Span.SPAN_KIND_SERVER)
    assert (attempt.name, attempt.kind) == ("chat m", Span.SPAN_KIND_CLIENT)
    told = attributes(attempt)
    assert 0 < told.pop("gen_ai.response.time_to_first_chunk") < 60
    port = int(stand.url.partition("127.0.0.1:")[2].partition("/")[0])
    assert {name: told[name] for name in told if not name.startswith("akashchat.")} == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "mine",
        "gen_ai.request.model": "m",
        "gen_ai.request.stream": True,
        "gen_ai.request.temperature": 0.5,
        "gen_ai.request.max_tokens": 9,
        "gen_ai.request.stop_sequences": ["x"],
        "gen_ai.request.seed": 7,
        "gen_ai.request.frequency_penalty": 1.0,
        "gen_ai.response.model": "m",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": 11,
        "gen_ai.usage.output_tokens": 7,
        "server.address": "127.0.0.1",
        "server.port": port,
    }
    assert told["akashchat.caller"] == "anyone"
    assert server.name == "POST /v1/chat/completions"
    seen = attributes(server)
    assert {
        name: seen[name] for name in ("http.route", "http.response.status_code", "user_agent.original")
    } == {
        "http.route": "/v1/chat/completions",
        "http.response.status_code": 200,
        "user_agent.original": "me/1",
    }
    assert not parent(server)
    used = {name for name in (*told, *seen) if not name.startswith("akashchat.")}
    assert used <= CONVENTIONS
    assert "secret words" not in str(collector.spans)


def parent(span: Any) -> str:
    """The id of the span above."""
    return str(span.parent_span_id.hex())


async def test_each_attempt_is_a_span_and_says_why_it_failed(collector: Collector, stand: Stand) -> None:
    """Two upstreams, the first of which is away; the caller has an answer all the same."""
    async with standing() as broken:
        broken.tell(CHAT, error(500, "out of order"))
        upstreams = {
            "first": {"base_url": broken.url, "order": 0, "retries": 0},
            "second": {"base_url": stand.url},
        }
        telemetry = {"otlp_endpoint": collector.url}
        async with running(NOWHERE, akash=NO_AKASH, upstreams=upstreams, telemetry=telemetry) as gateway:
            assert (await call("POST", f"{gateway}/v1/chat/completions", chat())).status == 200
            assert (await call("POST", f"{gateway}/v1/chat/completions", {})).status == 400
            assert (await call("GET", f"{gateway}/v1/models/no/such")).status == 404
    attempts = [span for span in collector.spans if span.kind == Span.SPAN_KIND_CLIENT]
    failed, answered = sorted(attempts, key=lambda span: span.start_time_unix_nano)
    assert attributes(failed)["error.type"] == "upstream_error"
    assert failed.status.code == Status.STATUS_CODE_ERROR
    assert "gen_ai.response.finish_reasons" not in attributes(failed)
    assert answered.status.code == Status.STATUS_CODE_UNSET
    assert "error.type" not in attributes(answered)
    asked = broken.asked_at(CHAT) + stand.asked_at(CHAT)
    assert [one.headers["traceparent"].split("-")[2] for one in asked] == [
        span.span_id.hex() for span in (failed, answered)
    ]
    servers = [attributes(span) for span in collector.spans if span.kind == Span.SPAN_KIND_SERVER]
    assert {(told["http.response.status_code"], told["http.route"]) for told in servers} == {
        (200, "/v1/chat/completions"),
        (400, "/v1/chat/completions"),
        (404, "/v1/models/{model_id}"),
    }
    assert not any("error.type" in told for told in servers)  # a caller's mistake is no fault of the server's


async def test_a_caller_that_does_not_record_is_obeyed(collector: Collector, stand: Stand) -> None:
    """Nothing is sent of it, and the upstream hears the same; without one the share decides."""
    upstreams = {"mine": {"base_url": stand.url}}
    telemetry = {"otlp_endpoint": collector.url, "traces_share": 0}
    unsampled = {"traceparent": f"00-{TRACE}-{CALLER}-00"}
    async with running(NOWHERE, akash=NO_AKASH, upstreams=upstreams, telemetry=telemetry) as gateway:
        for headers in (unsampled, {}, TRACED):
            await call("POST", f"{gateway}/v1/chat/completions", chat(), headers)
    assert {span.trace_id.hex() for span in collector.spans} == {TRACE}
    assert len(collector.spans) == 2
    flags = [asked.headers["traceparent"][-2:] for asked in stand.asked_at(CHAT)]
    assert flags == ["00", "00", "01"]


async def test_without_a_collector_no_upstream_hears_of_traces(stand: Stand) -> None:
    """The gateway then does not know whether anybody looks."""
    async with running(NOWHERE, akash=NO_AKASH, upstreams={"mine": {"base_url": stand.url}}) as gateway:
        await call("POST", f"{gateway}/v1/chat/completions", chat(), TRACED)
    assert "traceparent" not in stand.asked_at(CHAT)[0].headers


async def test_akash_hears_of_the_trace(akash: Simulator, collector: Collector) -> None:
    """As every upstream does."""
    async with running(akash.url, telemetry={"otlp_endpoint": collector.url}) as gateway:
        reply = await call("POST", f"{gateway}/v1/chat/completions", chat(model="DeepSeek-V3.2"), TRACED)
        assert reply.status == 200
    (asked,) = [one for one in akash.requests if one.path == "/api/chat/"]
    (attempt,) = [span for span in collector.spans if span.kind == Span.SPAN_KIND_CLIENT]
    assert asked.headers["traceparent"] == f"00-{TRACE}-{attempt.span_id.hex()}-01"


async def test_metrics_have_the_names_of_the_conventions(collector: Collector, stand: Stand) -> None:
    """With their units and bounds; what is ours alone says so."""
    upstreams = {"mine": {"base_url": stand.url, "concurrency": 1}}
    telemetry = {"otlp_endpoint": collector.url}
    async with running(NOWHERE, akash=NO_AKASH, upstreams=upstreams, telemetry=telemetry) as gateway:
        await call("POST", f"{gateway}/v1/chat/completions", chat(stream=True))
    told = collector.metrics
    assert {name for name in told if not name.startswith("akashchat.")} == names(gen_ai_metrics) & {*told}
    assert {name for name in told if name.startswith("gen_ai.")} == {
        "gen_ai.client.operation.duration",
        "gen_ai.client.operation.time_to_first_chunk",
        "gen_ai.client.token.usage",
        "gen_ai.server.request.duration",
        "gen_ai.server.time_per_output_token",
        "gen_ai.server.time_to_first_token",
    }
    tokens = told["gen_ai.client.token.usage"]
    assert tokens.unit == "{token}"
    points = {attributes(point)["gen_ai.token.type"]: point for point in tokens.histogram.data_points}
    assert (points["input"].sum, points["input"].count) == (11, 1)
    assert points["input"].bucket_counts[2:4] == [1, 0]  # 11 is above 4 and below 16
    assert list(points["input"].explicit_bounds)[:4] == [1, 4, 16, 64]
    first = told["gen_ai.server.time_to_first_token"]
    assert first.unit == "s"
    assert list(first.histogram.data_points[0].explicit_bounds)[:2] == [0.001, 0.005]
    used = {name for metric in told.values() if metric.name.startswith("gen_ai.")
            for point in metric.histogram.data_points for name in attributes(point)}  # fmt: skip
    assert {name for name in used if not name.startswith("akashchat.")} <= CONVENTIONS
    answers = told["akashchat.answers"]
    assert answers.sum.is_monotonic
    assert [point.as_double for point in answers.sum.data_points] == [1]
    assert told["akashchat.added"].unit == "s"
    assert told["akashchat.waiting"].HasField("gauge")


async def test_metrics_come_again_and_again(collector: Collector, akash: Simulator, clock: FakeClock) -> None:
    """As often as was asked for."""
    telemetry = {"otlp_endpoint": collector.url, "otlp_metrics_s": 30}
    async with running(akash.url, clock, telemetry=telemetry):
        before = len(collector.headers)
        await clock.advance(31)
        while len(collector.headers) == before:
            await clock.advance(0)


async def test_who_tells_is_known(
    collector: Collector, stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Service, version and instance; the standard variables say it otherwise, and where the collector is."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test")
    monkeypatch.setenv("OTEL_SERVICE_NAME", "our-gateway")
    async with running(NOWHERE, akash=NO_AKASH, upstreams={"mine": {"base_url": stand.url}}) as gateway:
        await call("GET", f"{gateway}/health")
    assert {span.name for span in collector.spans} == {"GET /health"}
    assert {told["service.name"] for told in collector.resources} == {"our-gateway"}
    assert len({told["service.instance.id"] for told in collector.resources}) == 1
    assert collector.resources[0]["deployment.environment.name"] == "test"
    assert collector.scopes[0].scope.name == "akashchat"


@pytest.mark.parametrize(
    ("variables", "traced", "counted"),
    [
        ({"OTEL_SDK_DISABLED": "true"}, False, False),
        ({"OTEL_TRACES_EXPORTER": "none"}, False, True),
        ({"OTEL_METRICS_EXPORTER": "none"}, True, False),
    ],
)
async def test_standard_variables_can_turn_it_off(
    collector: Collector,
    akash: Simulator,
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    *,
    traced: bool,
    counted: bool,
) -> None:
    """All of it, or a half."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    async with running(akash.url, telemetry={"otlp_endpoint": collector.url}) as gateway:
        await call("GET", f"{gateway}/health")
    assert (bool(collector.spans), bool(collector.metrics)) == (traced, counted)


async def test_a_protocol_that_is_not_spoken_is_told(
    akash: Simulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And nothing is sent to who would not understand it."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", NOWHERE)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
    async with running(akash.url) as gateway:
        await call("GET", f"{gateway}/health")
    told = capsys.readouterr()
    assert "only http/protobuf is spoken here" in told.out + told.err


async def _lost(gateway: str) -> float:
    """How many spans were lost so far."""
    told = (await call("GET", f"{gateway}/metrics")).body.decode()
    families = {family.name: family.samples for family in text_string_to_metric_families(told)}
    return sum(one.value for one in families["akashchat_telemetry_lost"] if one.labels["signal"] == "traces")


async def test_a_collector_that_takes_nothing_costs_no_answer(collector: Collector, stand: Stand) -> None:
    """What it did not take is counted."""
    collector.status = 400
    upstreams = {"mine": {"base_url": stand.url}}
    telemetry = {"otlp_endpoint": collector.url}
    clock = FakeClock()
    async with running(NOWHERE, clock, akash=NO_AKASH, upstreams=upstreams, telemetry=telemetry) as gateway:
        assert (await call("POST", f"{gateway}/v1/chat/completions", chat())).status == 200
        while await _lost(gateway) < 2:
            await clock.advance(1)
    assert not collector.spans


async def test_without_the_extra_the_gateway_says_what_is_missing(
    akash: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At its start, and how to mend it."""
    monkeypatch.setitem(
        __import__("sys").modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None
    )
    monkeypatch.delitem(__import__("sys").modules, "akashchat.telemetry.otlp", raising=False)
    with pytest.raises(BadSettings, match=r"akashchat-api\[otel\]"):
        async with running(akash.url, telemetry={"otlp_endpoint": NOWHERE}):
            raise AssertionError
