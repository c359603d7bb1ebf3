"""The wrapper that knows models by other names."""

from collections.abc import Mapping

import msgspec

from akashchat.model.aliases import Aliases
from akashchat.model.catalogue import Catalogue
from akashchat.model.request import Request
from akashchat.upstreams.base import Honour, Opened, Upstream, Wrapper


class Aliased(Wrapper):
    """Asks the wrapped upstream for the model that a name stands for.

    It stands outermost, so that whatever goes by a model's name sees the true one.  Whoever wrote the request
    keeps it, and with it the name that was asked for.
    """

    def __init__(self, upstream: Upstream, aliases: Aliases) -> None:
        super().__init__(upstream)
        self._aliases = aliases

    def open(self, request: Request) -> Opened:
        """Begin an answer; see ``upstreams.base``."""
        model = self._aliases.resolve(request.model)
        if model == request.model:
            return self._upstream.open(request)
        return self._upstream.open(msgspec.structs.replace(request, model=model))

    def honours(self, model: str) -> Mapping[str, Honour]:
        """As the wrapped upstream with the true model."""
        return self._upstream.honours(self._aliases.resolve(model))

    async def catalogue(self) -> Catalogue:
        """As the wrapped upstream, and an entry for each alias."""
        return self._aliases.add_to(await self._upstream.catalogue())
