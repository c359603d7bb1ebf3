"""What one check learns and another needs."""

from collections.abc import Sequence

from msgspec import Struct

from akashchat.model.catalogue import Model
from akashchat.upstreams.http.client import Http


class Notes(Struct):
    """``wanted`` are the models that the operator names, ``reached`` the upstreams that could be connected with.

    ``listed`` are the models of each upstream that has told them.
    """

    wanted: Sequence[str]
    reached: list[Http] = []
    listed: dict[str, Sequence[Model]] = {}
