"""Several answers to one request, asked for side by side: ``n`` to each of its conversations."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from typing import TypeAlias

import msgspec

from akashchat.model.events import Choice, Event, Failure, Finish, FinishReason, Usage
from akashchat.model.request import Request
from akashchat.upstreams.base import Honour, Opened, Opening, Parts, Wrapper, Written

_Queue: TypeAlias = asyncio.Queue[Sequence[Choice] | Exception]


class Choices(Wrapper):
    """Asks the wrapped upstream once for each answer and merges the answers, each event marked with its index.

    The request fails as one: where one answer cannot be begun none is, and a failure later ends all.
    """

    def open(self, request: Request) -> Opened:
        """Begin the answers; see ``upstreams.base``."""
        if request.answers == 1:
            return self._upstream.open(request)
        return Opening(Written(self._several(request)))

    async def _several(self, request: Request) -> Parts:
        singles = _singles(request)
        batches: _Queue = asyncio.Queue(maxsize=len(singles))
        tasks = [asyncio.create_task(self._answer(i, single, batches)) for i, single in enumerate(singles)]
        try:
            async with aclosing(_merged(batches, len(singles))) as merged:
                async for batch in merged:
                    yield batch
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def honours(self, model: str) -> Mapping[str, Honour]:
        """As the wrapped upstream, and ``n``."""
        return {**self._upstream.honours(model), "n": Honour.GATEWAY}

    async def _answer(self, index: int, request: Request, batches: _Queue) -> None:
        """Put one answer's batches, or the exception that prevented them."""
        try:
            async with self._upstream.open(request) as stream:
                async for batch in stream:
                    await batches.put([Choice(index, event) for event in batch])  # type: ignore[arg-type]
        except Exception as error:  # noqa: BLE001  raised again where the answers are read
            await batches.put(error)


def _singles(request: Request) -> list[Request]:
    """A request for each answer, in the order of their index."""
    conversations = (request.messages, *request.further)
    return [
        msgspec.structs.replace(request, messages=messages, further=(), n=1)
        for messages in conversations
        for _ in range(request.n)
    ]


async def _merged(batches: _Queue, n: int) -> Parts:
    """The answers as one stream, from the moment each has begun."""
    begun: dict[int, list[Event]] = {}
    while len(begun) < n:
        for choice in await _next(batches):
            if isinstance(choice.event, Failure):
                yield [choice.event]
                return
            begun.setdefault(choice.index, []).append(choice)
    batch: list[Event] = [event for index in sorted(begun) for event in begun[index]]
    finishes: list[Finish] = []
    while True:
        failure = next(
            (e.event for e in batch if isinstance(e, Choice) and isinstance(e.event, Failure)), None
        )
        if failure is not None:
            yield [failure]
            return
        finishes += [e.event for e in batch if isinstance(e, Choice) and isinstance(e.event, Finish)]
        if len(finishes) == n:
            yield [*batch, _sum(finishes)]
            return
        yield batch
        batch = list(await _next(batches))


async def _next(batches: _Queue) -> Sequence[Choice]:
    batch = await batches.get()
    if isinstance(batch, Exception):
        raise batch
    return batch


def _sum(finishes: Sequence[Finish]) -> Finish:
    usage = Usage(0, 0)
    for finish in finishes:
        usage += finish.usage or Usage(0, 0, estimated=True)
    return Finish(FinishReason.STOP, usage)
