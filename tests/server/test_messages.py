"""Messages, through Anthropic's official client over a real socket."""

import asyncio
import base64
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import anthropic
import pytest
from anthropic import AsyncAnthropic
from hypothesis import given, settings
from starlette.types import ASGIApp

from akashchat.dialects import anthropic as form
from akashchat.dialects.messages import Messages
from akashchat.dialects.openai import render_error
from akashchat.errors import GatewayError, InvalidToolCall, QuotaExhausted, RateLimited, UpstreamUnavailable
from akashchat.gateway.gateway import Gateway, GatewayOptions
from akashchat.model.events import (
    Event,
    Failure,
    Finish,
    FinishReason,
    ReasoningDelta,
    Single,
    TextDelta,
    ToolCallDelta,
    ToolCallStart,
    Usage,
)
from akashchat.server.addresses import Addresses
from akashchat.server.answers import AnswerOptions, Answers
from akashchat.server.base import Reading
from akashchat.server.forms import ErrorForms
from akashchat.server.middleware import Boundary, Origins
from akashchat.server.routes import Paths
from akashchat.server.stream import Patience
from akashchat.simulator import Simulator
from tests.support.anthropics import called, calls, check_order, frames, said
from tests.support.clock import CountingChance, FakeClock, HastyClock
from tests.support.gateway import running, served
from tests.support.http import call, calling
from tests.support.keys import OPEN_LINKS, door
from tests.support.limits import limits
from tests.support.upstream import Script, Scripted

MODEL = "DeepSeek-V3.2"
HELLO: Any = [{"role": "user", "content": "Hello"}]
ASK: Any = {"model": MODEL, "max_tokens": 1000, "messages": HELLO}
WEATHER: Any = {"name": "weather", "description": "Tell it", "input_schema": {"type": "object"}}
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()


def client(url: str, key: str = "none") -> AsyncAnthropic:
    """The official client, which tries nothing twice."""
    return AsyncAnthropic(base_url=url, api_key=key, max_retries=0)


def application(*scripts: Script) -> ASGIApp:
    """The endpoint before an upstream that follows scripts."""
    clock, chance = HastyClock(), CountingChance()
    gateway = Gateway(
        Scripted(*scripts), None, door(clock), OPEN_LINKS, [],
        limits=limits(clock), clock=clock, options=GatewayOptions(),
    )  # type: ignore[arg-type]  # fmt: skip
    options = AnswerOptions(
        reading=Reading(limit=10**6, timeout_s=10), patience=Patience(grace_s=10, ping_s=15)
    )
    addresses = Addresses(gateway.links, "", "http://gateway.test")
    answers = Answers(Messages(), gateway, addresses, options, clock, chance)
    own = Origins(allowed=[], public_url="", guarded=False)
    forms = ErrorForms(render_error, {}, {"/v1/messages": form.render_error})
    return Boundary(Paths({"/v1/messages": {"POST": answers}}), own, forms, chance)


@asynccontextmanager
async def scripted(*scripts: Script) -> AsyncIterator[AsyncAnthropic]:
    """The official client of a gateway whose upstream follows scripts."""
    async with served(application(*scripts)) as url, client(url) as asking:
        yield asking


async def test_a_message_is_answered(gateway: str, akash: Simulator) -> None:
    """The official client gets a whole answer, with what it cost and the id of the request."""
    akash.say("Hi", " there", usage=(17, 10))
    async with client(gateway) as asking:
        message = await asking.messages.create(**ASK, system="Be kind.")
    assert [block.to_dict() for block in message.content] == [
        {"type": "text", "text": "Hi there", "citations": []}
    ]
    assert (message.role, message.model, message.stop_reason) == ("assistant", MODEL, "end_turn")
    assert (message.usage.input_tokens, message.usage.output_tokens) == (17, 10)
    assert message.id.startswith("msg_")
    assert message._request_id.startswith("req_")
    assert akash.chats[0].body["system"] == "Be kind."


async def test_a_message_is_streamed(gateway: str, akash: Simulator) -> None:
    """By the helper of the official client, to the same message."""
    akash.say("Hi", " there", usage=(17, 10))
    async with client(gateway) as asking, asking.messages.stream(**ASK) as stream:
        assert [text async for text in stream.text_stream] == ["Hi", " there"]
        message = await stream.get_final_message()
    assert message.content[0].text == "Hi there"
    assert (message.usage.input_tokens, message.usage.output_tokens) == (17, 10)


