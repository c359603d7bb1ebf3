"""All issued keys, as the database has them.

Whatever changes one raises a count in the same transaction, by which every process that has the keys in mind sees that
it must look again (``policies.keys``).  A key is never taken out: what is in the ledger keeps its name, and a door that
was closed by the first key does not open behind the last.
"""

from collections.abc import Mapping

import msgspec
import structlog
from msgspec import UNSET, Struct, UnsetType

from akashchat.clock import Chance, Clock
from akashchat.policies.admission import EVERYTHING, UNLIMITED, Allowance, Scope
from akashchat.policies.issued import Issued, Key, digest_of, new_text, prefix_of
from akashchat.storage.base import Database, Row, Statement, Value

_COLUMNS = "id, name, prefix, admin, scope, allowance, created_at, expires_at, revoked_at, last_used_at, note, digest"
_ALL = f"SELECT {_COLUMNS} FROM keys ORDER BY created_at DESC, id DESC"  # noqa: S608  our own words
_ONE = f"SELECT {_COLUMNS} FROM keys WHERE id = ?"  # noqa: S608
_NEW = f"INSERT INTO keys ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
_REVOKED = "UPDATE keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL"
_ROTATED = "UPDATE keys SET prefix = ?, digest = ? WHERE id = ? AND revoked_at IS NULL"
_USED = "UPDATE keys SET last_used_at = ? WHERE id = ? AND (last_used_at IS NULL OR last_used_at < ?)"
_REVISION = Statement("SELECT number FROM marks WHERE name = 'keys'")
_RAISED = Statement(
    "INSERT INTO marks (name, number) VALUES ('keys', 1) ON CONFLICT (name) DO UPDATE SET number = marks.number + 1"
)

_ID_BYTES = 8


class Wish(Struct, frozen=True, kw_only=True):
    """A key to be issued."""

    name: str
    admin: bool = False
    scope: Scope = EVERYTHING
    allowance: Allowance = UNLIMITED
    expires_at: float | None = None
    note: str = ""


class Change(Struct, frozen=True, kw_only=True):
    """What of a key is to be another; what is unset stays, and what ``scope`` and ``allowance`` do not name."""

    name: UnsetType | str = UNSET
    admin: UnsetType | bool = UNSET
    scope: UnsetType | Mapping[str, object] = UNSET
    allowance: UnsetType | Mapping[str, object] = UNSET
    expires_at: UnsetType | float | None = UNSET
    note: UnsetType | str = UNSET


class Snapshot(Struct, frozen=True):
    """All keys by their digests, as of a count of changes."""

    revision: int
    keys: Mapping[bytes, Key]


