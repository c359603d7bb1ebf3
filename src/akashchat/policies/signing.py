"""The secret with which passes and addresses of pictures are signed.

It is made of what the operator has set; where that is nothing, of chance, and then what is signed ends with the process.
"""

import hashlib
import hmac


class Secret:
    """``set_by_hand`` is the operator's, who may have chosen something short; ``drawn`` is nobody's."""

    def __init__(self, set_by_hand: str, drawn: str) -> None:
        self._set = set_by_hand.encode()
        self._drawn = drawn.encode()

    def of(self, salt: bytes) -> bytes:
        """The secret for one purpose."""
        if self._set:
            # Whoever has something signed could try keys against its signature: so each try is made slow.
            return hashlib.scrypt(self._set, salt=salt, n=2**13, r=8, p=1)
        return hmac.digest(self._drawn, salt, "sha256")
