"""Where this gateway is, as its callers see it."""

import asyncio
import functools
import re
from collections.abc import Callable

from starlette.types import Scope

from akashchat.policies.links import Links
from akashchat.server.base import header

FILES_PATH = "/v1/images/files/"

_HOST = re.compile(r"[A-Za-z0-9.\-_]+(?::\d{1,5})?|\[[0-9A-Fa-f:.]+\](?::\d{1,5})?")


_HERE = ("127.0.0.1", "::1")
_SCHEMES = ("http", "https")


class Addresses:
    """Makes addresses: under ``public_url`` where one is set, else under the address that was called."""

    def __init__(self, links: Links, public_url: str, fallback_url: str) -> None:
        self._links = links
        self._public = public_url.rstrip("/")
        self._fallback = fallback_url.rstrip("/")

    def file_url(self, scope: Scope) -> Callable[[str], str]:
        """What makes of a picture's name its address, for this caller."""
        return functools.partial(self._file_url, scope)

    def base(self, scope: Scope) -> str:
        """What comes before the path."""
        if self._public:
            return self._public
        host = header(scope, b"host")
        if host is None or not _HOST.fullmatch(host):
            return self._fallback
        return f"{scheme_of(scope)}://{host}{scope.get('root_path', '')}"

    def _file_url(self, scope: Scope, name: str) -> str:
        return self.base(scope) + FILES_PATH + self._links.path(name)


def scheme_of(scope: Scope) -> str:
    """How the caller came: a proxy on this machine may say that it was by TLS."""
    client = scope.get("client")
    told = header(scope, b"x-forwarded-proto") if client and client[0] in _HERE else None
    return told if told in _SCHEMES else str(scope["scheme"])


def address_of(transport: asyncio.BaseTransport, name: str) -> tuple[str, int] | None:
    """Host and port of one end of a connection; none for a socket of another family."""
    found = transport.get_extra_info(name)
    return (str(found[0]), int(found[1])) if isinstance(found, tuple | list) and len(found) >= 2 else None
