"""What the doctor says of the way to an upstream."""

import ssl
from pathlib import Path

import pytest
import trustme

from akashchat.simulator import Simulator
from tests.doctor.support import WrongClock, found, verdicts
from tests.upstreams.http.lines import Line, serving, telling, tunnel


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Who signs certificates here."""
    return trustme.CA()


@pytest.fixture
def tls(authority: trustme.CA) -> ssl.SSLContext:
    """The server's side, with a certificate for the loopback address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


async def test_a_name_that_does_not_resolve() -> None:
    """Names the setting, and nothing else is tried."""
    lines = await found("http://no..such..name")
    assert lines["akash name"].verdict == "failed"
    assert "AKASH_BASE_URL" in lines["akash name"].remedy
    others = {line.verdict.value for name, line in lines.items() if name.startswith("akash ")} - {"failed"}
    assert others == {"skipped"}
    assert lines["gateway clock"].verdict == "skipped"


async def test_a_port_where_nobody_listens() -> None:
    """Is told as a connection refused."""
    async with serving(telling) as server:
        port = server.port
    lines = await found(f"http://localhost:{port}")
    assert verdicts(lines)["akash name"] == "ok"
    assert "refuses connections" in lines["akash tls"].seen


async def test_a_certificate_that_nobody_trusts(tls: ssl.SSLContext) -> None:
    """Says why, and how an authority of one's own is named; nothing is asked there."""
    async with serving(telling, tls=tls) as server:
        lines = await found(server.url)
        assert not any(line.asked for line in server.lines)
    assert lines["akash tls"].verdict == "failed"
    assert "certificate" in lines["akash tls"].seen
    assert "SSL_CERT_FILE" in lines["akash tls"].remedy
    assert lines["akash session"].seen == "needs: tls"


async def test_a_certificate_that_is_trusted(
    tls: ssl.SSLContext, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Is told with its version and its end."""
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    async with serving(telling, tls=tls) as server:
        line = (await found(server.url))["akash tls"]
    assert line.verdict in ("ok", "warning")
    assert line.seen.startswith("TLSv1.3 with 127.0.0.1, its certificate is good until ")


async def test_no_tls_where_there_should_be() -> None:
    """Points at the scheme."""

    async def behave(line: Line) -> None:
        await line.reader.read(1)
        line.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await line.left()

    async with serving(behave) as server:
        line = (await found(server.url.replace("http:", "https:")))["akash tls"]
    assert (line.verdict, "scheme" in line.remedy) == ("failed", True)


async def test_a_proxy_looks_names_up_itself(akash: Simulator) -> None:
    """And is part of what is told; its password is not."""
    async with serving(tunnel) as proxy:
        address = proxy.url.replace("http://", "http://operator:sesame-open@")
        lines = await found(akash.url, akash={"proxy": address})
    assert lines["akash name"].seen == "the proxy looks it up"
    assert lines["akash tls"].seen.startswith("connected through the proxy 127.0.0.1")
    assert lines["akash chat"].verdict == "ok"


async def test_a_proxy_that_is_away_is_named() -> None:
    """By its setting, without its password."""
    lines = await found("http://localhost:1", akash={"proxy": "http://operator:sesame-open@127.0.0.1:1"})
    assert "AKASHCHAT_AKASH_PROXY" in lines["akash tls"].remedy
    assert "sesame" not in "".join(line.seen + line.remedy for line in lines.values())


async def test_a_clock_that_is_off_by_an_hour(akash: Simulator) -> None:
    """Is found by what upstreams write on their replies."""
    line = (await found(akash.url, WrongClock()))["gateway clock"]
    assert line.verdict == "failed"
    assert line.seen.startswith("3,600 seconds ahead of")
    assert "NTP" in line.remedy
