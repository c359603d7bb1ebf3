"""A lossless WebP of few colours, written by hand.

RIFF container and VP8L bit stream as in Google's "WebP Lossless Bitstream Specification", with the least
that makes a small valid file: the palette transform, one prefix code, and runs told as copies from the pixel
to the left. Bits go least significant first; prefix codes most significant first.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

Colour = tuple[int, int, int]

MAX_COLOURS: Final = 256
MIN_COLOURS: Final = 17
"""With fewer the format packs several pixels into one, which this writer does not."""

MAX_RUN: Final = 4096
"""The longest copy a single length can tell."""

# The green alphabet has 256 values and 24 lengths of copies. 232 codes of 8 bits and 48 of 9 fill the code
# space exactly (232/256 + 48/512 = 1), so a fixed code needs no counting of symbols.
_SHORT_CODES: Final = 232
_LONG_CODES: Final = 48

_LENGTH_OF_CODE_ORDER: Final = (17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9)


def encode(width: int, height: int, palette: Sequence[Colour], pixels: bytes) -> bytes:
    """The file; ``pixels`` are palette indices, row by row."""
    if not MIN_COLOURS <= len(palette) <= MAX_COLOURS or len(pixels) != width * height:
        raise ValueError("the palette or the pixels do not fit")
    bits = "".join(_image(width, height, palette, pixels))
    bits += "0" * (-len(bits) % 8)
    stream = b"\x2f" + int(bits[::-1], 2).to_bytes(len(bits) // 8, "little")
    stream += b"\0" * (len(stream) % 2)
    chunk = b"VP8L" + len(stream).to_bytes(4, "little") + stream
    return b"RIFF" + (4 + len(chunk)).to_bytes(4, "little") + b"WEBP" + chunk


def _image(width: int, height: int, palette: Sequence[Colour], pixels: bytes) -> Iterator[str]:
    yield _number(width - 1, 14) + _number(height - 1, 14) + "0" + "000"  # no alpha, version 0
    yield "1" + _number(3, 2) + _number(len(palette) - 1, 8)  # the palette transform
    yield "0"  # the palette itself is an image without a colour cache
    yield _GREEN + _BYTES * 3 + _ONE_SYMBOL.format(_number(0, 1))
    previous = (0, 0, 0, 0)
    for entry in [(*colour, 255) for colour in palette]:
        red, green, blue, alpha = ((new - old) % 256 for new, old in zip(entry, previous, strict=True))
        yield _green(green) + f"{red:08b}{blue:08b}{alpha:08b}"
        previous = entry
    yield "0" + "0" + "0"  # no further transform, no colour cache, one group of codes
    zero = _ONE_SYMBOL.format(_number(0, 1))
    # The only distance is symbol 1: distance code 2, the pixel to the left. It then costs no bits.
    yield _GREEN + zero * 3 + _ONE_SYMBOL.format(_number(1, 1))
    for run in re.finditer(rb"(.)\1*", pixels, re.DOTALL):
        yield _green(run[1][0])
        left = len(run[0]) - 1
        while left:
            yield _copy(min(left, MAX_RUN))
            left -= min(left, MAX_RUN)


def _number(value: int, width: int) -> str:
    return f"{value:0{width}b}"[::-1]


def _green(symbol: int) -> str:
    return f"{symbol:08b}" if symbol < _SHORT_CODES else f"{symbol + _SHORT_CODES:09b}"


def _copy(length: int) -> str:
    """A copy of so many pixels: a length symbol and its extra bits."""
    if length <= 4:
        return _green(255 + length)
    extra = (length - 1).bit_length() - 2
    symbol = 2 * extra + ((length - 1) >> extra)
    return _green(256 + symbol) + _number((length - 1) % (1 << extra), extra)


def _code_lengths(*lengths: int) -> str:
    """The head of a prefix code whose symbols have one of these lengths, told by one bit or none."""
    order = _LENGTH_OF_CODE_ORDER[: max(_LENGTH_OF_CODE_ORDER.index(length) for length in lengths) + 1]
    told = "".join(_number(1 if length in lengths else 0, 3) for length in order)
    return "0" + _number(len(order) - 4, 4) + told + "0"


_GREEN: Final = _code_lengths(8, 9) + "0" * _SHORT_CODES + "1" * _LONG_CODES
_BYTES: Final = _code_lengths(8)
"""A code of 256 symbols of 8 bits: the value itself."""

_ONE_SYMBOL: Final = "1" + "0" + "0" + "{}"
"""A code of a single symbol, 0 or 1, that costs no bits."""
