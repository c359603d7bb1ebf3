"""``akashchat demo``."""

import pathlib
from typing import Annotated

import typer

from akashchat import demo
from akashchat.cli.terminal import console, loaded, run
from akashchat.telemetry import logs

command = typer.Typer(add_completion=False)


@command.command("demo")
def demo_command(
    *,
    folder: Annotated[pathlib.Path, typer.Option(help="Where the picture is kept.")] = pathlib.Path(),
    keep_serving: Annotated[bool, typer.Option(help="Go on serving after the three questions.")] = True,
) -> None:
    """Start the stand-in and the gateway, ask a chat, a stream and a picture, and keep serving."""
    options = loaded()
    logs.configure("warning", options.logs.format)
    run(demo.run(console, options, folder, keep_serving=keep_serving))
