"""``akashchat serve``."""

import importlib
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from akashchat.cli.terminal import loaded
from akashchat.telemetry import logs

command = typer.Typer(add_completion=False)


@command.command("serve")
def serve_command(
    workers: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", help="How many processes serve; AKASHCHAT_SERVER_WORKERS by default."
        ),
    ] = None,
    worker: Annotated[str, typer.Option(hidden=True)] = "",
) -> None:
    """Serve the gateway, as the settings say; SIGHUP has them read again."""
    if worker:
        _role("worker").serve(worker)
        return
    given: Mapping[str, Any] = {} if workers is None else {"server": {"workers": workers}}
    options = loaded(given)
    logs.configure(options.logs.level, options.logs.format)
    _role("parent" if options.server.workers > 1 else "alone").serve(options, given)


def _role(name: str) -> Any:
    """Who serves: imported only when it is played, as a parent needs little of what a gateway needs."""
    return importlib.import_module(f"akashchat.cli.serving.{name}")
