"""What operators watch: events, and the overview."""

from akashchat.errors import BadRequest
from akashchat.server.openapi.admin import operation
from akashchat.server.openapi.pages import AROUND
from akashchat.server.openapi.parts import Schema, const, example, fields, json_content, number, ref, text

_TOTALS = {
    "answered": number("Answers that came to their end."),
    "failed": number("Answers that failed."),
    "left": number("Answers whose callers left."),
    "rescues": number("How often an answer that was cut went on."),
    "input_tokens": number("Tokens of what was asked."),
    "output_tokens": number("Tokens of what was answered."),
}
_FILTERS = {
    "model": "Only models of this name, as asked for or as it truly is; `*` stands for any text.",
    "caller": "Only callers of this name; `*` stands for any text.",
    "upstream": "Only answers of this upstream.",
    "errors": "Only failures, where it is `true`.",
}

SCHEMAS: dict[str, Schema] = {
    "Overview": fields(
        {
            "object": const("overview"),
            "version": text("Of the gateway."),
            "started_at": number("When it was started, in seconds since the epoch."),
            "uptime_s": number("How long that is ago.", "number"),
            "ready": {"type": "object", "description": "As `/health/ready` tells it."},
            **AROUND,
            "totals": {**fields(_TOTALS), "description": "What was counted since the start."},
        },
        optional=("redis",),
    ),
}

_EXAMPLE = {
    "object": "overview",
    "version": "0.1.0",
    "started_at": 1795340000,
    "uptime_s": 1804.2,
    "ready": {"status": "ready", "models": 7, "stale": False},
    "storage": "file",
    "upstreams": {
        "akash": {
            "session": {"state": "held", "age_s": 610.0, "ends_in_s": 2990.0},
            "quota": {"spent": False, "left": 0.81, "resets_at": 1795342556},
            "drift": {},
            "circuits": {},
        }
    },
    "totals": {
        "answered": 120, "failed": 2, "left": 1, "rescues": 0, "input_tokens": 51200, "output_tokens": 20480,
    },
}  # fmt: skip


def paths() -> dict[str, Schema]:
    """The paths."""
    overview = json_content(ref("Overview"), {"now": example("Now", _EXAMPLE)})
    about = "What the gateway is, how its upstreams are, and what was counted since it was started."
    return {
        "/admin/overview": {"get": operation("getOverview", "The gateway at this moment", about, overview)},
        "/admin/events": {"get": _events()},
        "/admin/doctor": {"get": _doctor()},
    }


def _events() -> Schema:
    stream = {"text/event-stream": {"schema": {"type": "string"}, "example": _STREAM}}
    about = (
        "A stream of server-sent events, without an end: an `outcome` for each answer when it is over, with the words "
        "of its line in the log, and `missed` where they came faster than they were read. In between there are "
        "comments as signs of life."
    )
    filters = [_filter(name, meaning) for name, meaning in _FILTERS.items()]
    return operation("getEvents", "Answers as they end", about, stream, BadRequest, parameters=filters)


def _doctor() -> Schema:
    stream = {"text/event-stream": {"schema": {"type": "string"}, "example": _LOOK}}
    about = (
        "Looks at the settings, the database, and each upstream: its name, its connection, a session, the quota, the "
        "models, a chat of a few words, and a picture where `image` is `true`. A stream of server-sent events: a "
        "`check` as soon as it is known, with what to do where it is not well, and at the end `doctor` with all of "
        "them. Who asks while another looks waits for that."
    )
    image = {
        "name": "image",
        "in": "query",
        "description": "Whether a picture is drawn, too.",
        "schema": {"type": "boolean"},
    }
    return operation("getDoctor", "Whether everything works", about, stream, BadRequest, parameters=[image])


def _filter(name: str, about: str) -> Schema:
    schema = {"type": "boolean"} if name == "errors" else {"type": "string"}
    return {"name": name, "in": "query", "description": about, "schema": schema}


_STREAM = """\
event: outcome
data: {"object":"event","at":1795340012.5,"event":"answered","request_id":"req_1","model":"DeepSeek-V3.2"}

"""

_LOOK = """\
event: check
data: {"subject":"akash","check":"session","verdict":"ok","seen":"given","remedy":"","seconds":0.4}

event: doctor
data: {"object":"doctor","ok":true,"checks":[{"subject":"akash","check":"session","verdict":"ok","seen":"given"}]}

"""
