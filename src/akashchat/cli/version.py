"""``akashchat version``."""

import typer

from akashchat import __version__

command = typer.Typer(add_completion=False)


@command.command("version")
def version_command() -> None:
    """Print the version."""
    typer.echo(__version__)
