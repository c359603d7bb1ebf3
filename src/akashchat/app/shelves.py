"""Shelves: the one a gateway always has, and the one it shares with others."""

import importlib
from typing import TYPE_CHECKING

from msgspec import Struct

from akashchat.clock import Clock, SystemClock
from akashchat.settings import Settings
from akashchat.storage.base import Shelf
from akashchat.storage.shelf import MemoryShelf

if TYPE_CHECKING:
    from akashchat.app.redis import SharedRedis


class Shelves(Struct, frozen=True):
    """``own`` is there always; ``shared`` is the same one, where others see what lies on it."""

    own: Shelf
    shared: Shelf | None = None


def alone() -> Shelves:
    """Those of somebody who has nothing to do with any other gateway."""
    return Shelves(MemoryShelf(SystemClock()))


def shared_redis(settings: Settings, clock: Clock) -> "SharedRedis | None":
    """The Redis that the settings name; its library is loaded only then, for it is a fifth of a second's work."""
    url = settings.redis.url.get_secret_value()
    if not url:
        return None
    redis: SharedRedis = importlib.import_module("akashchat.app.redis").SharedRedis(
        url, clock, settings.redis.timeout_s
    )
    return redis