async def test_the_name_of_a_version_and_of_betas_changes_nothing(gateway: str) -> None:
    """Nor does a query."""
    async with client(gateway) as asking:
        message = await asking.beta.messages.create(**ASK, betas=["context-1m-2025-08-07", "anything"])
    assert message.content[0].type == "text"


async def test_a_stop_sequence_is_told(gateway: str, akash: Simulator) -> None:
    """The answer ends before it; streamed or not, the client learns which it was."""
    for _ in range(2):
        akash.say("one EN", "D two")
    asked = {**ASK, "stop_sequences": ["two", "END"]}
    async with client(gateway) as asking:
        whole = await asking.messages.create(**asked)
        async with asking.messages.stream(**asked) as stream:
            streamed = await stream.get_final_message()
    for message in (whole, streamed):
        assert (message.stop_reason, message.stop_sequence) == ("stop_sequence", "END")
        assert message.content[0].text == "one "


async def test_a_limit_is_told(gateway: str, akash: Simulator) -> None:
    """The answer ends with ``max_tokens``."""
    akash.say("one two three four five six seven")
    async with client(gateway) as asking:
        message = await asking.messages.create(**{**ASK, "max_tokens": 2})
    assert message.stop_reason == "max_tokens"


async def test_thoughts_are_shown_to_who_asks(gateway: str, akash: Simulator) -> None:
    """In a block before the text; who does not ask gets the text alone."""
    for _ in range(3):
        akash.say("<think>Hm.</think>\n\nHi")
    async with client(gateway) as asking:
        plain = await asking.messages.create(**ASK)
        thought = await asking.messages.create(**ASK, thinking={"type": "adaptive"})
        async with asking.messages.stream(**ASK, thinking={"type": "adaptive"}) as stream:
            streamed = await stream.get_final_message()
    assert [block.type for block in plain.content] == ["text"]
    for message in (thought, streamed):
        assert [block.type for block in message.content] == ["thinking", "text"]
        assert message.content[0].thinking.strip() == "Hm."


CALLED: Sequence[Event] = [
    ReasoningDelta("Hm."),
    TextDelta("I look."),
    ToolCallStart("toolu_1", "weather"),
    ToolCallDelta("toolu_1", '{"place": '),
    ToolCallDelta("toolu_1", '"Oslo"}'),
    ToolCallStart("toolu_2", "weather"),
    Finish(FinishReason.TOOL_CALLS, Usage(3, 4)),
]


async def test_tools_are_called() -> None:
    """Streamed or not, the client gets text and calls with parsed input."""
    async with scripted([CALLED]) as asking:
        whole = await asking.messages.create(**ASK, tools=[WEATHER])
        async with asking.messages.stream(**ASK, tools=[WEATHER]) as stream:
            events = [event.type async for event in stream]
            streamed = await stream.get_final_message()
    for message in (whole, streamed):
        assert message.stop_reason == "tool_use"
        assert [block.type for block in message.content] == ["text", "tool_use", "tool_use"]
        assert [given for _, _, given in calls(message)] == [{"place": "Oslo"}, {}]
        assert message.usage.output_tokens == 4
    assert events.count("input_json") == 2


async def test_a_conversation_with_tools_goes_on(gateway: str, akash: Simulator) -> None:
    """What the client got, it sends back with the results, pictures included."""
    async with scripted([CALLED]) as asking:
        message = await asking.messages.create(**ASK, tools=[WEATHER], thinking={"type": "adaptive"})
    picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}}
    results: list[Any] = [
        {"type": "tool_result", "tool_use_id": "toolu_1", "content": "Rain."},
        {"type": "tool_result", "tool_use_id": "toolu_2", "content": [picture], "is_error": True},
    ]
    turns: Any = [*HELLO, message.to_param(), {"role": "user", "content": results}]
    async with client(gateway) as asking:
        await asking.messages.create(model=MODEL, max_tokens=1000, messages=turns)
    sent = akash.chats[0].body["messages"]
    assert "Rain." in str(sent)
    assert "Hm." not in str(sent)
    assert sent[-1]["experimental_attachments"][0]["url"].endswith(PNG)


