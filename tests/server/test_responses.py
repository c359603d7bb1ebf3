"""Responses, through the official client over a real socket."""

import pytest
from openai import AsyncOpenAI, BadRequestError, RateLimitError
from pydantic import BaseModel

from akashchat.simulator import Simulator
from tests.support.http import call
from tests.support.responses import events, response

MODEL = "DeepSeek-V3.2"


async def test_a_response_is_answered(gateway: str, akash: Simulator) -> None:
    """The official client gets a whole response, valid to the letter."""
    akash.say("Hi", " there", usage=(17, 10))
    async with AsyncOpenAI(base_url=f"{gateway}/v1", api_key="none") as client:
        reply = await client.responses.create(model=MODEL, input="Hello", instructions="Be brief.")
    assert (reply.status, reply.output_text, reply.model) == ("completed", "Hi there", MODEL)
    assert (reply.usage.input_tokens, reply.usage.output_tokens, reply.usage.total_tokens) == (17, 10, 27)
    assert (reply.temperature, reply.top_p) == (0.85, 1.0)
    asked = await call("POST", f"{gateway}/v1/responses", {"model": MODEL, "input": "Hello"})
    response(asked.body)


async def test_a_response_is_streamed(gateway: str, akash: Simulator) -> None:
    """The official client's helper gives the deltas and then the response."""
    akash.say("Hi", " there")
    async with AsyncOpenAI(base_url=f"{gateway}/v1", api_key="none") as client:
        async with client.responses.stream(model=MODEL, input="Hello") as stream:
            deltas = [event.delta async for event in stream if event.type == "response.output_text.delta"]
            final = await stream.get_final_response()
    assert deltas == ["Hi", " there"]
    assert (final.status, final.output_text) == ("completed", "Hi there")


async def test_a_stream_is_openai_s_to_the_letter(gateway: str, akash: Simulator) -> None:
    """Its events are named, numbered, and none follows the last."""
    akash.say("Hi")
    body = {"model": MODEL, "input": "Hello", "stream": True}
    reply = await call("POST", f"{gateway}/v1/responses", body)
    assert reply.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert [event.type for event in events(reply.body)] == [
        "response.created", "response.in_progress", "response.output_item.added", "response.content_part.added",
        "response.output_text.delta", "response.output_text.done", "response.content_part.done",
        "response.output_item.done", "response.completed",
    ]  # fmt: skip
    assert b"[DONE]" not in reply.body


class Weather(BaseModel):
    """What is asked for."""

    city: str


async def test_a_form_is_parsed(gateway: str, akash: Simulator) -> None:
    """``responses.parse`` of the official client reads the JSON it asked for."""
    akash.say('{"city": "Paris"}')
    async with AsyncOpenAI(base_url=f"{gateway}/v1", api_key="none") as client:
        reply = await client.responses.parse(model=MODEL, input="Where?", text_format=Weather)
    assert reply.output_parsed == Weather(city="Paris")


async def test_a_limit_makes_it_incomplete(gateway: str, akash: Simulator) -> None:
    """The length limit is kept in the gateway and told as OpenAI tells it."""
    akash.say("one two three four five six seven eight")
    body = {"model": MODEL, "input": "Count", "max_output_tokens": 3}
    reply = response((await call("POST", f"{gateway}/v1/responses", body)).body)
    assert (reply.status, reply.incomplete_details.reason) == ("incomplete", "max_output_tokens")


async def test_a_picture_is_a_call_and_a_message(gateway: str, akash: Simulator) -> None:
    """Clients that know pictures find one, and those that do not see it in Markdown."""
    for stream in (False, True):
        body = {"model": "AkashGen", "input": "Draw a fox", "stream": stream}
        reply = await call("POST", f"{gateway}/v1/responses", body)
        found = events(reply.body)[-1].response if stream else response(reply.body)
        call_, message = found.output
        assert (call_.type, call_.status) == ("image_generation_call", "completed")
        assert message.content[0].text.startswith("![")


async def test_a_failure_before_the_first_event_has_its_status(gateway: str, akash: Simulator) -> None:
    """The official client raises what it raises for OpenAI."""
    akash.play("error_429")
    async with AsyncOpenAI(base_url=f"{gateway}/v1", api_key="none", max_retries=0) as client:
        with pytest.raises(RateLimitError):
            await client.responses.create(model=MODEL, input="Hello", stream=True)


async def test_a_failure_in_mid_stream_fails_the_response(gateway: str, akash: Simulator) -> None:
    """The last event says so, with what was said until then."""
    akash.play("cut")
    reply = await call("POST", f"{gateway}/v1/responses", {"model": MODEL, "input": "Hello", "stream": True})
    last = events(reply.body)[-1]
    assert (last.type, last.response.status) == ("response.failed", "failed")
    assert last.response.error.code == "server_error"


async def test_what_nobody_does_is_named(gateway: str) -> None:
    """Tools that OpenAI would run do not fail a request: clients send them unasked."""
    body = {"model": MODEL, "input": "Hello", "tools": [{"type": "web_search"}], "truncation": "auto"}
    reply = await call("POST", f"{gateway}/v1/responses", body)
    assert reply.status == 200
    assert reply.headers["x-akashchat-ignored"] == "tools[web_search], truncation"


async def test_a_bad_body_is_told_in_openai_s_form(gateway: str) -> None:
    """The official client knows what is wrong and where."""
    async with AsyncOpenAI(base_url=f"{gateway}/v1", api_key="none") as client:
        with pytest.raises(BadRequestError) as caught:
            await client.responses.create(model=MODEL, input="Hello", background=True)
    assert caught.value.param == "background"
