"""``akashchat simulate``."""

from typing import Annotated

import typer

from akashchat import settings
from akashchat.cli.terminal import MISTAKEN, console, give_up, run
from akashchat.simulator import Dialect, serve

command = typer.Typer(add_completion=False)


@command.command("simulate")
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
        give_up(f"--address {error}", MISTAKEN)
    simulation = serve(
        host,
        port,
        dialect=dialect,
        pace_s=pace_ms / 1000,
        image_s=image_s,
        quota_tokens=quota_tokens or None,
        access_token=access_token or None,
        announce=lambda simulator: console.print(
            f"A stand-in for Akash Chat ({dialect}) is at {simulator.url}\n"
            f"  its troubles   {simulator.url}/_simulator/scenarios\n"
            f"  a gateway      AKASH_BASE_URL={simulator.url} akashchat serve"
        ),
    )
    run(simulation)