async def test_pictures_go_along(gateway: str, akash: Simulator) -> None:
    """As Akash takes them."""
    content: Any = [
        {"type": "text", "text": "What is it?"},
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}},
    ]
    async with client(gateway) as asking:
        await asking.messages.create(
            model=MODEL, max_tokens=9, messages=[{"role": "user", "content": content}]
        )
    (sent,) = akash.chats[0].body["messages"]
    assert sent["experimental_attachments"] == [
        {"contentType": "image/png", "url": f"data:image/png;base64,{PNG}"}
    ]


async def test_a_picture_is_answered_as_text(gateway: str) -> None:
    """In Markdown, with an address where it can be fetched."""
    async with client(gateway) as asking:
        message = await asking.messages.create(
            model="AkashGen", max_tokens=1000, messages=[{"role": "user", "content": "Draw a red fox"}]
        )
    address = message.content[0].text.rpartition("(")[2].rstrip(")")
    assert (await call("GET", address)).status == 200


async def test_counting_agrees_with_usage(gateway: str, akash: Simulator) -> None:
    """Where Akash does not tell what an answer cost."""
    akash.say("Hi", usage=None)
    async with client(gateway) as asking:
        counted = await asking.messages.count_tokens(model=MODEL, messages=HELLO, system="Be kind.")
        answered = await asking.messages.create(**ASK, system="Be kind.")
        more = await asking.messages.count_tokens(model="none", messages=HELLO, tools=[WEATHER])
    assert counted.input_tokens == answered.usage.input_tokens > 0
    assert more.input_tokens > 0


FAILURES: list[tuple[GatewayError, type[anthropic.APIStatusError], str]] = [
    (RateLimited("Slower."), anthropic.RateLimitError, "rate_limit_error"),
    (QuotaExhausted("Spent."), anthropic.RateLimitError, "rate_limit_error"),
    (UpstreamUnavailable("Away."), anthropic.ServiceUnavailableError, "overloaded_error"),
    (InvalidToolCall("No."), anthropic.InternalServerError, "api_error"),
]


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(("failure", "kind", "name"), FAILURES)
async def test_failures_are_the_clients_own(
    failure: GatewayError, kind: type[anthropic.APIStatusError], name: str, *, stream: bool
) -> None:
    """With Anthropic's type, its words and the id of the request."""
    async with scripted(failure) as asking:
        with pytest.raises(kind) as caught:
            await asking.messages.create(**ASK, stream=stream)
    told = caught.value.body["error"]
    assert (told["type"], told["message"]) == (name, failure.message)
    assert told.get("details", {}).get("error_code") == failure.code
    assert caught.value.body["request_id"] == caught.value.request_id
    assert caught.value.request_id


async def test_a_failure_in_mid_stream_is_raised() -> None:
    """The client that has had text already learns that it is not all."""
    async with scripted([[TextDelta("Hi")], [Failure(UpstreamUnavailable("Away."))]]) as asking:
        async with asking.messages.stream(**ASK) as stream:
            with pytest.raises(anthropic.APIStatusError) as caught:
                await stream.until_done()
    assert caught.value.body["error"]["type"] == "overloaded_error"


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "kind"),
    [
        ("POST", "/v1/messages", {"model": MODEL, "messages": HELLO}, 400, "invalid_request_error"),
        ("POST", "/v1/messages", None, 400, "invalid_request_error"),
        ("GET", "/v1/messages", None, 405, "invalid_request_error"),
        ("POST", "/v1/messages/batches", {}, 404, "not_found_error"),
        ("POST", "/v1/messages", {**ASK, "model": "none"}, 404, "not_found_error"),
        ("POST", "/v1/messages", {**ASK, "system": " " * 2000}, 413, "request_too_large"),
        ("GET", "/v1/messages/count_tokens", None, 405, "invalid_request_error"),
    ],
)
async def test_errors_have_anthropics_form(
    akash: Simulator, method: str, path: str, body: Any, status: int, kind: str
) -> None:
    """Whoever finds them; ``request-id`` names the request as the body does."""
    async with running(akash.url, HastyClock(), server={"max_body_bytes": 1_000}) as gateway:
        reply = await call(method, gateway + path, body)
    assert reply.status == status
    assert (reply.json()["type"], reply.json()["error"]["type"]) == ("error", kind)
    assert reply.json()["request_id"] == reply.headers["request-id"] == reply.headers["x-request-id"]


