"""Which endpoint of the admin's is where."""

from starlette.types import ASGIApp

from akashchat.clock import Clock
from akashchat.gateway.gateway import Gateway
from akashchat.server.admin.base import admin
from akashchat.server.admin.rows import UsageRows
from akashchat.server.admin.sums import Usage
from akashchat.server.routes import Table
from akashchat.storage.rows import LedgerStore


def admin_table(gateway: Gateway, ledger: LedgerStore, clock: Clock) -> Table:
    """Path → method → endpoint, each for admins alone."""
    only = admin(gateway)
    usage = Usage(ledger, clock)
    endpoints: dict[str, dict[str, ASGIApp]] = {
        "/admin/usage": {"GET": usage.sums},
        "/admin/usage/rows": {"GET": UsageRows(ledger, clock)},
        "/admin/usage/bodies/{request_id}": {"GET": usage.body},
    }
    return {
        path: {method: only(endpoint) for method, endpoint in methods.items()}
        for path, methods in endpoints.items()
    }
