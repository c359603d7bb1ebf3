"""Several gateways behind a load balancer, with what they share."""

import re

import pytest

from akashchat.settings import Settings, options
from akashchat.settings.upstreams import AkashSettings
from tests.deploy.composed import DEPLOY, composed, read
from tests.deploy.conftest import Lint

PORT = Settings.model_fields["server_address"].default.rpartition(":")[2]
BALANCER = DEPLOY / "haproxy" / "haproxy.cfg"


@pytest.fixture
def services():
    """Those of the file."""
    return composed("compose.team.yaml")["services"]


def test_only_this_machine_reaches_it(services):
    """The gateways by the load balancer alone; PostgreSQL and Redis by nobody else."""
    reached = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert {*reached} == {"balancer", "prometheus", "grafana"}
    for (port,) in reached.values():
        assert port.startswith(("127.0.0.1:", "${PUBLISH:-127.0.0.1:"))


def test_nothing_starts_without_its_secrets(services):
    """No password has a default."""
    environment = services["akashchat"]["environment"]
    for variable, secret in {
        "BEARER_TOKEN": "BEARER_TOKEN",
        "AKASHCHAT_DATABASE_URL": "POSTGRES_PASSWORD",
        "AKASHCHAT_REDIS_URL": "REDIS_PASSWORD",
    }.items():
        assert f"${{{secret}:?" in environment[variable]
    file = read("compose.team.yaml")
    assert "requirepass ${REDIS_PASSWORD:?" in file["configs"]["redis"]["content"]
    assert file["secrets"]["postgres_password"] == {"environment": "POSTGRES_PASSWORD"}


def test_the_gateways_take_their_settings(services):
    """Each is one that there is, and names a server that is there."""
    environment = services["akashchat"]["environment"]
    assert {*environment} <= {option.variable for option in options()}
    for variable, host in {"AKASHCHAT_DATABASE_URL": "postgres", "AKASHCHAT_REDIS_URL": "redis"}.items():
        assert re.search(r"@(\w+)[:/]", environment[variable])[1] == host
        assert host in services


def test_a_gateway_begins_when_what_it_needs_is_well(services):
    """And the load balancer when a gateway is; whatever is waited for has a check."""
    assert {*services["akashchat"]["depends_on"]} == {"postgres", "redis"}
    assert {*services["balancer"]["depends_on"]} == {"akashchat"}
    for name in ("postgres", "redis", "balancer"):
        assert services[name]["healthcheck"]["retries"]


def test_what_is_shared_outlives_its_containers(services):
    """Each server has a volume; the gateways, of which there are several, have none."""
    assert services["postgres"]["volumes"] == ["postgres:/var/lib/postgresql/data"]
    assert services["redis"]["volumes"] == ["redis:/data"]
    assert "volumes" not in services["akashchat"]


def test_running_answers_may_end(services):
    """Docker waits longer than a gateway does, and the load balancer does not cut what it carries."""
    patience = Settings.model_fields["server"].default.shutdown_s
    for name in ("akashchat", "balancer"):
        assert int(services[name]["stop_grace_period"].removesuffix("s")) > patience
    assert f"hard-stop-after {patience:.0f}s" in BALANCER.read_text("utf-8")


def test_the_load_balancer_finds_the_gateways(services):
    """By the name they share; it waits as long as an upstream may be silent, and asks nothing twice."""
    text = BALANCER.read_text("utf-8")
    room, host, port = re.search(r"^ +server-template \w+ (\d+) (\w+):(\d+)$", text, re.MULTILINE).groups()
    assert (host, port) == ("akashchat", PORT)
    assert "build" in services[host]
    assert int(room) >= int(re.search(r"\d+", services[host]["deploy"]["replicas"])[0])
    assert f"bind :{PORT}\n" in text
    minutes = int(re.search(r"timeout server (\d+)m", text)[1])
    assert minutes * 60 > AkashSettings.model_fields["first_byte_timeout_s"].default
    assert re.findall(r"retry-on (.*)", text) == ["conn-failure"]


def test_the_load_balancer_takes_its_settings(lint: Lint):
    """As HAProxy reads them."""
    lint("haproxy", "-c", "-f", BALANCER)


def test_prometheus_asks_each_gateway(services):
    """Not one of them by chance, as a name alone would."""
    (scrape,) = read("prometheus/team.yml")["scrape_configs"]
    (single,) = read("prometheus/prometheus.yml")["scrape_configs"]
    assert scrape["dns_sd_configs"][0]["names"] == ["akashchat"]
    assert scrape["dns_sd_configs"][0]["port"] == int(PORT)
    assert {key: scrape[key] for key in ("job_name", "authorization")} == {
        key: single[key] for key in ("job_name", "authorization")
    }
    assert "--config.file=/etc/prometheus/team.yml" in services["prometheus"]["command"]
