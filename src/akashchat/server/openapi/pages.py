"""What is open to all: health, this description, the pages."""

from akashchat.errors import (
    BadRequest,
    BodyTooLarge,
    ForeignOrigin,
    InternalError,
    NotFound,
    RequestTimeout,
    Unauthenticated,
)
from akashchat.server.openapi.admin_usage import LIMITS
from akashchat.server.openapi.errors import responses
from akashchat.server.openapi.parts import (
    Schema,
    const,
    example,
    fields,
    headers,
    json_content,
    nullable,
    number,
    ref,
    text,
)

AROUND: dict[str, Schema] = {
    "storage": text(
        "Where responses are kept: `file`, `memory`, `postgresql` or `nowhere`; why, where it should be elsewhere, and "
        "whether it does not answer."
    ),
    "redis": text("Where gateways share one: `up`, or `down` and why."),
    "upstreams": {
        "type": "object",
        "description": "What is known of each upstream, by its name: under `circuits` the models that failed "
        "there lately, and how many requests are `waiting` where its answers are bounded; of Akash how old "
        "its `session` is, how much of the token `quota` is left, under `drift` what it sends of late that it did "
        "not use to send, and under `captures` why these cannot be kept, if they cannot.",
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
            **AROUND,
        },
        optional=("redis",),
    ),
    "SignIn": fields({"key": text("The gateway's key, or one that was issued.")}),
    "Session": fields(
        {
            "object": const("session"),
            "key_needed": {"type": "boolean", "description": "Whether callers must show a key here."},
            "caller": nullable(text("Who is signed in, or whose key is shown.")),
            "key": nullable(text("The id of an issued key.")),
            "admin": {
                "type": "boolean",
                "description": "Whether what is for admins answers; where no key is needed, that is to whoever sits "
                "at the gateway's machine.",
            },
            "limits": nullable({**LIMITS, "type": "object"}),
            "ends_at": nullable(number("When the signing in ends, in seconds since the epoch.")),
        }
    ),
    "NotReady": fields(
        {
            "status": const("unavailable"),
            "code": {"type": ["string", "null"], "description": "The failure; see the table of errors."},
            "message": text("What is wrong."),
            **AROUND,
        },
        optional=("redis",),
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
        "/": {"get": _page("getHome", "The gateway's page")},
        "/session": {"get": _session(), "post": _sign_in(), "delete": _sign_out()},
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
    away = {
        "status": "unavailable",
        "code": "upstream_timeout",
        "message": "the upstreams do not tell their models in time",
        "storage": "file",
        "upstreams": upstreams,
    }
    return {
        **_open(
            "getReadiness",
            "Health",
            "Whether the gateway can answer",
            {
                "200": _ok("It can: models are known.", json_content(ref("Ready"), ready)),
                "503": _ok("It cannot.", json_content(ref("NotReady"), {"away": example("Away", away)})),
            },
        ),
        "description": "Asks upstreams for their models where they are not known, at most twice a minute, so that "
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


_SIGNED_IN = {
    "object": "session",
    "key_needed": True,
    "caller": "bearer",
    "key": None,
    "admin": True,
    "limits": {},
    "ends_at": 1796000000,
}
_SIGNED_OUT = {
    "object": "session",
    "key_needed": True,
    "caller": None,
    "key": None,
    "admin": False,
    "limits": {},
    "ends_at": None,
}


def _told(about: str, name: str, value: Schema) -> dict[str, Schema]:
    return {"200": _ok(about, json_content(ref("Session"), {"told": example(name, value)}))}


def _session() -> Schema:
    told = _told("It is told.", "Signed in", _SIGNED_IN)
    operation = _open("getSession", "Pages", "Whether a key is needed, and who is signed in", told)
    return {**operation, "responses": {**told, **responses(Unauthenticated, InternalError)}}


def _sign_in() -> Schema:
    told = _told("Signed in; where no key is needed, nobody is.", "Signed in", _SIGNED_IN)
    asked = {"key": example("A key", {"key": "my-key"})}
    failures = (BadRequest, BodyTooLarge, RequestTimeout, Unauthenticated, ForeignOrigin, InternalError)
    return {
        **_open("signIn", "Pages", "Sign in to the page", told),
        "description": "For the page alone: it needs the header `x-akashchat-page`, and the gateway's own origin. "
        "The reply sets a cookie that stands for the key in the page's requests, for a week.",
        "requestBody": {"required": True, "content": json_content(ref("SignIn"), asked)},
        "responses": {**told, **responses(*failures)},
    }


def _sign_out() -> Schema:
    told = _told("Nobody is signed in any more.", "Signed out", _SIGNED_OUT)
    return {
        **_open("signOut", "Pages", "Sign out of the page", told),
        "responses": {**told, **responses(ForeignOrigin, InternalError)},
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
        "description": "The file's name, with its folder.",
        "schema": {"type": "string"},
        "example": "base.css",
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
