"""The command ``aider``: a file edited in two of its formats; what is asked says what the edit is."""

import os
import pathlib
import subprocess

from clients.checks import GREETING, MODEL, URL, check

WORK = pathlib.Path("work").absolute()
WORK.mkdir()
FILE = WORK / "greeting.py"
OLD = 'def greet():\n    return "hello"\n'
NEW = OLD.replace("hello", "good day")


def aider(message, *options):
    quiet = ["--yes-always", "--no-git", "--no-check-update", "--no-analytics", "--no-show-release-notes"]
    done = subprocess.run(  # noqa: S603
        ["aider", "--model", f"openai/{MODEL}", *quiet, *options, "--message", message, FILE.name],  # noqa: S607
        cwd=WORK,
        env={**os.environ, "OPENAI_API_BASE": URL, "AIDER_SHOW_MODEL_WARNINGS": "false"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=80,
        check=False,
    )
    assert not done.returncode, f"{done.stdout}\n{done.stderr}"[-500:]
    return done.stdout


@check
def answer():
    FILE.write_text(OLD, "utf-8")
    assert "simulator" in aider(GREETING)
    assert FILE.read_text("utf-8") == OLD


@check
def edit_of_a_block():
    FILE.write_text(OLD, "utf-8")
    edit = f"<<<<<<< SEARCH\n{OLD}=======\n{NEW}>>>>>>> REPLACE"
    said = aider(
        f"Be more formal. Answer exactly:\n\n{FILE.name}\n```python\n{edit}\n```", "--edit-format", "diff"
    )
    assert FILE.read_text("utf-8") == NEW, said


@check
def edit_of_a_whole_file():
    FILE.write_text(OLD, "utf-8")
    said = aider(
        f"Be more formal. Answer exactly:\n\n{FILE.name}\n```\n{NEW}```",
        "--edit-format",
        "whole",
        "--no-stream",
    )
    assert FILE.read_text("utf-8") == NEW, said