class Keyring:
    """Issues keys, changes them and ends them; everything raises ``DatabaseDown``."""

    def __init__(self, database: Database, clock: Clock, chance: Chance) -> None:
        self._database = database
        self._clock = clock
        self._chance = chance

    async def all(self) -> list[Key]:
        """All keys, the newest first."""
        (rows,) = await self._database.run(Statement(_ALL))
        return list(_read(rows).values())

    async def find(self, key_id: str) -> Key | None:
        """One key."""
        (rows,) = await self._database.run(Statement(_ONE, [(key_id,)]))
        return next(iter(_read(rows).values()), None)

    async def issue(self, wish: Wish) -> Issued:
        """A new key; its text is known to nobody else and kept nowhere."""
        text = new_text(self._chance)
        key = Key(
            id=f"key_{self._chance.token(_ID_BYTES)}",
            prefix=prefix_of(text),
            created_at=self._clock.now(),
            **msgspec.structs.asdict(wish),
        )
        await self._database.run(Statement(_NEW, [_row(key, text)]), _RAISED)
        return Issued(key, text)

    async def change(self, key_id: str, change: Change) -> Key | None:
        """The key, changed; of what others change meanwhile nothing is lost."""
        while True:
            (rows,) = await self._database.run(Statement(_ONE, [(key_id,)]))
            key = next(iter(_read(rows).values()), None)
            columns = {} if key is None else _changes(key, change)
            if not columns:
                return key
            # Parts are joined to what was read, so it is written only where that still stands.
            stood = dict(zip(_COLUMNS.split(", "), rows[0], strict=True))
            named = ", ".join(f"{name} = ?" for name in columns)
            sql = f"UPDATE keys SET {named} WHERE id = ? AND scope = ? AND allowance = ? RETURNING id"  # noqa: S608
            values = (*columns.values(), key_id, stood["scope"], stood["allowance"])
            written, _, rows = await self._database.run(
                Statement(sql, [values]), _RAISED, Statement(_ONE, [(key_id,)])
            )
            if written:
                return next(iter(_read(rows).values()), None)

    async def revoke(self, key_id: str) -> Key | None:
        """The key, which opens nothing any more; one that was revoked before stays as it was."""
        return await self._changed(key_id, Statement(_REVOKED, [(self._clock.now(), key_id)]))

    async def rotate(self, key_id: str) -> Issued | None:
        """The key with a new text; the old one opens nothing any more.  A revoked key stays as it was."""
        text = new_text(self._chance)
        rotated = Statement(_ROTATED, [(prefix_of(text), digest_of(text), key_id)])
        key = await self._changed(key_id, rotated)
        return None if key is None else Issued(key, text)

    async def revision(self) -> int:
        """How often keys were issued, changed or ended; ``used`` is none of it."""
        (rows,) = await self._database.run(_REVISION)
        return _number(rows)

    async def snapshot(self) -> Snapshot:
        """All keys at once."""
        # The count goes first: with keys that are newer than it, the next look only reads them once more.
        counted, rows = await self._database.run(_REVISION, Statement(_ALL))
        return Snapshot(_number(counted), _read(rows))

    async def used(self, times: Mapping[str, float]) -> None:
        """Write down when keys were last used."""
        await self._database.run(Statement(_USED, [(at, key_id, at) for key_id, at in times.items()]))

    async def _changed(self, key_id: str, changed: Statement) -> Key | None:
        *_, rows = await self._database.run(changed, _RAISED, Statement(_ONE, [(key_id,)]))
        return next(iter(_read(rows).values()), None)


def _number(rows: list[Row]) -> int:
    return int(rows[0][0] or 0) if rows else 0


def _row(key: Key, text: str) -> Row:
    values = (_stored(getattr(key, name)) for name in _COLUMNS.split(", ")[:-1])
    return (*values, digest_of(text))


def _changes(key: Key, change: Change) -> dict[str, Value]:
    """What is to stand in which columns."""
    given = {name: value for name, value in msgspec.structs.asdict(change).items() if value is not UNSET}
    for name in given.keys() & {"scope", "allowance"}:
        given[name] = msgspec.structs.replace(getattr(key, name), **given[name])
    return {name: _stored(value) for name, value in given.items()}


def _stored(value: object) -> Value:
    """A value as its column has it."""
    if isinstance(value, Scope | Allowance):
        return msgspec.json.encode(value).decode()
    if isinstance(value, bool):
        return int(value)
    return value if isinstance(value, str | int | float) else None


def _read(rows: list[Row]) -> dict[bytes, Key]:
    """Keys by their digests; one that somebody has spoilt by hand opens nothing, and no other suffers for it."""
    keys: dict[bytes, Key] = {}
    for *values, digest in rows:
        told = dict(zip(_COLUMNS.split(", "), values, strict=False))
        try:
            parts = {
                "admin": bool(told["admin"]),
                "scope": _part(told["scope"], Scope, EVERYTHING),
                "allowance": _part(told["allowance"], Allowance, UNLIMITED),
            }
            key = msgspec.convert({**told, **parts, "note": told["note"] or ""}, Key)
        except (msgspec.MsgspecError, ValueError) as error:
            log = structlog.get_logger("akashchat")
            log.warning("a key cannot be read", key=str(told["id"]), reason=str(error))
        else:
            keys[bytes(digest) if isinstance(digest, bytes | memoryview) else b""] = key
    return keys


def _part(text: Value, kind: type[msgspec.Struct], usual: object) -> object:
    found = msgspec.json.decode(str(text or "{}"), type=kind)
    return usual if found == usual else found
