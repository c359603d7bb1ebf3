"""What is told about clients is what ``make clients`` runs."""

import pathlib
import re

from clients.catalogue import CLIENTS, chosen

ROOT = pathlib.Path(__file__).parent.parent
ROW = re.compile(r"\| ([^|]+) \| ([\d.]+) \| \[below\]\(#([\w-]+)\) \|")


def test_the_page_names_the_clients_that_are_run():
    """The table of docs/clients.md has every client, in order, with a version and a section that is there."""
    page = (ROOT / "docs" / "clients.md").read_text("utf-8")
    rows = [found.groups() for line in page.splitlines() if (found := ROW.match(line))]
    assert [name for name, _, _ in rows] == [client.name for client in CLIENTS]
    titles = {
        re.sub(r"[^\w -]", "", line[3:]).lower().replace(" ", "-")
        for line in page.splitlines()
        if line.startswith("## ")
    }
    assert {section for _, _, section in rows} <= titles


def test_every_client_has_its_script():
    """None is named that cannot be run, and none of the scripts is forgotten."""
    scripts = {client.script for client in CLIENTS}
    there = {path.name for path in (ROOT / "clients").iterdir() if path.suffix in {".py", ".mjs"}}
    own = {
        "__init__.py",
        "__main__.py",
        "catalogue.py",
        "checks.py",
        "checks.mjs",
        "installs.py",
        "servers.py",
    }
    assert scripts == there - own


def test_some_are_chosen_by_a_word():
    """``ONLY=langchain`` runs both; without a word all but the heavy are run, and with one that fits none, none."""
    assert [client.name for client in chosen("LangChain")] == ["LangChain, Python", "LangChain, JavaScript"]
    assert [client.name for client in chosen("codex, claude")] == ["Codex", "Claude Code"]
    assert [client.name for client in CLIENTS if client not in chosen("")] == ["Open WebUI"]
    assert [client.name for client in chosen("webui")] == ["Open WebUI"]
    assert chosen("nothing like it") == []
