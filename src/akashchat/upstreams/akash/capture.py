"""A reply of Akash's that is kept: what it was, without what it said.

The form is that of the recordings in the tests, so one can be laid beside them.
"""

import base64
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from akashchat.upstreams.akash.anonymous import anonymous, anonymous_headers
from akashchat.wire.json import decode_any, encode


class Capture(Struct, frozen=True):
    """One reply: which path gave it, and status, headers (names in lower case) and body."""

    path: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    about: str = ""

    @property
    def media_type(self) -> str:
        """The content type without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


def write_capture(capture: Capture, name: str, cookies: tuple[str, ...] = ()) -> bytes:
    """The capture as a file, with other words in it."""
    headers = anonymous_headers(capture.headers, cookies)
    document = {
        "name": name,
        "about": capture.about,
        "request": {"path": capture.path},
        "response": {
            "status": capture.status,
            "headers": [list(header) for header in headers],
            "body": {"text": anonymous(capture.body.decode("utf-8", "replace"))},
        },
    }
    return encode(document)


def read_capture(file: bytes) -> Capture:
    """The capture, or recording, in a file; raises ``ValueError`` where it is none."""
    document = decode_any(file)
    try:
        request, response = document["request"], document["response"]
        return Capture(
            path=str(request["path"]),
            status=int(response["status"]),
            headers={str(name).lower(): str(value) for name, value in response["headers"]},
            body=_bytes(response["body"]),
            about=str(document.get("about", "")),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("not a capture") from error


def _bytes(body: dict[str, Any]) -> bytes:
    if "base64" in body:
        return base64.b64decode(str(body["base64"]))
    return str(body["text"]).encode("utf-8", "surrogatepass")
