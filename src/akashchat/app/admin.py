"""Which endpoint of the admin's is where."""

from collections.abc import Mapping

from starlette.types import ASGIApp

from akashchat.app.ground import Ground
from akashchat.gateway.gateway import Gateway
from akashchat.server.admin.base import admin
from akashchat.server.admin.doctor import Doctor
from akashchat.server.admin.events import Events
from akashchat.server.admin.keys import KeysEndpoints
from akashchat.server.admin.overview import Overview
from akashchat.server.admin.rows import UsageRows
from akashchat.server.admin.settings import Reload, ShownSettings, Terms
from akashchat.server.admin.sums import Usage
from akashchat.server.admin.usage import KeyUsage
from akashchat.server.base import Reading
from akashchat.server.routes import Table


def admin_table(
    ground: Ground,
    gateway: Gateway,
    terms: Terms,
    overview: Overview,
    doctor: Doctor | None,
    reading: Reading,
) -> Table:
    """Path → method → endpoint, each for admins alone."""
    only = admin(gateway)
    keys, ledger, clock = ground.keys, ground.ledger.store, ground.clock
    usage = Usage(ledger, clock)
    endpoints: dict[str, Mapping[str, ASGIApp]] = {
        **_keys(KeysEndpoints(keys, reading, clock)),
        "/admin/keys/{key_id}/usage": {"GET": KeyUsage(keys, gateway.limits)},
        "/admin/usage": {"GET": usage.sums},
        "/admin/usage/rows": {"GET": UsageRows(ledger, clock)},
        "/admin/usage/bodies/{request_id}": {"GET": usage.body},
        "/admin/settings": {"GET": ShownSettings(terms)},
        "/admin/settings/reload": {"POST": Reload(terms)},
        "/admin/events": {"GET": Events(ground.telemetry.feed, clock)},
        "/admin/overview": {"GET": overview},
        **({"/admin/doctor": {"GET": doctor}} if doctor else {}),
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
