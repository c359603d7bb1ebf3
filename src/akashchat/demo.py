"""A demonstration without Akash: the simulator, the gateway before it, and three questions asked.

Everything runs in one process and on loopback.  The questions go over real sockets, as a client's would.
"""

import asyncio
import pathlib

import aiohttp
import msgspec
from rich.console import Console

from akashchat.app import create_app
from akashchat.doctor.visit import examine
from akashchat.server.listening import listen
from akashchat.server.serve import serving
from akashchat.settings import Settings, split_address
from akashchat.settings.groups import DatabaseSettings, StorageSettings
from akashchat.simulator import Simulator

_PACE_S = 0.03
_IMAGE_S = 3.0
_MODEL = "DeepSeek-V3.2"


async def run(console: Console, settings: Settings, folder: pathlib.Path, *, keep_serving: bool) -> None:
    """Show a chat, a stream and a picture, which goes to ``folder``; then serve until a signal."""
    async with Simulator(pace_s=_PACE_S, image_s=_IMAGE_S) as akash:
        quiet = settings.logs.model_copy(update={"level": "warning"})  # or lines would stand in the answers
        alone = {
            "storage": StorageSettings(path=":memory:"),
            "database": DatabaseSettings(),
            "keys_required": False,
        }
        settings = settings.model_copy(update={"akash_base_url": akash.url, "logs": quiet, **alone})
        host, port = split_address(settings.server_address)
        sockets = listen(host, port)
        url = f"http://{host or 'localhost'}:{sockets[0].getsockname()[1]}"
        asked = settings.server
        async with serving(
            create_app(settings, examine=examine),
            sockets,
            shutdown_s=asked.shutdown_s,
            most_bytes=asked.max_body_bytes,
        ) as server:
            console.print(f"[bold]Akash's stand-in[/] at {akash.url}, [bold]the gateway[/] at {url}/v1")
            await _Client(console, url, settings.bearer_token.get_secret_value(), folder).ask_all()
            if keep_serving:
                console.print(f"\nStill serving at [bold]{url}/v1[/]; Ctrl-C ends it.")
                await server


class _Client:
    """Asks and shows."""

    def __init__(self, console: Console, url: str, key: str, folder: pathlib.Path) -> None:
        self._console = console
        self._url = url
        self._folder = folder
        self._thinking = False
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    async def ask_all(self) -> None:
        """A chat, a stream, a picture."""
        async with aiohttp.ClientSession(headers=self._headers) as session:
            await self._chat(session)
            await self._stream(session)
            await self._picture(session)

    async def _chat(self, session: aiohttp.ClientSession) -> None:
        question = {"role": "user", "content": "What are you?"}
        self._title("A chat", "POST /v1/chat/completions", question["content"])
        body = {"model": _MODEL, "messages": [question]}
        async with session.post(f"{self._url}/v1/chat/completions", json=body) as reply:
            completion = await reply.json()
        self._console.print(completion["choices"][0]["message"]["content"], markup=False)
        self._console.print(f"usage: {completion['usage']}", style="dim", markup=False)

    async def _stream(self, session: aiohttp.ClientSession) -> None:
        question = {"role": "user", "content": "And what happens, token by token?"}
        self._title("A stream", 'POST /v1/chat/completions, "stream": true', question["content"])
        body = {"model": _MODEL, "messages": [question], "stream": True}
        async with session.post(f"{self._url}/v1/chat/completions", json=body) as reply:
            async for line in reply.content:
                data = line.removeprefix(b"data: ").strip()
                if data.startswith(b"{"):
                    self._delta(msgspec.json.decode(data)["choices"][0]["delta"])
        self._console.print()

    def _delta(self, delta: dict[str, str]) -> None:
        if thought := delta.get("reasoning_content"):
            self._console.print(thought, style="dim italic", end="", markup=False)
            self._thinking = True
        if text := delta.get("content"):
            self._console.print("\n\n" * self._thinking + text, end="", markup=False)
            self._thinking = False

    async def _picture(self, session: aiohttp.ClientSession) -> None:
        prompt = "A red fox in the snow"
        self._title("A picture", "POST /v1/images/generations", prompt)
        body = {"prompt": prompt, "model": "AkashGen"}
        async with session.post(f"{self._url}/v1/images/generations", json=body) as reply:
            picture = (await reply.json())["data"][0]
        async with session.get(picture["url"]) as reply:
            data = await reply.read()
        file = self._folder / f"akashchat-demo.{reply.content_type.partition('/')[2]}"
        await asyncio.to_thread(file.write_bytes, data)
        self._console.print(f"{picture['url']}\n{len(data):,} bytes of {reply.content_type}, kept in {file}")

    def _title(self, title: str, call: str, question: str) -> None:
        self._console.print(f"\n[bold cyan]{title}[/]  [dim]{call}[/]")
        self._console.print(f"> {question}", style="green", markup=False)
