"""The pages a person sees, and their styles, scripts and icons: files of this package, unchanged.

The policy lets a page load what this gateway serves and nothing else: no other host, no inline script or
style, and no text that becomes markup (``require-trusted-types-for``).
"""

import hashlib
import importlib.resources
import pathlib
from importlib.resources.abc import Traversable

from starlette.types import ASGIApp, Receive, Scope, Send

_POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    b"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    b"require-trusted-types-for 'script'; trusted-types 'none'"
)
_TYPES = {
    ".html": b"text/html; charset=utf-8",
    ".css": b"text/css; charset=utf-8",
    ".js": b"text/javascript; charset=utf-8",
    ".svg": b"image/svg+xml",
}


class File:
    """One file, sent whole unless the client has it already."""

    def __init__(self, file: Traversable) -> None:
        self._body = file.read_bytes()
        self._tag = b'"' + hashlib.sha256(self._body).hexdigest()[:32].encode() + b'"'
        self._headers = [
            (b"etag", self._tag),
            (b"cache-control", b"no-cache"),
            (b"content-type", _TYPES[pathlib.PurePath(file.name).suffix]),
            (b"content-security-policy", _POLICY),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"no-referrer"),
            (b"cross-origin-opener-policy", b"same-origin"),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send it."""
        known = any(name == b"if-none-match" and self._tag in value for name, value in scope["headers"])
        status, body = (304, b"") if known else (200, self._body)
        length = [] if known else [(b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": status, "headers": [*self._headers, *length]})
        await send({"type": "http.response.body", "body": body})


class Page(File):
    """One HTML page, by its name."""

    def __init__(self, name: str) -> None:
        super().__init__(importlib.resources.files(__package__) / name)


class Assets:
    """What the pages load, by name; ``missing`` answers for a name that is none."""

    def __init__(self, missing: ASGIApp) -> None:
        folder = importlib.resources.files(__package__) / "assets"
        self._files: dict[str, ASGIApp] = {file.name: File(file) for file in folder.iterdir()}
        self._missing = missing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send one."""
        answer = self._files.get(scope["path_params"]["name"], self._missing)
        await answer(scope, receive, send)
