"""The reference pages that are made from the code, so that they cannot disagree with it.

``make docs`` writes them; a test compares each with what this module renders.  Meanings come from the code:
a setting's description, an error's docstring.  Only what the code cannot know, what to do about an error, is
written here.
"""

import inspect
import itertools
import json
import pathlib
import re
import textwrap
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, SecretStr

from akashchat import errors
from akashchat.app.ground import Ground
from akashchat.app.redis import SharedRedis
from akashchat.app.shelves import alone
from akashchat.app.upstreams import Upstreams
from akashchat.clock import SystemChance, SystemClock
from akashchat.errors.remedies import remedy
from akashchat.server.base import error_headers
from akashchat.server.siblings import Alone
from akashchat.settings import Option, Settings, options
from akashchat.storage.schema.writing import written
from akashchat.telemetry.exporting import SIGNALS, lost
from akashchat.telemetry.metrics import Figures
from faults.page import faults_page

ROOT = pathlib.Path(__file__).parent.parent


def main() -> None:
    """Write every page."""
    for name, render in PAGES.items():
        (ROOT / name).write_text(render(), "utf-8")
        print(name)


def settings_page() -> str:
    """``docs/settings.md``."""
    lines = [_SETTINGS_HEAD]
    for room, group in _rooms():
        lines += [f"## {_title(room)}", "", "| Variable | TOML | Default | Meaning |", "|---|---|---|---|"]
        for option in group:
            default = f"`{option.default}`" if option.default else ""
            cells = (f"`{option.variable}`", f"`{option.toml}`", default, _meaning(option))
            lines.append(_row(*cells))
        lines.append("")
    return "\n".join(lines)


def env_example() -> str:
    """``.env.example``."""
    lines = [_ENV_HEAD]
    for room, group in _rooms():
        lines += [f"# --- {_title(room)}", ""]
        for option in group:
            lines += [*_comment(_meaning(option)), f"#{option.variable}={option.default}", ""]
    return "\n".join(lines)


def toml_example() -> str:
    """``akashchat.example.toml``."""
    lines = [_TOML_HEAD]
    for room, group in _rooms():
        if room:
            lines += [f"# {_room(room).__doc__}", f"[{room}]", ""]
        for option in group:
            name = option.toml.rpartition(" ")[2]
            lines += [*_comment(_meaning(option)), f"#{name} = {_toml_value(_default(option))}", ""]
    return "\n".join(lines)


def errors_page() -> str:
    """``docs/errors.md``."""
    lines = [_ERRORS_HEAD]
    for kind in _kinds(errors.GatewayError):
        code = f"`{kind.code}`" if kind.code else "`null`"
        retried = "yes" if _is_retried(kind) else "no"
        meaning = " ".join((inspect.getdoc(kind) or "").split()).replace("``", "`")
        lines.append(_row(str(kind.status), f"`{kind.type}`", code, retried, meaning, remedy(kind)))
    return "\n".join([*lines, ""])


def metrics_page() -> str:
    """``docs/metrics.md``."""
    lines = [_METRICS_HEAD]
    settings, clock, chance = Settings.model_construct(), SystemClock(), SystemChance()
    ground = Ground(settings, clock, chance, Alone())
    upstreams = Upstreams(settings, clock, chance, alone(), drifted=str)
    further = (
        upstreams.figures(),
        lost(dict.fromkeys(SIGNALS, 0)),
        SharedRedis("redis://", clock, 1).figures(),
    )
    for metric in chain(ground.metrics.collect(), *further):
        kind = metric.kind if isinstance(metric, Figures) else "histogram"
        name = f"{metric.name}_total" if kind == "counter" else metric.name
        lines.append(
            _row(f"`{name}`", kind, ", ".join(f"`{label}`" for label in metric.labels), metric.about)
        )
    return "\n".join([*lines, ""])


def schema(kind: str) -> str:
    """A new database's tables, as the revisions make them."""
    return ";\n\n".join(re.sub(" +$", "", step, flags=re.MULTILINE) for step in written(kind, None)) + ";\n"


PAGES: dict[str, Callable[[], str]] = {
    ".env.example": env_example,
    "akashchat.example.toml": toml_example,
    "docs/settings.md": settings_page,
    "docs/errors.md": errors_page,
    "docs/metrics.md": metrics_page,
    "docs/faults.md": faults_page,
    "src/akashchat/storage/schema/postgresql.sql": lambda: schema("postgresql"),
    "src/akashchat/storage/schema/sqlite.sql": lambda: schema("sqlite"),
}


def _rooms() -> Iterator[tuple[str, Iterator[Option]]]:
    """The options by room; the inherited names and the house-wide ones have none."""
    return itertools.groupby(options(), lambda option: option.toml.rpartition(" ")[0].strip("[]"))


