"""What a key opens, by names in which ``*`` stands for any text.

It is part of a request's journey, as whoever passes the request on must keep to it.
"""

import functools

from msgspec import Struct

from akashchat.model.names import Names


class Scope(Struct, frozen=True, kw_only=True):
    """Patterns of names; where there are none everything is open.

    A model is opened by the name it is asked for, or by that of the model behind it.  A dialect goes by the name it has
    in the log, an endpoint that is passed on by its path behind ``/v1/``.
    """

    models: tuple[str, ...] = ()
    dialects: tuple[str, ...] = ()
    upstreams: tuple[str, ...] = ()

    def opens_model(self, *names: str) -> bool:
        """Whether a model that goes by these names may be asked."""
        return not self.models or any(_fits(self.models, name) for name in names)

    def opens_dialect(self, name: str) -> bool:
        """Whether this protocol, or this endpoint, may be used."""
        return not self.dialects or _fits(self.dialects, name)

    def opens_upstream(self, name: str) -> bool:
        """Whether answers may come from there."""
        return not self.upstreams or _fits(self.upstreams, name)


EVERYTHING = Scope()


def _fits(patterns: tuple[str, ...], name: str) -> bool:
    return _names(patterns).find(name) is not None


@functools.lru_cache(maxsize=512)
def _names(patterns: tuple[str, ...]) -> Names[bool]:
    return Names(dict.fromkeys(patterns, True))
