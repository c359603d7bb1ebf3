"""What may be asked for in a key, read from JSON: over HTTP, and from the command line."""

from typing import Annotated, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import asdict, replace

from akashchat.errors import BadRequest
from akashchat.policies.admission import ANYONE, EVERYTHING, UNLIMITED
from akashchat.policies.door import BEARER
from akashchat.policies.keyring import Change, Wish
from akashchat.wire import json

_Name: TypeAlias = Annotated[str, Meta(min_length=1, max_length=100)]
_Note: TypeAlias = Annotated[str, Meta(max_length=1000)]
_Patterns: TypeAlias = Annotated[
    tuple[Annotated[str, Meta(min_length=1, max_length=200)], ...], Meta(max_length=100)
]
_Amount: TypeAlias = Annotated[int, Meta(ge=1, le=10**15)]
_Time: TypeAlias = Annotated[float, Meta(gt=0, le=253_402_300_799)]  # the year 9999

_TAKEN = (ANYONE, BEARER.name)


class _Scope(Struct, frozen=True, forbid_unknown_fields=True):
    models: _Patterns | UnsetType = UNSET
    dialects: _Patterns | UnsetType = UNSET
    upstreams: _Patterns | UnsetType = UNSET


class _Allowance(Struct, frozen=True, forbid_unknown_fields=True):
    requests_per_minute: _Amount | UnsetType | None = UNSET
    tokens_per_minute: _Amount | UnsetType | None = UNSET
    tokens_per_day: _Amount | UnsetType | None = UNSET
    tokens_per_month: _Amount | UnsetType | None = UNSET
    concurrency: _Amount | UnsetType | None = UNSET


class _Fields(Struct, frozen=True, forbid_unknown_fields=True):
    name: _Name | UnsetType = UNSET
    admin: bool | UnsetType = UNSET
    scope: _Scope = _Scope()
    allowance: _Allowance = _Allowance()
    expires_at: _Time | UnsetType | None = UNSET
    note: _Note | UnsetType = UNSET


def read_wish(body: bytes, now: float) -> Wish:
    """A key to be issued; raises ``BadRequest``."""
    given = json.decode_body(body, _Fields)
    if isinstance(given.name, UnsetType):
        raise BadRequest("'name' is missing", param="name")
    _check(given, now)
    return Wish(
        name=given.name,
        admin=bool(given.admin or False),
        scope=replace(EVERYTHING, **_set(given.scope)),
        allowance=replace(UNLIMITED, **_set(given.allowance)),
        expires_at=None if isinstance(given.expires_at, UnsetType) else given.expires_at,
        note=given.note or "",
    )


def read_change(body: bytes, now: float) -> Change:
    """What of a key is to be another; of scope and allowance what is not named stays.  Raises ``BadRequest``."""
    given = json.decode_body(body, _Fields)
    _check(given, now)
    return Change(
        name=given.name,
        admin=given.admin,
        scope=_set(given.scope) or UNSET,
        allowance=_set(given.allowance) or UNSET,
        expires_at=given.expires_at,
        note=given.note,
    )


def _check(given: _Fields, now: float) -> None:
    """What a shape cannot say; raises ``BadRequest``."""
    name = given.name
    if isinstance(name, str) and (not name.isprintable() or name != name.strip() or name in _TAKEN):
        raise BadRequest(
            "'name' must be printable, begin and end with no space, and be neither "
            f"{' nor '.join(map(repr, _TAKEN))}",
            param="name",
        )
    if isinstance(given.note, str) and "\0" in given.note:
        raise BadRequest("'note' must not hold a NUL", param="note")
    if isinstance(given.expires_at, float) and given.expires_at <= now:
        raise BadRequest("'expires_at' is past; it is counted in seconds since the epoch", param="expires_at")


def _set(given: Struct) -> dict[str, object]:
    """The fields that were given."""
    return {name: value for name, value in asdict(given).items() if value is not UNSET}
