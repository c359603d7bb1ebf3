"""Which endpoint of the admin's is where."""

from collections.abc import Mapping

from starlette.types import ASGIApp

from akashchat.clock import Clock
from akashchat.gateway.gateway import Gateway
from akashchat.policies.keys import Keys
from akashchat.server.admin.base import admin
from akashchat.server.admin.keys import KeysEndpoints
from akashchat.server.admin.usage import KeyUsage
from akashchat.server.base import Reading
from akashchat.server.routes import Table


def admin_table(gateway: Gateway, keys: Keys, reading: Reading, clock: Clock) -> Table:
    """Path → method → endpoint, each for admins alone."""
    only = admin(gateway)
    endpoints: dict[str, Mapping[str, ASGIApp]] = {
        **_keys(KeysEndpoints(keys, reading, clock)),
        "/admin/keys/{key_id}/usage": {"GET": KeyUsage(keys, gateway.limits)},
    }
    return {
        path: {method: only(endpoint) for method, endpoint in methods.items()}
        for path, methods in endpoints.items()
    }


def _keys(keys: KeysEndpoints) -> Mapping[str, Mapping[str, ASGIApp]]:
    return {
        "/admin/keys": {"GET": keys.list, "POST": keys.issue},
        "/admin/keys/{key_id}": {"GET": keys.show, "PATCH": keys.change, "DELETE": keys.revoke},
        "/admin/keys/{key_id}/rotate": {"POST": keys.rotate},
    }
