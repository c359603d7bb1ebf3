"""Commands.  Each parses its arguments and calls one function."""

import asyncio
import pathlib
import sys
from collections.abc import Coroutine
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console

from akashchat import __version__, demo, settings
from akashchat.app import create_app
from akashchat.server.serve import CannotListen, listen, serve
from akashchat.simulator import Dialect
from akashchat.simulator import serve as simulate
from akashchat.telemetry import logs

_EVERYWHERE = ("", "0.0.0.0", "::")
_MISTAKEN, _TAKEN = 2, 3
"""Exit codes: settings that cannot be used, an address that cannot be listened on."""

cli = typer.Typer(
    name="akashchat",
    help="The gateway that lets any OpenAI or Anthropic client use Akash's AI.",
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
        most_bytes=options.server.max_body_bytes,
    )


@cli.command("simulate")
def simulate_command(
    address: Annotated[str, typer.Option(help="Where to listen, host:port.")] = "127.0.0.1:16572",
    dialect: Annotated[Dialect, typer.Option(help="Which version of Akash Chat to play.")] = "new",
    pace_ms: Annotated[float, typer.Option(help="Milliseconds between tokens.", min=0)] = 30.0,
    image_s: Annotated[float, typer.Option(help="Seconds a picture takes.", min=0)] = 3.0,
    quota_tokens: Annotated[int, typer.Option(help="Token quota; 0 for none.", min=0)] = 25_000,
    access_token: Annotated[str, typer.Option(help="Play a private deployment with this token.")] = "",
) -> None:
    """Run a stand-in for Akash Chat, to try the gateway without Akash."""
    try:
        host, port = settings.split_address(address)
    except ValueError as error:
        _give_up(f"--address {error}", _MISTAKEN)
    simulation = simulate(
        host,
        port,
        dialect=dialect,
        pace_s=pace_ms / 1000,
        image_s=image_s,
        quota_tokens=quota_tokens or None,
        access_token=access_token or None,
        announce=lambda simulator: _console.print(
            f"A stand-in for Akash Chat ({dialect}) is at {simulator.url}\n"
            f"  its troubles   {simulator.url}/_simulator/scenarios\n"
            f"  a gateway      AKASH_BASE_URL={simulator.url} akashchat serve"
        ),
    )
    _run(simulation)


@cli.command("demo")
def demo_command(
    *,
    folder: Annotated[pathlib.Path, typer.Option(help="Where the picture is kept.")] = pathlib.Path(),
    keep_serving: Annotated[bool, typer.Option(help="Go on serving after the three questions.")] = True,
) -> None:
    """Start the stand-in and the gateway, ask a chat, a stream and a picture, and keep serving."""
    try:
        options = settings.load()
    except settings.BadSettings as error:
        _give_up(f"These settings cannot be used:\n{error}", _MISTAKEN)
    logs.configure("warning", options.logs.format)
    _run(demo.run(_console, options, folder, keep_serving=keep_serving))


def _run(coroutine: Coroutine[Any, Any, None]) -> None:
    try:
        asyncio.run(coroutine)
    except OSError as error:
        _give_up(str(error), _TAKEN)
    except KeyboardInterrupt:
        sys.exit(0)


def _announce(options: settings.Settings, port: int) -> None:
    """Say where it listens, which upstream it uses, and whether a key is needed."""
    host = settings.split_address(options.server_address)[0]
    everywhere = " and every address of this machine" if host in _EVERYWHERE else ""
    host = "localhost" if everywhere else f"[{host}]" if ":" in host else host
    needed = "needed: the one in BEARER_TOKEN" if options.bearer_token.get_secret_value() else "not needed"
    _console.print(f"akashchat {__version__}")
    _console.print(f"  listens on  http://{host}:{port}/v1{everywhere}", markup=False)
    _console.print(f"  upstream    {options.akash_base_url}")
    _console.print(f"  key         {needed}")


def _give_up(message: str, code: int) -> NoReturn:
    Console(stderr=True, highlight=False, markup=False).print(message)
    sys.exit(code)


if __name__ == "__main__":
    main()
