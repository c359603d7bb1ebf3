"""``akashchat keys``."""

import asyncio
import sys
import time
from collections.abc import Coroutine, Iterator
from typing import Annotated, Any, TypeVar

import typer
from rich.table import Table
from rich.text import Text

from akashchat.app import keys
from akashchat.cli.amounts import Amount, Expiry, fields
from akashchat.cli.asking import Json, print_json, tame
from akashchat.cli.terminal import FAILED, INTERRUPTED, MISTAKEN, console, give_up, loaded

T = TypeVar("T")

command = typer.Typer(
    name="keys",
    help="Issue keys, and see, change and end them; straight in the database, whether the gateway runs or not.",
    no_args_is_help=True,
    add_completion=False,
)

Which = Annotated[str, typer.Argument(help="Its id, its name, or its first letters.")]
Models = Annotated[
    list[str] | None,
    typer.Option("--model", help='Models it opens; "DeepSeek-*" is a pattern, "" all of them.'),
]
Dialects = Annotated[list[str] | None, typer.Option("--dialect", help="Dialects it opens, such as chat.")]
Upstreams = Annotated[list[str] | None, typer.Option("--upstream", help="Upstreams it opens, by name.")]
Note = Annotated[str | None, typer.Option("--note", help="Whatever you want to remember.")]
PerMinute = Annotated[Amount | None, typer.Option("--requests-per-minute", parser=Amount)]
TokensPerMinute = Annotated[Amount | None, typer.Option("--tokens-per-minute", parser=Amount)]
TokensPerDay = Annotated[Amount | None, typer.Option("--tokens-per-day", parser=Amount)]
TokensPerMonth = Annotated[Amount | None, typer.Option("--tokens-per-month", parser=Amount)]
Concurrency = Annotated[
    Amount | None, typer.Option("--concurrency", parser=Amount, help="Answers at a time.")
]
Expires = Annotated[
    Expiry | None, typer.Option("--expires", parser=Expiry, help="30d, 12h, 2027-01-31, or never.")
]


@command.command("list")
def list_keys(
    *, ended: Annotated[bool, typer.Option("--all", help="Those that have ended too.")] = False,
    as_json: Json = False,
) -> None:  # fmt: skip
    """List the keys."""
    found = _done(keys.listed(loaded()))
    if not ended:
        found = [key for key in found if _state(key) == "good"]
    if as_json:
        print_json(found)
    elif console.is_terminal:
        console.print(_table(found))
    else:
        for row in (_COLUMNS, *map(_row, found)):
            typer.echo("\t".join(row))


@command.command("issue")
def issue_key(
    name: Annotated[str, typer.Argument(help="Its name, for people.")],
    *,
    admin: Annotated[bool, typer.Option("--admin", help="It opens /admin/ too.")] = False,
    models: Models = None,
    dialects: Dialects = None,
    upstreams: Upstreams = None,
    requests_per_minute: PerMinute = None,
    tokens_per_minute: TokensPerMinute = None,
    tokens_per_day: TokensPerDay = None,
    tokens_per_month: TokensPerMonth = None,
    concurrency: Concurrency = None,
    expires: Expires = None,
    note: Note = None,
    as_json: Json = False,
) -> None:
    """Issue a key. It is printed this once, alone on standard output."""
    wish = fields(
        name=name, admin=admin or None, note=note, expires_at=expires,
        scope={"models": models, "dialects": dialects, "upstreams": upstreams},
        allowance={
            "requests_per_minute": requests_per_minute, "tokens_per_minute": tokens_per_minute,
            "tokens_per_day": tokens_per_day, "tokens_per_month": tokens_per_month, "concurrency": concurrency,
        },
    )  # fmt: skip
    _tell_issued(_done(keys.issued(loaded(), wish)), as_json=as_json)


@command.command("show")
def show_key(which: Which, *, as_json: Json = False) -> None:
    """Show a key."""
    _tell(_done(keys.shown(loaded(), which)), as_json=as_json)


