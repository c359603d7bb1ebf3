"""A collector, spoken to by OTLP over HTTP: OpenTelemetry's own exporters, given what was seen and counted here.

It is imported where somebody asks for it alone (``app.telemetry``), as it brings the extra ``otel`` with it.
https://opentelemetry.io/docs/specs/otlp/
"""

import logging
from collections.abc import Iterator, Mapping, Sequence

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Gauge,
    Histogram,
    HistogramDataPoint,
    Metric,
    MetricExportResult,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags, TraceState

from akashchat.telemetry.conventions import SCHEMA_URL, attribute_name, metric_name
from akashchat.telemetry.metrics import Distribution, Figures, Labels
from akashchat.telemetry.spans import Span

_TIMEOUT_S = 5.0
"""All tries of one batch together."""
_KINDS = {"server": SpanKind.SERVER, "client": SpanKind.CLIENT}
_CUMULATIVE = AggregationTemporality.CUMULATIVE
_SAMPLED = TraceFlags(TraceFlags.SAMPLED)


class Collector:
    """See ``Sender``.  An address that is not given, and further headers, are those of the ``OTEL_*`` variables."""

    def __init__(
        self, base_url: str, headers: Mapping[str, str], resource: Mapping[str, str], began: float
    ) -> None:
        # They tell of each failed try at length; what was lost is counted, and told once, by whoever calls.
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
        self._resource = Resource.create(resource).merge(OTELResourceDetector().detect())
        self._scope = InstrumentationScope("akashchat", resource["service.version"], SCHEMA_URL)
        self._began = _nanoseconds(began)
        traces, metrics = (
            f"{base_url}/v1/{signal}" if base_url else None for signal in ("traces", "metrics")
        )
        self._traces = OTLPSpanExporter(traces, headers=headers, timeout=_TIMEOUT_S)
        self._metrics = OTLPMetricExporter(metrics, headers=headers, timeout=_TIMEOUT_S)

    def spans(self, spans: Sequence[Span]) -> bool:
        """See ``Sender``."""
        return self._traces.export([*map(self._span, spans)]) is SpanExportResult.SUCCESS

    def prepare(self, metrics: Sequence[Figures | Distribution], now: float) -> MetricsData:
        """See ``Sender``."""
        told = [*self._told(metrics, _nanoseconds(now))]
        scope = ScopeMetrics(self._scope, told, SCHEMA_URL)
        return MetricsData([ResourceMetrics(self._resource, [scope], self._resource.schema_url)])

    def metrics(self, prepared: MetricsData) -> bool:
        """See ``Sender``."""
        return self._metrics.export(prepared) is MetricExportResult.SUCCESS

    def close(self) -> None:
        """See ``Sender``."""
        self._traces.shutdown()  # type: ignore[no-untyped-call]
        self._metrics.shutdown()

    def _span(self, span: Span) -> ReadableSpan:
        trace = span.trace
        state = TraceState.from_header([trace.state]) if trace.state else None
        parent = (
            _context(trace.id, span.parent, state, remote=span.parent == trace.parent)
            if span.parent
            else None
        )
        return ReadableSpan(
            span.name,
            context=_context(trace.id, span.id, state, remote=False),
            parent=parent,
            resource=self._resource,
            attributes=span.attributes,
            kind=_KINDS[span.kind],
            status=Status(StatusCode.UNSET if span.error is None else StatusCode.ERROR, span.error or None),
            start_time=_nanoseconds(span.began),
            end_time=_nanoseconds(span.ended),
            instrumentation_scope=self._scope,
        )

    def _told(self, metrics: Sequence[Figures | Distribution], now: int) -> Iterator[Metric]:
        for metric in metrics:
            if not metric.rows:
                continue  # the protocol has no metric without a figure
            name, unit = metric_name(metric.name)
            names = [*map(attribute_name, metric.labels)]
            if isinstance(metric, Distribution):
                rows = [*self._sizes(metric, names, now)]
                yield Metric(name, metric.about, unit, Histogram(rows, _CUMULATIVE))
                continue
            began = self._began if metric.kind == "counter" else 0
            points = [
                NumberDataPoint(_attributes(names, labels), began, now, figure)
                for labels, figure in metric.rows.items()
            ]
            data = Sum(points, _CUMULATIVE, is_monotonic=True) if began else Gauge(points)
            yield Metric(name, metric.about, unit, data)

    def _sizes(self, metric: Distribution, names: Sequence[str], now: int) -> Iterator[HistogramDataPoint]:
        # The smallest and the largest are not known; the protocol has them as optional.
        for labels, row in metric.rows.items():
            counts = [*map(int, row[:-1])]
            yield HistogramDataPoint(
                attributes=_attributes(names, labels),
                start_time_unix_nano=self._began,
                time_unix_nano=now,
                count=sum(counts),
                sum=row[-1],
                bucket_counts=counts,
                explicit_bounds=metric.bounds,
                min=None,  # type: ignore[arg-type]
                max=None,  # type: ignore[arg-type]
            )


def _attributes(names: Sequence[str], labels: Labels) -> dict[str, str]:
    """Those with a value: what Prometheus has empty is not there."""
    return {name: value for name, value in zip(names, labels, strict=True) if value}


def _context(trace: str, span: str, state: TraceState | None, *, remote: bool) -> SpanContext:
    return SpanContext(int(trace, 16), int(span, 16), remote, _SAMPLED, state)


def _nanoseconds(seconds: float) -> int:
    return int(seconds * 1e9)
