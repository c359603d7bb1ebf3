"""The databases there are, as the tests of storage have them."""

from tests.storage.conftest import database

__all__ = ["database"]
