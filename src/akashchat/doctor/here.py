"""What is so on this machine: the settings, the database, the clock."""

import os
import pathlib
import shutil
from collections.abc import Iterable
from email.utils import parsedate_to_datetime
from itertools import chain

from akashchat.clock import Clock
from akashchat.doctor.base import Check, Finding, failed, ok, skipped, warning
from akashchat.doctor.notes import Notes
from akashchat.errors import GatewayError
from akashchat.settings import Settings, split_address
from akashchat.storage.base import DatabaseDown, Statement
from akashchat.storage.postgres import PostgresDatabase
from akashchat.storage.sqlite import SqliteDatabase
from akashchat.upstreams.http.client import Http

HERE = "gateway"
_ELSEWHERE = "Give `AKASHCHAT_STORAGE_PATH` a file that the user who serves the gateway may write."
_ANSWERS = "Look whether it runs, and whether `AKASHCHAT_DATABASE_URL` names it, its user and its password."
_LITTLE_BYTES = 100 * 1024 * 1024
_LATE_S, _WRONG_S = 5.0, 300.0
"""A `Date` has whole seconds and was on its way for some; minutes are no accident any more."""
_EVERYWHERE = ("", "0.0.0.0", "::")


def settings_check(settings: Settings) -> Check:
    """Whether the settings make sense together."""

    async def look() -> Finding:
        names = upstream_names(settings)
        if not names:
            return failed(
                "no upstream is asked", "Set `AKASHCHAT_AKASHML_KEY`, add one to `AKASHCHAT_UPSTREAMS`, or leave "
                "`AKASHCHAT_AKASH_ENABLED` true.",
            )  # fmt: skip
        host, _ = split_address(settings.server_address)
        seen = f"upstreams: {', '.join(names)}; listens on {settings.server_address}"
        if host in _EVERYWHERE and not settings.bearer_token.get_secret_value():
            return warning(
                f"{seen}, for everybody", "Set `BEARER_TOKEN`, or let something in front of it ask for a key."
            )
        return ok(seen)

    return Check(subject=HERE, name="settings", look=look)


def upstream_names(settings: Settings) -> list[str]:
    """The upstreams that are asked, Akash's own first."""
    return [*(["akash"] if settings.akash.enabled else []), *settings.keyed()]


def names_check(settings: Settings, notes: Notes) -> Check:
    """Whether aliases and fallbacks lead to models."""

    async def look() -> Finding:
        models = settings.models
        wanted = {*models.aliases.values(), *chain.from_iterable(models.fallbacks.values())}
        if not wanted:
            return skipped("there are no aliases and no fallbacks")
        if len(notes.listed) < len(upstream_names(settings)):
            return skipped("not every upstream has told its models")
        known = {(name, model.id) for name, listed in notes.listed.items() for model in listed}
        nowhere = sorted(wanted - {model for _, model in known} - {"/".join(pair) for pair in known})
        if nowhere:
            return warning(
                f"no upstream has {', '.join(nowhere)}",
                "Mend `AKASHCHAT_MODELS_ALIASES` and `AKASHCHAT_MODELS_FALLBACKS`, or give the model that name in the "
                "option `models` of an upstream.",
            )
        return ok(f"all {len(wanted)} models that aliases and fallbacks lead to are there")

    return Check(subject=HERE, name="names", look=look)


def database_check(settings: Settings, clock: Clock) -> Check:
    """Whether there is a place for what is kept."""

    async def look() -> Finding:
        storage = settings.storage
        if url := settings.database.url.get_secret_value():
            return await _shared(PostgresDatabase(url, clock, makes_tables=False))
        if not storage.file():
            return ok("in memory, as AKASHCHAT_STORAGE_PATH says; what is kept is lost at the end")
        file = _file(storage.file())
        if (not_yet := _to_be_made(file)) is not None:
            return not_yet
        database = SqliteDatabase(str(file), clock)
        try:
            place = await database.place()
        finally:
            await database.close()
        return (
            _with_room(str(file), file.parent) if place == "file" else failed(f"{file}: {place}", _ELSEWHERE)
        )

    return Check(subject=HERE, name="database", look=look)


async def _shared(database: PostgresDatabase) -> Finding:
    """Its tables are left as they are: those who serve may be of another version."""
    try:
        await database.run(Statement("SELECT 1"))
    except DatabaseDown as down:
        return failed(f"PostgreSQL does not answer: {down}", _ANSWERS)
    finally:
        await database.close()
    return ok("PostgreSQL answers")


def _file(path: str) -> pathlib.Path:
    return pathlib.Path(path).expanduser()


def _to_be_made(file: pathlib.Path) -> Finding | None:
    """Whether it can be made, where there is none; whoever looks is perhaps not who serves, so it is not made here."""
    if file.exists():
        return None
    folder = next(parent for parent in file.parents if parent.exists())
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        return failed(f"{file} is not there and cannot be made in {folder}", _ELSEWHERE)
    return _with_room(f"{file} will be made when the gateway begins", folder)


def _with_room(seen: str, folder: pathlib.Path) -> Finding:
    free = shutil.disk_usage(folder).free
    if free < _LITTLE_BYTES:
        return warning(f"{seen}; {free // 2**20} MB are free there", "Make room, or name another place.")
    return ok(seen)


def clock_check(reached: Iterable[Http], clock: Clock) -> Check:
    """Whether the clock agrees with what upstreams write on their replies."""

    async def look() -> Finding:
        for http in reached:
            try:
                reply = await http.send("HEAD", "/", {"Accept": "*/*"}, patience_s=10)
            except GatewayError:  # another may tell it
                continue
            reply.close()
            if (said := _moment(reply.headers.get("date", ""))) is not None:
                return _compared(clock.now() - said - 0.5)
        return skipped("no upstream that can be reached tells the time")

    return Check(subject=HERE, name="clock", look=look)


def _moment(date: str) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp()
    except ValueError:
        return None


def _compared(ahead_s: float) -> Finding:
    if abs(ahead_s) < _LATE_S:
        return ok("agrees with the upstreams' Date")
    seen = f"{abs(ahead_s):,.0f} seconds {'ahead of' if ahead_s > 0 else 'behind'} an upstream's Date"
    what_to_do = "Let this machine set its clock by NTP; times of quotas and of what is kept depend on it."
    return failed(seen, what_to_do) if abs(ahead_s) >= _WRONG_S else warning(seen, what_to_do)
