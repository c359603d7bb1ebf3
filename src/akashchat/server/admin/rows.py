"""``GET /admin/usage/rows``: the ledger row by row, a page as JSON, or all of it streamed as CSV or JSON Lines."""

import csv
import io
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from datetime import UTC, datetime

from msgspec import Struct, structs
from starlette.types import Receive, Scope, Send

from akashchat.clock import Clock
from akashchat.errors import BadRequest, Stopping
from akashchat.server.admin.selecting import selected, whole
from akashchat.server.base import query, respond
from akashchat.server.line import line_of, while_connected
from akashchat.storage.base import DatabaseDown
from akashchat.storage.rows import LedgerRow, LedgerStore, Page
from akashchat.wire import json

_USUAL, _MOST = 100, 1000
"""Rows of a page."""
_ANY = 2**53
COLUMNS = ("id", *(field.name for field in structs.fields(LedgerRow) if field.name != "id"))
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
"""With these a spreadsheet takes a text for a formula, and some of these texts are callers' own.

https://owasp.org/www-community/attacks/CSV_Injection
"""


class ExportCut(Exception):
    """Rows that were to come cannot be had; what was sent must not look complete."""


class _Form(Struct, frozen=True):
    """How rows are written: the media type, what stands before them, and some of them."""

    media_type: bytes
    head: bytes
    written: Callable[[Sequence[LedgerRow]], bytes]


class UsageRows:
    """Made for admins in ``app.admin``."""

    def __init__(self, ledger: LedgerStore, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Tell, in the form that is asked for."""
        selection, page = selected(scope, self._clock), _page(scope)
        form = query(scope, "format") or "json"
        if form == "json":
            page = structs.replace(page, limit=(page.limit or _USUAL) + 1)
            rows = [row async for some in self._ledger.pages(selection, page) for row in some]
            await respond(send, 200, _listed(rows, page.limit or 0))
        elif form in FORMS:
            async with aclosing(self._ledger.pages(selection, page)) as pages:
                first: list[LedgerRow] = await anext(pages, [])  # what prevents it can still be told
                try:
                    await while_connected(line_of(scope), _stream(send, form, first, pages))
                except (DatabaseDown, Stopping) as error:
                    raise ExportCut(str(error)) from error
        else:
            raise BadRequest(f"'format' must be json, {' or '.join(FORMS)}", param="format")


def _page(scope: Scope) -> Page:
    order = query(scope, "order") or "desc"
    if order not in ("asc", "desc"):
        raise BadRequest("'order' must be 'asc' or 'desc'", param="order")
    most = _MOST if (query(scope, "format") or "json") == "json" else _ANY
    after, limit = whole(scope, "after", _ANY), whole(scope, "limit", most)
    return Page(newest_first=order == "desc", after=after, limit=limit)


def _listed(rows: list[LedgerRow], asked: int) -> bytes:
    """A page, of one row less than was asked for: that one tells whether there are more."""
    shown = rows[: asked - 1]
    last = shown[-1].id if shown else None
    told = {
        "object": "list",
        "data": [_told(row) for row in shown],
        "last_id": last,
        "has_more": len(rows) > len(shown),
    }
    return json.encode(told)


async def _stream(
    send: Send, name: str, first: list[LedgerRow], pages: AsyncIterator[list[LedgerRow]]
) -> None:
    form = FORMS[name]
    headers = [
        (b"content-type", form.media_type),
        (b"content-disposition", f'attachment; filename="usage.{name}"'.encode()),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await _send(send, form.head + form.written(first))
    async for rows in pages:
        await _send(send, form.written(rows))
    await send({"type": "http.response.body", "body": b""})


async def _send(send: Send, data: bytes) -> None:
    if data:
        await send({"type": "http.response.body", "body": data, "more_body": True})


def _told(row: LedgerRow) -> dict[str, object]:
    return {name: getattr(row, name) for name in COLUMNS}


def _lines(rows: Sequence[LedgerRow]) -> bytes:
    return b"".join([json.encode(_told(row)) + b"\n" for row in rows])


def _csv(rows: Sequence[LedgerRow]) -> bytes:
    return _table([[_cell(name, value) for name, value in _told(row).items()] for row in rows])


def _table(rows: Sequence[Sequence[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _cell(name: str, value: object) -> object:
    """A value as a spreadsheet takes it."""
    if name == "at" and isinstance(value, float):
        return datetime.fromtimestamp(value, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, bool):
        return int(value)
    return harmless(value) if isinstance(value, str) else value


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


FORMS = {
    "csv": _Form(b"text/csv; charset=utf-8", _table([COLUMNS]), _csv),
    "jsonl": _Form(b"application/jsonl", b"", _lines),
}
"""What is streamed, by the name it is asked for."""
