"""Codex, the command, without a person before it."""

import os
import pathlib
import subprocess

from clients.checks import GREETING, MODEL, URL, check

FOLDER = pathlib.Path("codex").absolute()
WORK = pathlib.Path("work").absolute()
FOLDER.mkdir()
WORK.mkdir()
(FOLDER / "config.toml").write_text(
    f"""model = "{MODEL}"
model_provider = "akash"
approval_policy = "never"
sandbox_mode = "danger-full-access"
check_for_update_on_startup = false

[model_providers.akash]
name = "Akash"
base_url = "{URL}"
wire_api = "responses"
""",
    "utf-8",
)


def codex(prompt):
    done = subprocess.run(  # noqa: S603
        ["codex", "exec", "--skip-git-repo-check", prompt],  # noqa: S607 - found where it was installed
        cwd=WORK,
        env={**os.environ, "CODEX_HOME": str(FOLDER)},
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
    assert codex(GREETING).strip()


@check
def command_and_its_result():
    said = codex("exec_command `echo codex-was-here | tee out.txt`")
    assert (WORK / "out.txt").read_text("utf-8") == "codex-was-here\n", said
    assert "The tool answered" in said, said
