"""The options of telemetry."""

import pytest
from pydantic import SecretStr, ValidationError

from akashchat.settings.telemetry import TelemetrySettings

_VARIABLES = (
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_PROTOCOL",
)


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch):
    for name in (*_VARIABLES, "OTEL_SDK_DISABLED", "OTEL_TRACES_EXPORTER", "OTEL_METRICS_EXPORTER"):
        monkeypatch.delenv(name, raising=False)


def test_nothing_is_sent_unless_it_is_asked_for():
    """By nobody's default."""
    assert TelemetrySettings().signals() == frozenset()


def test_the_standard_variables_ask_for_it_too(monkeypatch):
    """For both signals, or for one."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://collector:4318/v1/traces")
    assert TelemetrySettings().signals() == {"traces"}
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318")
    assert TelemetrySettings().signals() == {"traces", "metrics"}


def test_our_own_address_is_spoken_to_in_our_own_protocol(monkeypatch):
    """Whatever the variables say of another collector."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
    assert TelemetrySettings().protocol() == "grpc"
    assert TelemetrySettings(otlp_endpoint="http://collector:4318").protocol() == ""


def test_headers_are_pairs():
    """Written as the standard variable has them."""
    given = TelemetrySettings(otlp_headers=SecretStr("Authorization=Bearer%20x, api-key=a=b"))
    assert given.headers() == {"authorization": "Bearer x", "api-key": "a=b"}
    with pytest.raises(ValidationError, match="name=value"):
        TelemetrySettings(otlp_headers=SecretStr("nonsense"))


def test_an_address_has_a_port():
    """Or there is none."""
    with pytest.raises(ValidationError, match="host:port"):
        TelemetrySettings(metrics_address="localhost")
