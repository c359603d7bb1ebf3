"""Replies a server may send, and what each amounts to."""

import gzip
import zlib
from dataclasses import dataclass, field

from tests.upstreams.http.feeding import Got, chunked, joined, ok

TEXT = "Grüße, 世界 – so much for ASCII.\n".encode()
LONG = b"\r\n0\r\n\r\nHTTP/1.1 500 No\r\n" * 40


@dataclass(frozen=True)
class Case:
    """A reply as it is sent; ``ends`` when closing the connection is part of it."""

    name: str
    wire: bytes
    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cookies: tuple[str, ...] = ()
    reusable: bool = True
    ends: bool = False
    plain: bool = True
    """Whether another reader, which does not inflate, sees the same body."""

    def check(self, got: Got) -> None:
        """Nothing is missing, nothing is added."""
        assert got.error is None
        assert (got.status, got.body, got.cookies) == (self.status, self.body, self.cookies)
        assert {name: got.headers.get(name) for name in self.headers} == self.headers
        assert got.reusable is self.reusable


def _length(body: bytes) -> str:
    return f"Content-Length: {len(body)}"


_COOKIES = (
    "session_token=a; Path=/; Expires=Wed, 21 Oct 2026 07:28:00 GMT; HttpOnly; Secure; Partitioned",
    "b=2, 3",
    "",
)

LENGTHS = [
    Case("a length", ok("Content-Length: 5", body=b"hello"), b"hello", headers={"content-length": "5"}),
    Case("a length of nothing", ok("Content-Length: 0")),
    Case("a length with spaces around", ok("Content-Length:  \t5 \t", body=b"hello"), b"hello"),
    Case("a length with zeros before", ok("Content-Length: 0005", body=b"hello"), b"hello"),
    Case("a body that looks like another reply", ok(_length(LONG), body=LONG), LONG),
    Case("a body of all bytes", ok("Content-Length: 256", body=bytes(range(256))), bytes(range(256))),
    Case("a closing reply", ok("Connection: close", _length(TEXT), body=TEXT), TEXT, reusable=False),
    Case("to be closed by a proxy", ok("Proxy-Connection: close", "Content-Length: 0"), reusable=False),
]

CHUNKS = [
    Case("chunks", chunked([b"hel", b"l", b"o"]), b"hello"),
    Case("no chunk", chunked([])),
    Case("a chunk that looks like the end", chunked([b"\r\n0\r\n\r\n", LONG]), b"\r\n0\r\n\r\n" + LONG),
    Case("chunks in another case", chunked([b"x" * 0xAB]).replace(b"ab\r", b"aB\r"), b"x" * 0xAB),
    Case(
        "sizes with zeros before",
        ok("Transfer-Encoding: chunked", body=b"0005\r\nhello\r\n000\r\n\r\n"),
        b"hello",
    ),
    Case("the coding in another case", chunked([TEXT]).replace(b"chunked", b"Chunked"), TEXT),
    Case(
        "chunk extensions",
        ok("Transfer-Encoding: chunked", body=b'5;a=b;c="d;e";f\r\nhello\r\n0;z\r\n\r\n'),
        b"hello",
    ),
    Case(
        "trailers, which are no headers",
        chunked([TEXT], "X-Kept: 1", trailer=b"X-Kept: 2\r\nContent-Encoding: br\r\nSet-Cookie: t=1\r\n"),
        TEXT,
        headers={"x-kept": "1", "content-encoding": None},
    ),
    Case("closing chunks", chunked([TEXT], "Connection: close"), TEXT, reusable=False),
]

CLOSED = [
    Case("a body until the end", ok("X: y", body=TEXT), TEXT, reusable=False, ends=True),
    Case("an empty body until the end", ok("X: y"), reusable=False, ends=True),
    Case(
        "a body until the end, of a server that knows no better",
        joined("HTTP/1.0 200 OK", body=LONG),
        LONG,
        reusable=False,
        ends=True,
    ),
    Case(
        "a body until the end that was to be kept alive",
        ok("Connection: keep-alive", body=TEXT),
        TEXT,
        reusable=False,
        ends=True,
    ),
]

BODILESS = [
    Case("204", joined("HTTP/1.1 204 No Content"), status=204),
    Case("204 with a length", joined("HTTP/1.1 204 No Content", "Content-Length: 7"), status=204),
    Case("304 with a length", joined("HTTP/1.1 304 Not Modified", "Content-Length: 7"), status=304),
    Case("304 in chunks", joined("HTTP/1.1 304 No", "Transfer-Encoding: chunked"), status=304),
]

