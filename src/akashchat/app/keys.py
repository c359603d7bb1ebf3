"""The issued keys of the settings' database, for who comes without a gateway: it may run meanwhile, or not.

What is given and taken is what the admin's API has (``server.admin.keys``).
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from akashchat.app.ground import opened
from akashchat.clock import SystemChance, SystemClock
from akashchat.errors import BadRequest, GatewayError
from akashchat.policies.issued import MARK, Key, prefix_of
from akashchat.policies.keyring import Keyring
from akashchat.server.admin import keys as admin
from akashchat.server.admin.wishes import read_change, read_wish
from akashchat.settings import Settings
from akashchat.storage.base import DatabaseDown, StatementRefused
from akashchat.wire import json

_CLOCK = SystemClock()
_LASTING = ("file", "postgresql")


class CannotDo(Exception):
    """Why it was not done; ``asked_wrongly`` where asking otherwise would help."""

    def __init__(self, why: str, *, asked_wrongly: bool = False) -> None:
        super().__init__(why)
        self.asked_wrongly = asked_wrongly


async def listed(settings: Settings) -> list[dict[str, Any]]:
    """All keys, the newest first; raises ``CannotDo``, as all do."""
    async with _ring(settings) as ring:
        return [admin.told(key) for key in await ring.all()]


async def shown(settings: Settings, which: str) -> dict[str, Any]:
    """One key: by its id, its name where no other has it, or its first letters."""
    async with _ring(settings) as ring:
        return admin.told(await _find(ring, which))


async def issued(settings: Settings, wish: dict[str, Any]) -> dict[str, Any]:
    """A new key, with its text."""
    async with _ring(settings) as ring:
        return admin.told_issued(await ring.issue(read_wish(json.encode(wish), _CLOCK.now())))


async def changed(settings: Settings, which: str, change: dict[str, Any]) -> dict[str, Any]:
    """The key, changed."""
    async with _ring(settings) as ring:
        key = await _find(ring, which)
        found = await ring.change(key.id, read_change(json.encode(change), _CLOCK.now()))
        return admin.told(found or key)


async def revoked(settings: Settings, which: str) -> dict[str, Any]:
    """The key, which opens nothing any more."""
    async with _ring(settings) as ring:
        key = await _find(ring, which)
        return admin.told(await ring.revoke(key.id) or key)


async def rotated(settings: Settings, which: str) -> dict[str, Any]:
    """The key with a new text."""
    async with _ring(settings) as ring:
        key = await _find(ring, which)
        return admin.told_issued(await admin.rotated(ring, key.id))


@asynccontextmanager
async def _ring(settings: Settings) -> AsyncIterator[Keyring]:
    database = opened(settings, _CLOCK)
    try:
        place = await database.place()
        if place not in _LASTING:
            raise CannotDo(
                f"the database is {place}, where only a running gateway finds it: ask that one, under /admin/keys"
            )
        yield Keyring(database, _CLOCK, SystemChance())
    except GatewayError as error:
        raise CannotDo(error.message, asked_wrongly=isinstance(error, BadRequest)) from error
    except (DatabaseDown, StatementRefused) as error:
        raise CannotDo(f"the database does not do it: {error}") from error
    finally:
        await database.close()


async def _find(ring: Keyring, which: str) -> Key:
    if (key := await ring.find(which)) is not None:
        return key
    keys = await ring.all()
    begin = prefix_of(which)  # more of it is never looked at, so nobody need write it
    found = [key for key in keys if key.prefix == begin and which.startswith(MARK)]
    found = found or [key for key in keys if key.name == which and key.revoked_at is None]
    found = found or [key for key in keys if key.name == which]
    if len(found) > 1:
        ids = ", ".join(key.id for key in found)
        raise CannotDo(f"several keys are called '{which}': {ids}", asked_wrongly=True)
    if not found:
        raise CannotDo(f"there is no key '{which}'")
    return found[0]
