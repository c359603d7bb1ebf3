"""The pages a person sees, and their styles, scripts and icons: files of this package, unchanged.

The policy lets a page load what this gateway serves and nothing else: no other host, no inline script or
style, and no text that becomes markup (``require-trusted-types-for``).  Pictures may also be ``blob:``, that is
bytes the page has already.
"""

import gzip
import hashlib
import importlib.resources
import pathlib
from collections.abc import Iterator
from importlib.resources.abc import Traversable

from starlette.types import ASGIApp, Receive, Scope, Send

_POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    b"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    b"require-trusted-types-for 'script'; trusted-types 'none'"
)
_TYPES = {
    ".html": b"text/html; charset=utf-8",
    ".css": b"text/css; charset=utf-8",
    ".js": b"text/javascript; charset=utf-8",
    ".svg": b"image/svg+xml",
}


_DOCUMENTS = {".html", ".svg"}
"""What a browser shows as a page of its own; to all else the rules of the page that loads it apply."""
_GUARDS = [
    (b"content-security-policy", _POLICY),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
]


class File:
    """One file, sent whole unless the client has it already; compressed for who takes that."""

    def __init__(self, file: Traversable) -> None:
        plain = file.read_bytes()
        # Compressed once, when the gateway starts; with no time in it, so that it is the same each time.
        self._plain = _Form(plain, b"")
        self._short = _Form(gzip.compress(plain, 9, mtime=0), b"gzip")
        self._headers = [
            (b"cache-control", b"no-cache"),
            (b"vary", b"accept-encoding"),
            (b"content-type", _TYPES[pathlib.PurePath(file.name).suffix]),
            (b"x-content-type-options", b"nosniff"),
        ]
        if pathlib.PurePath(file.name).suffix in _DOCUMENTS:
            self._headers += _GUARDS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send it."""
        asked = dict(scope["headers"])
        form = self._short if b"gzip" in asked.get(b"accept-encoding", b"") else self._plain
        known = form.tag in asked.get(b"if-none-match", b"")
        status, body, own = (304, b"", form.known) if known else (200, form.body, form.headers)
        await send({"type": "http.response.start", "status": status, "headers": [*self._headers, *own]})
        await send({"type": "http.response.body", "body": body})


class _Form:
    """A file's bytes in one encoding."""

    def __init__(self, body: bytes, encoding: bytes) -> None:
        self.body = body
        self.tag = b'"' + hashlib.sha256(body).hexdigest()[:32].encode() + b'"'
        self.known = [(b"etag", self.tag)]
        self.headers = [*self.known, (b"content-length", b"%d" % len(body))]
        if encoding:
            self.headers.append((b"content-encoding", encoding))


class Page(File):
    """One HTML page, by its name."""

    def __init__(self, name: str) -> None:
        super().__init__(importlib.resources.files(__package__) / name)


class Assets:
    """What the pages load, by folder and name; ``missing`` answers for a name that is none."""

    def __init__(self, missing: ASGIApp) -> None:
        folder = importlib.resources.files(__package__) / "assets"
        self._files: dict[str, ASGIApp] = {name: File(file) for name, file in _within(folder)}
        self._missing = missing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send one."""
        answer = self._files.get(scope["path_params"]["name"], self._missing)
        await answer(scope, receive, send)


def _within(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, Traversable]]:
    """The files of a folder and of those in it, with their names from there."""
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _within(entry, f"{prefix}{entry.name}/")
        else:
            yield prefix + entry.name, entry
