"""Replies that are none, in what they begin with or in where they end."""

from tests.upstreams.http.feeding import chunked, joined, ok

_SIZED = "Transfer-Encoding: chunked"

BAD_HEADS = {
    "a page": b"<!doctype html><html><body>Hello</body></html>",
    "a request": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "a greeting": b"220 mail.example ESMTP\r\n",
    "a TLS alert": b"\x15\x03\x01\x00\x02\x02\x16",
    "HTTP/2": b"\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x80",
    "a small http": b"http/1.1 200 OK\r\n\r\n",
    "a version nobody knows": b"HTTP/1.2 200 OK\r\n\r\n",
    "a status of two digits": b"HTTP/1.1 20 OK\r\n\r\n",
    "a status of four digits": b"HTTP/1.1 2000 OK\r\n\r\n",
    "no status": b"HTTP/1.1 OK\r\n\r\n",
    "lines without a return": b"HTTP/1.1 200 OK\nContent-Length: 0\n\n",
    "lines without a feed": b"HTTP/1.1 200 OK\rContent-Length: 0\r\r",
    "a folded header": ok("X: a\r\n b", "Content-Length: 0"),
    "a folded first header": ok(" X: a", "Content-Length: 0"),
    "a return in a value": ok("X: a\rb", "Content-Length: 0"),
    "a zero byte in a value": ok("X: a\0b", "Content-Length: 0"),
    "space before the colon": ok("X : a", "Content-Length: 0"),
    "no colon": ok("Xa", "Content-Length: 0"),
    "no name": ok(": a", "Content-Length: 0"),
    "brackets in a name": ok("X(1): a", "Content-Length: 0"),
    "bytes beyond ASCII in a name": ok("Größe: 1", "Content-Length: 0"),
    "a switch to another protocol": joined(
        "HTTP/1.1 101 Switching Protocols", "Upgrade: x", "Connection: upgrade"
    ),
}

BAD_FRAMES = {
    "two lengths": ok("Content-Length: 5", "Content-Length: 6", body=b"hello!"),
    "the same length twice": ok("Content-Length: 5", "Content-Length: 5", body=b"hello"),
    "a list of lengths": ok("Content-Length: 5, 5", body=b"hello"),
    "a negative length": ok("Content-Length: -5", body=b"hello"),
    "a length with a sign": ok("Content-Length: +5", body=b"hello"),
    "a length in hexadecimal": ok("Content-Length: 0x5", body=b"hello"),
    "no length where one is promised": ok("Content-Length:", body=b"hello"),
    "a length beyond all": ok("Content-Length: 99999999999999999999", body=b"hello"),
    "a length and chunks": ok("Content-Length: 5", _SIZED, body=b"5\r\nhello\r\n0\r\n\r\n"),
    "chunks and a length": ok(_SIZED, "Content-Length: 5", body=b"5\r\nhello\r\n0\r\n\r\n"),
    "chunks of something compressed": ok("Transfer-Encoding: gzip, chunked", body=b"5\r\nhello\r\n0\r\n\r\n"),
    "chunks that are not the last coding": ok("Transfer-Encoding: chunked, gzip", body=b"hello"),
    "chunks within chunks": ok(_SIZED, _SIZED, body=b"5\r\nhello\r\n0\r\n\r\n"),
    "an unknown coding": ok("Transfer-Encoding: x", body=b"hello"),
    "a chunk without a size": ok(_SIZED, body=b"\r\nhello\r\n0\r\n\r\n"),
    "a chunk with a size that is none": ok(_SIZED, body=b"xyz\r\nhello\r\n0\r\n\r\n"),
    "a chunk with a negative size": ok(_SIZED, body=b"-5\r\nhello\r\n0\r\n\r\n"),
    "a chunk with a prefixed size": ok(_SIZED, body=b"0x5\r\nhello\r\n0\r\n\r\n"),
    "a chunk beyond all": ok(_SIZED, body=b"FFFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n"),
    "a chunk that is longer than it says": ok(_SIZED, body=b"5\r\nhello!!0\r\n\r\n"),
    "a chunk with half an end": ok(_SIZED, body=b"5\r\nhello\r_0\r\n\r\n"),
    "a length among the trailers": chunked([b"hello"], trailer=b"Content-Length: 5\r\n"),
    "a trailer that is no header": chunked([b"hello"], trailer=b"what is this\r\n"),
}

BAD = {**BAD_HEADS, **BAD_FRAMES}
