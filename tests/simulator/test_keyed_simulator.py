"""The stand-in for upstreams by key: the official client reads its answers, and each fault is what it is called."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import jsonschema
import openai
import pytest

from akashchat.simulator.keyed import ANSWER, FAULTS, KeyedModel, KeyedSimulator
from tests.support.http import call

MODEL = "meta-llama/Llama-3.3-70B-Instruct"
THINKS = "deepseek-ai/DeepSeek-V3.2"
NO_PREFILL = "openai/gpt-oss-20b"
HELLO = [{"role": "user", "content": "Hello"}]
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOLS = [{"type": "function", "function": {"name": "get_weather", "parameters": SCHEMA}}]

OUTCOMES = """
    429       rate_limited rate_limited_long rate_limited_silent rate_limited_reset quota_spent
    401       key_rejected
    402       out_of_credit
    403       forbidden bot_check
    404       model_gone
    408       timed_out_408
    500       error_500 server_500 error_as_text error_as_message error_empty
    502       bad_gateway_502
    503       overloaded_503 unavailable_503 flapping
    504       no_backend_504
    529       no_backend_529
    400       context_too_long context_too_long_told content_refused content_filtered parameter_refused
    422       invalid_422
    308       moved
    broken    bad_http drop_before_headers hang_up_before_headers cut cut_first reset cut_in_thoughts cut_in_call
    unended   cut_politely cut_done cut_in_frame html_200 error_in_stream error_first
    ended     malformed strays starts_over finish_length finish_filter empty thoughts_only huge_line
    ended     whole_reply interleaved_calls calls_at_once calls_without_ids
    ended     stall slow_first_token stall_first_byte trickle gzip line_ends_crlf line_ends_cr byte_order_mark
    ended     comments data_in_lines torn plain no_done no_usage usage_in_last_chunk usage_in_every_chunk
    ended     nulls finish_odd thoughts_in_tags end_with_text after_the_end
