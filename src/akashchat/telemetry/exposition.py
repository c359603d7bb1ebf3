"""Metrics in Prometheus' text format.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from collections.abc import Iterable
from itertools import accumulate
from typing import Any

from akashchat.telemetry.metrics import Distribution, Figures


def exposed(metrics: Iterable[Figures | Distribution]) -> bytes:
    """What Prometheus reads."""
    # Loaded when it is first asked for: most who serve themselves never ask.
    from prometheus_client import CollectorRegistry, generate_latest, metrics_core  # noqa: PLC0415

    class Collected:
        def collect(self) -> Iterable[Any]:
            return [_family(metric, metrics_core) for metric in metrics]

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Collected())
    return generate_latest(registry)


def _family(metric: Figures | Distribution, core: Any) -> Any:
    if isinstance(metric, Distribution):
        family = core.HistogramMetricFamily(metric.name, metric.about, labels=metric.labels)
        bounds = [*map(str, metric.bounds), "+Inf"]
        for labels, row in metric.rows.items():
            family.add_metric(labels, list(zip(bounds, accumulate(row[:-1]), strict=True)), row[-1])
        return family
    kinds = {"counter": core.CounterMetricFamily, "gauge": core.GaugeMetricFamily}
    family = kinds[metric.kind](metric.name, metric.about, labels=metric.labels)
    for labels, figure in metric.rows.items():
        family.add_metric(labels, figure)
    return family
