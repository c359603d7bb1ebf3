"""What the tests of commands share: settings that are the defaults, and one version of Akash behind the gateway."""

import pytest

from akashchat.settings import options
from akashchat.simulator import Simulator


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch, tmp_path):
    """Whatever the environment of the tests holds, the settings are the defaults, and files go nowhere else."""
    for option in options():
        monkeypatch.delenv(option.variable, raising=False)
    monkeypatch.delenv("AKASHCHAT_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
async def akash():
    """Akash Chat in its newer version: which one it is a client of the gateway cannot tell."""
    async with Simulator() as simulator:
        yield simulator
