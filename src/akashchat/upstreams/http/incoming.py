"""A reply as it comes in: what the parser says of it, and the part of its body that waits for a reader."""

import functools
from collections.abc import Callable
from typing import NoReturn

import httptools

from akashchat.errors import ProtocolError
from akashchat.upstreams.http.inflate import Inflate

MAX_HEAD_BYTES = 64 * 1024
"""Of headers, and of anything else that comes between two pieces of a body."""

_NOT_HTTP = "the upstream's reply is not HTTP"
TOO_MUCH_HEAD = f"the upstream's headers are larger than {MAX_HEAD_BYTES} bytes"


class Incoming:
    """The replies of one connection, one after the other; ``begin`` forgets the last one.

    ``feed`` takes bytes and raises a parser's error, which ``fault`` explains.
    """

    __slots__ = (
        "_arrived",
        "_head_bytes",
        "_inflate",
        "_parse",
        "_parser",
        "_refused",
        "complete",
        "cookies",
        "head_done",
        "headers",
        "held_bytes",
        "keeps_alive",
        "on_body",
        "pieces",
        "status",
    )

    def __init__(self) -> None:
        self._arrived: list[bytes] = []
        self.on_body = self._arrived.append
        """Takes a part of the body; there are many in one read, so nothing is done with each."""
        parser = httptools.HttpResponseParser(self)
        self._parse: Callable[[bytes], None] = parser.feed_data
        self._parser: httptools.HttpResponseParser | None = parser
        self.begin()

    def begin(self) -> None:
        """A request is sent; what the last reply gave stays with whoever has it."""
        self.status = 0
        self.headers: dict[str, str] = {}
        self.cookies: list[str] = []
        self.pieces: list[bytes] = []
        self.held_bytes = 0
        self._arrived.clear()
        self.head_done = False
        self.complete = False
        self.keeps_alive = False
        self._head_bytes = 0
        self._inflate: Inflate | None = None
        self._refused: ProtocolError | None = None

    def forget(self) -> None:
        """No more will come: let go of the parser, which holds this in turn."""
        self._parse = _refused
        self._parser = None

    @property
    def fault(self) -> ProtocolError:
        """Why ``feed`` raised."""
        return self._refused or ProtocolError(_NOT_HTTP)

    def feed(self, data: bytes) -> None:
        """Read what has come; what of it is body waits as one piece, also where something is wrong behind it."""
        try:
            self._parse(data)
        finally:
            if self._arrived:
                self._arrive()

    def _arrive(self) -> None:
        arrived = self._arrived
        body = arrived[0] if len(arrived) == 1 else b"".join(arrived)
        arrived.clear()
        if self._inflate is not None:
            try:
                body = self._inflate.feed(body, self.held_bytes)
            except ProtocolError as error:
                self._refuse(error)
        if body:
            self.pieces.append(body)
            self.held_bytes += len(body)

    def taken(self) -> bytes:
        """The pieces that wait, as one, and nothing waits any more."""
        pieces = self.pieces
        data = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        pieces.clear()
        self.held_bytes = 0
        return data

    def ends_with_connection(self) -> bool:
        """Whether the reply is complete if the connection closes now."""
        framed = "content-length" in self.headers or "transfer-encoding" in self.headers
        return self.head_done and not framed and self._whole()

    # -- what the parser says

    def on_message_begin(self) -> None:
        """A reply begins; nobody asked for one behind that which is whole."""
        if self.complete:
            raise ProtocolError(_NOT_HTTP)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header; names in lower case, values of the same name joined, but for ``Set-Cookie``.

        One that follows the body is none: whoever puts it there may not be who is trusted with headers.
        """
        self._head_bytes += len(name) + len(value)
        if self._head_bytes > MAX_HEAD_BYTES:
            self._refuse(ProtocolError(TOO_MUCH_HEAD))
        if self.head_done:
            return
        key, text = _lower(name), str(value, "latin-1").rstrip(" \t")
        if key == "set-cookie":
            self.cookies.append(text)
        elif key in self.headers:
            self.headers[key] += f", {text}"
        else:
            self.headers[key] = text

    def on_headers_complete(self) -> None:
        """The head is whole; an informational one is followed by the real one."""
        self.status = self._parser.get_status_code() if self._parser else 0
        if self.status < 200:
            return
        self.head_done = True
        if self.headers.get("transfer-encoding", "chunked").lower() != "chunked":
            self._refuse(ProtocolError("the upstream's reply is transferred in a way nobody asked for"))
        encoding = self.headers.get("content-encoding", "")
        if encoding.lower() not in ("", "identity"):
            try:
                self._inflate = Inflate(encoding)
            except ProtocolError as error:
                self._refuse(error)

    def on_message_complete(self) -> None:
        """The reply is whole."""
        if self.status < 200:
            self.headers.clear()
            self.cookies.clear()
            return
        if self._arrived:
            self._arrive()
        if not self._whole():
            self._refuse(ProtocolError("the upstream's reply ends before what was compressed in it"))
        self.complete = True
        self.keeps_alive = self._parser is not None and self._parser.should_keep_alive()

    def _whole(self) -> bool:
        return self._inflate is None or self._inflate.whole

    def _refuse(self, error: ProtocolError) -> NoReturn:
        """Leave the parser, which turns any exception into one of its own."""
        self._refused = error
        raise error


@functools.lru_cache(maxsize=256)
def _lower(name: bytes) -> str:
    """A header's name; all replies have the same few."""
    return name.decode("latin-1").lower()


def _refused(data: bytes) -> None:
    """Bytes behind the end."""
    raise ProtocolError(f"the upstream sent {len(data)} bytes that nobody asked for")
