"""The documented shapes of what others read, as far as we use them: a word that is not here is a mistake.

SDL: https://akash.network/docs/developers/deployment/akash-sdl/syntax-reference
Compose: https://docs.docker.com/reference/compose-file/
Grafana: https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/
"""

from typing import Any

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string", "minLength": 1}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_BOOL: Schema = {"type": "boolean"}
_PORT: Schema = {"type": "integer", "minimum": 1, "maximum": 65535}
_SIZE: Schema = {"type": "string", "pattern": r"^[1-9]\d*(\.\d+)?([kMGTPE]i?)?$"}
_ENV: Schema = {"type": "array", "items": {"type": "string", "pattern": r"^[A-Z][A-Z0-9_]*="}}


def _object(needed: dict[str, Schema], further: dict[str, Schema] | None = None) -> Schema:
    """An object with these fields, and no others."""
    return {
        "type": "object",
        "required": [*needed],
        "properties": {**needed, **(further or {})},
        "additionalProperties": False,
    }


def _named(each: Schema) -> Schema:
    """An object whose names are ours."""
    return {"type": "object", "minProperties": 1, "additionalProperties": each}


def _list(each: Schema) -> Schema:
    return {"type": "array", "minItems": 1, "items": each}


_MILLISECONDS: Schema = {"type": "integer", "minimum": 0, "maximum": 60_000}
_HTTP = _object(
    {},
    {
        "max_body_size": {"type": "integer", "minimum": 0, "maximum": 100 * 1024 * 1024},
        "read_timeout": _MILLISECONDS,
        "send_timeout": _MILLISECONDS,
        "next_tries": {"type": "integer", "minimum": 0},
        "next_timeout": {"type": "integer", "minimum": 0},
        "next_cases": {
            "type": "array",
            "items": {"enum": ["error", "timeout", "500", "502", "503", "504", "403", "404", "429", "off"]},
        },
    },
)
_EXPOSED = _object(
    {"port": _PORT, "to": _list(_object({}, {"global": _BOOL, "service": _TEXT}))},
    {"as": _PORT, "accept": _TEXTS, "proto": {"enum": ["tcp", "udp"]}, "http_options": _HTTP},
)
_MOUNT = _object({"mount": {"type": "string", "pattern": "^/"}}, {"readOnly": _BOOL})
_VOLUME = _object(
    {"size": _SIZE},
    {
        "name": _TEXT,
        # A class of its own is what a volume has that outlives its container.
        "attributes": _object(
            {"persistent": {"const": True}, "class": {"enum": ["beta1", "beta2", "beta3"]}},
        ),
    },
)
_RESOURCES = _object(
    {
        "cpu": _object({"units": {"type": "number", "exclusiveMinimum": 0}}),
        "memory": _object({"size": _SIZE}),
        "storage": _list(_VOLUME),
    }
)
_PRICE = _object(
    {"denom": {"enum": ["uact", "uakt"]}, "amount": {"type": "number", "exclusiveMinimum": 0}},
)
SDL = _object(
    {
        "version": {"enum": ["2.0", "2.1"]},
        "services": _named(
            _object(
                {"image": {"type": "string", "pattern": r":(?!latest$)[\w.-]+$"}, "expose": _list(_EXPOSED)},
                {
                    "env": _ENV,
                    "command": _TEXTS,
                    "args": _TEXTS,
                    "params": _object({"storage": _named(_MOUNT)}),
                },
            )
        ),
        "profiles": _object(
            {
                "compute": _named(_object({"resources": _RESOURCES})),
                "placement": _named(_object({"pricing": _named(_PRICE)}, {"attributes": {"type": "object"}})),
            }
        ),
        "deployment": _named(_named(_object({"profile": _TEXT, "count": {"type": "integer", "minimum": 1}}))),
    }
)
"""Of an Akash SDL."""

