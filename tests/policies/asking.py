"""Requests, answers, and how to ask for them."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from akashchat.errors import GatewayError
from akashchat.model.events import Event, Finish, FinishReason, TextDelta
from akashchat.model.journey import Attempt, Journey
from akashchat.model.request import Message, Request, TextPart
from akashchat.upstreams.base import Upstream

T = TypeVar("T")

END = Finish(FinishReason.STOP)
ANSWER: Sequence[Sequence[Event]] = [[TextDelta("a")], [END]]
EVENTS = [TextDelta("a"), END]


def asked(
    text: str = "Hi", *, model: str = "m", caller: str = "", user: str = "", hear: list[str] | None = None
) -> Request:
    """A question, whose journey has come to an upstream."""
    journey = Journey(caller=caller, attempts=[Attempt("scripted", model)])
    journey.hear = hear.append if hear is not None else None
    message = Message("user", (TextPart(text),))
    return Request(model=model, messages=(message,), user=user, journey=journey)


async def answered(upstream: Upstream, request: Request | None = None) -> list[Event]:
    """All events of an answer."""
    async with upstream.open(request or asked()) as stream:
        return [event async for batch in stream for event in batch]


async def outcome(upstream: Upstream, request: Request | None = None) -> list[Event] | GatewayError:
    """All events, or what was raised before them."""
    try:
        return await answered(upstream, request)
    except GatewayError as error:
        return error


async def settled() -> None:
    """Let everything that can run now run."""
    for _ in range(10):
        await asyncio.sleep(0)


async def under_way(what: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """A task that has come as far as it can."""
    task = asyncio.create_task(what)
    await settled()
    return task
