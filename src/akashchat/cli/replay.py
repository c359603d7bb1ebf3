"""``akashchat replay``."""

import pathlib
from typing import Annotated

import typer

from akashchat.app.replay import replay
from akashchat.cli.terminal import MISTAKEN, give_up

command = typer.Typer(add_completion=False)


@command.command("replay")
def replay_command(
    capture: Annotated[pathlib.Path, typer.Argument(help="A capture, or the bytes of an answer.")],
) -> None:
    """Play a captured reply of Akash's through the decoder, and show what becomes of it."""
    try:
        file = capture.read_bytes()
    except OSError as error:
        give_up(f"{capture}: {error.strerror}", MISTAKEN)
    for line in replay(file):
        typer.echo(line)
