"""What all wrappers of an upstream have in common: all but ``open`` is the wrapped one's."""

from collections.abc import Mapping

from akashchat.model.catalogue import Catalogue
from akashchat.upstreams.base import Honour, Upstream


class Wrapper:
    """Passes on what the wrapped upstream says of itself."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self.name = upstream.name

    def honours(self, model: str) -> Mapping[str, Honour]:
        """As the wrapped upstream."""
        return self._upstream.honours(model)

    async def catalogue(self) -> Catalogue:
        """As the wrapped upstream."""
        return await self._upstream.catalogue()
