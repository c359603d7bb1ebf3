"""Responses, held against the description of the API."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import msgspec
from jsonschema import Draft202012Validator

from akashchat import __version__
from akashchat.server.openapi import described as document

API = document(__version__)
_OURS = ("x-", "retry-after", "www-authenticate")
_UNTOLD = {"x-accel-buffering", "x-content-type-options"}


def validator(schema: dict[str, Any], api: dict[str, Any] = API) -> Draft202012Validator:
    """What checks values against a schema of the document."""
    return Draft202012Validator({**schema, "components": api["components"]})


def named(name: str) -> dict[str, Any]:
    """A schema of the document by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def _closed(value: Any) -> Any:
    """The same document, but objects may hold nothing that is not described."""
    if isinstance(value, list):
        return [_closed(item) for item in value]
    if not isinstance(value, dict):
        return value
    inner = {name: _closed(item) for name, item in value.items()}
    return {**inner, "additionalProperties": False} if isinstance(value.get("properties"), dict) else inner


_CLOSED = _closed(API)


def is_right(schema: dict[str, Any], value: Any) -> None:
    """Fail unless the value is described, in every field."""
    validator(schema, _CLOSED).validate(value)


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path, method and operation of all that is described."""
    for path, methods in API["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def events(stream: str) -> list[Any]:
    """The JSON objects of a stream of server-sent events."""
    lines = [line.removeprefix("data: ") for line in stream.splitlines() if line.startswith("data: ")]
    return [msgspec.json.decode(line) for line in lines if line != "[DONE]"]


class Client:
    """Calls operations and holds what comes back against the description."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url

    async def call(
        self,
        method: str,
        path: str,
        /,
        body: Any = None,
        data: bytes | None = None,
        query: str = "",
        **names: str,
    ) -> tuple[int, Any, Mapping[str, str]]:
        """Status, body and headers of a response that is as described."""
        answers = API["paths"][path][method]["responses"]
        address = f"{self._url}{path.format(**names)}{query}"
        async with self._session.request(method, address, json=body, data=data) as reply:
            text = await reply.text("utf-8", "replace")
        described = answers[str(reply.status)]
        told = {name.lower() for name in reply.headers if name.lower().startswith(_OURS)} - _UNTOLD
        assert told <= described["headers"].keys()
        assert "x-request-id" in told
        if reply.content_type == "application/json":
            value = msgspec.json.decode(text)
            is_right(described["content"]["application/json"]["schema"], value)
        elif reply.content_type == "application/x-ndjson":
            value = [msgspec.json.decode(line) for line in text.splitlines()]
            for line in value:
                is_right(described["content"]["application/x-ndjson"]["schema"], line)
        elif reply.content_type == "text/event-stream":
            value = events(text)
            for event in value:
                is_right(described["content"]["text/event-stream"]["schema"], event)
        else:
            assert {reply.content_type, "image/*"} & described["content"].keys()
            value = text
        return reply.status, value, reply.headers


@asynccontextmanager
async def calling(url: str, key: str = "") -> AsyncIterator[Client]:
    """A client of the gateway at ``url``."""
    shown = {"authorization": f"Bearer {key}"} if key else {}
    async with aiohttp.ClientSession(headers=shown) as session:
        yield Client(session, url)