INFORMED = [
    Case("100 before it", joined("HTTP/1.1 100 Continue") + ok("Content-Length: 1", body=b"x"), b"x"),
    Case(
        "103 before it, whose headers are its own",
        joined("HTTP/1.1 103 Early Hints", "Link: </a>", "Set-Cookie: early=1", "Content-Length: 9")
        + ok("Set-Cookie: late=1", "Content-Length: 1", body=b"x"),
        b"x",
        headers={"link": None, "content-length": "1"},
        cookies=("late=1",),
    ),
    Case(
        "several before it",
        joined("HTTP/1.1 102 Processing") * 3 + joined("HTTP/1.1 199 ?", "A: b") + chunked([TEXT]),
        TEXT,
        headers={"a": None},
    ),
    Case(
        "one before a body until the end",
        joined("HTTP/1.1 100 Continue") + ok(body=TEXT),
        TEXT,
        reusable=False,
        ends=True,
    ),
]

HEADERS = [
    Case("cookies", ok(*(f"Set-Cookie: {one}" for one in _COOKIES), "Content-Length: 0"), cookies=_COOKIES),
    Case(
        "names in any case",
        ok("CONTENT-LENGTH: 0", "x-MiXeD_1!#$%&'*+.^`|~: Value", "sEt-CoOkIe: A=B"),
        headers={"content-length": "0", "x-mixed_1!#$%&'*+.^`|~": "Value"},
        cookies=("A=B",),
    ),
    Case(
        "the same name again",
        ok("Via: a", "X: 1", "VIA: b, c", "via:", "Content-Length: 0"),
        headers={"via": "a, b, c, ", "x": "1"},
    ),
    Case(
        "values with space around, empty, with colons and commas",
        ok("A:b", "B:  \tc d\t ", "C:", "D:  \t", 'E: "x:y", z: w', "Content-Length: 0"),
        headers={"a": "b", "b": "c d", "c": "", "d": "", "e": '"x:y", z: w'},
    ),
    Case("values beyond ASCII", ok("X: Grüße", "Content-Length: 0"), headers={"x": "Grüße"}),
    Case(
        "an offer of another protocol",
        ok("Upgrade: h2,h2c", "Connection: Upgrade", "Content-Length: 1", body=b"x"),
        b"x",
    ),
    Case("no reason", joined("HTTP/1.1 200", "Content-Length: 1", body=b"x"), b"x"),
    Case("an empty reason", joined("HTTP/1.1 503 ", "Content-Length: 1", body=b"x"), b"x", status=503),
    Case("a reason beyond ASCII", joined("HTTP/1.1 404 Pas trouvé", "Content-Length: 0"), status=404),
    Case("a status nobody knows", joined("HTTP/1.1 799 ?", "Content-Length: 1", body=b"x"), b"x", status=799),
]

OLD = [
    Case("1.0", joined("HTTP/1.0 200 OK", "Content-Length: 1", body=b"x"), b"x", reusable=False),
    Case(
        "1.0 kept alive",
        joined("HTTP/1.0 200 OK", "Connection: keep-alive", "Content-Length: 1", body=b"x"),
        b"x",
    ),
]

_GZIPPED = gzip.compress(LONG, mtime=0)
_DEFLATED = zlib.compress(LONG)

COMPRESSED = [
    Case(
        "gzip",
        ok("Content-Encoding: gzip", _length(_GZIPPED), body=_GZIPPED),
        LONG,
        headers={"content-encoding": "gzip"},
        plain=False,
    ),
    Case(
        "gzip by its old name",
        ok("Content-Encoding: X-GZip ", _length(_GZIPPED), body=_GZIPPED),
        LONG,
        plain=False,
    ),
    Case("deflate", ok("Content-Encoding: deflate", _length(_DEFLATED), body=_DEFLATED), LONG, plain=False),
    Case(
        "gzip in chunks",
        chunked([_GZIPPED[:9], _GZIPPED[9:30], _GZIPPED[30:]], "Content-Encoding: gzip"),
        LONG,
        plain=False,
    ),
    Case(
        "gzip until the end",
        ok("Content-Encoding: gzip", body=_GZIPPED),
        LONG,
        reusable=False,
        ends=True,
        plain=False,
    ),
    Case("identity", ok("Content-Encoding: identity", "Content-Length: 1", body=b"x"), b"x"),
    Case("no encoding's name", ok("Content-Encoding:", "Content-Length: 1", body=b"x"), b"x"),
    Case("gzip of nothing at all", ok("Content-Encoding: gzip", "Content-Length: 0")),
    Case("gzip where no body can be", joined("HTTP/1.1 204 No", "Content-Encoding: gzip"), status=204),
]

CASES = [*LENGTHS, *CHUNKS, *CLOSED, *BODILESS, *INFORMED, *HEADERS, *OLD, *COMPRESSED]