@command.command("edit")
def edit_key(
    which: Which,
    *,
    name: Annotated[str | None, typer.Option("--name", help="Another name.")] = None,
    admin: Annotated[bool | None, typer.Option("--admin/--no-admin", help="Whether it opens /admin/ too.")] = None,
    models: Models = None,
    dialects: Dialects = None,
    upstreams: Upstreams = None,
    requests_per_minute: PerMinute = None,
    tokens_per_minute: TokensPerMinute = None,
    tokens_per_day: TokensPerDay = None,
    tokens_per_month: TokensPerMonth = None,
    concurrency: Concurrency = None,
    expires: Expires = None,
    note: Note = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Change a key; what is not named stays, and an amount of "none" is no limit any more."""
    change = fields(
        name=name, admin=admin, note=note, expires_at=expires,
        scope={"models": models, "dialects": dialects, "upstreams": upstreams},
        allowance={
            "requests_per_minute": requests_per_minute, "tokens_per_minute": tokens_per_minute,
            "tokens_per_day": tokens_per_day, "tokens_per_month": tokens_per_month, "concurrency": concurrency,
        },
    )  # fmt: skip
    if not change:
        give_up("There is nothing to change: name what is to be another, see 'keys edit --help'.", MISTAKEN)
    _tell(_done(keys.changed(loaded(), which, change)), as_json=as_json)


@command.command("revoke")
def revoke_key(which: Which, *, as_json: Json = False) -> None:
    """End a key, for good."""
    _tell(_done(keys.revoked(loaded(), which)), as_json=as_json)


@command.command("rotate")
def rotate_key(which: Which, *, as_json: Json = False) -> None:
    """Give a key a new text; the old one opens nothing any more."""
    _tell_issued(_done(keys.rotated(loaded(), which)), as_json=as_json)


def _done(work: Coroutine[Any, Any, T]) -> T:
    """What comes of it, or the end of the process."""
    try:
        return asyncio.run(work)
    except keys.CannotDo as error:
        give_up(tame(str(error)), MISTAKEN if error.asked_wrongly else FAILED)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _tell_issued(key: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(key)
        return
    for line in _lines({name: value for name, value in key.items() if name != "key"}):
        typer.echo(line, err=True)
    typer.echo("The key, which nobody will be told again:", err=True)
    typer.echo(key["key"])


def _tell(key: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(key)
        return
    for line in _lines(key):
        typer.echo(line)


def _lines(key: dict[str, Any]) -> Iterator[str]:
    """A key, a line for each thing that there is to say of it."""
    told = {
        "id": key["id"], "name": key["name"], "key": f"{key['prefix']}…", "state": _state(key),
        "admin": "yes" if key["admin"] else "", **{name: ", ".join(ones) for name, ones in key["scope"].items()},
        **{name.replace("_", " "): _number(amount) for name, amount in key["allowance"].items()},
        "created": _when(key["created_at"]), "expires": _when(key["expires_at"]),
        "revoked": _when(key["revoked_at"]), "last used": _when(key["last_used_at"]), "note": key["note"],
    }  # fmt: skip
    for name, value in told.items():
        if value:
            yield tame(f"  {name:<20}{value}")


_COLUMNS = ("id", "name", "key", "opens", "allowance", "expires", "last used", "state")


def _table(found: list[dict[str, Any]]) -> Table:
    table = Table(box=None, header_style="bold")
    for column in _COLUMNS:
        table.add_column(column, overflow="fold")
    for row in map(_row, found):
        table.add_row(*map(Text, row))
    return table


def _row(key: dict[str, Any]) -> tuple[str, ...]:
    opened = [name for names in key["scope"].values() for name in names]
    scope = ", ".join(opened) or "everything"
    allowance = ", ".join(
        f"{_number(amount)} {name.replace('_', ' ')}" for name, amount in key["allowance"].items() if amount
    )
    return tuple(
        map(
            tame,
            (
                key["id"],
                key["name"],
                f"{key['prefix']}…",
                f"{scope}, admin" if key["admin"] else scope,
                allowance,
                _when(key["expires_at"]),
                _when(key["last_used_at"]),
                _state(key),
            ),
        )
    )


def _state(key: dict[str, Any]) -> str:
    if key["revoked_at"] is not None:
        return "revoked"
    return "expired" if key["expires_at"] is not None and key["expires_at"] <= time.time() else "good"


def _when(at: int | None) -> str:
    return "" if at is None else time.strftime("%Y-%m-%d %H:%M", time.localtime(at))


def _number(amount: int | None) -> str:
    return "" if amount is None else f"{amount:,}"
