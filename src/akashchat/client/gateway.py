"""One gateway, asked over HTTP."""

from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from typing import Any, Self

import aiohttp

from akashchat.client.failures import Cut, Failed, Unreachable, refusal
from akashchat.client.stream import Reading
from akashchat.errors import ProtocolError
from akashchat.wire.frames import Frame
from akashchat.wire.json import decode_any

_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=120)
"""A stream says something every 15 seconds, if only that it is alive."""

_UNHURRIED = aiohttp.ClientTimeout(total=None, sock_connect=10)
"""A reply that comes whole is silent until it does, and the gateway bounds how long that is."""


class Gateway:
    """``async with Gateway(url, key) as gateway``.  Every method raises ``Failed``."""

    def __init__(self, url: str, key: str) -> None:
        self._url = url.rstrip("/").removesuffix("/v1")
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._session: aiohttp.ClientSession

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(headers=self._headers, timeout=_TIMEOUT)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def get(self, path: str) -> Any:
        """A reply that comes whole."""
        return await self._whole("GET", path, None)

    async def post(self, path: str, body: dict[str, Any]) -> Any:
        """A reply that comes whole, to this request."""
        return await self._whole("POST", path, body)

    async def stream(self, path: str, body: dict[str, Any]) -> AsyncGenerator[Frame | str, None]:
        """The events of a stream, and between them words to whoever waits; leaving it ends the answer."""
        async with aclosing(self._told("POST", path, {**body, "stream": True})) as told:
            async for one in told:
                yield one

    async def follow(self, path: str) -> AsyncGenerator[Frame | str, None]:
        """The events of what has no end of its own."""
        async with aclosing(self._told("GET", path, None)) as told:
            async for one in told:
                yield one

    async def _told(
        self, method: str, path: str, body: dict[str, Any] | None
    ) -> AsyncGenerator[Frame | str, None]:
        reading = Reading()
        async with self._asked(method, path, body, _TIMEOUT) as reply:
            async for data in reply.content.iter_any():
                for told in reading.feed(data):
                    yield told

    async def _whole(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        async with self._asked(method, path, body, _UNHURRIED) as reply:
            try:
                return decode_any(await reply.read())
            except ValueError:
                raise Failed(f"what is at {self._url} is no gateway: it does not answer in JSON") from None

    @asynccontextmanager
    async def _asked(
        self, method: str, path: str, body: dict[str, Any] | None, limits: aiohttp.ClientTimeout
    ) -> AsyncGenerator[aiohttp.ClientResponse, None]:
        try:
            async with self._session.request(method, self._url + path, json=body, timeout=limits) as reply:
                if reply.status != 200:
                    raise refusal(reply.status, await reply.read())
                yield reply
        except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError) as error:
            raise Failed(
                f"{self._url!r} is no address of a gateway, such as http://localhost:16571"
            ) from error
        except aiohttp.ClientConnectorError as error:
            raise Unreachable(
                f"there is no gateway at {self._url}; `akashchat serve` starts one, --url names another"
            ) from error
        except (aiohttp.ClientError, TimeoutError, ProtocolError) as error:
            raise Cut(f"the connection to the gateway broke: {error or 'it fell silent'}") from error
