"""What all endpoints of the admin's share: whom they let in, and how they fail.

Without any key at all the door is open to everybody, and these to whoever sits at this machine: the gateway must
listen here alone, and be asked from here by a name that is this machine's, and by no proxy.
"""

import ipaddress
from collections.abc import Callable
from typing import TypeAlias

from starlette.types import ASGIApp, Receive, Scope, Send

from akashchat.errors import AdminOnly, DatabaseUnavailable, GatewayError
from akashchat.gateway.gateway import Gateway
from akashchat.policies.admission import Caller
from akashchat.server.base import header, respond_error
from akashchat.server.callers import admitted
from akashchat.storage.base import DatabaseDown

Admin: TypeAlias = Callable[[ASGIApp], ASGIApp]
"""Makes of an endpoint one for admins alone."""

_REMEDY = "set BEARER_TOKEN, or issue a key with 'akashchat keys issue --admin' on the gateway's machine"
_FORWARDED = (b"forwarded", b"x-forwarded-for", b"x-real-ip", b"via")


def admin(gateway: Gateway) -> Admin:
    """What makes an endpoint one for admins alone.

    The endpoint may raise ``GatewayError`` and ``DatabaseDown``, and finds who asks with ``caller_of``.
    """
    return lambda endpoint: _ForAdmins(endpoint, gateway)


def caller_of(scope: Scope) -> Caller:
    """Who asks, for an endpoint that ``admin`` made."""
    caller: Caller = scope["state"]["caller"]
    return caller


class _ForAdmins:
    def __init__(self, endpoint: ASGIApp, gateway: Gateway) -> None:
        self._endpoint = endpoint
        self._gateway = gateway

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            caller = await admitted(scope, self._gateway)
            _check(caller, scope, without_key=self._gateway.open)
            scope["state"]["caller"] = caller
            await self._endpoint(scope, receive, send)
        except GatewayError as error:
            await respond_error(scope, send, error)
        except DatabaseDown as down:
            await respond_error(scope, send, DatabaseUnavailable(f"the database does not answer: {down}"))


def _check(caller: Caller, scope: Scope, *, without_key: bool) -> None:
    """Raise ``AdminOnly``."""
    if not caller.admin:
        why = f"; as no key is needed here, it is closed: {_REMEDY}" if without_key else ""
        raise AdminOnly(f"this is for admins, and '{caller.name}' is none{why}")
    if without_key and not from_here(scope):
        raise AdminOnly(f"as no key is needed here, this is for whoever sits at this machine: {_REMEDY}")


def from_here(scope: Scope) -> bool:
    """Whether this machine asks: from its own address, by its own name, and through nobody."""
    client = scope.get("client")
    through = any(header(scope, name) is not None for name in _FORWARDED)
    # The name, as a page elsewhere may have its own name lead to this address.
    name, _, port = (header(scope, b"host") or "").rpartition(":")
    host = name if name and port.isdecimal() else header(scope, b"host") or ""
    return client is not None and is_here(client[0]) and is_here(host) and not through


def is_here(host: str) -> bool:
    """Whether a host's name or address is this machine's own."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
