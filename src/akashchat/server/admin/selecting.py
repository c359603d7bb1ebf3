"""Which rows of the ledger a request is about."""

from typing import cast

from starlette.types import Scope

from akashchat.clock import Clock, moment
from akashchat.errors import BadRequest
from akashchat.server.base import query
from akashchat.storage.rows import Named, Selection

NAMED: tuple[Named, ...] = ("model", "key", "caller", "user", "upstream", "dialect")
_USUAL_S = 30 * 86_400.0


def selected(scope: Scope, clock: Clock, own: tuple[tuple[Named, str], ...] = ()) -> Selection:
    """The rows that a request's address names, of the last 30 days unless it says otherwise; raises ``BadRequest``.

    ``own`` are names that the caller has no say in.
    """
    now = clock.now()
    until = _moment(scope, "to", now)
    since = _moment(scope, "from", now)
    until = now if until is None else until
    since = until - _USUAL_S if since is None else since
    if since > until:
        raise BadRequest("'from' must be before 'to'", param="from")
    fixed = {name for name, _ in own}
    given = [(name, query(scope, name)) for name in NAMED if name not in fixed]
    named = cast("list[tuple[Named, str]]", [(name, text) for name, text in given if text is not None])
    return Selection(since=since, until=until, named=(*own, *named))


def _moment(scope: Scope, name: str, now: float) -> float | None:
    text = query(scope, name)
    if text is None:
        return None
    try:
        return moment(text, now)
    except ValueError:
        forms = "a date, a time, seconds since the epoch, or how long ago, such as 7d"
        raise BadRequest(f"'{name}' must be {forms}", param=name) from None


def whole(scope: Scope, name: str, most: int) -> int | None:
    """A parameter that is a number from 1 on; raises ``BadRequest``."""
    text = query(scope, name)
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 19 and 1 <= int(text) <= most):
        raise BadRequest(f"'{name}' must be a number from 1 to {most}", param=name)
    return int(text)
