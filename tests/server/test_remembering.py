"""Responses that are kept, through the official client over a real socket."""

from collections.abc import AsyncIterator

import pytest
from openai import AsyncOpenAI, BadRequestError, NotFoundError
from openai.types.responses import ResponseItem
from pydantic import TypeAdapter

from akashchat.errors import BadRequest
from akashchat.server.remembering import recall
from akashchat.simulator import Simulator
from akashchat.storage.base import Kept
from akashchat.storage.responses import ResponseOptions, StoredResponses
from akashchat.storage.sqlite import SqliteDatabase
from akashchat.wire import json
from tests.support.clock import FakeClock
from tests.support.gateway import running
from tests.support.http import call
from tests.support.storing import stored

MODEL = "DeepSeek-V3.2"
ITEM: TypeAdapter[ResponseItem] = TypeAdapter(ResponseItem)


@pytest.fixture
async def client(gateway: str) -> AsyncIterator[AsyncOpenAI]:
    """The official client."""
    async with AsyncOpenAI(base_url=f"{gateway}/v1", api_key="none", max_retries=0) as client:
        yield client


class Counted(StoredResponses):
    """A store that counts how often it is asked."""

    finds = 0

    async def find(self, owner: str, name: str) -> Kept | None:
        """As ever."""
        self.finds += 1
        return await super().find(owner, name)


def naming(*names: str) -> bytes:
    """A body that names items by their ids."""
    return json.encode({"model": MODEL, "input": [{"type": "item_reference", "id": name} for name in names]})


def asked(akash: Simulator) -> str:
    """All that Akash was asked last."""
    return str(akash.chats[-1])


async def test_a_response_is_shown_again(client: AsyncOpenAI, akash: Simulator) -> None:
    """As it was, whole or streamed."""
    whole = await client.responses.create(model=MODEL, input="Hello")
    assert await client.responses.retrieve(whole.id) == whole
    async with client.responses.stream(model=MODEL, input="Hello") as stream:
        final = await stream.get_final_response()
    assert (await client.responses.retrieve(final.id)).output_text == final.output_text


async def test_a_response_goes_on_from_another(client: AsyncOpenAI, akash: Simulator) -> None:
    """What was asked and answered before comes first; the instructions of then do not."""
    akash.say("Blue.")
    first = await client.responses.create(model=MODEL, input="What colour is the sky?", instructions="PIRATE")
    akash.say("Green.")
    second = await client.responses.create(model=MODEL, input="And grass?", previous_response_id=first.id)
    akash.say("White.")
    third = await client.responses.create(model=MODEL, input="And snow?", previous_response_id=second.id)
    assert third.previous_response_id == second.id
    said = asked(akash)
    places = [said.index(text) for text in ("the sky?", "Blue.", "And grass?", "Green.", "And snow?")]
    assert places == sorted(places)
    assert "PIRATE" not in said


async def test_an_item_is_named_by_its_id(client: AsyncOpenAI, akash: Simulator) -> None:
    """An item that was answered before need not be sent again."""
    akash.say("A secret word.")
    first = await client.responses.create(model=MODEL, input="Say it")
    reference = {"type": "item_reference", "id": first.output[0].id}
    await client.responses.create(model=MODEL, input=[reference, {"role": "user", "content": "Again"}])
    assert "A secret word." in asked(akash)


async def test_an_item_with_an_id_of_its_own_is_named_by_it(client: AsyncOpenAI, akash: Simulator) -> None:
    """Where it stands in what came before."""
    item = {"type": "message", "id": "msg_mine", "role": "user", "content": "Foxes"}
    akash.say("Yes.")
    first = await client.responses.create(model=MODEL, input=[item])
    once = asked(akash).count("Foxes")
    named = [{"type": "item_reference", "id": "msg_mine"}]
    await client.responses.create(model=MODEL, input=named, previous_response_id=first.id)
    assert asked(akash).count("Foxes") > once
    with pytest.raises(BadRequestError):
        await client.responses.create(model=MODEL, input=named)


async def test_items_of_one_response_are_read_once(clock: FakeClock) -> None:
    """However many of its items are named, and whether they are there or not."""
    store = Counted(SqliteDatabase("", clock), ResponseOptions(), clock)
    items = b'[{"id":"msg_18000","type":"message","role":"user","content":"x"}]'
    answered = b'{"output":[{"id":"msg_10000","type":"message"}]}'
    store.keep(Kept("resp_1", "me", int(clock.now()), "", answered, items))
    found = (
        await recall(store, "me", naming("msg_18000", "msg_10000", *(f"msg_1{i:04x}" for i in range(9))))
    ).items
    assert (found["msg_18000"]["content"], found["msg_10000"]["type"], len(found)) == ("x", "message", 2)
    assert store.finds == 1
    await store.close()


@pytest.mark.parametrize(("names", "size"), [(257, 1), (3, 30_000_000), (200, 500_000)])
async def test_not_too_much_is_named(clock: FakeClock, names: int, size: int) -> None:
    """Neither in number nor in bytes, also where one item is named again and again."""
    store = stored(clock)
    items = b'[{"id":"msg_18000","type":"message","role":"user","content":"%b"}]' % (b"x" * size)
    store.keep(Kept("resp_1", "me", int(clock.now()), "", b'{"output":[]}', items))
    with pytest.raises(BadRequest) as caught:
        await recall(store, "me", naming(*["msg_18000"] * names))
    assert caught.value.param == "input"
    await store.close()


