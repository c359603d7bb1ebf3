"""Where clients are installed: a folder for each under ``.clients``, so that none gives another its dependencies."""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import venv

from clients.catalogue import Client

_LIMIT_S = 600
_MARK = "installed.json"
_NAME = re.compile(r"@?[\w./-]+")


class CannotInstall(Exception):
    """A client that is not to be had here, and why."""


def install(client: Client, folder: pathlib.Path) -> str:
    """Install the newest version, if this folder does not hold the client yet; its version."""
    mark = folder / _MARK
    if not mark.is_file() or json.loads(mark.read_text("utf-8")) != list(client.packages):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        _install_python(client, folder) if client.kind == "python" else _install_node(client, folder)
        mark.write_text(json.dumps(client.packages), "utf-8")
    return _version(client, folder)


def python(folder: pathlib.Path) -> pathlib.Path:
    """The interpreter of a Python client's environment."""
    return folder / "bin" / "python"


def _install_python(client: Client, folder: pathlib.Path) -> None:
    venv.create(folder, with_pip=True)
    command = [str(python(folder)), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _run([*command, *client.packages], folder)


def _install_node(client: Client, folder: pathlib.Path) -> None:
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise CannotInstall("there is no npm here")
    (folder / "package.json").write_text('{"private": true}\n', "utf-8")
    _run([npm, "install", "--no-audit", "--no-fund", *client.packages], folder)


def _run(command: list[str], folder: pathlib.Path) -> None:
    try:
        done = subprocess.run(  # noqa: S603
            command, cwd=folder, capture_output=True, text=True, timeout=_LIMIT_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise CannotInstall(f"its install took more than {_LIMIT_S} s") from error
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if "error" in line.lower()]
        raise CannotInstall(f"its install failed: {(said or ['for no reason given'])[-1][:200]}")


def _version(client: Client, folder: pathlib.Path) -> str:
    found = _NAME.match(client.packages[0])
    name = found[0] if found else client.packages[0]
    if client.kind != "python":
        told = (folder / "node_modules" / name / "package.json").read_text("utf-8")
        return str(json.loads(told)["version"])
    question = f"import importlib.metadata; print(importlib.metadata.version({name!r}))"
    done = subprocess.run(  # noqa: S603
        [str(python(folder)), "-c", question], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def interpreter(client: Client, folder: pathlib.Path) -> list[str]:
    """What runs a client's script."""
    if client.kind == "node":
        return [shutil.which("node") or "node"]
    return [str(python(folder)) if client.kind == "python" else sys.executable]
