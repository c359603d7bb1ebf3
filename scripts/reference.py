"""The reference pages that are made from the code, so that they cannot disagree with it.

``make docs`` writes them; a test compares each with what this module renders.  Meanings come from the code:
a setting's description, an error's docstring.  Only what the code cannot know, what to do about an error, is
written here.
"""

import inspect
import itertools
import json
import pathlib
import textwrap
from collections.abc import Callable, Iterator
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, SecretStr

from akashchat import errors
from akashchat.server.base import error_headers
from akashchat.settings import Option, Settings, options

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
        lines.append(_row(str(kind.status), f"`{kind.type}`", code, retried, meaning, _REMEDIES[kind]))
    return "\n".join([*lines, ""])


PAGES: dict[str, Callable[[], str]] = {
    ".env.example": env_example,
    "akashchat.example.toml": toml_example,
    "docs/settings.md": settings_page,
    "docs/errors.md": errors_page,
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
    """What the setting does, and the words it may be where it is one of a few."""
    kind = _field(option).annotation
    if get_origin(kind) is not Literal:
        return option.meaning
    words = [f"`{word}`" for word in get_args(kind) if word]
    if all(word in option.meaning for word in words):
        return option.meaning
    return f"{option.meaning} One of {', '.join(words)}."


def _toml_value(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else json.dumps(value, ensure_ascii=False)


def _kinds(kind: type[errors.GatewayError]) -> Iterator[type[errors.GatewayError]]:
    """The classes that are raised, in the order of the tree; two are only branches of it."""
    if kind not in (errors.GatewayError, errors.CallerError):
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


_MADE = "made from the code by `make docs`; change it there"

_SETTINGS_HEAD = f"""\
<!-- {_MADE} -->

# Settings

A setting comes from the environment, from `.env` in the working directory, or from a TOML file
(`akashchat.toml` in the working directory, or the file that `AKASHCHAT_CONFIG` names), the earlier beating
the later. A name that does not exist is refused at the start. Names that end in `_s` are seconds.

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

_LATER = "Try again later."

_REMEDIES: dict[type[errors.GatewayError], str] = {
    errors.BadRequest: "Mend the field that `param` names.",
    errors.UnsupportedParameter: "Leave the parameter out, or unset `AKASHCHAT_STRICT`.",
    errors.ContextLengthExceeded: "Shorten the conversation, or take a model with a longer context.",
    errors.PreviousResponseNotFound: "Send the whole conversation as `input`; responses are kept for "
    "`AKASHCHAT_STORAGE_RETENTION_DAYS`, and only where `store` is not `false`.",
    errors.ContentRefused: "Ask otherwise; no other upstream is asked, as that would be a way around the filter.",
    errors.NoThread: "Send the whole conversation; Anthropic's own clients do so by themselves.",
    errors.NoImage: "Describe a picture; the message tells what the model said instead.",
    errors.Unauthenticated: "Send `Authorization: Bearer <key>` with the gateway's `BEARER_TOKEN`.",
    errors.NotFound: "Check the address; OpenAI clients want a base URL that ends in `/v1`.",
    errors.NotSupported: "Do as the message says.",
    errors.ModelNotFound: "Take one that `GET /v1/models` lists, in exactly that spelling.",
    errors.ErrorModel: "As above; seen only with `AKASHCHAT_COMPAT=akashchat-api-go`.",
    errors.MethodNotAllowed: "Use a method the message names.",
    errors.RequestTimeout: "Send the body at once, or raise `AKASHCHAT_SERVER_BODY_TIMEOUT_S`.",
    errors.ForeignOrigin: "Add the page's origin to `AKASHCHAT_SERVER_CORS_ORIGINS`, if you trust it.",
    errors.BodyTooLarge: "Send less, or raise `AKASHCHAT_SERVER_MAX_BODY_BYTES`.",
    errors.RateLimited: "Wait as long as `retry-after` says.",
    errors.QuotaExhausted: "Wait until the time in the message: Akash counts tokens per address.",
    errors.QueueFull: "Wait as long as `retry-after` says; the operator may raise the upstream's `waiting`.",
    errors.UpstreamError: _LATER,
    errors.ProtocolError: "Try again; if it stays, Akash has changed: look for a newer version.",
    errors.AnswerCut: "Try again.",
    errors.InvalidToolCall: "Try again, or with another model; describe the tools more plainly, or offer fewer.",
    errors.InvalidOutput: "Try again, or with another model; a simpler schema is easier to follow.",
    errors.Stopping: "Try again when it runs, or let it take longer to stop: `AKASHCHAT_SERVER_SHUTDOWN_S`.",
    errors.BotCheck: "Give the gateway the `AKASHCHAT_AKASH_COOKIE` and `AKASHCHAT_AKASH_USER_AGENT` of a "
    "browser that passed it, or an `AKASHCHAT_AKASH_PROXY`.",
    errors.SessionRejected: "Try again later; with `AKASHCHAT_AKASH_COOKIE`, give it a fresh one.",
    errors.KeyRejected: "Give the gateway a key that the upstream takes, such as `AKASHCHAT_AKASHML_KEY`.",
    errors.OutOfCredit: "Add credit to the operator's account there.",
    errors.CircuitOpen: "Wait as long as `retry-after` says; the log tells what it failed with.",
    errors.UpstreamSlow: _LATER,
    errors.UpstreamUnavailable: "Try again later; check `AKASH_BASE_URL` and the proxy.",
    errors.UpstreamTimeout: "Try again, or raise `AKASHCHAT_AKASH_FIRST_BYTE_TIMEOUT_S` or "
    "`AKASHCHAT_AKASH_IDLE_TIMEOUT_S`.",
    errors.ImageFailed: "Try again, or describe it otherwise.",
    errors.ImageTimeout: "Try again, or raise `AKASHCHAT_AKASH_IMAGE_TIMEOUT_S`.",
    errors.InternalError: "Look into the log under the request's id, and report it.",
}


if __name__ == "__main__":
    main()
