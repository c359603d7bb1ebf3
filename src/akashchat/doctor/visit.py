"""A whole visit: which checks there are for these settings, and in which order."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack

from akashchat.clock import Chance, Clock, SystemChance, SystemClock
from akashchat.doctor.akash import AkashVisit
from akashchat.doctor.base import Check, Line
from akashchat.doctor.examination import examined
from akashchat.doctor.here import clock_check, database_check, names_check, settings_check
from akashchat.doctor.keyed import KeyedVisit
from akashchat.doctor.notes import Notes
from akashchat.doctor.secrets import Secrets
from akashchat.settings import Settings


async def visit(
    settings: Settings, *, image: bool = False, clock: Clock | None = None, chance: Chance | None = None
) -> AsyncGenerator[Line]:
    """Look at everything, and give a line for each check as soon as it is known."""
    clock = clock or SystemClock()
    chance = chance or SystemChance()
    checks: list[Check] = [settings_check(settings)]
    notes = Notes(wanted=[*settings.models.aliases.values(), *settings.models.fallbacks])
    async with AsyncExitStack() as stack:
        if settings.akash.enabled:
            akash = AkashVisit(settings, clock, chance, image=image)
            await stack.enter_async_context(akash.parts)
            checks += akash.checks(notes)
        for name, keyed in settings.keyed().items():
            visited = KeyedVisit(name, keyed, clock, chance)
            await stack.enter_async_context(visited.parts.http)
            checks += visited.checks(notes)
        checks += [
            names_check(settings, notes),
            database_check(settings, clock),
            clock_check(notes.reached, clock),
        ]
        async for line in examined(checks, Secrets(settings), clock):
            yield line


def examine(settings: Settings, image: bool) -> AsyncGenerator[Line]:
    """The same, for a gateway that runs."""
    return visit(settings, image=image)
