"""The specification Open Responses as a referee: what it says a response, an event and an error look like.

The specification is read from the package ``llm-comply``, which brings it whole.
"""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Any

import aiohttp
import websockets
from jsonschema import Draft202012Validator

from tests.support.http import call
from tests.support.responses import ENDS, datas

_SPECIFICATION = json.loads(
    resources.files("llm_comply").joinpath("specs", "openresponses.json").read_text("utf-8")
)
_EVENTS = {
    schema["properties"]["type"]["enum"][0]: name
    for name, schema in _SPECIFICATION["components"]["schemas"].items()
    if name.endswith("StreamingEvent")
}


def fits(schema: str, value: Any) -> None:
    """Fail unless the value is what the specification calls by this name."""
    _validator(schema).validate(value)


def fit(events: Iterable[Mapping[str, Any]]) -> None:
    """Fail unless each of a stream's events is one of the specification's, in every field."""
    for event in events:
        fits(_EVENTS[event["type"]], event)


@cache
def _validator(schema: str) -> Draft202012Validator:
    components = _SPECIFICATION["components"]
    return Draft202012Validator({"$ref": f"#/components/schemas/{schema}", "components": components})


class Asker:
    """Asks one gateway for responses, whole, streamed and over WebSockets; all that comes is valid."""

    def __init__(self, gateway: str, model: str) -> None:
        self._url = f"{gateway}/v1/responses"
        self._model = model

    async def whole(self, content: Any, **fields: Any) -> dict[str, Any]:
        """A completed response that said something."""
        response = await self._posted("", {"input": content, **fields})
        return completed(response)

    async def streamed(self, content: Any, **fields: Any) -> list[dict[str, Any]]:
        """The events of a response that was completed."""
        events = await self.events(content, **fields)
        completed(events[-1]["response"])
        return events

    async def events(self, content: Any, **fields: Any) -> list[dict[str, Any]]:
        """The events of a response, however it ended."""
        body = {"model": self._model, "input": content, "stream": True, **fields}
        async with aiohttp.ClientSession() as session, session.post(self._url, json=body) as reply:
            assert reply.content_type == "text/event-stream"
            events = datas(await reply.read())
        fit(events)
        return events

    async def compacted(self, content: Any, **fields: Any) -> dict[str, Any]:
        """A conversation made short."""
        compaction = await self._posted("/compact", {"input": content, **fields})
        fits("CompactResource", compaction)
        assert compaction["object"] == "response.compaction"
        return compaction

    async def _posted(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        reply = await call("POST", f"{self._url}{path}", {"model": self._model, **body})
        assert reply.status == 200, reply.body
        value: dict[str, Any] = reply.json()
        return value

    def connected(self) -> websockets.connect:
        """A connection of its own."""
        return websockets.connect(self._url.replace("http", "ws", 1))

    async def turn(self, socket: websockets.ClientConnection, content: Any, **fields: Any) -> dict[str, Any]:
        """The last event of one response that is not to be stored."""
        wish = {"type": "response.create", "model": self._model, "store": False, "input": content, **fields}
        fits("WebSocketResponseCreateEvent", wish)
        await socket.send(json.dumps(wish))
        events: list[dict[str, Any]] = []
        while not events or events[-1]["type"] not in ENDS | {"error"}:
            events.append(json.loads(await socket.recv()))
        if events[-1]["type"] == "error":
            fits("WebSocketErrorEvent", events[-1])
        else:
            fit(events)
        return events[-1]

    async def said(self, socket: websockets.ClientConnection, content: Any, **fields: Any) -> dict[str, Any]:
        """A completed response over a connection."""
        return completed((await self.turn(socket, content, **fields))["response"])


def completed(response: dict[str, Any]) -> dict[str, Any]:
    """The same, which is valid, has an id, is completed and said something."""
    fits("ResponseResource", response)
    assert response["id"]
    assert response["status"] == "completed"
    assert response["output"]
    return response
