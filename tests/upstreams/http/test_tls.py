"""An encrypted upstream is who it says it is, or it is not spoken to."""

import asyncio
import datetime as dt
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
import trustme

from akashchat.errors import AnswerCut, ProtocolError, UpstreamUnavailable
from akashchat.upstreams.http.client import Http
from tests.upstreams.http.feeding import ok
from tests.upstreams.http.lines import Line, answer, client, read, serving, telling, tunnel

Certified = Callable[..., ssl.SSLContext]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Who signs certificates here."""
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine trusts the authority, as an operator would have it do."""
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(file)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))


@pytest.fixture
def certified(authority: trustme.CA) -> Certified:
    """The server's side of TLS, with a certificate for some names."""

    def context(*names: str, by: trustme.CA | None = None, **options: object) -> ssl.SSLContext:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        (by or authority).issue_cert(*names, **options).configure_cert(tls)  # type: ignore[arg-type]
        return tls

    return context


async def refused(http: Http) -> None:
    """Ask, and be told that it was TLS."""
    with pytest.raises(UpstreamUnavailable, match="TLS"):
        await http.send("POST", "/", {"Cookie": "secret"}, b"secret")


@pytest.mark.usefixtures("trusted")
async def test_a_trusted_upstream_is_spoken_to(certified: Certified) -> None:
    """By address and by name, over IPv4 and IPv6."""
    tls = certified("127.0.0.1", "::1", "localhost")
    for host in ("127.0.0.1", "::1"):
        async with serving(telling, host=host, tls=tls) as server, client(server.url) as http:
            assert await read(http) == b"0"
    async with serving(telling, tls=tls) as server:
        async with client(f"https://localhost:{server.port}") as http:
            assert await read(http) == b"0"


@pytest.mark.usefixtures("trusted")
async def test_one_handshake_serves_many_requests(certified: Certified) -> None:
    """Encrypted connections are kept like others."""
    tls = certified("127.0.0.1")
    async with serving(telling, tls=tls) as server, client(server.url) as http:
        assert [await read(http, body=b"x" * 100_000) for _ in range(5)] == [b"0"] * 5
        assert len(server.lines) == 1


@pytest.mark.usefixtures("trusted")
async def test_the_upstreams_name_is_told_in_the_handshake(certified: Certified) -> None:
    """Or a server with many names would show the wrong certificate."""
    tls = certified("localhost")
    names: list[str | None] = []
    tls.sni_callback = lambda _socket, name, _context: names.append(name)
    async with serving(telling, tls=tls) as server:
        async with client(f"https://localhost:{server.port}") as http:
            await read(http)
    assert names == ["localhost"]


async def test_an_unknown_authority_is_refused(certified: Certified) -> None:
    """And nothing of the request is sent."""
    async with serving(telling, tls=certified("127.0.0.1")) as server, client(server.url) as http:
        await refused(http)
        assert not any(line.asked for line in server.lines)
        assert not http._busy


@pytest.mark.usefixtures("trusted")
async def test_another_authority_is_refused(certified: Certified) -> None:
    """Trusting one is not trusting all."""
    tls = certified("127.0.0.1", by=trustme.CA())
    async with serving(telling, tls=tls) as server, client(server.url) as http:
        await refused(http)


@pytest.mark.usefixtures("trusted")
async def test_another_name_is_refused(certified: Certified) -> None:
    """A certificate is good for whom it names."""
    for names in (["akash.example"], ["localhost"], ["127.0.0.2"]):
        async with serving(telling, tls=certified(*names)) as server, client(server.url) as http:
            await refused(http)


@pytest.mark.usefixtures("trusted")
async def test_an_expired_certificate_is_refused(certified: Certified) -> None:
    """It was good once."""
    yesterday = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    tls = certified("127.0.0.1", not_after=yesterday)
    async with serving(telling, tls=tls) as server, client(server.url) as http:
        await refused(http)


async def test_a_server_without_tls_is_named_so() -> None:
    """Whoever writes https where there is none learns why it does not work."""

    async def behave(line: Line) -> None:
        await line.reader.read(1)
        line.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await line.left()

    async with serving(behave) as server:
        async with client(server.url.replace("http:", "https:")) as http:
            await refused(http)


@pytest.mark.usefixtures("trusted")
async def test_a_server_with_tls_only_is_named_so(certified: Certified) -> None:
    """Whoever writes http where TLS is spoken gets an error of ours."""
    async with serving(telling, tls=certified("127.0.0.1")) as server:
        async with client(server.url.replace("https:", "http:")) as http:
            with pytest.raises((ProtocolError, AnswerCut)):
                await http.send("GET", "/", {})


@pytest.mark.usefixtures("trusted")
async def test_a_large_encrypted_answer_is_read_whole(certified: Certified) -> None:
    """Also by a slow reader, who makes the server wait."""
    body = b"".join(b"%07d\n" % number for number in range(500_000))

    async def behave(line: Line) -> None:
        await line.request()
        line.send(answer(body))
        await line.writer.drain()
        await line.left()

    async with serving(behave, tls=certified("127.0.0.1")) as server, client(server.url) as http:
        reply = await http.send("GET", "/", {})
        got = bytearray()
        while data := await reply.piece():
            got += data
            for _ in range(10):
                await asyncio.sleep(0)
            assert reply._connection.reply.held_bytes <= 1024 * 1024
        reply.close()
        assert got == body
        assert len(http._idle) == 1


@pytest.mark.usefixtures("trusted")
async def test_a_cut_encrypted_answer_is_told_from_a_whole_one(certified: Certified) -> None:
    """And a dead connection is replaced, as without encryption."""

    async def behave(line: Line) -> None:
        await line.request()
        line.send(answer(b"whole"))
        await line.request()
        if line.number:
            line.send(ok("Content-Length: 9", body=b"half"))

    async with serving(behave, tls=certified("127.0.0.1")) as server, client(server.url) as http:
        assert await read(http) == b"whole"
        assert await read(http) == b"whole"
        with pytest.raises(AnswerCut):
            await read(http)
        assert [len(line.asked) for line in server.lines] == [2, 2]


@pytest.mark.usefixtures("trusted")
async def test_leaving_closes_an_encrypted_connection_at_once(certified: Certified) -> None:
    """Without waiting for the other side's farewell."""

    async def behave(line: Line) -> None:
        await line.request()
        line.send(ok("Content-Length: 99", body=b"half"))
        await line.left()
        gone.set()

    gone = asyncio.Event()
    async with serving(behave, tls=certified("127.0.0.1")) as server, client(server.url) as http:
        reply = await http.send("GET", "/", {})
        await reply.piece()
        reply.close()
        await gone.wait()


@pytest.mark.usefixtures("trusted")
async def test_encryption_goes_through_a_proxy(certified: Certified) -> None:
    """To the upstream and not to the proxy, whose business its content is not."""
    async with serving(telling, tls=certified("127.0.0.1")) as server, serving(tunnel) as proxy:
        async with client(server.url, proxy=proxy.url) as http:
            assert [await read(http) for _ in range(3)] == [b"0"] * 3
        assert len(proxy.lines) == 1


async def test_a_proxy_changes_nothing_about_trust(certified: Certified) -> None:
    """An unknown authority is refused through it, too."""
    async with serving(telling, tls=certified("127.0.0.1")) as server, serving(tunnel) as proxy:
        async with client(server.url, proxy=proxy.url) as http:
            await refused(http)
