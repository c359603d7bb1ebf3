"""Which endpoint of the admin's is where."""

from starlette.types import ASGIApp

from akashchat.gateway.gateway import Gateway
from akashchat.server.admin.base import admin
from akashchat.server.routes import Table


def admin_table(gateway: Gateway) -> Table:
    """Path → method → endpoint, each for admins alone."""
    only = admin(gateway)
    endpoints: dict[str, dict[str, ASGIApp]] = {}
    return {
        path: {method: only(endpoint) for method, endpoint in methods.items()}
        for path, methods in endpoints.items()
    }
