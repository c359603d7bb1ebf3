"""What is open to all: health, this description, the pages."""

from akashchat.errors import InternalError, NotFound, Unauthenticated
from akashchat.server.openapi.errors import responses
from akashchat.server.openapi.parts import (
    Schema,
    const,
    example,
    fields,
    headers,
    json_content,
    number,
    ref,
    text,
)

_AROUND: dict[str, Schema] = {
    "storage": text(
        "Where responses are kept: `file`, `memory` or `nowhere`; why, where it should be elsewhere."
    ),
    "upstreams": {
        "type": "object",
        "description": "What is known of each upstream, by its name: under `circuits` the models that failed "
        "there lately, and how many requests are `waiting` where its answers are bounded; of Akash how much "
        "of the token `quota` is left and, under `drift`, what it sends of late that it did not use to send.",
        "additionalProperties": {"type": "object"},
    },
}
"""What is told whether it is ready or not."""

SCHEMAS: dict[str, Schema] = {
    "Health": fields({"status": const("ok"), "message": text("A sentence for people.")}),
    "Ready": fields(
        {
            "status": const("ready"),
            "models": number("How many models are on offer."),
            "stale": {"type": "boolean", "description": "Whether that is known from before only."},
            **_AROUND,
        }
    ),
    "NotReady": fields(
        {
            "status": const("unavailable"),
            "code": {"type": ["string", "null"], "description": "The failure; see the table of errors."},
            "message": text("What is wrong."),
            **_AROUND,
        }
    ),
}


def paths() -> dict[str, Schema]:
    """The paths."""
    health = json_content(
        ref("Health"), {"ok": example("Alive", {"status": "ok", "message": "akashchat is running"})}
    )
    described = {"application/json": {"schema": {"type": "object"}}}
    return {
        "/health": {
            "get": _open(
                "getHealth", "Health", "Whether the gateway is alive", {"200": _ok("It is.", health)}
            )
        },
        "/health/ready": {"get": _ready()},
        "/metrics": {"get": _metrics()},
        "/openapi.json": {
            "get": _open("getOpenApi", "Pages", "This description", {"200": _ok("OpenAPI 3.1.", described)})
        },
        "/docs": {"get": _page("getDocs", "The API's documentation")},
        "/": {"get": _page("getHome", "The gateway's front page")},
        "/assets/{name}": {"get": _asset()},
    }


def _open(operation: str, tag: str, summary: str, answers: dict[str, Schema]) -> Schema:
    """An operation that needs no key and asks nobody else."""
    return {
        "operationId": operation,
        "tags": [tag],
        "summary": summary,
        "security": [],
        "responses": {**answers, **responses(InternalError)},
    }


def _ok(about: str, content: Schema) -> Schema:
    return {"description": about, "headers": headers(), "content": content}


def _ready() -> Schema:
    quota = {"spent": False, "left": 0.81, "resets_at": 1795342556}
    state = {"status": "ready", "models": 7, "stale": False, "storage": "file"}
    upstreams = {"akash": {"quota": quota, "drift": {}, "circuits": {}}}
    ready = {"ready": example("Ready", {**state, "upstreams": upstreams})}
    why = {"status": "unavailable", "code": "upstream_timeout", "message": "Akash does not answer"}
    away = {**why, "storage": "file", "upstreams": upstreams}
    return {
        **_open(
            "getReadiness",
            "Health",
            "Whether the gateway can answer",
            {
                "200": _ok("It can: Akash's models are known.", json_content(ref("Ready"), ready)),
                "503": _ok("It cannot.", json_content(ref("NotReady"), {"away": example("Away", away)})),
            },
        ),
        "description": "Asks Akash for its models where they are not known, at most twice a minute, so that "
        "probes may come as often as they like.",
    }


def _metrics() -> Schema:
    text_format = {"text/plain": {"schema": {"type": "string"}}}
    return {
        "operationId": "getMetrics",
        "tags": ["Health"],
        "summary": "Metrics, for Prometheus",
        "description": "Answers, tokens, durations, attempts and rescues; `docs/metrics.md` names them all.",
        "responses": {
            "200": _ok("Prometheus' text format.", text_format),
            **responses(Unauthenticated, InternalError),
        },
    }


def _page(operation: str, summary: str) -> Schema:
    html = {"text/html": {"schema": {"type": "string"}}}
    return _open(operation, "Pages", summary, {"200": _ok("A page.", html)})


def _asset() -> Schema:
    files = {
        kind: {"schema": {"type": "string"}} for kind in ("text/css", "text/javascript", "image/svg+xml")
    }
    name = {
        "name": "name",
        "in": "path",
        "required": True,
        "description": "The file's name.",
        "schema": {"type": "string"},
        "example": "style.css",
    }
    return {
        **_open(
            "getAsset",
            "Pages",
            "A page's style, script or icon",
            {
                "200": _ok("The file.", files),
                "304": {"description": "It is as you know it."},
                **responses(NotFound),
            },
        ),
        "parameters": [name],
    }
