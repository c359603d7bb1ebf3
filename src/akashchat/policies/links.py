"""Addresses of pictures that carry their own permission.

A browser that shows a picture from a chat sends no key.  Where one is needed, the address itself shows
that the gateway gave it out: a signature over the file's name, made with the key.
"""

import hashlib
import hmac
from urllib.parse import quote

from akashchat.errors import Unauthenticated

_SALT = b"akashchat picture links"


class Links:
    """Signs and checks file names; without a secret every name is good."""

    def __init__(self, key: str) -> None:
        # Whoever has an address could try keys against its signature: so each try is made slow.
        self._secret = hashlib.scrypt(key.encode(), salt=_SALT, n=2**13, r=8, p=1) if key else b""

    def path(self, name: str) -> str:
        """The name as the end of an address, with its signature."""
        path = quote(name, safe="")
        return f"{path}?s={self._sign(name)}" if self._secret else path

    def check(self, name: str, signature: str) -> None:
        """Raise ``Unauthenticated`` when the signature is not ours."""
        if self._secret and not hmac.compare_digest(self._sign(name).encode(), signature.encode()):
            raise Unauthenticated("this picture's address is not complete: its signature is missing or wrong")

    def _sign(self, name: str) -> str:
        return hmac.new(self._secret, name.encode(), hashlib.sha256).hexdigest()[:32]
