"""What must not be shown, even where an upstream repeats it."""

import re
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, SecretStr

_SHORTEST = 6
"""Shorter pieces of a secret are words that may stand anywhere."""


class Secrets:
    """Every secret of the settings, and every part of it that could stand alone."""

    def __init__(self, settings: BaseModel) -> None:
        pieces = {piece for secret in _secrets(settings) for piece in _pieces(secret)}
        known = sorted((piece for piece in pieces if len(piece) >= _SHORTEST), key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, known)) or r"(?!)")

    def masked(self, text: str) -> str:
        """The text on one line, without them and without what would steer a terminal."""
        shown = self._pattern.sub("…", " ".join(text.split()))
        return "".join(character for character in shown if character.isprintable())


def _pieces(secret: str) -> Iterator[str]:
    """A secret, and what in it is one: all of it but the place in a proxy's address."""
    yield secret
    scheme, is_address, rest = secret.partition("://")
    if is_address and scheme.isalnum():
        rest, _, _ = rest.rpartition("@")
        yield from rest.split(":")
    else:
        yield from re.split(r"[;=,\s]+", secret)


def _secrets(value: Any) -> Iterator[str]:
    match value:
        case SecretStr():
            yield value.get_secret_value()
        case BaseModel():
            for name in type(value).model_fields:
                yield from _secrets(getattr(value, name))
        case dict():
            for one in value.values():
                yield from _secrets(one)