"""
"""What a caller sees of each, the gateway not being there."""

ROWS = [(name, row.split()[0]) for row in OUTCOMES.strip().splitlines() for name in row.split()[1:]]


@pytest.fixture
async def keyed() -> AsyncIterator[KeyedSimulator]:
    """An API that wants a key."""
    async with KeyedSimulator(key="akml-x") as running:
        yield running


@pytest.fixture
async def client(keyed: KeyedSimulator) -> AsyncIterator[openai.AsyncOpenAI]:
    """The official client, which asks once."""
    async with openai.AsyncOpenAI(base_url=keyed.base_url, api_key="akml-x", max_retries=0) as made:
        yield made


async def asked(client: openai.AsyncOpenAI, **options: Any) -> Any:
    """An answer to a question."""
    return await client.chat.completions.create(**{"model": MODEL, "messages": HELLO, **options})


async def streamed(keyed: KeyedSimulator, **options: Any) -> str:
    """What comes of a stream, in one word."""
    body = {"model": MODEL, "messages": HELLO, "stream": True, **options}
    head = {"Authorization": "Bearer akml-x"}
    async with aiohttp.ClientSession(headers=head) as session:
        try:
            url = f"{keyed.base_url}/chat/completions"
            async with session.post(url, json=body, allow_redirects=False) as reply:
                text = await reply.text()
        except aiohttp.ClientError:
            return "broken"
    if reply.status != 200:
        return str(reply.status)
    return "ended" if re.search(r'"finish_reason": ?"', text) else "unended"


def test_the_answer_has_sixty_words() -> None:
    """Whoever counts them knows a whole answer from a cut one."""
    assert len(ANSWER.split()) == 60


async def test_it_answers_the_official_client(client: openai.AsyncOpenAI) -> None:
    """At once and in pieces, with thoughts where the model thinks, and usage where it is asked for."""
    assert [model.id async for model in client.models.list()][:2] == [THINKS, MODEL]
    whole = await asked(client, model=THINKS)
    assert whole.choices[0].message.content == ANSWER
    assert whole.choices[0].message.reasoning_content
    async with client.chat.completions.stream(
        model=MODEL, messages=HELLO, stream_options={"include_usage": True}
    ) as stream:
        last = await stream.get_final_completion()
    assert last.choices[0].message.content == ANSWER
    assert last.choices[0].finish_reason == "stop"
    assert last.usage
    assert last.usage.completion_tokens == 60


async def test_it_calls_and_writes_json(client: openai.AsyncOpenAI) -> None:
    """The tool that a question speaks of is called, and a schema gets a value that fits it."""
    question = [{"role": "user", "content": "What is the weather in `Paris`?"}]
    one = await asked(client, messages=question, tools=TOOLS)
    (made,) = one.choices[0].message.tool_calls
    assert (made.function.name, json.loads(made.function.arguments)) == ("get_weather", {"city": "Paris"})
    assert one.choices[0].finish_reason == "tool_calls"
    answered = [
        *question,
        one.choices[0].message,
        {"role": "tool", "tool_call_id": made.id, "content": "sun"},
    ]
    assert (await asked(client, messages=answered, tools=TOOLS)).choices[0].message.content == ANSWER
    assert (await asked(client, tools=TOOLS, tool_choice="required")).choices[0].message.tool_calls
    form = {"type": "json_schema", "json_schema": {"name": "place", "schema": SCHEMA}}
    text = (await asked(client, response_format=form)).choices[0].message.content
    jsonschema.validate(json.loads(text), SCHEMA)


async def test_it_goes_on_when_asked_to(client: openai.AsyncOpenAI) -> None:
    """From the beginning of an answer, unless the model refuses that, or from the words that a question quotes."""
    begun = {"role": "assistant", "content": ANSWER[:100]}
    rest = await asked(client, messages=[*HELLO, begun])
    assert ANSWER[:100] + rest.choices[0].message.content == ANSWER
    with pytest.raises(openai.BadRequestError, match="prefill"):
        await asked(client, model=NO_PREFILL, messages=[*HELLO, begun])
    quoting = {"role": "user", "content": f"It was cut. Go on from «{ANSWER[60:100]}»."}
    rest = await asked(client, messages=[*HELLO, begun, quoting])
    assert ANSWER[:60] + rest.choices[0].message.content == ANSWER


async def test_it_wants_its_key_and_knows_its_models(
    keyed: KeyedSimulator, client: openai.AsyncOpenAI
) -> None:
    """A wrong key is 401 everywhere, a model it does not list is 404, an unknown path too."""
    with pytest.raises(openai.AuthenticationError):
        await asked(client.with_options(api_key="akml-y"))
    with pytest.raises(openai.NotFoundError) as missing:
        await asked(client, model="gpt-9")
    assert missing.value.code == "model_not_found"
    assert (
        await call("GET", f"{keyed.base_url}/nowhere", None, {"Authorization": "Bearer akml-x"})
    ).status == 404


async def test_it_has_more_than_chat(keyed: KeyedSimulator, client: openai.AsyncOpenAI) -> None:
    """Embeddings, moderation, speech."""
    made = await client.embeddings.create(model=MODEL, input=["a", "bb"], encoding_format="float")
    assert [row.embedding[0] for row in made.data] == [0.01, 0.02]
    assert not (await client.moderations.create(model=MODEL, input="a")).results[0].flagged
    spoken = await client.audio.speech.create(model=MODEL, voice="alloy", input="a")
    assert spoken.read().startswith(b"ID3")
    keyed.play("overloaded_503", at="other")
    with pytest.raises(openai.InternalServerError):
        await client.embeddings.create(model=MODEL, input="a")


async def test_it_lists_as_a_vllm_does() -> None:
    """A vLLM has another word for how much fits."""
    async with KeyedSimulator(models=[KeyedModel(id="mine", context_length=99)], vllm=True) as running:
        (row,) = (await call("GET", f"{running.base_url}/models")).json()["data"]
    assert (row["id"], row["max_model_len"]) == ("mine", 99)


def test_every_fault_has_its_outcome() -> None:
    """A new one begins with a line in the table."""
    assert {name for name, _ in ROWS} == FAULTS.keys()


@pytest.mark.parametrize(("fault", "outcome"), ROWS)
async def test_faults(keyed: KeyedSimulator, fault: str, outcome: str) -> None:
    """Each is what it is called."""
    keyed.play(fault)
    question = (
        {"messages": [{"role": "user", "content": "The weather?"}], "tools": TOOLS} if "call" in fault else {}
    )
    asking = asyncio.create_task(streamed(keyed, **question))
    if "stall" in fault or fault == "slow_first_token":
        await keyed.stalled()
        keyed.resume()
    assert await asking == outcome


async def test_faults_can_be_for_one_model(keyed: KeyedSimulator) -> None:
    """One that has a number comes so often, one for a model strikes no other, and a reset ends them."""
    keyed.play("overloaded_503", times=2, model=THINKS)
    keyed.play("no_backend_529", times=None, model=NO_PREFILL)
    assert [await streamed(keyed, model=THINKS) for _ in range(3)] == ["503", "503", "ended"]
    assert [await streamed(keyed, model=NO_PREFILL) for _ in range(3)] == ["529"] * 3
    assert await streamed(keyed) == "ended"
    keyed.reset()
    assert await streamed(keyed, model=NO_PREFILL) == "ended"


async def test_flapping_is_every_other_request(keyed: KeyedSimulator) -> None:
    """Down, up, down, up."""
    keyed.play("flapping", times=None)
    assert [await streamed(keyed) for _ in range(4)] == ["503", "ended", "503", "ended"]
