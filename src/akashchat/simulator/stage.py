"""One request to Akash Chat on its way to an answer: what the app and its models do."""

from typing import Final

from aiohttp import web

from akashchat.simulator import lines, voice
from akashchat.simulator.arrival import Arrival
from akashchat.simulator.exchange import Exchange
from akashchat.simulator.journal import Journal
from akashchat.simulator.obedience import obey
from akashchat.simulator.prompt import Prompt
from akashchat.simulator.world import World

SECURITY_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-XSS-Protection": "1; mode=block",
    "X-Frame-Options": "SAMEORIGIN",
}


class Stage(Exchange):
    """A request being answered."""

    security_headers = SECURITY_HEADERS

    def __init__(self, world: World, request: web.BaseRequest, arrival: Arrival, journal: Journal) -> None:
        super().__init__(request, arrival, journal, pace_s=world.pace_s)
        self.world = world
        self.prompt: Prompt | None = None

    # -- answering as a model does

    async def start(self) -> None:
        """Begin a data stream with its first line."""
        await self.open(200, lines.HEADERS)
        await self.send(lines.start())

    async def say(self, *deltas: str) -> None:
        """Speak, one line for each piece, at the simulator's pace."""
        for delta in deltas:
            await self.pause()
            await self.send(lines.text(delta))

    async def fail(self, message: str) -> None:
        """Tell an error; a data stream is begun if there is none."""
        if self.response is None:
            await self.open(200, lines.HEADERS)
        await self.send(lines.error(message))

    async def finish(self, reason: str = "stop", usage: tuple[int, int] | None = None) -> None:
        """Write both finishing lines and charge what was used."""
        prompt_tokens, completion_tokens = usage or (None, None)
        await self.send(lines.finish_step(reason, prompt_tokens, completion_tokens))
        await self.send(lines.finish_message(reason, prompt_tokens, completion_tokens))
        self.world.quota.charge(sum(usage or ()))

    async def answer(self) -> None:
        """The whole answer the simulator gives by itself, thoughts first where the model thinks."""
        await self.start()
        words = obey(self.asked) or voice.answer(self.asked)
        deltas = [*self.thoughts(), *voice.split_tokens(words)]
        await self.say(*deltas)
        await self.finish(usage=(self.asked.tokens, len(deltas)))

    def thoughts(self) -> list[str]:
        """The pieces a thinking model's thoughts come in: the new dialect keeps them back and sends one."""
        model = self.asked.model
        thoughts = voice.thoughts(self.asked)
        if model.thinks == "headless":
            return [*voice.split_tokens(thoughts), "\n", "</think>", "\n\n"]
        if model.thinks == "tagged" and self.world.dialect == "new":
            return [f"<think>\n{thoughts}\n</think>\n\n"]
        if model.thinks == "tagged":
            return ["<think>", "\n", *voice.split_tokens(thoughts), "\n", "</think>", "\n\n"]
        return []

    def deliver(self, prompt: Prompt) -> None:
        """Hand a prompt to the model, so to speak, and write down what it got."""
        self.prompt = prompt
        self.arrival.llm_request = prompt.body

    @property
    def asked(self) -> Prompt:
        """What reached the model; only for scenarios that play in its place."""
        if self.prompt is None:
            raise RuntimeError("no prompt has been composed for this request")
        return self.prompt
