"""What Prometheus is asked by dashboard and rules, and what the gateway gives it."""

import json
import pathlib
import re
from collections.abc import Iterator
from itertools import chain
from typing import Any, NamedTuple

import promql_parser as promql
import yaml

from akashchat.app.ground import Ground
from akashchat.app.redis import SharedRedis
from akashchat.app.shelves import alone
from akashchat.app.upstreams import Upstreams
from akashchat.clock import SystemChance, SystemClock
from akashchat.server.siblings import Alone
from akashchat.settings import Settings
from akashchat.telemetry.exporting import SIGNALS, lost
from akashchat.telemetry.metrics import Figures

DEPLOY = pathlib.Path(__file__).parents[2] / "deploy"
RULES = DEPLOY / "prometheus" / "alerts.yml"
DASHBOARD = json.loads((DEPLOY / "grafana" / "akashchat.json").read_text("utf-8"))

_SCRAPED = frozenset({"job", "instance"})
"""What Prometheus itself says of everything it scrapes."""
_IN_LEGEND = re.compile(r"{{(\w+)}}")
_IN_TEXT = re.compile(r"\$labels\.(\w+)")


class Query(NamedTuple):
    """An expression, and the labels that whoever shows its result names."""

    name: str
    text: str
    shown: frozenset[str]

    def __str__(self) -> str:
        return self.name


def exposed() -> dict[str, frozenset[str]]:
    """Every name that ``/metrics`` may give, with its labels."""
    settings, clock, chance = Settings.model_construct(), SystemClock(), SystemChance()
    ground = Ground(settings, clock, chance, Alone())
    upstreams = Upstreams(settings, clock, chance, alone(), drifted=str)
    found = {"up": _SCRAPED}
    further = (
        upstreams.figures(),
        lost(dict.fromkeys(SIGNALS, 0)),
        SharedRedis("redis://", clock, 1).figures(),
    )
    for metric in chain(ground.metrics.collect(), *further):
        labels = _SCRAPED | {*metric.labels}
        if not isinstance(metric, Figures):
            found[f"{metric.name}_bucket"] = labels | {"le"}
            found[f"{metric.name}_sum"] = found[f"{metric.name}_count"] = labels
        else:
            found[f"{metric.name}_total" if metric.kind == "counter" else metric.name] = labels
    return found


def rules() -> Iterator[Query]:
    """Those of the alerts."""
    for group in yaml.safe_load(RULES.read_text("utf-8"))["groups"]:
        for rule in group["rules"]:
            told = " ".join(rule["annotations"].values())
            yield Query(rule["alert"], rule["expr"], frozenset(_IN_TEXT.findall(told)))


def panels() -> Iterator[Query]:
    """Those of the dashboard, as Grafana sends them."""
    for panel in DASHBOARD["panels"]:
        for target in panel["targets"]:
            text = target["expr"].replace("$__rate_interval", "5m").replace("$upstream", ".*")
            shown = frozenset(_IN_LEGEND.findall(target["legendFormat"]))
            yield Query(f"{panel['title']}, {target['refId']}", text, shown)


def parts(expression: Any) -> list[Any]:
    """An expression and all that is in it."""
    found: list[Any] = []
    promql.walk(expression, found.append)
    return found


def selectors(expression: Any) -> list[Any]:
    """The metrics it asks for."""
    return [part for part in parts(expression) if isinstance(part, promql.VectorSelector)]


def grouped(expression: Any) -> set[str]:
    """The labels it aggregates by, or matches on."""
    aggregates = [part.modifier for part in parts(expression) if isinstance(part, promql.AggregateExpr)]
    pairs = [
        part.modifier.matching
        for part in parts(expression)
        if isinstance(part, promql.BinaryExpr) and part.modifier
    ]
    return {label for modifier in [*aggregates, *pairs] if modifier for label in modifier.labels}


def kept(expression: Any) -> frozenset[str]:
    """The labels its result has: of an operation those of its left side, of a call those of what it is given."""
    match expression:
        case promql.VectorSelector():
            return exposed()[expression.name]
        case promql.MatrixSelector():
            return kept(expression.vector_selector)
        case promql.AggregateExpr():
            return frozenset(expression.modifier.labels if expression.modifier else ())
        case promql.BinaryExpr():
            return kept(expression.lhs)
        case promql.Call():
            lost = {"le"} if expression.func.name == "histogram_quantile" else set()
            return frozenset().union(*map(kept, expression.args)) - lost
        case promql.ParenExpr() | promql.UnaryExpr():
            return kept(expression.expr)
        case _:
            return frozenset()
