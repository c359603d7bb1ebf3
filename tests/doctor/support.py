"""What the doctor finds before a simulator."""

import time

from akashchat.clock import Clock, SystemClock
from akashchat.doctor.base import Line
from akashchat.doctor.visit import visit
from akashchat.settings import Settings

Found = dict[str, Line]


class WrongClock(SystemClock):
    """An hour ahead."""

    def now(self) -> float:  # type: ignore[override]
        """Seconds since the epoch, and an hour."""
        return time.time() + 3600


async def found(
    akash_url: str, clock: Clock | None = None, *, image: bool = False, **options: object
) -> Found:
    """The lines of a visit, by upstream and check: ``akash session``."""
    options = {"storage": {"path": ":memory:"}, **options}
    settings = Settings(_env_file=None, AKASH_BASE_URL=akash_url, **options)  # type: ignore[call-arg]
    lines = [line async for line in visit(settings, image=image, clock=clock)]
    return {f"{line.subject} {line.check}": line for line in lines}


def verdicts(lines: Found) -> dict[str, str]:
    """How each check went."""
    return {name: line.verdict.value for name, line in lines.items()}
