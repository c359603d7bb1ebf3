"""One request by key on its way to an answer: what the API and its models do."""

from collections.abc import Iterator, Sequence
from typing import Any

from aiohttp import web

from akashchat.simulator.arrival import Arrival
from akashchat.simulator.exchange import Exchange
from akashchat.simulator.journal import Journal
from akashchat.simulator.keyed import chunks
from akashchat.simulator.keyed.asked import Asked
from akashchat.simulator.keyed.voice import Words, tokens, words


class KeyedStage(Exchange):
    """A request being answered."""

    def __init__(
        self, request: web.BaseRequest, arrival: Arrival, journal: Journal, *, pace_s: float, number: int
    ) -> None:
        super().__init__(request, arrival, journal, pace_s=pace_s)
        self.number = number
        """How many requests of its kind there were, this one among them."""
        self.gives_usage = True
        self._asked: Asked | None = None
        self._pieces: list[str] = []

    @property
    def asked(self) -> Asked:
        """What is asked; only for faults that play in the model's place."""
        if self._asked is None:
            raise RuntimeError("the request has not been read")
        return self._asked

    def read(self, asked: Asked) -> None:
        """Write down what is asked."""
        self._asked = asked
        self.arrival.llm_request = asked.body

    # -- a stream, piece by piece

    @property
    def head(self) -> chunks.Head:
        """What all chunks have in common."""
        return chunks.Head(
            id=f"chatcmpl-{self.number}", created=int(self.arrival.at), model=self.asked.model.id
        )

    async def start(self) -> None:
        """Begin a stream with the role."""
        await self.open(200, chunks.STREAM)
        await self.write({"role": "assistant", "content": ""})

    async def write(self, delta: dict[str, Any], reason: str | None = None) -> None:
        """One chunk of a choice."""
        await self.send(chunks.frame(self.head.chunk(delta, reason)))

    async def say(self, pieces: Sequence[str], field: str = "content") -> None:
        """Speak, or think, one chunk for each piece."""
        for piece in pieces:
            await self.pause()
            await self.write({field: piece})
            self._pieces.append(piece)

    async def call(self, place: int, name: str, parts: Sequence[str]) -> None:
        """Call a function, one chunk for each part of its arguments."""
        await self.write(chunks.call_start(place, name))
        for part in parts:
            await self.pause()
            await self.write(chunks.call_part(place, part))
            self._pieces.append(part)

    async def finish(self, reason: str = "stop") -> None:
        """Write the reason, the usage where it is asked for, and the end."""
        await self.write({}, reason)
        await self.tell_usage()
        await self.send(chunks.DONE)

    async def tell_usage(self) -> None:
        """The chunk without a choice, where the request asks for it."""
        if self.asked.wants_usage and self.gives_usage:
            usage = chunks.usage_of(self.asked.tokens, self._pieces)
            await self.send(chunks.frame(self.head.chunk(None, usage=usage)))

    # -- all of it

    async def answer(self, said: Words | None = None) -> None:
        """The whole answer, in pieces or at once as the request wants it."""
        said = words(self.asked) if said is None else said
        if not self.asked.stream:
            await self.answer_whole(said)
            return
        await self.start()
        field = self.asked.model.thinks
        if said.thoughts:
            await self.say(tokens(said.thoughts), field)
        text, reason = _within(tokens(said.text), self.asked.limit, said.reason)
        await self.say(text)
        for place, one in enumerate(said.calls):
            await self.call(place, one.name, list(_sevens(one.arguments)))
        await self.finish(reason)

    async def answer_whole(self, said: Words | None = None) -> None:
        """The answer in one JSON object."""
        said = words(self.asked) if said is None else said
        text, reason = _within(tokens(said.text), self.asked.limit, said.reason)
        pieces = [
            *tokens(said.thoughts),
            *text,
            *(part for one in said.calls for part in _sevens(one.arguments)),
        ]
        usage = chunks.usage_of(self.asked.tokens, pieces)
        cut = Words(thoughts=said.thoughts, text="".join(text), calls=said.calls)
        await self.reply_json(self.head.whole(cut, self.asked.model.thinks or "reasoning", reason, usage))


def _within(pieces: list[str], limit: int | None, reason: str) -> tuple[list[str], str]:
    """The pieces that may be said, and why there are no more."""
    if limit is None or len(pieces) <= limit:
        return pieces, reason
    return pieces[:limit], "length"


def _sevens(text: str) -> Iterator[str]:
    return (text[place : place + 7] for place in range(0, len(text), 7))