async def test_a_key_is_shown_either_way(akash: Simulator) -> None:
    """``x-api-key`` or a bearer; without one it is an authentication error."""
    async with running(akash.url, HastyClock(), BEARER_TOKEN="sesame") as gateway:
        async with client(gateway, "sesame") as asking:
            await asking.messages.create(**ASK)
        async with AsyncAnthropic(base_url=gateway, auth_token="sesame", max_retries=0) as asking:
            await asking.messages.count_tokens(model=MODEL, messages=HELLO)
        async with client(gateway, "wrong") as asking:
            with pytest.raises(anthropic.AuthenticationError) as caught:
                await asking.messages.create(**ASK)
    assert caught.value.body["error"]["type"] == "authentication_error"


async def test_silence_is_filled_with_pings(akash: Simulator, clock: FakeClock) -> None:
    """By events that clients of Anthropic know, before the first token too."""
    akash.play("stall_first_byte")
    async with running(akash.url, clock) as gateway:
        async with calling("POST", f"{gateway}/v1/messages", {**ASK, "stream": True}) as caller:
            await akash.stalled()
            await clock.advance(10.1)
            assert (await caller.head())[0] == 200
            begun = await caller.until(b"message_start")
            await clock.advance(15)
            pinged = await caller.until(b'event: ping\ndata: {"type":"ping"}\n\n')
            akash.resume()
            rest = await caller.rest()
    assert begun
    assert pinged
    assert b"event: message_stop" in rest


async def test_a_stream_is_anthropics_to_the_letter(akash: Simulator, gateway: str) -> None:
    """Event by event, each named by its type."""
    akash.say("Hi", " there", usage=(17, 10))
    reply = await call("POST", f"{gateway}/v1/messages", {**ASK, "stream": True})
    assert reply.headers["content-type"] == "text/event-stream; charset=utf-8"
    check_order(reply.body)
    start, *blocks, delta, stop = [frame.json() for frame in frames(reply.body)]
    assert start["message"]["content"] == []
    assert start["message"]["usage"]["input_tokens"] == 0
    assert blocks == [
        {
            "type": "content_block_start",
            "index": 0,
            "content_block": {"type": "text", "text": "", "citations": []},
        },
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hi"}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": " there"}},
        {"type": "content_block_stop", "index": 0},
    ]
    assert (delta["usage"]["input_tokens"], delta["usage"]["output_tokens"]) == (17, 10)
    assert stop == {"type": "message_stop"}


async def test_what_nobody_does_is_named(gateway: str, akash: Simulator) -> None:
    """A beginning of the answer among it: the model answers to it and does not go on with it."""
    turns: Any = [*HELLO, {"role": "assistant", "content": "Once"}]
    async with client(gateway) as asking:
        reply = await asking.messages.with_raw_response.create(
            model=MODEL, max_tokens=9, messages=turns, extra_body={"top_k": 5, "temperature": 0.5}
        )
    assert reply.headers["x-akashchat-ignored"] == "prefill, top_k"
    assert akash.chats[0].body["messages"][-1]["role"] == "assistant"


@given(called())
@settings(max_examples=25)
def test_any_answer_is_the_same_streamed_and_whole(answer: list[Single]) -> None:
    """Over a socket, as the official client has it in the end."""
    asyncio.run(compare(answer))


async def compare(answer: list[Single]) -> None:
    """Ask twice, and fail unless the answers are one."""
    async with scripted([[event] for event in answer]) as asking:
        if isinstance(answer[-1], Failure):
            with pytest.raises(anthropic.APIStatusError):
                await asking.messages.create(**ASK)
            with pytest.raises(anthropic.APIStatusError):
                async with asking.messages.stream(**ASK) as stream:
                    await stream.until_done()
            return
        whole = await asking.messages.create(**ASK, thinking={"type": "adaptive"})
        async with asking.messages.stream(**ASK, thinking={"type": "adaptive"}) as stream:
            streamed = await stream.get_final_message()
    assert calls(whole) == calls(streamed)
    for kind, field in (("thinking", "thinking"), ("text", "text")):
        assert said(whole, kind, field) == said(streamed, kind, field)
    assert (whole.stop_reason, whole.usage.output_tokens) == (
        streamed.stop_reason,
        streamed.usage.output_tokens,
    )
