"""The description of ``/admin/settings``."""

from akashchat.errors import SettingsRefused, Stopping
from akashchat.server.openapi.admin import operation
from akashchat.server.openapi.parts import Schema, array, const, example, fields, json_content, ref, text

_VARIABLES: Schema = {"type": "string"}
_WAITING = "Settings that were read with another value, which counts from the next start on."


def paths() -> dict[str, Schema]:
    """The operations, by path."""
    return {
        "/admin/settings": {
            "get": operation(
                "getSettings",
                "The settings that count now",
                "Every setting, with its value and where it comes from. Of a secret only whether there is one.",
                json_content(ref("SettingsList")),
            )
        },
        "/admin/settings/reload": {
            "post": operation(
                "reloadSettings",
                "Have the settings read again",
                "Reads `.env` and the TOML file again, as SIGHUP does, and answers when all processes of the gateway "
                "have the new settings. They are taken as a whole or not at all. Requests under way end with the old "
                "ones.",
                json_content(ref("SettingsReload"), {"changed": example("Two are new", _RELOAD)}),
                SettingsRefused,
                Stopping,
            )
        },
    }


_RELOAD = {
    "object": "settings.reload",
    "changed": ["AKASHCHAT_MODELS_ALIASES", "AKASHCHAT_LOGS_LEVEL"],
    "waiting": ["AKASHCHAT_SERVER_WORKERS"],
}

SCHEMAS: dict[str, Schema] = {
    "Setting": fields(
        {
            "variable": text("Its name in the environment."),
            "toml": text("Its name in TOML."),
            "value": {"description": "What it is; `********` for a secret that is set."},
            "default": text("What it is where nobody says otherwise, as text."),
            "origin": text(
                "Who says so: `the command line`, `the environment`, `.env`, the TOML file, or `default`."
            ),
            "at_start": {"type": "boolean", "description": "Whether only a start heeds it."},
        }
    ),
    "SettingsList": fields(
        {
            "object": const("list"),
            "data": array(ref("Setting")),
            "waiting": array(_VARIABLES, _WAITING),
        }
    ),
    "SettingsReload": fields(
        {
            "object": const("settings.reload"),
            "changed": array(
                _VARIABLES, "Settings that count from now on, by their names in the environment."
            ),
            "waiting": array(_VARIABLES, _WAITING),
        }
    ),
}
