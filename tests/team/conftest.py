"""Several gateways, processes of their own, and a real database that they share."""

from tests.storage.conftest import empty, postgres

__all__ = ["empty", "postgres"]
