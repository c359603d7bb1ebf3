"""The linters of others, run as a person would."""

import shutil
import subprocess
from collections.abc import Callable

import pytest

Lint = Callable[..., str]


@pytest.fixture
def lint() -> Lint:
    """What runs a linter of the system; gives what it says, and fails where the linter does.

    ``.ci/run`` installs them all, so nothing is skipped there.
    """

    def run(tool: str, *arguments: object) -> str:
        if shutil.which(tool) is None:
            pytest.skip(f"no {tool} is installed")
        done = subprocess.run([tool, *map(str, arguments)], capture_output=True, text=True, check=False)
        said = done.stdout + done.stderr
        assert done.returncode == 0, said
        return said

    return run
