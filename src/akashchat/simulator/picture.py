"""A picture for every prompt: hills under a sky, always the same ones for the same words.

It stands for what AkashGen would draw, so it must be real, pretty enough to look at and cheap: columns are
filled by slices of at most 256 colours, never pixel by pixel.
"""

import colorsys
import hashlib
import math
import random
from collections.abc import Sequence
from typing import Final

from akashchat.simulator.webp import Colour, encode

SIZE: Final = 512

SKY_BANDS: Final = 60
HALOS: Final = (0.0, 0.14, 0.32)
"""How much of the sun shines through the sky, outside in."""

SUN_BANDS: Final = 12
HILLS: Final = 5
HILL_BANDS: Final = 12
STARS: Final = 90


def draw(prompt: str) -> bytes:
    """A WebP file of 512 x 512 pixels."""
    seed = hashlib.sha256(prompt.encode("utf-8", "surrogatepass")).digest()
    chance = random.Random(seed)  # noqa: S311 - a picture needs repeatable chance, not secrecy
    is_night = chance.random() < 0.4
    palette = _palette(chance, is_night=is_night)
    columns = _sky(chance)
    if is_night:
        _scatter_stars(columns, chance, len(palette) - 1)
    for hill in range(HILLS):
        _raise_hill(columns, chance, hill)
    flat = b"".join(columns)
    rows = b"".join(flat[row::SIZE] for row in range(SIZE))
    return encode(SIZE, SIZE, palette, rows)


def _palette(chance: random.Random, *, is_night: bool) -> list[Colour]:
    """Sky bands for each halo, then the sun, then the hills from far to near, then a star."""
    hue = chance.random()
    top = _colour(hue, 0.10 if is_night else 0.38, 0.65)
    low = _colour(hue + chance.uniform(0.08, 0.2), 0.35 if is_night else 0.78, 0.75)
    sun = _colour(chance.uniform(0.1, 0.16), 0.88, 0.9)
    near = _colour(hue + chance.uniform(0.3, 0.6), 0.07 if is_night else 0.16, 0.45)
    sky = [_mix(top, low, band / (SKY_BANDS - 1)) for band in range(SKY_BANDS)]
    palette = [_mix(colour, sun, halo) for halo in HALOS for colour in sky]
    palette += [_mix(sun, low, 0.5 * band / SUN_BANDS) for band in range(SUN_BANDS)]
    for hill in range(HILLS):
        ridge = _mix(low, near, (hill + 1) / HILLS)
        palette += [_mix(ridge, near, 0.6 * band / HILL_BANDS) for band in range(HILL_BANDS)]
    return [*palette, (255, 252, 235)]


def _colour(hue: float, lightness: float, saturation: float) -> Colour:
    red, green, blue = colorsys.hls_to_rgb(hue % 1.0, lightness, saturation)
    return round(255 * red), round(255 * green), round(255 * blue)


def _mix(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _sky(chance: random.Random) -> list[bytearray]:
    """The columns of the sky, with a sun in its two halos."""
    plain = bytes(row * SKY_BANDS // SIZE for row in range(SIZE))
    columns = [bytearray(plain) for _ in range(SIZE)]
    radius = chance.randrange(34, 64)
    x, y = chance.randrange(90, SIZE - 90), chance.randrange(110, 260)
    disc = bytes(
        len(HALOS) * SKY_BANDS + band * SUN_BANDS // (2 * radius + 1) for band in range(2 * radius + 1)
    )
    _fill_disc(columns, (x, y), radius * 3, bytes(band + SKY_BANDS for band in plain))
    _fill_disc(columns, (x, y), radius * 2, bytes(band + 2 * SKY_BANDS for band in plain))
    _fill_disc(columns, (x, y), radius, bytes(max(0, y - radius)) + disc[max(0, radius - y) :] + plain)
    return columns


def _fill_disc(columns: Sequence[bytearray], centre: tuple[int, int], radius: int, column: bytes) -> None:
    x, y = centre
    for offset in range(max(-radius, -x), min(radius, SIZE - 1 - x) + 1):
        half = int(math.sqrt(radius * radius - offset * offset))
        rows = slice(max(0, y - half), min(SIZE, y + half + 1))
        columns[x + offset][rows] = column[rows]


def _scatter_stars(columns: Sequence[bytearray], chance: random.Random, star: int) -> None:
    for _ in range(STARS):
        row, size = chance.randrange(0, 280), chance.choice((1, 1, 2))
        for column in columns[chance.randrange(0, SIZE - 2) :][:size]:
            column[row : row + size] = bytes([star]) * size


def _raise_hill(columns: Sequence[bytearray], chance: random.Random, hill: int) -> None:
    """Cover the columns up to a ridge made of a few waves; nearer hills are lower and smoother."""
    first = len(HALOS) * SKY_BANDS + SUN_BANDS + hill * HILL_BANDS
    ground = bytes(first + min(HILL_BANDS - 1, depth // 9) for depth in range(SIZE))
    base = 250 + 52 * hill + chance.randrange(-14, 15)
    waves = [
        (
            chance.uniform(8, 34) / (1 + wave),
            chance.uniform(0.006, 0.016) * (1 + 1.7 * wave),
            chance.uniform(0, 6.3),
        )
        for wave in range(4)
    ]
    for x, column in enumerate(columns):
        ridge = base + sum(height * math.sin(x * pitch + shift) for height, pitch, shift in waves)
        top = min(SIZE, max(0, int(ridge)))
        column[top:] = ground[: SIZE - top]