async def test_what_was_not_kept_is_not_known(client: AsyncOpenAI, akash: Simulator) -> None:
    """``store: false`` is obeyed; an id that is not known is told as OpenAI tells it."""
    forgotten = await client.responses.create(model=MODEL, input="Hello", store=False)
    with pytest.raises(NotFoundError):
        await client.responses.retrieve(forgotten.id)
    with pytest.raises(BadRequestError) as caught:
        await client.responses.create(model=MODEL, input="Hello", previous_response_id=forgotten.id)
    assert (caught.value.code, caught.value.param) == ("previous_response_not_found", "previous_response_id")


async def test_a_response_is_forgotten(client: AsyncOpenAI, akash: Simulator) -> None:
    """Once, and then it is not there."""
    reply = await client.responses.create(model=MODEL, input="Hello")
    await client.responses.delete(reply.id)
    for again in (client.responses.delete, client.responses.retrieve, client.responses.input_items.list):
        with pytest.raises(NotFoundError):
            await again(reply.id)


async def test_what_was_asked_is_listed(client: AsyncOpenAI, akash: Simulator) -> None:
    """In its long form, each item with an id, a page at a time."""
    items = [
        {"role": "user", "content": "One"},
        {"role": "assistant", "content": "Two"},
        {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c", "output": "three"},
        {"role": "user", "content": [{"type": "input_text", "text": "Four"}]},
    ]
    reply = await client.responses.create(model=MODEL, input=items)
    page = await client.responses.input_items.list(reply.id, order="asc", limit=2)
    assert [item.content[0].text for item in page.data] == ["One", "Two"]
    assert page.has_more
    found = [item async for item in page]
    assert [item.type for item in found] == [
        "message", "message", "function_call", "function_call_output", "message"
    ]  # fmt: skip
    for item in found:
        ITEM.validate_json(item.model_dump_json(), strict=True)
    assert len({item.id for item in found}) == 5
    newest = await client.responses.input_items.list(reply.id)
    assert newest.data[0].content[0].text == "Four"


async def test_items_of_one_id_are_paged_through(client: AsyncOpenAI) -> None:
    """A caller may send an item twice, or without a name; nobody goes in a circle over it."""
    names = ("x", "x", "y", "", "")
    items = [{"role": "user", "content": text, "id": name} for text, name in zip("abcde", names, strict=True)]
    reply = await client.responses.create(model=MODEL, input=items)
    listed = []
    async for item in client.responses.input_items.list(reply.id, order="asc", limit=1):
        listed.append(item)
        assert len(listed) <= len(items)
    assert "".join(item.content[0].text for item in listed) == "abcde"
    assert (listed[0].id, listed[2].id) == ("x", "y")
    assert len({item.id for item in listed}) == len(items)


@pytest.mark.parametrize(
    "query", ["order=up", "limit=0", "limit=x", "limit=101", "after=msg_1", "limit=%D9%A3"]
)
async def test_a_page_that_is_none_is_refused(gateway: str, client: AsyncOpenAI, query: str) -> None:
    """With the name of what is wrong."""
    reply = await client.responses.create(model=MODEL, input="Hello")
    page = await call("GET", f"{gateway}/v1/responses/{reply.id}/input_items?{query}")
    assert page.status == 400
    assert page.json()["error"]["param"] == query.partition("=")[0]


async def test_nothing_runs_in_the_background(gateway: str, client: AsyncOpenAI) -> None:
    """So there is nothing to cancel, and nothing to stream again."""
    reply = await client.responses.create(model=MODEL, input="Hello")
    with pytest.raises(BadRequestError):
        await client.responses.cancel(reply.id)
    with pytest.raises(NotFoundError):
        await client.responses.cancel("resp_unknown")
    assert (await call("GET", f"{gateway}/v1/responses/{reply.id}?stream=true")).status == 400


async def test_an_operator_may_keep_nothing(akash: Simulator, clock: FakeClock) -> None:
    """Then the response says that it was not kept, and a wish that it be is named."""
    storage = {"path": ":memory:", "retention_days": 0}
    async with running(akash.url, clock, storage=storage) as url:
        reply = await call("POST", f"{url}/v1/responses", {"model": MODEL, "input": "Hello", "store": True})
        assert reply.json()["store"] is False
        assert reply.headers["x-akashchat-ignored"] == "store"
        assert (await call("GET", f"{url}/v1/responses/{reply.json()['id']}")).status == 404


async def test_what_is_kept_ends_with_its_time(akash: Simulator, clock: FakeClock) -> None:
    """After the days that the operator set."""
    async with running(akash.url, clock, storage={"path": ":memory:", "retention_days": 1}) as url:
        reply = await call("POST", f"{url}/v1/responses", {"model": MODEL, "input": "Hello"})
        address = f"{url}/v1/responses/{reply.json()['id']}"
        assert (await call("GET", address)).status == 200
        await clock.advance(90_000)
        assert (await call("GET", address)).status == 404


async def test_a_key_is_needed_for_what_is_kept(akash: Simulator, clock: FakeClock) -> None:
    """As for everything else."""
    async with running(akash.url, clock, BEARER_TOKEN="secret") as url:
        for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/input_items"), ("POST", "/cancel")):
            assert (await call(method, f"{url}/v1/responses/resp_1{path}")).status == 401
