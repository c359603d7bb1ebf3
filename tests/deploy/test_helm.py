"""The chart, rendered by the engine that Helm has (see ``chart.go``); the workflow has Helm itself look at it."""

import copy
import json
import pathlib
import shutil
import subprocess

import jsonschema
import pytest
import yaml

from akashchat import __version__
from akashchat.settings import Settings, options
from tests.deploy.composed import DEPLOY

CHART = DEPLOY / "helm" / "akashchat"
PORT = int(Settings.model_fields["server_address"].default.rpartition(":")[2])
SERVER = Settings.model_fields["server"].default
VALUES = yaml.safe_load((CHART / "values.yaml").read_text("utf-8"))
META = yaml.safe_load((CHART / "Chart.yaml").read_text("utf-8"))
SCHEMA = json.loads((CHART / "values.schema.json").read_text("utf-8"))
KEY = {"bearerToken": "k-1"}
TEAM = {**KEY, "databaseUrl": "postgresql://u:p@db/n", "redisUrl": "redis://r:6379/0"}
ALL = {
    "secrets": {**TEAM, "further": {"AKASHCHAT_AKASHML_KEY": "k-2"}},
    "toml": '[models]\naliases = { "a" = "b" }\n',
    "autoscaling": {"enabled": True},
    "ingress": {"enabled": True, "host": "ai.example.com", "tlsSecret": "tls", "annotations": {"a/b": "c"}},
    "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
    "podAnnotations": {"one": "two"},
    "imagePullSecrets": [{"name": "pull"}],
    "tolerations": [{"operator": "Exists"}],
}


@pytest.fixture(scope="session")
def engine(tmp_path_factory):
    """The renderer, built once."""
    if shutil.which("go") is None:
        pytest.skip("no go is installed")
    built = tmp_path_factory.mktemp("chart") / "chart"
    source = pathlib.Path(__file__).with_name("chart.go")
    subprocess.run(["go", "build", "-o", built, source], check=True)
    return built


@pytest.fixture
def rendered(engine):
    """What the chart becomes with these values, by kind; fails as Helm does."""

    def render(release="team", **given):
        values = copy.deepcopy(VALUES)
        for name, value in given.items():
            values[name] = {**values[name], **value} if isinstance(value, dict) else value
        jsonschema.validate(values, SCHEMA)
        seen = {
            "Values": values,
            "Release": {"Name": release, "Service": "Helm"},
            "Chart": {"Name": META["name"], "AppVersion": META["appVersion"]},
        }
        templates = {file.name: file.read_text("utf-8") for file in (CHART / "templates").iterdir()}
        asked = json.dumps({"Seen": seen, "Templates": templates})
        done = subprocess.run([engine], input=asked, capture_output=True, text=True, check=False)
        if done.returncode:
            raise ValueError(done.stderr)
        parts = [yaml.safe_load_all(text) for text in json.loads(done.stdout).values()]
        return {f"{one['kind']}/{one['metadata']['name']}": one for part in parts for one in part if one}

    return render


def pod(found):
    """The pod of the Deployment."""
    return found["Deployment/team-akashchat"]["spec"]["template"]["spec"]


def test_it_is_of_this_version():
    """The image it names is that of the package beside it."""
    assert META["version"] == META["appVersion"] == __version__


def test_every_value_has_a_form():
    """And no form is of a value that there is not; a name that is mistyped is refused."""
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    jsonschema.validate(VALUES, SCHEMA)
    assert {*SCHEMA["properties"]} - {"global"} == {*VALUES}
    for name, form in SCHEMA["properties"].items():
        if "properties" in form:
            assert {*form["properties"]} == {*VALUES[name]}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**VALUES, "replica": 2}, SCHEMA)


def test_a_key_is_all_it_needs(rendered):
    """One gateway, with a database of its own, that only the cluster reaches."""
    found = rendered(secrets=KEY)
    assert {one.partition("/")[0] for one in found} == {
        "ConfigMap",
        "Deployment",
        "PodDisruptionBudget",
        "Secret",
        "Service",
    }
    assert found["Secret/team-akashchat"]["stringData"] == {"BEARER_TOKEN": "k-1"}
    assert found["Service/team-akashchat"]["spec"]["type"] == "ClusterIP"


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({}, "bearerToken"),
        ({"secrets": KEY, "replicas": 2}, "databaseUrl"),
        ({"secrets": KEY, "autoscaling": {"enabled": True}}, "databaseUrl"),
        ({"secrets": KEY, "ingress": {"enabled": True}}, "ingress.host"),
    ],
)
def test_what_cannot_work_is_not_installed(rendered, given, why):
    """Nobody finds an open gateway, or several that know nothing of each other."""
    with pytest.raises(ValueError, match=why):
        rendered(**given)


