"""Several upstreams as one: which of them is asked, and who is asked when it fails.

Until an answer has begun nothing is lost by asking elsewhere, and ``upstreams.base`` promises that until then
failures are raised; so failing over is a loop.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress

from akashchat.errors import GatewayError, ModelNotFound, UnsupportedParameter
from akashchat.model.catalogue import Catalogue
from akashchat.model.journey import Attempt
from akashchat.model.request import Request
from akashchat.upstreams.base import EventStream, Honour, Opened, Passage, Upstream, unhonoured


class Failover:
    """Asks one upstream after the other, until one begins to answer."""

    name = "failover"

    def __init__(self, upstreams: Sequence[Upstream], *, strict: bool) -> None:
        self._upstreams = upstreams
        self._strict = strict

    def open(self, request: Request) -> Opened:
        """An answer of whichever upstream gives one; see ``upstreams.base``."""
        return _Way(self, request)

    async def enter(self, request: Request) -> tuple[Opened, EventStream]:
        """Begin an answer, or raise what the first upstream failed with."""
        first: GatewayError | None = None
        for upstream in self._upstreams:
            attempt = Attempt(upstream.name, request.model)
            request.journey.attempts.append(attempt)
            try:
                attempt.ignored = await self._ignored(upstream, request)
                opened = upstream.open(request)
                return opened, await opened.__aenter__()
            except GatewayError as error:
                attempt.error = error
                first = first or error
                if not error.try_elsewhere:
                    break
        raise first or ModelNotFound("there is no upstream", param="model")

    async def _ignored(self, upstream: Upstream, request: Request) -> tuple[str, ...]:
        """What the request asks for and this upstream does not do; raises when strict."""
        asked = request.asked()
        if not asked:
            return ()
        with suppress(GatewayError):  # what a model follows stands in the list; without one its id must do
            await upstream.catalogue()
        names = unhonoured(asked, upstream.honours(request.model))
        if names and self._strict:
            listed = ", ".join(f"'{name}'" for name in names)
            raise UnsupportedParameter(
                f"not supported with the model '{request.model}': {listed}", param=names[0]
            )
        return names

    def honours(self, model: str) -> Mapping[str, Honour]:
        """As the upstream that is asked first."""
        return self._upstreams[0].honours(model)

    async def catalogue(self) -> Catalogue:
        """The models of the first upstream."""
        return await self._upstreams[0].catalogue()


class _Way(Passage):
    """One request's way to an upstream."""

    __slots__ = ("_failover", "_request")

    def __init__(self, failover: Failover, request: Request) -> None:
        super().__init__()
        self._failover = failover
        self._request = request

    async def _enter(self) -> tuple[Opened, EventStream]:
        return await self._failover.enter(self._request)
