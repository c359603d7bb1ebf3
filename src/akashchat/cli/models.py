"""``akashchat models``."""

from collections.abc import Iterator

import typer
from msgspec import to_builtins
from rich.table import Table
from rich.text import Text

from akashchat.cli.asking import Json, Key, Url, finished, gateway, print_json, tame
from akashchat.cli.terminal import console
from akashchat.client.gateway import Gateway
from akashchat.client.models import Offer, offers

_COLUMNS = ("model", "context", "does", "alias of", "upstreams")

command = typer.Typer(add_completion=False)


@command.command("models")
def models_command(*, url: Url = "", key: Key = "", as_json: Json = False) -> None:
    """List the models of a running gateway, and what each can do.

    What stands in brackets the gateway adds to the model.
    """
    found = finished(_offers(gateway(url, key)))
    if as_json:
        print_json([to_builtins(offer) for offer in found])
    elif console.is_terminal:
        console.print(_table(found))
    else:
        for row in (_COLUMNS, *map(_row, found)):
            typer.echo("\t".join(row))


async def _offers(there: Gateway) -> list[Offer]:
    async with there:
        return await offers(there)


def _table(found: list[Offer]) -> Table:
    table = Table(box=None, header_style="bold")
    for column in _COLUMNS:
        numbers = column == "context"
        table.add_column(column, justify="right" if numbers else "left", overflow="fold")
    for row in map(_row, found):
        table.add_row(*map(Text, row))
    return table


def _row(offer: Offer) -> tuple[str, ...]:
    context = f"{offer.context_length:,}" if offer.context_length else ""
    does = "draws" if offer.draws else ", ".join(_does(offer))
    return tuple(map(tame, (offer.id, context, does, offer.alias_of, ", ".join(offer.upstreams))))


def _does(offer: Offer) -> Iterator[str]:
    for name, doer in offer.does.items():
        yield name if doer == "upstream" else f"[{name}]"
