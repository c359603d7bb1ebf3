"""Dashboard and alert rules, held against what the gateway tells, and judged by Prometheus' own tool."""

import pathlib
import re

import jsonschema
import promql_parser as promql
import pytest
import yaml

from akashchat.errors import CallerError, GatewayError, LimitReached, Stopping
from akashchat.model.events import FinishReason
from tests.deploy.conftest import Lint
from tests.deploy.queries import (
    DASHBOARD,
    DEPLOY,
    RULES,
    exposed,
    grouped,
    kept,
    panels,
    parts,
    rules,
    selectors,
)
from tests.deploy.schemas import DASHBOARD as SHAPE

QUERIES = [*rules(), *panels()]
METRICS = exposed()


@pytest.mark.parametrize("query", QUERIES, ids=str)
def test_every_metric_and_label_exists(query):
    """Nobody watches a line that can never move."""
    for asked in selectors(promql.parse(query.text)):
        assert asked.name in METRICS
        assert {matcher.name for matcher in asked.matchers.matchers} <= METRICS[asked.name], asked.name


@pytest.mark.parametrize("query", QUERIES, ids=str)
def test_every_label_it_is_grouped_by_exists(query):
    """What is told apart can be told apart."""
    expression = promql.parse(query.text)
    for part in parts(expression):
        if isinstance(part, promql.AggregateExpr | promql.BinaryExpr):
            there = [METRICS[asked.name] for asked in selectors(part)]
            assert grouped(part) <= frozenset().union(*there)


@pytest.mark.parametrize("query", QUERIES, ids=str)
def test_every_label_that_is_shown_is_left(query):
    """No legend and no alert has a hole where a name should be."""
    assert query.shown <= kept(promql.parse(query.text))


def test_a_name_that_does_not_exist_is_found():
    """The tests above can fail."""
    expression = promql.parse('sum by (nobody) (rate(akashchat_answers{who="x"}[5m]))')
    (asked,) = selectors(expression)
    assert asked.name not in METRICS
    assert grouped(expression) == {"nobody"}


def test_every_metric_is_shown():
    """The dashboard leaves nothing out that the gateway tells."""
    asked = {one.name for query in panels() for one in selectors(promql.parse(query.text))}
    shown = {re.sub(r"_(bucket|sum|count)$", "", name) for name in asked}
    assert shown == {re.sub(r"_(bucket|sum|count)$", "", name) for name in METRICS} - {"up"}


def test_failures_are_those_that_no_caller_made():
    """A bad request is nobody's alarm, and neither is a stop; whatever else can fail is."""
    kinds = [kind for kind in _below(GatewayError) if not issubclass(kind, Stopping)]
    own = CallerError | LimitReached  # what a caller made of it, or has no more of
    failures = {kind("").kind for kind in kinds if not issubclass(kind, own)}
    others = {kind("").kind for kind in kinds if issubclass(kind, own)}
    others |= {reason.value for reason in FinishReason} | {"left", Stopping("").kind}
    patterns = {
        matcher.value
        for query in QUERIES
        for asked in selectors(promql.parse(query.text))
        for matcher in asked.matchers.matchers
        if (asked.name, matcher.name) == ("akashchat_answers_total", "outcome")
    }
    (pattern,) = patterns
    assert {kind for kind in failures | others if re.fullmatch(pattern, kind)} == failures


def test_prometheus_takes_the_rules(lint: Lint):
    """As it will read them."""
    lint("promtool", "check", "rules", "--lint-fatal", RULES)


def test_alerts_come_when_they_should(lint: Lint):
    """Each one, and none where there is nothing to say."""
    played = pathlib.Path(__file__).with_name("alerts.yaml")
    lint("promtool", "test", "rules", played)
    tests = yaml.safe_load(played.read_text("utf-8"))["tests"]
    expected = {
        one["alertname"] for test in tests for one in test["alert_rule_test"] if one.get("exp_alerts")
    }
    assert expected == {rule.name for rule in rules()}


@pytest.mark.parametrize("name", ["prometheus.yml", "team.yml"])
def test_prometheus_takes_its_settings(lint: Lint, name):
    """The key is in a file that only a container has."""
    lint("promtool", "check", "config", "--syntax-only", DEPLOY / "prometheus" / name)


def test_prometheus_takes_what_the_dashboard_asks(lint: Lint, tmp_path):
    """Every expression is one of its language."""
    asked = [{"record": f"panel:{i}", "expr": query.text} for i, query in enumerate(panels())]
    file = tmp_path / "panels.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": asked}]}), "utf-8")
    lint("promtool", "check", "rules", file)


def test_the_dashboard_has_the_form_of_one():
    """Grafana shows it as it is."""
    jsonschema.validate(DASHBOARD, SHAPE)


def test_panels_lie_beside_each_other():
    """None covers another, none leaves the page, and each can be told from the others."""
    cells = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        columns, lines = (range(place[at], place[at] + place[size]) for at, size in ("xw", "yh"))
        covered = {(column, line) for column in columns for line in lines}
        assert not covered & cells, panel["title"]
        cells |= covered
    for name in ("id", "title"):
        assert len({panel[name] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


def _below(kind):
    for inner in kind.__subclasses__():
        yield inner
        yield from _below(inner)