_SECONDS: Schema = {"type": "string", "pattern": r"^\d+s$"}
_SERVICE = _object(
    {"restart": {"enum": ["no", "always", "on-failure", "unless-stopped"]}},
    {
        "image": {"type": "string", "pattern": r"^[\w./-]+(:[\w.-]+)?$"},
        "build": _TEXT,
        "extends": _object({"file": _TEXT, "service": _TEXT}),
        "ports": _list({"type": "string", "pattern": r":\d+$"}),
        "env_file": _list(_object({"path": _TEXT}, {"required": _BOOL})),
        "environment": _named(_TEXT),
        "depends_on": {"anyOf": [_TEXTS, _named(_object({"condition": {"const": "service_healthy"}}))]},
        "deploy": _object({"replicas": {"type": "string", "pattern": r"^\$\{[A-Z]+:-\d+\}$"}}),
        "healthcheck": _object(
            {
                "test": {"type": "array", "minItems": 2, "prefixItems": [{"enum": ["CMD", "CMD-SHELL"]}]},
                "interval": _SECONDS,
                "timeout": _SECONDS,
                "retries": {"type": "integer", "minimum": 1},
            }
        ),
        "command": _TEXTS,
        "user": _TEXT,
        "shm_size": {"type": "string", "pattern": r"^\d+mb$"},
        "configs": _list(_object({"source": _TEXT, "target": {"type": "string", "pattern": "^/"}})),
        "stop_grace_period": _SECONDS,
        "read_only": _BOOL,
        "tmpfs": _TEXTS,
        "volumes": _list({"type": "string", "pattern": r"^[\w./-]+:/[\w./-]+(:ro)?$"}),
        "secrets": _TEXTS,
        "cap_drop": _list({"const": "ALL"}),
        "security_opt": _list({"const": "no-new-privileges:true"}),
    },
)
COMPOSE = _object(
    {"services": _named(_SERVICE)},
    {
        "name": {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]*$"},
        "volumes": _named({"type": "null"}),
        "secrets": _named(_object({"environment": _TEXT})),
        "configs": _named(_object({"content": _TEXT})),
    },
)
"""Of a file for Docker Compose, with what it extends filled in."""

_SOURCE = _object({"type": {"const": "prometheus"}, "uid": {"const": "${datasource}"}})
_PLACE = _object(
    {
        "x": {"type": "integer", "minimum": 0, "maximum": 23},
        "y": {"type": "integer", "minimum": 0},
        "w": {"type": "integer", "minimum": 1, "maximum": 24},
        "h": {"type": "integer", "minimum": 1},
    }
)
_PANEL = _object(
    {
        "id": {"type": "integer", "minimum": 1},
        "type": {"enum": ["stat", "timeseries"]},
        "title": _TEXT,
        "description": {"type": "string", "pattern": r"\.$"},
        "datasource": _SOURCE,
        "gridPos": _PLACE,
        "fieldConfig": {
            "type": "object",
            "properties": {
                "defaults": {
                    "type": "object",
                    "required": ["unit"],
                    "properties": {"unit": {"enum": ["reqps", "percentunit", "short", "s", "currencyUSD"]}},
                }
            },
        },
        "options": {"type": "object"},
        "targets": _list(
            _object(
                {
                    "refId": {"type": "string", "pattern": "^[A-Z]$"},
                    "datasource": _SOURCE,
                    "expr": _TEXT,
                    "legendFormat": {"type": "string"},
                }
            )
        ),
    }
)
DASHBOARD: Schema = {
    "type": "object",
    "required": ["uid", "title", "schemaVersion", "templating", "panels", "time"],
    "properties": {
        "id": False,  # the database's, never a file's
        "uid": {"type": "string", "pattern": r"^[\w-]{1,40}$"},
        "title": _TEXT,
        "schemaVersion": {"type": "integer", "minimum": 36},
        "templating": _object({"list": _list({"type": "object", "required": ["name", "type", "query"]})}),
        "panels": _list(_PANEL),
    },
}
"""Of a dashboard of Grafana."""
