"""Failures, described from the classes that are raised."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, TypeAlias

from akashchat import errors
from akashchat.dialects.openai import error_object
from akashchat.errors import (
    CallerError,
    DatabaseUnavailable,
    DialectNotAllowed,
    GatewayError,
    ModelNotAllowed,
    NotAllowed,
    RateLimited,
    Unauthenticated,
)
from akashchat.server.base import error_headers
from akashchat.server.openapi.parts import (
    Schema,
    example,
    fields,
    headers,
    json_content,
    nullable,
    number,
    ref,
    text,
)

Kind: TypeAlias = type[GatewayError]

_PLACES = frozenset({GatewayError, CallerError, NotAllowed})
"""Places in the tree, never raised themselves."""


CLOSED: tuple[Kind, ...] = (DialectNotAllowed, ModelNotAllowed)
"""What a key does not open, of what answers."""


def kinds(root: Kind = GatewayError, *, but: tuple[Kind, ...] = ()) -> Iterator[Kind]:
    """``root`` and the kinds of failure under it, in the tree's order, without the subtrees of ``but``."""
    if issubclass(root, but):
        return
    if root not in _PLACES:
        yield root
    for kind in root.__subclasses__():
        if kind.__module__.startswith(errors.__name__):  # not what others have derived from it
            yield from kinds(kind, but=but)


def responses(*failures: Kind, form: str = "Error") -> dict[str, Schema]:
    """What an operation answers when it fails, by status; ``form`` is the schema of its errors.

    Where a key may be refused it may also be that nobody can tell.
    """
    by_status: dict[int, list[Kind]] = {}
    beside: tuple[Kind, ...] = (DatabaseUnavailable,) if Unauthenticated in failures else ()
    for kind in sorted(dict.fromkeys((*failures, *beside)), key=lambda kind: kind.status):
        by_status.setdefault(kind.status, []).append(kind)
    return {str(status): _response(status, found, form) for status, found in by_status.items()}


def table() -> str:
    """Every kind of failure, as a table in Markdown."""
    rows = sorted(kinds(), key=lambda kind: kind.status)
    lines = [
        "| Status | `code` | `type` | Try again? | Meaning |",
        "| --- | --- | --- | --- | --- |",
        *[
            f"| {kind.status} | {_code(kind)} | `{kind.type}` | {'yes' if kind.retryable else 'no'} "
            f"| {meaning(kind)} |"
            for kind in rows
        ],
    ]
    return "\n".join(lines)


def meaning(kind: Kind) -> str:
    """The first paragraph of the class's docstring, in Markdown."""
    first = (kind.__doc__ or "").partition("\n\n")[0]
    return " ".join(first.replace("``", "`").split())


def _code(kind: Kind) -> str:
    return f"`{kind.code}`" if kind.code else "`null`"


def _response(status: int, found: list[Kind], form: str) -> Schema:
    told = "\n".join(f"- {_code(kind)}: {meaning(kind)}" for kind in found)
    sent = {name.decode() for kind in found for name, _ in error_headers(_failure(kind))}
    return {
        "description": f"{HTTPStatus(status).phrase}.\n\n{told}",
        "headers": headers(*sorted(sent)),
        "content": json_content(
            ref(form),
            {kind.__name__: {"$ref": f"#/components/examples/{kind.__name__}"} for kind in found}
            if form == "Error"
            else None,
        ),
    }


def _failure(kind: Kind) -> GatewayError:
    """One of its kind; the limits know when they end."""
    return kind(meaning(kind), retry_after_s=60 if issubclass(kind, RateLimited) else None)


def _distinct(values: Iterator[Any]) -> list[Any]:
    return list(dict.fromkeys(values))


ERROR: Schema = fields(
    {
        "error": fields(
            {
                "message": text("What was wrong, where, and what is allowed."),
                "type": text("The failure's family.", enum=_distinct(kind.type for kind in kinds())),
                "param": nullable(
                    text("The offending field's path in the request, such as `messages[0].content`.")
                ),
                "code": {
                    "type": ["string", "null"],
                    "description": "The failure itself; see the table of errors.",
                    "enum": [*_distinct(kind.code for kind in kinds() if kind.code), None],
                },
            },
            about="OpenAI's error object.",
        ),
        "code": number("The status once more.", enum=sorted({kind.status for kind in kinds()})),
        "data": fields({"msg": text("The message once more.")}, about="As akashchat-api-go documents it."),
    },
    about="A failure: OpenAI's `error`, and `code` with `data.msg` as akashchat-api-go documents them.",
)

EXAMPLES: dict[str, Schema] = {
    kind.__name__: example(kind.code or "", error_object(_failure(kind))) for kind in kinds()
}
