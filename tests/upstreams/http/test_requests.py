"""What a request is on the wire: to the right address, and nothing but what was meant."""

import asyncio
from collections.abc import Mapping

import h11
import pytest

from akashchat.errors import UpstreamError, UpstreamUnavailable
from akashchat.upstreams.http.client import Http, HttpOptions
from tests.support.clock import FakeClock
from tests.upstreams.http.lines import Line, answer, client, read, serving, telling


async def sent(
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes | None = None,
    *,
    host: str = "127.0.0.1",
    base: str = "{url}",
) -> tuple[h11.Request, bytes, int]:
    """The request as the library h11 understands it, its body, and the server's port."""

    async def behave(line: Line) -> None:
        await line.request()
        line.send(answer(b""))
        await line.left()

    async with serving(behave, host=host) as server:
        url = base.format(url=server.url, port=server.port)
        async with client(url) as http:
            (await http.send(method, path, headers, body)).close()
        raw = server.lines[0].asked[0]
    referee = h11.Connection(h11.SERVER)
    referee.receive_data(raw.head + raw.body)
    request = referee.next_event()
    assert isinstance(request, h11.Request)
    data = b""
    while isinstance(event := referee.next_event(), h11.Data):
        data += event.data
    assert isinstance(event, h11.EndOfMessage)
    assert referee.trailing_data == (b"", False)
    return request, data, server.port


async def test_a_request_says_what_was_meant() -> None:
    """Method, path, headers in their order, the body and its length."""
    headers = {"User-Agent": "A B/1", "Accept": "*/*", "Cookie": 'a=1; b="x, y"', "X-Empty": ""}
    request, body, port = await sent("POST", "/api/chat/?a=b&c=%20", headers, "Grüße".encode())
    assert (request.method, request.target, request.http_version) == (
        b"POST",
        b"/api/chat/?a=b&c=%20",
        b"1.1",
    )
    assert list(request.headers.raw_items()) == [
        (b"Host", b"127.0.0.1:%d" % port),
        *((name.encode(), value.encode()) for name, value in headers.items()),
        (b"Content-Length", b"7"),
    ]
    assert body == "Grüße".encode()


@pytest.mark.parametrize(("body", "length"), [(None, None), (b"", b"0"), (b"x", b"1")])
async def test_a_length_is_told_where_there_is_a_body(body: bytes | None, length: bytes | None) -> None:
    """An empty body is one, too."""
    request, data, _ = await sent("POST", "/", {}, body)
    assert dict(request.headers).get(b"content-length") == length
    assert data == (body or b"")


@pytest.mark.parametrize(
    ("host", "base", "name", "target"),
    [
        ("127.0.0.1", "http://127.0.0.1:{port}", "127.0.0.1:{port}", "/a/"),
        ("127.0.0.1", "http://127.0.0.1:{port}/", "127.0.0.1:{port}", "/a/"),
        ("127.0.0.1", "http://127.0.0.1:{port}/deep/er", "127.0.0.1:{port}", "/deep/er/a/"),
        ("127.0.0.1", "http://127.0.0.1:{port}/deep/", "127.0.0.1:{port}", "/deep/a/"),
        ("127.0.0.1", "HTTP://127.0.0.1:{port}", "127.0.0.1:{port}", "/a/"),
        ("127.0.0.1", "http://somebody:secret@127.0.0.1:{port}", "127.0.0.1:{port}", "/a/"),
        ("127.0.0.1", "http://localhost:{port}", "localhost:{port}", "/a/"),
        ("::1", "http://[::1]:{port}/v6", "[::1]:{port}", "/v6/a/"),
    ],
)
async def test_the_address_is_where_it_goes_and_what_it_says(
    host: str, base: str, name: str, target: str
) -> None:
    """With a port, with a path before all paths, with an IPv6 address; a password in it is never sent."""
    request, _, port = await sent("GET", "/a/", {}, host=host, base=base)
    assert dict(request.headers)[b"host"].decode() == name.format(port=port)
    assert request.target.decode() == target
    assert b"secret" not in repr(list(request.headers)).encode()


@pytest.mark.parametrize(
    ("url", "host", "port", "name"),
    [
        ("http://akash.example", "akash.example", 80, "akash.example"),
        ("https://akash.example", "akash.example", 443, "akash.example"),
        ("https://akash.example:8443/x", "akash.example", 8443, "akash.example:8443"),
        ("http://[2001:db8::1]", "2001:db8::1", 80, "[2001:db8::1]"),
    ],
)
async def test_the_port_is_the_schemes_own_unless_it_is_told(
    url: str, host: str, port: int, name: str
) -> None:
    """As browsers have it."""
    http = Http(HttpOptions(base_url=url), FakeClock())
    assert (http._host, http._port, http._netloc) == (host, port, name)


@pytest.mark.parametrize(
    "evil", ["\r\n", "\n", "\r", "\0", "\r\nX-Evil: 1", "\r\n\r\nGET /evil HTTP/1.1\r\n"]
)
@pytest.mark.parametrize("where", ["value", "name", "path", "method"])
async def test_a_line_break_is_refused_wherever_it_stands(evil: str, where: str) -> None:
    """Whoever has brought one into a cookie or a path sends no header, and no request, of his own."""
    parts = {"method": "GET", "path": "/", "name": "X-Name", "value": "value"}
    for text in (f"a{evil}b", f"a{evil}", f"{evil}b"):
        said = {**parts, where: text}
        async with serving(telling) as server, client(server.url) as http:
            with pytest.raises(UpstreamError, match="line break"):
                await http.send(said["method"], said["path"], {said["name"]: said["value"]}, b"")
            assert not server.lines
            assert await read(http) == b"0"


@pytest.mark.parametrize("path", ["/a b", "/a HTTP/1.1", "/ä", "/世界", "/a\tb"])
async def test_a_path_that_is_none_is_refused(path: str) -> None:
    """It is not changed into another one on the way."""
    async with serving(telling) as server, client(server.url) as http:
        with pytest.raises(UpstreamError):
            await http.send("GET", path, {})
        assert not server.lines


async def test_a_header_beyond_ascii_is_sent_as_browsers_do() -> None:
    """One byte per character, as far as that goes."""
    request, _, _ = await sent("GET", "/", {"X": "Grüße"})
    assert dict(request.headers)[b"x"] == "Grüße".encode("latin-1")


@pytest.mark.parametrize("host", ["-", "a" * 70 + ".invalid", "a..invalid"])
async def test_a_name_that_is_no_address_is_named_so(host: str) -> None:
    """The upstream is unavailable, whatever is wrong with its name; none of these asks a name server."""
    async with asyncio.timeout(5), client(f"http://{host}") as http:
        with pytest.raises(UpstreamUnavailable, match="name cannot be resolved"):
            await http.send("GET", "/", {})


async def test_a_server_that_is_not_there_is_named_so() -> None:
    """The upstream is unavailable."""
    async with serving(telling) as server:
        url = server.url
    async with client(url) as http:
        with pytest.raises(UpstreamUnavailable, match="refuses connections"):
            await http.send("GET", "/", {})


async def test_nothing_is_sent_outside_the_pools_time() -> None:
    """Before it is entered and after it is left, there are no connections."""
    async with serving(telling) as server:
        http = Http(HttpOptions(base_url=server.url), FakeClock())
        with pytest.raises(UpstreamUnavailable):
            await http.send("GET", "/", {})
        async with http:
            assert await read(http) == b"0"
        with pytest.raises(UpstreamUnavailable):
            await http.send("GET", "/", {})
        assert len(server.lines) == 1
