"""Everything about the network is tried on both event loops the gateway can run on."""

import asyncio
from collections.abc import Callable, Mapping

import pytest

try:
    import uvloop
except ImportError:  # as on Windows, where there is none
    uvloop = None

Factory = Callable[[], asyncio.AbstractEventLoop]


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> Mapping[str, Factory]:
    """Asyncio's own loop and uvloop; a module without a network asks for the first alone."""
    loops: dict[str, Factory] = {"asyncio": asyncio.new_event_loop}
    if uvloop is not None:
        loops["uvloop"] = uvloop.new_event_loop
    return loops
