"""Commands.  Each parses its arguments and calls one function."""

import sys
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from akashchat import __version__, settings
from akashchat.app import create_app
from akashchat.server.serve import CannotListen, listen, serve
from akashchat.telemetry import logs

_MISTAKEN, _TAKEN = 2, 3
"""Exit codes: settings that cannot be used, an address that cannot be listened on."""

cli = typer.Typer(
    name="akashchat",
    help="The gateway that lets any OpenAI client use Akash's AI.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
_console = Console(highlight=False)


def main() -> None:
    """What the command ``akashchat`` calls."""
    cli()


@cli.command("version")
def version_command() -> None:
    """Print the version."""
    typer.echo(__version__)


@cli.command("serve")
def serve_command() -> None:
    """Serve the gateway, as the settings say."""
    try:
        options = settings.load()
        logs.configure(options.logs.level, options.logs.format)
        sockets = listen(*settings.split_address(options.server_address))
    except settings.BadSettings as error:
        _give_up(f"These settings cannot be used:\n{error}", _MISTAKEN)
    except CannotListen as error:
        _give_up(str(error), _TAKEN)
    serve(
        create_app(options),
        sockets,
        shutdown_s=options.server.shutdown_s,
        on_ready=lambda: _announce(options, sockets[0].getsockname()[1]),
    )


def _announce(options: settings.Settings, port: int) -> None:
    """Say where it listens, which upstream it uses, and whether a key is needed."""
    host = settings.split_address(options.server_address)[0] or "localhost"
    needed = "needed: the one in BEARER_TOKEN" if options.bearer_token.get_secret_value() else "not needed"
    _console.print(f"akashchat {__version__}")
    _console.print(f"  listens on  http://{host}:{port}/v1")
    _console.print(f"  upstream    {options.akash_base_url}")
    _console.print(f"  key         {needed}")


def _give_up(message: str, code: int) -> NoReturn:
    Console(stderr=True, highlight=False, markup=False).print(message)
    sys.exit(code)


if __name__ == "__main__":
    main()
