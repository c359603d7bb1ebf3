"""The way to an upstream: its name, and a connection."""

import asyncio
import ipaddress
import socket
import ssl
from datetime import UTC, datetime
from urllib.parse import urlsplit

from msgspec import Struct

from akashchat.clock import Clock
from akashchat.doctor.base import Check, Finding, failed, failed_with, ok, skipped, warning
from akashchat.doctor.notes import Notes
from akashchat.errors import GatewayError
from akashchat.upstreams.http.client import Http
from akashchat.upstreams.http.connection import Peer

_SOON_S = 14 * 86_400.0
"""A certificate that ends sooner should have been renewed by now."""


class Way(Struct, frozen=True, kw_only=True):
    """How an upstream is reached, and what the settings that say so are called."""

    subject: str
    base_url: str
    proxied: bool
    address_setting: str
    proxy_setting: str

    @property
    def host(self) -> str:
        """The name in the address."""
        return urlsplit(self.base_url).hostname or ""

    @property
    def shown(self) -> str:
        """The address, without what may stand before an ``@`` in it."""
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def network_checks(way: Way, http: Http, notes: Notes, clock: Clock) -> list[Check]:
    """Whether the name is known, and whether a connection can be had."""

    async def tls() -> Finding:
        try:
            peer = await http.greet()
        except GatewayError as error:
            return _unreachable(way, error)
        notes.reached.append(http)
        return _connected(way, peer, clock)

    return [
        Check(subject=way.subject, name="name", look=lambda: _name(way)),
        Check(subject=way.subject, name="tls", look=tls, needs=("name",)),
    ]


async def _name(way: Way) -> Finding:
    if way.proxied:
        return skipped("the proxy looks it up")
    if _address(way.host):
        return ok(f"{way.host} is an address")
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(way.host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or str(error)
        return failed(
            f"{way.host}: {why}",
            f"Check `{way.address_setting}`, and whether this machine can resolve names; behind a firewall set "
            f"`{way.proxy_setting}`.",
        )
    addresses = list(dict.fromkeys(str(address[0]) for *_, address in found))
    return ok(f"{way.host} is {', '.join(addresses)}")


def _connected(way: Way, peer: Peer, clock: Clock) -> Finding:
    through = f"through the proxy {peer.address}" if way.proxied else f"with {peer.address}"
    if not peer.tls:
        return _plain(way, f"connected {through}, without encryption")
    return _until(peer, f"{peer.tls} {through}", clock)


def _plain(way: Way, seen: str) -> Finding:
    address = _address(way.host)
    if way.host == "localhost" or (address and address.is_private):
        return ok(seen)
    return warning(
        seen,
        f"Keys and conversations can be read on the way: use an https:// address in `{way.address_setting}`.",
    )


def _until(peer: Peer, seen: str, clock: Clock) -> Finding:
    if peer.good_until is None:
        return ok(seen)
    day = datetime.fromtimestamp(peer.good_until, UTC).date()
    seen = f"{seen}, its certificate is good until {day}"
    if peer.good_until - clock.now() < _SOON_S:
        return warning(seen, "Whoever runs the upstream should renew its certificate.")
    return ok(seen)


def _unreachable(way: Way, error: GatewayError) -> Finding:
    match error.__cause__:
        case ssl.SSLCertVerificationError() as cause:
            return failed(
                f"{error.message}: {cause.verify_message}",
                "If its authority is your own, name the file with the authority's certificate in the environment's "
                "`SSL_CERT_FILE`; otherwise somebody else answers in its place. A wrong clock has this effect, too.",
            )
        case ssl.SSLError() as cause:
            return failed(
                f"{error.message}: {cause.reason or cause}",
                f"Check the scheme and the port in `{way.address_setting}`.",
            )
    if way.proxied:
        return failed_with(error, f"Check `{way.proxy_setting}`, and whether the proxy leads to {way.host}.")
    return failed_with(
        error, f"Check `{way.address_setting}` and the firewall; see `{way.proxy_setting}` for a proxy."
    )


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
