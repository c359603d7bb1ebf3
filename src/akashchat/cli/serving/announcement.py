"""What a person is told when the gateway answers: where, by which upstreams, and whether a key is needed."""

import socket
from collections.abc import Iterator
from operator import itemgetter

from akashchat import __version__, settings
from akashchat.cli.terminal import TAKEN, console, give_up
from akashchat.server.listening import CannotListen, listen

_EVERYWHERE = ("", "0.0.0.0", "::")


def listening(options: settings.Settings) -> tuple[list[socket.socket], list[socket.socket]]:
    """The sockets of the address in the settings, and of that of metrics where they have one; or the process ends."""
    aside = options.telemetry.metrics_address
    try:
        return (
            listen(*settings.split_address(options.server_address)),
            listen(*settings.split_address(aside)) if aside else [],
        )
    except CannotListen as error:
        give_up(str(error), TAKEN)


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
    if options.server.workers > 1:
        console.print(f"  workers     {options.server.workers}")


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
