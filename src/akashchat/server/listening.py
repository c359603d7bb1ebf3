"""Listening: sockets for an address."""

import errno
import socket


class CannotListen(OSError):
    """The address is taken, or not ours."""


def listen(host: str, port: int) -> list[socket.socket]:
    """Sockets on every address the host's name stands for: ``localhost`` is two.

    Port 0 takes a free one, the same for all.  Raises ``CannotListen``.
    """
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (socket.gaierror, UnicodeError) as error:
        raise CannotListen(f"there is no address for the name '{host}'") from error
    sockets: list[socket.socket] = []
    refused: OSError | None = None
    for family, kind, protocol, _, address in dict.fromkeys(found):
        try:
            sockets.append(_bound(family, kind, protocol, (address[0], port, *address[2:])))
        except OSError as error:
            refused = error
            continue
        port = sockets[0].getsockname()[1]
    if refused is not None and (not sockets or refused.errno == errno.EADDRINUSE):
        for bound in sockets:
            bound.close()
        raise CannotListen(f"cannot listen on {host}:{port}: {refused.strerror}") from refused
    return sockets


def _bound(family: int, kind: int, protocol: int, address: tuple[str | int, ...]) -> socket.socket:
    bound = socket.socket(family, kind, protocol)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind(address)
        bound.listen(2048)
    except OSError:
        bound.close()
        raise
    bound.setblocking(False)
    return bound
