"""OpenTelemetry's names for what the gateway has names of its own for.

https://github.com/open-telemetry/semantic-conventions-genai
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from msgspec import Struct

SCHEMA_URL = "https://opentelemetry.io/schemas/1.42.0"

_OPERATIONS = {
    "completions": "text_completion",
    "ollama_generate": "text_completion",
    "images": "generate_content",
    "embeddings": "embeddings",
}
"""By dialect; the others chat."""

_PROVIDERS = {
    "api.anthropic.com": "anthropic",
    "api.cohere.ai": "cohere",
    "api.cohere.com": "cohere",
    "api.deepseek.com": "deepseek",
    "api.groq.com": "groq",
    "api.mistral.ai": "mistral_ai",
    "api.moonshot.ai": "moonshot_ai",
    "api.moonshot.cn": "moonshot_ai",
    "api.openai.com": "openai",
    "api.perplexity.ai": "perplexity",
    "api.x.ai": "x_ai",
    "generativelanguage.googleapis.com": "gcp.gemini",
}
_PROVIDER_ZONES = {
    ".aiplatform.googleapis.com": "gcp.vertex_ai",
    "-aiplatform.googleapis.com": "gcp.vertex_ai",
    ".amazonaws.com": "aws.bedrock",
    ".openai.azure.com": "azure.ai.openai",
    ".services.ai.azure.com": "azure.ai.inference",
    ".ml.cloud.ibm.com": "ibm.watsonx.ai",
}
_PORTS = {"http": 80, "https": 443}


class Place(Struct, frozen=True):
    """Where an upstream is, and as whom the conventions know it."""

    provider: str
    address: str
    port: int


def operation(dialect: str) -> str:
    """What is asked of the gateway."""
    return _OPERATIONS.get(dialect, "chat")


def upstream_operation(dialect: str) -> str:
    """What the gateway asks of an upstream for it; all answers are chats there."""
    return "embeddings" if dialect == "embeddings" else "chat"


def place(upstream: str, base_url: str) -> Place:
    """Where an upstream of this name is."""
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    by_zone = (name for zone, name in _PROVIDER_ZONES.items() if host.endswith(zone))
    provider = _PROVIDERS.get(host) or next(by_zone, upstream)
    return Place(provider, host, parts.port or _PORTS[parts.scheme])


def providers(places: Mapping[str, Place]) -> dict[str, str]:
    """The upstreams that go by another name in the conventions."""
    return {name: place.provider for name, place in places.items() if place.provider != name}


_NAMES = {
    "gen_ai_client_operation_duration_seconds": "gen_ai.client.operation.duration",
    "gen_ai_client_operation_time_to_first_chunk_seconds": "gen_ai.client.operation.time_to_first_chunk",
    "gen_ai_client_token_usage": "gen_ai.client.token.usage",
    "gen_ai_server_request_duration_seconds": "gen_ai.server.request.duration",
    "gen_ai_server_time_per_output_token_seconds": "gen_ai.server.time_per_output_token",
    "gen_ai_server_time_to_first_token_seconds": "gen_ai.server.time_to_first_token",
    "gen_ai_operation_name": "gen_ai.operation.name",
    "gen_ai_provider_name": "gen_ai.provider.name",
    "gen_ai_request_model": "gen_ai.request.model",
    "gen_ai_token_type": "gen_ai.token.type",
    "error_type": "error.type",
}
_UNITS = {"_seconds": "s", "_ratio": "1", "_bytes": "By", "_dollars": "{USD}"}
_OWN = "akashchat_"


def metric_name(name: str) -> tuple[str, str]:
    """A metric's name and unit, of its name at Prometheus, which has the unit in it."""
    unit = next((unit for suffix, unit in _UNITS.items() if name.endswith(suffix)), "")
    if name == "gen_ai_client_token_usage":
        unit = "{token}"
    if name in _NAMES:
        return _NAMES[name], unit
    for suffix in _UNITS:
        name = name.removesuffix(suffix)
    return "akashchat." + name.removeprefix(_OWN), unit


def attribute_name(label: str) -> str:
    """An attribute's name, of the label's at Prometheus."""
    return _NAMES.get(label) or f"akashchat.{label}"
