"""Who a request comes from: whose key it shows, and for whom it asks.

Open WebUI names its users in headers of its own (``ENABLE_FORWARD_USER_INFO_HEADERS``).  Anybody can write these, so
they count only where the operator says so, and then tell apart users behind one key, who get no more than it opens.
https://docs.openwebui.com/getting-started/env-configuration
"""

from urllib.parse import unquote

import msgspec
from starlette.types import Scope

from akashchat.errors import DialectNotAllowed
from akashchat.gateway.gateway import Gateway
from akashchat.policies.admission import Caller
from akashchat.server.base import header, key_of

_USER = (b"x-openwebui-user-email", b"x-openwebui-user-id", b"x-openwebui-user-name")
"""What names a user, the clearest first; what a user may do there (``-role``) means nothing here."""
_LONGEST = 256


async def admitted(scope: Scope, gateway: Gateway, dialect: str = "") -> Caller:
    """The caller; raises ``Unauthenticated``, and ``DialectNotAllowed`` where the key does not open this dialect."""
    caller = await gateway.admit(key_of(scope))
    if dialect and not caller.scope.opens_dialect(dialect):
        raise DialectNotAllowed(f"this key does not open '{dialect}'")
    if gateway.options.trusts_users and (user := _user(scope)):
        return msgspec.structs.replace(caller, user=user)
    return caller


def _user(scope: Scope) -> str:
    """Whom the caller asks for; the name is written as in addresses there, and a line of a log must stay one."""
    told = next(filter(None, (header(scope, name) for name in _USER)), "")
    text = unquote(told.encode("latin-1").decode("utf-8", "replace")).strip()
    return "".join(letter for letter in text if letter.isprintable())[:_LONGEST]
