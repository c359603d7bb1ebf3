"""One text field of a ``multipart/form-data`` body: read, and put in another's place.

RFC 7578.  Files in the body are neither looked at nor copied more than once.
"""

import re

_BOUNDARY = re.compile(r'boundary="?([^\s";,]{1,70})"?', re.IGNORECASE)


def field(body: bytes, content_type: str, name: str) -> str | None:
    """The field's text; ``None`` where there is none."""
    place = _place(body, content_type, name)
    return None if place is None else body[place].decode("utf-8", "replace").strip()


def replaced(body: bytes, content_type: str, name: str, text: str) -> bytes:
    """The body with another text in the field's place; the same body where there is no such field."""
    place = _place(body, content_type, name)
    return body if place is None else body[: place.start] + text.encode() + body[place.stop :]


def _place(body: bytes, content_type: str, name: str) -> slice | None:
    """Where the field's text stands: behind the head that names it, before the next boundary."""
    found = _BOUNDARY.search(content_type)
    if found is None:
        return None
    border = b"--" + found[1].encode("latin-1", "replace")
    named = re.compile(
        rb';\s*name="?' + re.escape(name.encode()) + rb'"?\s*(?:;|$)', re.IGNORECASE | re.MULTILINE
    )
    start = body.find(border)
    while start >= 0:
        head_end = body.find(b"\r\n\r\n", start)
        following = body.find(b"\r\n" + border, start + len(border))
        if not 0 <= head_end < following:
            return None
        if named.search(body[start:head_end].replace(b"\r", b"")):
            return slice(head_end + 4, following)
        start = following + 2
    return None
