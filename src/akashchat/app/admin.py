"""Which endpoint of the admin's is where."""

from starlette.types import ASGIApp

from akashchat.gateway.gateway import Gateway
from akashchat.server.admin.base import admin
from akashchat.server.admin.events import Events
from akashchat.server.admin.overview import Overview
from akashchat.server.routes import Table


def admin_table(gateway: Gateway, events: Events, overview: Overview) -> Table:
    """Path → method → endpoint, each for admins alone."""
    only = admin(gateway)
    endpoints: dict[str, dict[str, ASGIApp]] = {
        "/admin/events": {"GET": events},
        "/admin/overview": {"GET": overview},
    }
    return {
        path: {method: only(endpoint) for method, endpoint in methods.items()}
        for path, methods in endpoints.items()
    }
