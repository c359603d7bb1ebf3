"""What requests and responses need, in plain ASGI.

https://asgi.readthedocs.io/en/latest/specs/www.html
"""

import math
from urllib.parse import parse_qsl

from msgspec import Struct
from starlette.types import Receive, Scope, Send

from akashchat.clock import Clock
from akashchat.errors import BodyTooLarge, GatewayError, RequestTimeout
from akashchat.server.line import line_of

JSON_TYPE = b"application/json"
Headers = list[tuple[bytes, bytes]]


def header(scope: Scope, name: bytes) -> str | None:
    """A request's header, the first of that name; ``name`` in lower case."""
    value = scope["state"]["headers"].get(name)
    return None if value is None else str(value, "latin-1")


def query(scope: Scope, name: str) -> str | None:
    """A parameter of the request's address."""
    pairs = parse_qsl(scope["query_string"].decode("latin-1"), max_num_fields=None)
    return next((value for key, value in pairs if key == name), None)


PASS_COOKIE = "akashchat_pass"  # noqa: S105  its name
_PAGE = b"x-akashchat-page"
"""A header of the page's own; a form or a picture elsewhere cannot send it, a script must ask first."""


def from_own_page(scope: Scope) -> bool:
    """Whether this gateway's page asks, and no other page in its name.

    Browsers that tell the site of who asks know better than the host's name, which a proxy may change; to
    the others the origin must be the address they call.
    https://www.w3.org/TR/fetch-metadata/
    """
    if header(scope, _PAGE) is None:
        return False
    if (site := header(scope, b"sec-fetch-site")) is not None:
        return site == "same-origin"
    origin = header(scope, b"origin")
    if origin is None:
        return scope["method"] in {"GET", "HEAD"}
    return origin.partition("://")[2] == header(scope, b"host")


def pass_of(scope: Scope) -> str | None:
    """The pass in a cookie of the page's; read by hand, as one malformed neighbour must not hide it."""
    cookies = header(scope, b"cookie")
    if cookies is None or not from_own_page(scope):
        return None
    pairs = (pair.strip().partition("=") for pair in cookies.split(";"))
    return next((value for name, _, value in pairs if name == PASS_COOKIE), None)


def key_of(scope: Scope) -> str | None:
    """What a caller shows: a key, or the page a pass instead."""
    shown = shown_key_of(scope)
    return pass_of(scope) if shown is None else shown


def shown_key_of(scope: Scope) -> str | None:
    """The key in ``Authorization: Bearer``, or in ``x-api-key``; an empty one where it is shown in another way."""
    authorization = header(scope, b"authorization")
    if authorization is not None:
        scheme, _, key = authorization.partition(" ")
        return key.strip() if scheme.lower() == "bearer" else ""
    return header(scope, b"x-api-key")


class CallerLeft(Exception):
    """The connection was closed before the body was whole.  No endpoint need catch it: ``middleware`` does."""


class Reading(Struct, frozen=True, kw_only=True):
    """How much of a body is read, and for how long one waits for it."""

    limit: int
    timeout_s: float


async def read_body(scope: Scope, receive: Receive, reading: Reading, clock: Clock) -> bytes:
    """The whole body; raises ``BodyTooLarge``, ``RequestTimeout`` or ``CallerLeft``."""
    length = header(scope, b"content-length")
    if length is not None and length.isdecimal() and int(length) > reading.limit:
        raise BodyTooLarge(f"the body may have at most {reading.limit} bytes, yours has {length}")
    if (body := line_of(scope).body()) is not None:
        _check_size(len(body), reading)
        return body
    pieces: list[bytes] = []
    size = 0
    more = True
    try:
        async with clock.timeout(reading.timeout_s):
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise CallerLeft
                pieces.append(message.get("body", b""))
                more = message.get("more_body", False)
                size += len(pieces[-1])
                _check_size(size, reading)
    except TimeoutError:
        raise RequestTimeout(f"the body did not come within {reading.timeout_s:g} seconds") from None
    return b"".join(pieces)


def _check_size(size: int, reading: Reading) -> None:
    if size > reading.limit:
        raise BodyTooLarge(f"the body may have at most {reading.limit} bytes")


async def respond(
    send: Send, status: int, body: bytes, headers: Headers | None = None, media_type: bytes = JSON_TYPE
) -> None:
    """A whole response."""
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [
                (b"content-type", media_type),
                (b"content-length", b"%d" % len(body)),
                *(headers or ()),
            ],
        }
    )
    await send({"type": "http.response.body", "body": body})


async def respond_error(
    scope: Scope, send: Send, error: GatewayError, headers: Headers | None = None
) -> None:
    """A failure, in the form of errors on this path."""
    body = scope["state"]["render_error"](error)
    await respond(send, error.status, body, [*error_headers(error), *(headers or ())])


def error_headers(error: GatewayError) -> Headers:
    """What a client should know before it reads the body."""
    headers: Headers = []
    if error.retry_after_s is not None:
        headers.append((b"retry-after", b"%d" % max(1, math.ceil(error.retry_after_s))))
    if error.status >= 429 and not error.retryable:
        headers.append((b"x-should-retry", b"false"))  # OpenAI's own clients obey this
    if error.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    return headers
