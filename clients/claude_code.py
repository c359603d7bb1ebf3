"""Claude Code, the command, without a person before it."""

import json
import os
import pathlib
import subprocess

from clients.checks import CLAUDE, GREETING, check

WORK = pathlib.Path("work").absolute()
WORK.mkdir()
QUIET = {
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "DISABLE_AUTOUPDATER": "1",
    "IS_SANDBOX": "1",
    "ANTHROPIC_MODEL": CLAUDE,
}


def claude(prompt, *options):
    done = subprocess.run(  # noqa: S603
        ["claude", "-p", prompt, "--output-format", "json", *options],  # noqa: S607 - found where it was installed
        cwd=WORK,
        env={**os.environ, **QUIET},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=80,
        check=False,
    )
    assert not done.returncode, f"{done.stdout}\n{done.stderr}"[-500:]
    return json.loads(done.stdout)


@check
def answer():
    assert claude(GREETING, "--tools", "")["result"]


@check
def command_and_its_result():
    allowed = ["--tools", "Bash", "--allowedTools", "Bash"]
    reply = claude("Run `echo claude-was-here | tee out.txt`", *allowed)
    assert (WORK / "out.txt").read_text("utf-8") == "claude-was-here\n", reply
    assert "The tool answered" in reply["result"], reply
