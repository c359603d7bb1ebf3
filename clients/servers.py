"""The simulator and the gateway before it, as processes of their own on free ports."""

import json
import os
import pathlib
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

_LIMIT_S = 20.0
_ALIASES = {
    "gpt-4o-mini": "DeepSeek-V3.2",
    "gpt-5-mini": "DeepSeek-V3.2",
    "claude-sonnet-4-5": "DeepSeek-V3.2",
    "claude-*": "DeepSeek-V3.2",
}


@contextmanager
def gateway(folder: pathlib.Path) -> Iterator[str]:
    """The gateway's address.  What both processes say is kept in ``folder``."""
    akash, own = (f"127.0.0.1:{port}" for port in _free_ports(2))
    quick = ["--pace-ms", "0", "--image-s", "0", "--quota-tokens", "0"]
    settings = {
        "AKASH_BASE_URL": f"http://{akash}",
        "SERVER_ADDRESS": own,
        "AKASHCHAT_MODELS_ALIASES": json.dumps(_ALIASES),
        "AKASHCHAT_STORAGE_PATH": ":memory:",
    }
    with (
        _running(["simulate", "--address", akash, *quick], {}, folder / "simulator.log", f"http://{akash}"),
        _running(["serve"], settings, folder / "gateway.log", f"http://{own}/health"),
    ):
        yield f"http://{own}"


@contextmanager
def _running(
    command: list[str], settings: dict[str, str], log: pathlib.Path, question: str
) -> Iterator[None]:
    """Run without the user's settings, which are not what is tried."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AKASH", "SERVER_")) and name != "BEARER_TOKEN"
    }
    with log.open("wb") as said:
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "akashchat", *command],
            cwd=log.parent,
            env=environment | settings,
            stdout=said,
            stderr=said,
        )
        try:
            _wait(process, question, log)
            yield
        finally:
            process.terminate()
            process.wait(_LIMIT_S)


def _wait(process: subprocess.Popen[bytes], question: str, log: pathlib.Path) -> None:
    until = time.monotonic() + _LIMIT_S
    while not _answers(question):
        if process.poll() is not None or time.monotonic() > until:
            sys.exit(f"akashchat does not serve; it said, in {log}:\n{log.read_text('utf-8')[-2000:]}")
        time.sleep(0.05)


def _answers(question: str) -> bool:
    try:
        with urllib.request.urlopen(question, timeout=5):  # noqa: S310
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def _free_ports(count: int) -> list[int]:
    taken = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports: list[int] = [server.getsockname()[1] for server in taken]
    for server in taken:
        server.close()
    return ports
