"""What carries the gateway to other machines: the container, the workflow, the commands.

Building and installing the package takes its time and has a step of its own, ``make package``.
"""

import os
import pathlib
import re
import shlex
import subprocess
import sys
import tomllib
from importlib.metadata import requires, version

import yaml

from akashchat import __version__
from akashchat.settings import Settings

ROOT = pathlib.Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
PORT = Settings.model_fields["server_address"].default.rpartition(":")[2]


def test_the_version_is_told_once_and_the_same_everywhere():
    """The package, the command and the code agree on the version."""
    assert PROJECT["version"] == __version__ == version(PROJECT["name"])


def test_importing_the_package_does_nothing():
    """A program that imports the gateway has no socket, no thread and no log set up by it."""
    look = "import threading, logging; assert threading.active_count() == 1; assert not logging.root.handlers"
    subprocess.run([sys.executable, "-c", f"import akashchat.app, akashchat.cli; {look}"], check=True)


def test_nothing_of_the_tests_is_needed_to_run():
    """Test and development tools are in groups of their own."""
    needed = {re.split(r"[^\w.-]", requirement)[0] for requirement in requires(PROJECT["name"])}
    assert not needed & {"pytest", "hypothesis", "openai", "anthropic", "ruff", "mypy"}


class TestImage:
    """The Dockerfile."""

    instructions = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text("utf-8")).splitlines()

    def words(self, name: str) -> list[str]:
        """What follows this instruction, wherever it stands."""
        return [line.split(None, 1)[1] for line in self.instructions if line.startswith(f"{name} ")]

    def test_it_runs_as_nobody_special(self):
        """A numeric user, so that an orchestrator can see that it is not root."""
        assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", self.words("USER")[-1])

    def test_it_listens_on_the_documented_port(self):
        """Inside, on every address; the port is exposed."""
        assert f"SERVER_ADDRESS=0.0.0.0:{PORT}" in self.words("ENV")[-1]
        assert self.words("EXPOSE") == [PORT]

    def test_it_needs_no_shell(self):
        """The command and the health check are run as they are."""
        assert self.words("ENTRYPOINT") == ['["akashchat"]']
        assert self.words("CMD")[-1] == '["serve"]'
        assert ' CMD ["python", ' in self.words("HEALTHCHECK")[-1]

    def test_its_python_is_one_the_tests_run_on(self):
        """The base has a version, and one that the workflow tries."""
        assert {base.partition(" ")[0] for base in self.words("FROM")} == {"python:${PYTHON}-slim"}
        (python,) = (word.partition("=")[2] for word in self.words("ARG"))
        assert python in TestIntegration.workflow["jobs"]["check"]["strategy"]["matrix"]["python"]

    def test_it_gets_what_the_wheel_is_built_from(self):
        """.dockerignore lets through what the build copies, and nothing else."""
        ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
        allowed = {line[1:] for line in ignored if line.startswith("!")}
        copied = {
            word
            for line in self.words("COPY")
            if not line.startswith("--from")
            for word in shlex.split(line)[:-1]
        }
        assert ignored[0] == "*"
        assert copied == allowed


class TestCompose:
    """docker-compose.yml."""

    service = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]["akashchat"]

    def test_it_may_do_nothing_but_serve(self):
        """No privilege, no capability, nothing to write on."""
        assert self.service["read_only"] is True
        assert self.service["cap_drop"] == ["ALL"]
        assert self.service["security_opt"] == ["no-new-privileges:true"]
        assert "privileged" not in self.service

    def test_only_this_machine_reaches_it(self):
        """Other machines do not, until the operator says so."""
        assert self.service["ports"] == [f"${{PUBLISH:-127.0.0.1:{PORT}}}:{PORT}"]

    def test_running_answers_may_end(self):
        """Docker waits longer than the gateway does."""
        patience = Settings.model_fields["server"].default.shutdown_s
        assert int(self.service["stop_grace_period"].removesuffix("s")) > patience


class TestIntegration:
    """The Makefile, the continuous integration, and the workflow."""

    makefile = (ROOT / "Makefile").read_text("utf-8")
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8"))

    def test_one_command_checks_everything(self):
        """What runs before a merge is what `make check` runs, to the letter."""
        script = ROOT / ".ci" / "run"
        assert os.access(script, os.X_OK)
        assert script.read_text("utf-8").rstrip().endswith("make --keep-going check")
        assert {"run": ".ci/run"} in self.workflow["jobs"]["check"]["steps"]
        assert re.search(r"^check: lint types package test\b", self.makefile, re.MULTILINE)

    def test_every_target_says_what_it_does(self):
        """`make` alone is the manual."""
        shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        declared = re.search(r"^\.PHONY: (.*)$", self.makefile, re.MULTILINE)[1].split()
        assert set(declared) == set(re.findall(r"^  make (\w+) +\w", shown, re.MULTILINE))

    def test_every_supported_python_is_tried(self):
        """The workflow runs on each version the package says it supports."""
        named = {line.rpartition(" ")[2] for line in PROJECT["classifiers"] if " :: Python :: 3." in line}
        assert named <= set(self.workflow["jobs"]["check"]["strategy"]["matrix"]["python"])

    def test_the_workflow_may_only_read(self):
        """And whatever it uses of others is pinned to one commit."""
        assert self.workflow["permissions"] == {"contents": "read"}
        used = [
            step["uses"] for job in self.workflow["jobs"].values() for step in job["steps"] if "uses" in step
        ]
        assert used
        assert all(re.search(r"@[0-9a-f]{40}$", action) for action in used)
