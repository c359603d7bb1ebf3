"""The official clients as referees: they read the very bytes that our own readers read.

Each gives the text it would hand to its user, or None where it raises; so what is told as a failure must
raise, and a whole answer must come whole.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import anthropic
import httpx
import httpx2
import ollama
import openai

from faults.wire import Seen

_DROPPED = ("content-length", "transfer-encoding", "connection")
_QUESTION: Any = [{"role": "user", "content": "Hello"}]


def _headers(seen: Seen) -> dict[str, str]:
    return {name: value for name, value in seen.headers.items() if name not in _DROPPED}


def _openai(seen: Seen) -> openai.OpenAI:
    transport = httpx2.MockTransport(
        lambda _: httpx2.Response(seen.status, headers=_headers(seen), content=seen.body)
    )
    client = httpx2.Client(transport=transport)
    return openai.OpenAI(api_key="x", base_url="http://seen/v1", max_retries=0, http_client=client)


def _anthropic(seen: Seen) -> anthropic.Anthropic:
    transport = httpx2.MockTransport(
        lambda _: httpx2.Response(seen.status, headers=_headers(seen), content=seen.body)
    )
    client = httpx2.Client(transport=transport)
    return anthropic.Anthropic(api_key="x", base_url="http://seen", max_retries=0, http_client=client)


def _ollama(seen: Seen) -> ollama.Client:
    transport = httpx.MockTransport(
        lambda _: httpx.Response(seen.status, headers=_headers(seen), content=seen.body)
    )
    return ollama.Client(host="http://seen", transport=transport)


_ERRORS = (openai.OpenAIError, anthropic.AnthropicError, ollama.ResponseError)

C = TypeVar("C", openai.OpenAI, anthropic.Anthropic, ollama.Client)


def _heard(client: C, said: Callable[[C], str]) -> str | None:
    """What is said, or None where the client raises an error of its own."""
    with client:
        try:
            return said(client)
        except _ERRORS:
            return None


def chat(seen: Seen, stream: bool) -> str | None:
    """``openai``'s chat completions."""

    def said(client: openai.OpenAI) -> str:
        api = client.chat.completions
        if not stream:
            return api.create(model="m", messages=_QUESTION).choices[0].message.content or ""
        chunks = api.create(model="m", messages=_QUESTION, stream=True)
        return "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)

    return _heard(_openai(seen), said)


def completion(seen: Seen, stream: bool) -> str | None:
    """``openai``'s completions."""

    def said(client: openai.OpenAI) -> str:
        api = client.completions
        if not stream:
            return api.create(model="m", prompt="Hello").choices[0].text
        chunks = api.create(model="m", prompt="Hello", stream=True)
        return "".join(choice.text for chunk in chunks for choice in chunk.choices)

    return _heard(_openai(seen), said)


def response(seen: Seen, stream: bool) -> str | None:
    """``openai``'s responses; a response that failed raises no error there but says so in its status."""

    def said(client: openai.OpenAI) -> str:
        api = client.responses
        if not stream:
            whole = api.create(model="m", input="Hello")
        else:
            with api.stream(model="m", input="Hello") as events:
                last = [event for event in events if event.type in _ENDS][-1]
            whole = last.response  # type: ignore[union-attr]
        if whole.status == "failed":
            raise openai.OpenAIError(whole.error.message if whole.error else "failed")
        return whole.output_text

    return _heard(_openai(seen), said)


_ENDS = ("response.completed", "response.incomplete", "response.failed")


def message(seen: Seen, stream: bool) -> str | None:
    """``anthropic``'s messages."""

    def said(client: anthropic.Anthropic) -> str:
        api = client.messages
        if not stream:
            whole: Any = api.create(model="m", max_tokens=9, messages=_QUESTION)
        else:
            with api.stream(model="m", max_tokens=9, messages=_QUESTION) as events:
                whole = events.get_final_message()
        return "".join(block.text for block in whole.content if block.type == "text")

    return _heard(_anthropic(seen), said)


def ollama_chat(seen: Seen, stream: bool) -> str | None:
    """``ollama``'s chat."""

    def said(client: ollama.Client) -> str:
        if not stream:
            return client.chat("m", _QUESTION).message.content or ""
        return "".join(part.message.content or "" for part in client.chat("m", _QUESTION, stream=True))

    return _heard(_ollama(seen), said)


def ollama_generate(seen: Seen, stream: bool) -> str | None:
    """``ollama``'s generate."""

    def said(client: ollama.Client) -> str:
        if not stream:
            return client.generate("m", "Hello").response or ""
        return "".join(part.response or "" for part in client.generate("m", "Hello", stream=True))

    return _heard(_ollama(seen), said)


def image(seen: Seen, stream: bool) -> str | None:
    """``openai``'s images."""

    def said(client: openai.OpenAI) -> str:
        api = client.images
        if not stream:
            return (api.generate(prompt="a fox").data or [])[0].b64_json or ""
        events = list(api.generate(prompt="a fox", stream=True))
        return "".join(event.b64_json for event in events)

    return _heard(_openai(seen), said)