def test_everything_at_once(rendered):
    """All that can be wanted goes together, and each part is about the same pods."""
    found = rendered(**ALL)
    labels = found["Deployment/team-akashchat"]["spec"]["template"]["metadata"]["labels"]
    for kind, path in {
        "Deployment": ("selector", "matchLabels"),
        "Service": ("selector",),
        "PodDisruptionBudget": ("selector", "matchLabels"),
        "ServiceMonitor": ("selector", "matchLabels"),
    }.items():
        chosen = found[f"{kind}/team-akashchat"]["spec"]
        for step in path:
            chosen = chosen[step]
        assert chosen
        assert chosen.items() <= labels.items(), kind
    assert "replicas" not in found["Deployment/team-akashchat"]["spec"]
    target = found["HorizontalPodAutoscaler/team-akashchat"]["spec"]["scaleTargetRef"]
    assert target == {"apiVersion": "apps/v1", "kind": "Deployment", "name": "team-akashchat"}
    (rule,) = found["Ingress/team-akashchat"]["spec"]["rules"]
    assert rule["http"]["paths"][0]["backend"]["service"]["name"] == "team-akashchat"
    assert found["ConfigMap/team-akashchat-file"]["data"]["akashchat.toml"] == ALL["toml"]


def test_the_gateway_takes_its_settings(rendered):
    """Each is one that there is; those that hold a secret are in the Secret."""
    found = rendered(**ALL)
    secret = found["Secret/team-akashchat"]["stringData"]
    given = {*found["ConfigMap/team-akashchat"]["data"], *secret}
    assert given <= {option.variable for option in options()}
    assert {"BEARER_TOKEN", "AKASHCHAT_DATABASE_URL", "AKASHCHAT_REDIS_URL"} <= {*secret}


def test_a_secret_of_ones_own_takes_the_place(rendered):
    """Of all that the chart would have made, also for Prometheus."""
    found = rendered(secrets={"existing": "mine"}, replicas=3, serviceMonitor={"enabled": True})
    assert not any(one.startswith("Secret/") for one in found)
    (container,) = pod(found)["containers"]
    assert {"secretRef": {"name": "mine"}} in container["envFrom"]
    (endpoint,) = found["ServiceMonitor/team-akashchat"]["spec"]["endpoints"]
    assert endpoint["authorization"]["credentials"] == {"name": "mine", "key": "BEARER_TOKEN"}


def test_it_may_do_little(rendered):
    """Nobody special, on a file system that cannot be written to, without a key to the cluster."""
    whole = pod(rendered(secrets=KEY))
    (container,) = whole["containers"]
    assert whole["securityContext"]["runAsNonRoot"] is True
    assert f"USER {whole['securityContext']['runAsUser']}:" in (DEPLOY.parent / "Dockerfile").read_text(
        "utf-8"
    )
    assert whole["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {one["name"] for one in container["volumeMounts"]} == {one["name"] for one in whole["volumes"]}


def test_it_is_asked_how_it_is(rendered):
    """Whether it lives, and whether it can answer, at the port it listens on, with time to say so."""
    (container,) = pod(rendered(secrets=KEY))["containers"]
    assert container["livenessProbe"]["httpGet"]["path"] == "/health"
    assert container["readinessProbe"]["httpGet"]["path"] == "/health/ready"
    assert container["readinessProbe"]["timeoutSeconds"] > SERVER.ready_timeout_s
    assert container["ports"] == [{"name": "http", "containerPort": PORT}]


def test_running_answers_may_end(rendered):
    """Kubernetes waits longer than the gateway does."""
    whole = pod(rendered(secrets=KEY))
    (container,) = whole["containers"]
    before = int(container["lifecycle"]["preStop"]["exec"]["command"][1])
    assert whole["terminationGracePeriodSeconds"] > before + SERVER.shutdown_s


def test_other_settings_are_other_pods(rendered):
    """The environment of a process never changes."""

    def mark(**given):
        found = rendered(secrets=KEY, **given)["Deployment/team-akashchat"]
        return found["spec"]["template"]["metadata"]["annotations"]["checksum/settings"]

    assert mark() == mark()
    assert mark() != mark(settings={"AKASHCHAT_STRICT": "true"})
