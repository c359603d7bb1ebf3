"""Compressed bodies, made plain: nobody asks for them here, but a proxy on the way may not care."""

import zlib

from akashchat.errors import ProtocolError

_MAX_BYTES = 8 * 1024 * 1024
"""So much may what waits for its reader become when it was compressed."""

_WINDOWS = {"gzip": 31, "x-gzip": 31, "deflate": 15}


class Inflate:
    """One body; ``encoding`` is its ``Content-Encoding``.  Raises ``ProtocolError``."""

    __slots__ = ("_begun", "_inflate")

    def __init__(self, encoding: str) -> None:
        window = _WINDOWS.get(encoding.lower())
        if window is None:
            how = encoding.lower()[:40]
            raise ProtocolError(f"the upstream's reply is compressed in a way nobody asked for: {how}")
        self._inflate = zlib.decompressobj(wbits=window)
        self._begun = False

    @property
    def whole(self) -> bool:
        """Whether nothing is missing of what was compressed; no body at all is whole."""
        return self._inflate.eof or not self._begun

    def feed(self, body: bytes, held: int) -> bytes:
        """What a part of the body becomes; ``held`` bytes wait for their reader already."""
        try:
            data = self._inflate.decompress(body, max(1, _MAX_BYTES - held))
        except zlib.error:
            raise ProtocolError("the upstream's reply is not compressed as it says") from None
        if self._inflate.unconsumed_tail:
            raise ProtocolError("the upstream's reply is compressed beyond reason")
        if self._inflate.unused_data:
            raise ProtocolError("the upstream's reply goes on behind what was compressed in it")
        self._begun = True
        return data
