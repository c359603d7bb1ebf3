"""Addresses of pictures that carry their own permission.

A browser that shows a picture from a chat sends no key.  Where one is needed, the address itself shows
that the gateway gave it out, by a signature over the file's name.
"""

import hmac
from collections.abc import Callable
from urllib.parse import quote

from akashchat.errors import Unauthenticated
from akashchat.policies.signing import Secret

_SALT = b"akashchat picture links"


class Links:
    """Signs and checks file names; while no key is needed every name is good."""

    def __init__(self, secret: Secret, is_open: Callable[[], bool]) -> None:
        self._secret = secret.of(_SALT)
        self._is_open = is_open

    def path(self, name: str) -> str:
        """The name as the end of an address, with its signature."""
        path = quote(name, safe="")
        return path if self._is_open() else f"{path}?s={self._sign(name)}"

    def check(self, name: str, signature: str) -> None:
        """Raise ``Unauthenticated`` when the signature is not ours."""
        if not self._is_open() and not hmac.compare_digest(self._sign(name).encode(), signature.encode()):
            raise Unauthenticated("this picture's address is not complete: its signature is missing or wrong")

    def _sign(self, name: str) -> str:
        return hmac.new(self._secret, name.encode(), "sha256").hexdigest()[:32]
