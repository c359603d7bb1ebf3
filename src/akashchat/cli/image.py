"""``akashchat image``."""

import os
import pathlib
import re
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from akashchat.cli.asking import Json, Key, Url, finished, gateway, print_json, tame
from akashchat.cli.graphics import escape
from akashchat.cli.terminal import FAILED, MISTAKEN, give_up
from akashchat.client.gateway import Gateway
from akashchat.client.pictures import Picture, draw

_POSITION = re.compile(r"position (\d+)")
_LONGEST_NAME = 40

command = typer.Typer(add_completion=False)


@command.command("image")
def image_command(
    prompt: Annotated[str, typer.Argument(help="What to draw.")],
    *,
    out: Annotated[pathlib.Path, typer.Option(help="The file, or the folder for it.")] = pathlib.Path(),
    model: Annotated[str, typer.Option(help="Which model; the gateway's choice unless given.")] = "",
    show: Annotated[bool, typer.Option(help="Show it, in a terminal that says it can.")] = True,
    url: Url = "",
    key: Key = "",
    as_json: Json = False,
) -> None:
    """Have a running gateway draw a picture, and keep it."""
    if not (out.is_dir() or out.parent.is_dir()):
        give_up(f"{out}: there is no folder {out.parent}", MISTAKEN)
    picture = finished(_drawn(gateway(url, key), prompt, model))
    try:
        file = _kept(picture, out, prompt)
    except OSError as error:
        give_up(f"{error.filename}: {error.strerror}", FAILED)
    if as_json:
        facts = {"file": str(file), "bytes": len(picture.data), "media_type": picture.media_type}
        print_json({**facts, "prompt": prompt, "revised_prompt": picture.prompt})
        return
    if show and sys.stdout.isatty():
        sys.stdout.write(escape(picture, os.environ))
    typer.echo(file)


async def _drawn(there: Gateway, prompt: str, model: str) -> Picture:
    aside = Console(stderr=True)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=aside, transient=True, disable=not aside.is_terminal) as progress:
        bar = Bar(progress)
        async with there:
            return await draw(there, prompt, model, bar.told)


class Bar:
    """How far a picture is: full when nobody is before it in the queue any more, and pulsing without a queue."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("Asking", total=None)
        self._longest = 0

    def told(self, word: str) -> None:
        """Show what the gateway says."""
        found = _POSITION.search(word)
        position = int(found[1]) if found else 0
        self._longest = max(self._longest, position)
        total = self._longest or None
        self._progress.update(
            self._task, description=tame(word), total=total, completed=self._longest - position
        )


def _kept(picture: Picture, out: pathlib.Path, prompt: str) -> pathlib.Path:
    """Write it: to the file that was named, or to one that is not there yet, named by the prompt."""
    if not out.is_dir():
        out.write_bytes(picture.data)
        return out
    name = re.sub(r"\W+", "-", prompt.lower())[:_LONGEST_NAME].strip("-") or "picture"
    number = 1
    while True:
        file = out / f"{name}{f'-{number}' if number > 1 else ''}.{picture.format}"
        try:
            with file.open("xb") as opened:
                opened.write(picture.data)
        except FileExistsError:
            number += 1
        else:
            return file
