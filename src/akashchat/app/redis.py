"""What gateways share by Redis, put together; loaded only where the settings name one."""

from collections.abc import Iterator

from akashchat.clock import Clock
from akashchat.storage.redis import RedisLink, RedisScripts, RedisShelf
from akashchat.telemetry.metrics import Figures


class SharedRedis:
    """Connects when it is first needed."""

    def __init__(self, url: str, clock: Clock, timeout_s: float) -> None:
        self.link = RedisLink(url, clock, timeout_s)
        self.shelf = RedisShelf(self.link)
        self.scripts = RedisScripts(self.link)

    async def state(self) -> str:
        """Whether it is there, and why not."""
        return "up" if await self.link.look() else f"down: {self.link.reason}"

    def figures(self) -> Iterator[Figures]:
        """What metrics tell of it at this moment."""
        about = "Whether Redis, which the gateways share, answers."
        yield Figures("gauge", "akashchat_redis_up", about, (), {(): 0.0 if self.link.down else 1.0})

    async def close(self) -> None:
        """Hang up."""
        await self.link.close()
