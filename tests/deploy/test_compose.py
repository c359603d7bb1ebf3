"""The gateway with Prometheus and Grafana, in containers that find each other."""

import pathlib

import jsonschema
import pytest
from yamllint import linter
from yamllint.config import YamlLintConfig

from akashchat.settings import Settings
from tests.deploy.composed import DEPLOY, ROOT, composed, read
from tests.deploy.schemas import COMPOSE

COMPOSED = ["compose.yaml", "compose.team.yaml", "../docker-compose.yml"]
PORT = Settings.model_fields["server_address"].default.rpartition(":")[2]
TEMPLATES = DEPLOY / "helm" / "akashchat" / "templates"
FILES = [
    *sorted(file for file in DEPLOY.rglob("*.y*ml") if file.parent != TEMPLATES),
    DEPLOY / ".yamllint",
    pathlib.Path(__file__).with_name("alerts.yaml"),
]


@pytest.fixture
def compose():
    """The file, with what it extends filled in."""
    return composed("compose.yaml")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_every_file_is_clean_yaml(file):
    """No key twice, no indent by chance."""
    config = YamlLintConfig(file=str(DEPLOY / ".yamllint"))
    assert [str(problem) for problem in linter.run(file.read_text("utf-8"), config, str(file))] == []


@pytest.mark.parametrize("name", COMPOSED)
def test_it_has_the_form_of_one(name):
    """Every word is one that Compose documents."""
    jsonschema.validate(composed(name), COMPOSE)


@pytest.mark.parametrize("name", COMPOSED)
def test_everything_it_names_is_there(name):
    """Folders, volumes, secrets, files, services."""
    file = composed(name)
    for service in file["services"].values():
        assert {*service.get("secrets", [])} <= {*file.get("secrets", {})}
        assert {one["source"] for one in service.get("configs", [])} <= {*file.get("configs", {})}
        assert {*service.get("depends_on", [])} <= {*file["services"]}
        for source in (volume.split(":")[0] for volume in service.get("volumes", [])):
            assert (DEPLOY / source).exists() if source.startswith(".") else source in file["volumes"]


@pytest.mark.parametrize("name", COMPOSED)
def test_it_may_do_little(name):
    """No privilege and no capability, whoever made the image; and an image is one and stays one."""
    for service in composed(name)["services"].values():
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert "build" in service or service["image"].rpartition(":")[2][-1].isdigit()


def test_only_this_machine_reaches_it(compose):
    """Other machines reach none of the three, until the operator says so."""
    ports = [port for service in compose["services"].values() for port in service["ports"]]
    assert len(ports) == 3
    assert all(port.startswith(("127.0.0.1:", "${PUBLISH:-127.0.0.1:")) for port in ports)


def test_nothing_starts_without_its_secrets(compose):
    """Neither the gateway nor Grafana is open by default."""
    services = compose["services"]
    assert services["akashchat"]["environment"]["BEARER_TOKEN"].startswith("${BEARER_TOKEN:?")
    assert services["grafana"]["environment"]["GF_SECURITY_ADMIN_PASSWORD"].startswith("${GRAFANA_PASSWORD:?")


def test_prometheus_finds_the_gateway(compose):
    """By its name in the network, with its key."""
    (scrape,) = read("prometheus/prometheus.yml")["scrape_configs"]
    assert scrape["static_configs"] == [{"targets": [f"akashchat:{PORT}"]}]
    (secret,) = compose["services"]["prometheus"]["secrets"]
    assert compose["secrets"][secret] == {"environment": "BEARER_TOKEN"}
    assert scrape["authorization"] == {"credentials_file": f"/run/secrets/{secret}"}
    assert 'job="' + scrape["job_name"] + '"' in (DEPLOY / "prometheus" / "alerts.yml").read_text("utf-8")


def test_grafana_finds_prometheus_and_the_dashboard(compose):
    """Nothing has to be clicked."""
    (source,) = read("grafana/provisioning/datasources/prometheus.yaml")["datasources"]
    host, port = source["url"].removeprefix("http://").split(":")
    assert any(told.endswith(f":{port}") for told in compose["services"][host]["ports"])
    (provider,) = read("grafana/provisioning/dashboards/akashchat.yaml")["providers"]
    mounted = dict(volume.split(":")[:2] for volume in compose["services"]["grafana"]["volumes"])
    assert mounted["./grafana/akashchat.json"] == f"{provider['options']['path']}/akashchat.json"
    assert mounted["./grafana/provisioning"] == "/etc/grafana/provisioning"
