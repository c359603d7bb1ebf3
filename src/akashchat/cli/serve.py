"""``akashchat serve``."""

from collections.abc import Iterator
from operator import itemgetter

import typer

from akashchat import __version__, settings
from akashchat.app import create_app
from akashchat.cli.terminal import TAKEN, console, give_up, loaded
from akashchat.server.serve import CannotListen, listen, serve
from akashchat.telemetry import logs

_EVERYWHERE = ("", "0.0.0.0", "::")

command = typer.Typer(add_completion=False)


@command.command("serve")
def serve_command() -> None:
    """Serve the gateway, as the settings say."""
    options = loaded()
    logs.configure(options.logs.level, options.logs.format)
    try:
        sockets = listen(*settings.split_address(options.server_address))
    except CannotListen as error:
        give_up(str(error), TAKEN)
    serve(
        create_app(options),
        sockets,
        shutdown_s=options.server.shutdown_s,
        on_ready=lambda: announce(options, sockets[0].getsockname()[1]),
        most_bytes=options.server.max_body_bytes,
    )


def announce(options: settings.Settings, port: int) -> None:
    """Say where it listens, which upstreams it asks, and whether a key is needed."""
    host = settings.split_address(options.server_address)[0]
    everywhere = " and every address of this machine" if host in _EVERYWHERE else ""
    host = "localhost" if everywhere else f"[{host}]" if ":" in host else host
    console.print(f"akashchat {__version__}")
    console.print(f"  listens on  http://{host}:{port}/v1{everywhere}", markup=False)
    for place in _places(options):
        console.print(f"  upstream    {place}", markup=False)
    console.print(f"  key         {_needed(options)}")


def _needed(options: settings.Settings) -> str:
    if options.bearer_token.get_secret_value():
        return "needed: the one in BEARER_TOKEN, or an issued one"
    return "needed: an issued one" if options.keys_required else "not needed until one is issued"


def _places(options: settings.Settings) -> Iterator[str]:
    """Where the upstreams are, the first to be asked first."""
    asked = [(own.order, f"{own.base_url} ({name})") for name, own in options.keyed().items()]
    if options.akash.enabled:
        asked.insert(0, (options.akash.order, options.akash_base_url))
    yield from (place for _, place in sorted(asked, key=itemgetter(0)))
