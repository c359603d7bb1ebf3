"""What a process holds: memory, handles, tasks, and objects of ours."""

import asyncio
import gc
import os
from collections import Counter
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

_HANDLES: Final = Path("/proc/self/fd")
_MEMORY: Final = Path("/proc/self/statm")
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


class Holding(Struct, frozen=True, kw_only=True):
    """What is held at one moment; ``objects`` are counted only where one looks closely."""

    memory_mb: float
    handles: dict[str, int]
    tasks: dict[str, int]
    objects: dict[str, int] = {}


def held(*, closely: bool = False) -> Holding:
    """What this process holds; to be asked within its event loop."""
    return Holding(
        memory_mb=int(_MEMORY.read_text("ascii").split()[1]) * _PAGE / 1e6,
        handles=dict(Counter(_kind(handle) for handle in _HANDLES.iterdir())),
        tasks=dict(Counter(_named(task) for task in asyncio.all_tasks())),
        objects=_objects() if closely else {},
    )


def _kind(handle: Path) -> str:
    """``socket``, ``pipe`` or a file's name."""
    try:
        return handle.readlink().name.partition(":")[0]
    except FileNotFoundError:
        return "gone"  # the one by which this folder is read


def _named(task: asyncio.Task[Any]) -> str:
    return getattr(task.get_coro(), "__qualname__", "?")


def _objects() -> dict[str, int]:
    """Objects of the gateway's own classes that came since it serves."""
    gc.collect()
    kinds = Counter(type(one) for one in gc.get_objects())
    return {
        f"{kind.__module__}.{kind.__qualname__}": count
        for kind, count in kinds.items()
        if str(kind.__module__).startswith("akashchat.")
    }
