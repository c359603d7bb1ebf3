"""Commands.  Each parses its arguments and calls one function.

A command is a module of this package, named in the table below and imported when it is called: ``serve`` need
not wait for what ``demo`` needs (docs/decisions/0024).
"""

import importlib
from typing import Any

import typer
from typer.core import TyperGroup

_COMMANDS = ("serve", "chat", "image", "models", "keys", "doctor", "demo", "simulate", "replay", "version")
"""In the order of ``--help``; each module has a Typer called ``command``."""


class _Commands(TyperGroup):
    """The commands, imported when they are called.

    Typer carries its own copy of click under a private name, so click's types have none here.
    """

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        """See ``click.Group``."""
        return list(_COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        """See ``click.Group``."""
        if cmd_name not in _COMMANDS:
            return None
        return typer.main.get_command(importlib.import_module(f"akashchat.cli.{cmd_name}").command)


cli = typer.Typer(
    name="akashchat",
    cls=_Commands,
    help="The gateway that lets any OpenAI or Anthropic client use Akash's AI.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@cli.callback()
def _akashchat() -> None:
    """The gateway that lets any OpenAI or Anthropic client use Akash's AI."""


def main() -> None:
    """What the command ``akashchat`` calls."""
    cli()
