"""``akashchat tail``."""

import json
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.text import Text

from akashchat.cli.asking import Key, Url, finished, gateway, tame
from akashchat.cli.terminal import console
from akashchat.client.events import events
from akashchat.client.gateway import Gateway

_STYLES = {"answered": "green", "failed": "red", "caller left": "yellow"}

command = typer.Typer(add_completion=False)


@command.command("tail")
def tail_command(
    *,
    model: Annotated[str, typer.Option("--model", help="Only models of this name, * for any text.")] = "",
    caller: Annotated[str, typer.Option("--caller", help="Only this caller: a key's name.")] = "",
    upstream: Annotated[str, typer.Option("--upstream", help="Only answers of this upstream.")] = "",
    errors: Annotated[bool, typer.Option("--errors", help="Only failures.")] = False,
    url: Url = "",
    key: Key = "",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a JSON object a line, for programs.")
    ] = False,
) -> None:
    """Show the answers of a running gateway as they end; it takes an admin's key."""
    filters = {"model": model, "caller": caller, "upstream": upstream, "errors": "true" if errors else ""}
    finished(_follow(gateway(url, key), filters, as_json=as_json))


async def _follow(there: Gateway, filters: dict[str, str], *, as_json: bool) -> None:
    async with there:
        async for event in events(there, filters):
            if as_json:
                typer.echo(json.dumps(event, ensure_ascii=False))
            else:
                console.print(line(event), soft_wrap=True)


def line(event: dict[str, Any]) -> Text:
    """One event, for a person."""
    if event.get("object") == "missed":
        return Text(f"{event['count']} more, which came too fast to be shown", "yellow")
    ended = str(event["event"])
    text = Text(f"{datetime.fromtimestamp(event['at']).astimezone():%H:%M:%S} ")
    text.append(f"{ended:<12}", _STYLES.get(ended, ""))
    names = (f"{event['dialect']:<10}", _model(event), event["upstream"] or "nobody", event["caller"])
    text.append(tame("  ".join([*names, *_figures(event)])))
    if message := event.get("message"):
        text.append(tame(f"  {event.get('error') or ''} {message}"), "red")
    return text


def _model(event: dict[str, Any]) -> str:
    """The name asked for, and what it stands for."""
    true_model = event.get("true_model")
    return f"{event['model']} → {true_model}" if true_model else str(event["model"])


def _figures(event: dict[str, Any]) -> list[str]:
    told = [f"{event['duration_ms'] / 1000:.1f} s"]
    if (first_ms := event.get("first_event_ms")) is not None:
        told.append(f"first {first_ms:.0f} ms")
    if "input_tokens" in event:
        about = "about " if event["estimated"] else ""
        told.append(f"{about}{event['input_tokens']} → {event['output_tokens']} tokens")
    return told
