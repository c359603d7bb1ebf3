"""The options of telemetry, beside the log's."""

import os
from typing import Annotated
from urllib.parse import unquote

from pydantic import AfterValidator, Field, SecretStr

from akashchat.settings.values import AT_START, Group, Seconds, Secret, address, optional_url

_STANDARD = "OTEL_EXPORTER_OTLP"
_SIGNALS = ("traces", "metrics")


def _optional_address(host_port: str) -> str:
    return address(host_port) if host_port else host_port


def _pairs(headers: SecretStr) -> SecretStr:
    """The same, if it is a list of ``name=value``; raises ``ValueError``."""
    for pair in filter(None, headers.get_secret_value().split(",")):
        name, equals, _ = pair.partition("=")
        if not (name.strip() and equals):
            raise ValueError("must be name=value, with commas between several")
    return headers


class TelemetrySettings(Group):
    """Metrics and traces."""

    metrics_address: Annotated[str, AfterValidator(_optional_address)] = Field(
        "", description="An address of their own for metrics, such as `127.0.0.1:9464`; there `GET /metrics` needs no "
        "key. Empty: none.", json_schema_extra=AT_START,
    )  # fmt: skip
    otlp_endpoint: Annotated[str, AfterValidator(optional_url)] = Field(
        "", description="Where an OpenTelemetry collector takes traces and metrics, by OTLP over HTTP, such as "
        "`http://localhost:4318`; needs the extra `otel`. Empty: as the standard `OTEL_EXPORTER_OTLP_ENDPOINT` says.",
        json_schema_extra=AT_START,
    )  # fmt: skip
    otlp_headers: Annotated[Secret, AfterValidator(_pairs)] = Field(
        SecretStr(""),
        description="Headers for the collector, as `name=value,name=value`.",
        json_schema_extra=AT_START,
    )
    otlp_metrics_s: Seconds = Field(
        60.0, description="How often the collector gets metrics.", json_schema_extra=AT_START
    )
    traces_share: Annotated[float, Field(ge=0, le=1)] = Field(
        1.0,
        description="How many of the requests are traced, as a share; where a caller traces, it decides.",
        json_schema_extra=AT_START,
    )

    def signals(self) -> frozenset[str]:
        """What a collector is to get: ``traces``, ``metrics``, both or nothing; standard variables can narrow it."""
        environment = os.environ
        if environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
            return frozenset()
        asked = self.otlp_endpoint or environment.get(f"{_STANDARD}_ENDPOINT")
        return frozenset(
            signal
            for signal in _SIGNALS
            if (asked or environment.get(f"{_STANDARD}_{signal.upper()}_ENDPOINT"))
            and environment.get(f"OTEL_{signal.upper()}_EXPORTER", "otlp").strip() == "otlp"
        )

    def protocol(self) -> str:
        """What the collector speaks, where the standard variables say where it is; empty where they do not say."""
        return "" if self.otlp_endpoint else os.environ.get(f"{_STANDARD}_PROTOCOL", "").strip()

    def headers(self) -> dict[str, str]:
        """Those for the collector."""
        pairs = (pair.partition("=") for pair in self.otlp_headers.get_secret_value().split(",") if pair)
        return {name.strip().lower(): unquote(value.strip()) for name, _, value in pairs}