def _room(name: str) -> type[BaseModel]:
    group = Settings.model_fields[name].annotation
    assert isinstance(group, type)  # noqa: S101  for the type checker: a room is a class
    assert issubclass(group, BaseModel)  # noqa: S101
    return group


def _title(room: str) -> str:
    return (_room(room).__doc__ or room).partition("\n")[0].rstrip(".") if room else "First of all"


def _field(option: Option) -> Any:
    room, _, name = option.toml.rpartition(" ")
    room = room.strip("[]")
    return (_room(room) if room else Settings).model_fields[name]


def _default(option: Option) -> Any:
    default = _field(option).default
    return default.get_secret_value() if isinstance(default, SecretStr) else default


def _meaning(option: Option) -> str:
    """What the setting does, the words it may be where it is one of a few, and whether it may change."""
    return " ".join([option.meaning, *_choice(option), *_AT_START[: option.at_start]])


def _choice(option: Option) -> list[str]:
    kind = _field(option).annotation
    words = [f"`{word}`" for word in get_args(kind) if word] if get_origin(kind) is Literal else []
    return [] if all(word in option.meaning for word in words) else [f"One of {', '.join(words)}."]


def _toml_value(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else json.dumps(value, ensure_ascii=False)


def _kinds(kind: type[errors.GatewayError]) -> Iterator[type[errors.GatewayError]]:
    """The classes that are raised, in the order of the tree; two are only branches of it."""
    if kind not in (errors.GatewayError, errors.CallerError, errors.NotAllowed):
        yield kind
    for inner in kind.__subclasses__():
        yield from _kinds(inner)


def _is_retried(kind: type[errors.GatewayError]) -> bool:
    """Whether OpenAI's own clients send the request again by themselves."""
    told_not_to = (b"x-should-retry", b"false") in error_headers(kind(""))
    return (kind.status in (408, 409, 429) or kind.status >= 500) and not told_not_to


def _comment(text: str) -> list[str]:
    return textwrap.wrap(text, 100, initial_indent="# ", subsequent_indent="# ")


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


_AT_START = ["Read at the start alone."]

_MADE = "made from the code by `make docs`; change it there"

_SETTINGS_HEAD = f"""\
<!-- {_MADE} -->

# Settings

A setting comes from the environment, from `.env` in the working directory, or from a TOML file
(`akashchat.toml` in the working directory, or the file that `AKASHCHAT_CONFIG` names), the earlier beating
the later. A name that does not exist is refused at the start. Names that end in `_s` are seconds. Both files are
[read again](processes.md#changes-without-a-restart) when somebody asks for it, but for settings that are read at the
start alone.

Copy [.env.example](../.env.example) or [akashchat.example.toml](../akashchat.example.toml) to begin.
"""

_ENV_HEAD = f"""\
# All settings of akashchat, with their defaults.  Copy to .env and take the # from what you want to change.
# ({_MADE})
"""

_TOML_HEAD = f"""\
# All settings of akashchat, with their defaults.  Copy to akashchat.toml and take the # from what you want to
# change.  ({_MADE})
"""

_METRICS_HEAD = f"""\
<!-- {_MADE} -->

# Metrics

What else the gateway tells of itself is in [telemetry.md](telemetry.md).

`GET /metrics` tells them in Prometheus' text format, to whoever has the gateway's key, where there is one:

```yaml
scrape_configs:
  - job_name: akashchat
    authorization: {{ credentials: the-key-in-BEARER_TOKEN }}
    static_configs: [{{ targets: ["localhost:16571"] }}]
```

Names that begin with `gen_ai` and their labels, but for `upstream`, are those of OpenTelemetry's conventions for
generative AI; `gen_ai_server` is what callers see of the gateway, `gen_ai_client` what the gateway sees of upstreams. By
OTLP they go by their names with dots, and `akashchat_added_seconds` is `akashchat.added` in seconds. A model's name is
the true one, not an alias; beyond 200 models all further ones are `others`. `outcome` is the reason why an answer
finished, the `code` of [what it failed with](errors.md), or `left` where its caller did not wait for it.

| Name | Kind | Labels | Meaning |
|---|---|---|---|"""

_ERRORS_HEAD = f"""\
<!-- {_MADE} -->

# Errors

Every error has one body that is both OpenAI's and akashchat-api-go's:

```json
{{"error": {{"message": "…", "type": "…", "param": null, "code": "…"}}, "code": 404, "data": {{"msg": "…"}}}}
```

`error.message` says what was wrong, `error.param` where in your request. Every response carries
`x-request-id`, which finds it in the log. *Retried* tells whether OpenAI's own clients try again by
themselves; where that cannot help they are told so by `x-should-retry: false`, and `retry-after` gives the
seconds where they are known. A stream that has begun carries the error in a frame of its own and ends without
`[DONE]`.

| Status | `type` | `code` | Retried | Meaning | What to do |
|---|---|---|---|---|---|"""

if __name__ == "__main__":
    main()
