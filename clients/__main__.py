"""``python -m clients``: install, run, show.  Ends with 1 where a client failed."""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table

from clients.catalogue import Client, chosen
from clients.installs import CannotInstall, install, interpreter
from clients.servers import gateway

ROOT = pathlib.Path(__file__).parent.parent
PLACE = ROOT / ".clients"
_HERE = pathlib.Path(__file__).parent
_LIMIT_S = 180


@dataclass
class Outcome:
    """What became of a client: the checks it passed, and those it did not with the reason."""

    client: Client
    version: str = ""
    passed: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    @property
    def word(self) -> str:
        """One word for the table."""
        if self.failed:
            return "failed"
        return "ok" if self.passed else "skipped"


def main() -> None:
    """Print a line for each client as it ends, and the table."""
    parser = argparse.ArgumentParser(prog="clients", description="Real clients; see docs/clients.md.")
    parser.add_argument(
        "--only", default="", help="words of names, apart by commas; without, all but heavy ones"
    )
    wanted = chosen(parser.parse_args().only)
    if not wanted:
        sys.exit("No client has such a name; clients/catalogue.py names them.")
    PLACE.mkdir(exist_ok=True)
    with gateway(PLACE) as url, ThreadPoolExecutor(4) as pool:
        outcomes = []
        for outcome in pool.map(lambda client: _tried(client, url), wanted):
            print(f"{outcome.client.name}: {outcome.word}", file=sys.stderr)
            outcomes.append(outcome)
    _show(outcomes)
    sys.exit(any(outcome.failed for outcome in outcomes))


def _tried(client: Client, url: str) -> Outcome:
    outcome = Outcome(client)
    folder = PLACE / ("python" if client.kind == "python" else "node") / client.stem
    try:
        outcome.version = install(client, folder)
    except CannotInstall as error:
        outcome.skipped.append(str(error))
        return outcome
    with tempfile.TemporaryDirectory() as work:
        _run(outcome, folder, _environment(folder, url, work), work)
    return outcome


def _environment(folder: pathlib.Path, url: str, work: str) -> dict[str, str]:
    """Where the gateway is, and a home of its own, so that nothing of the user's is read or written."""
    return {
        "PATH": os.pathsep.join(
            [str(folder / "bin"), str(folder / "node_modules" / ".bin"), os.environ["PATH"]]
        ),
        "PYTHONPATH": str(ROOT),
        "HOME": work,
        "GATEWAY": url,
        "OPENAI_BASE_URL": f"{url}/v1",
        "OPENAI_API_KEY": "any",
        "ANTHROPIC_BASE_URL": url,
        "ANTHROPIC_API_KEY": "any",
        "OLLAMA_HOST": url,
    }


def _run(outcome: Outcome, folder: pathlib.Path, environment: dict[str, str], work: str) -> None:
    client = outcome.client
    command = [*interpreter(client, folder), "-m", f"clients.{client.stem}"]
    if client.kind == "node":  # a module of JavaScript finds packages beside itself alone
        for file in ("checks.mjs", client.script):
            shutil.copy(_HERE / file, folder)
        command = [*interpreter(client, folder), str(folder / client.script)]
    try:
        done = subprocess.run(  # noqa: S603
            command, cwd=work, env=environment, capture_output=True, text=True, timeout=_LIMIT_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        outcome.failed.append(f"not done after {_LIMIT_S} s")
        said = error.stdout or b""
        _read(outcome, said.decode() if isinstance(said, bytes) else said)
        return
    (folder / "said.log").write_text(f"{done.stdout}\n{done.stderr}", "utf-8")
    _read(outcome, done.stdout)
    if not outcome.failed and (done.returncode or not (outcome.passed or outcome.skipped)):
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        outcome.failed.append(f"its script ended with {done.returncode}: {last[:300]}")


def _read(outcome: Outcome, said: str) -> None:
    """A script says a line for each check: its outcome, its name, and the reason where there is one."""
    for line in said.splitlines():
        word, name, why = (*line.split("\t", 2), "", "")[:3]
        match word:
            case "ok":
                outcome.passed.append(name)
            case "failed":
                outcome.failed.append(f"{name}: {why}")
            case "skipped":
                outcome.skipped.append(f"{name}: {why}")


def _show(outcomes: list[Outcome]) -> None:
    table = Table("Client", "Version", "What was run", "Outcome", show_lines=True)
    for outcome in outcomes:
        why = [f"failed {text}" for text in outcome.failed] + [f"skipped {text}" for text in outcome.skipped]
        told = "\n".join([outcome.word, *why])
        table.add_row(outcome.client.name, outcome.version, _joined(outcome.passed), told)
    Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else 160).print(table)


def _joined(checks: list[str]) -> str:
    """The checks in one line; one that was made of several models is named once, with their names."""
    models: dict[str, list[str]] = {}
    for check in checks:
        name, _, model = check.rstrip(")").partition(" (")
        models.setdefault(name, []).append(model)
    return ", ".join(f"{name} ({'; '.join(of)})" if of[0] else name for name, of in models.items())


if __name__ == "__main__":
    main()
