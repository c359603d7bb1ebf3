"""What the commands that ask a running gateway share: where it is, and how they end."""

import asyncio
import json
import sys
from collections.abc import Coroutine
from typing import Annotated, Any, TypeVar

import typer

from akashchat.cli.terminal import FAILED, INTERRUPTED, give_up, loaded
from akashchat.client.failures import Failed
from akashchat.client.gateway import Gateway
from akashchat.settings import split_address

T = TypeVar("T")

Url = Annotated[
    str, typer.Option("--url", help="Where the gateway is; the settings' SERVER_ADDRESS unless given.")
]
Key = Annotated[str, typer.Option("--key", help="The key to show; the settings' BEARER_TOKEN unless given.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON value, for programs.")]

_ANYWHERE = {"": "localhost", "0.0.0.0": "127.0.0.1", "::": "::1"}
_CONTROLS = dict.fromkeys([*range(9), *range(11, 32), *range(127, 160)])


def gateway(url: str, key: str) -> Gateway:
    """The gateway that was named, or that of this machine's settings."""
    if url and key:
        return Gateway(url, key)
    options = loaded()
    host, port = split_address(options.server_address)
    host = _ANYWHERE.get(host, host)
    here = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    return Gateway(url or here, key or options.bearer_token.get_secret_value())


def finished(work: Coroutine[Any, Any, T]) -> T:
    """What comes of it; a failure ends the process with the gateway's words, and so does Ctrl-C without any."""
    try:
        return asyncio.run(work)
    except Failed as error:
        give_up(tame(str(error)), FAILED)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def print_json(value: Any) -> None:
    """Print a value for programs, and for people who look."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))


def tame(text: str) -> str:
    """Text without what a terminal would obey: a model may write anything."""
    return text.translate(_CONTROLS)
