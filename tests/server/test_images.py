"""Pictures: in chat, as images, and as files."""

import base64

import pytest
from openai import AsyncOpenAI, BadRequestError

from akashchat.simulator import Simulator
from tests.support.clock import FakeClock, HastyClock
from tests.support.gateway import running
from tests.support.http import call, calling

HARD_PROMPT = "a cat's \"hat\"\nbeside C:\\new\\' and <tags>"


async def test_a_picture_by_address(akash: Simulator, gateway: str) -> None:
    """The official client gets an address at the gateway, where the picture is."""
    async with AsyncOpenAI(base_url=f"{gateway}/v1", api_key="none") as client:
        images = await client.images.generate(model="AkashGen", prompt="a red fox")
    assert images.data is not None
    url = images.data[0].url or ""
    assert url.startswith(f"{gateway}/v1/images/files/job_")
    picture = await call("GET", url)
    assert picture.status == 200
    assert picture.headers["content-type"] == "image/webp"
    assert picture.body[:4] == b"RIFF"


async def test_a_picture_as_data(akash: Simulator, gateway: str) -> None:
    """``b64_json`` holds the same bytes."""
    async with AsyncOpenAI(base_url=f"{gateway}/v1", api_key="none") as client:
        images = await client.images.generate(
            model="dall-e-3", prompt="a red fox", response_format="b64_json"
        )
    assert images.data is not None
    assert base64.b64decode(images.data[0].b64_json or "")[:4] == b"RIFF"
    assert images.output_format == "webp"


async def test_several_pictures(akash: Simulator, gateway: str) -> None:
    """``n`` of them, each its own."""
    body = {"prompt": "a fox", "n": 3}
    data = (await call("POST", f"{gateway}/v1/images/generations", body)).json()["data"]
    assert len({picture["url"] for picture in data}) == 3


async def test_a_size_that_cannot_be_honoured_is_named(gateway: str) -> None:
    """And the one there is, is not."""
    url = f"{gateway}/v1/images/generations"
    other = await call("POST", url, {"prompt": "a fox", "size": "512x512", "quality": "hd"})
    same = await call("POST", url, {"prompt": "a fox", "size": "1024x1024"})
    assert other.headers["x-akashchat-ignored"] == "quality, size"
    assert "x-akashchat-ignored" not in same.headers


async def test_a_prompt_reaches_akash_and_comes_back_exact(akash: Simulator, gateway: str) -> None:
    """With quotes, line breaks and backslashes, which Akash's reply does not escape."""
    reply = await call("POST", f"{gateway}/v1/images/generations", {"prompt": HARD_PROMPT})
    assert akash.chats[-1].body["messages"][-1]["content"] == HARD_PROMPT
    assert HARD_PROMPT in reply.json()["data"][0]["revised_prompt"]


async def test_text_instead_of_a_picture_fails_as_what_it_is(akash: Simulator, gateway: str) -> None:
    """The prompt's fault, not the server's, and the text is quoted."""
    akash.play("image_text")
    async with AsyncOpenAI(base_url=f"{gateway}/v1", api_key="none", max_retries=0) as client:
        with pytest.raises(BadRequestError) as caught:
            await client.images.generate(prompt="a fox")
    assert caught.value.code == "no_image"
    assert "simulator" in caught.value.message


@pytest.mark.parametrize(
    ("scenario", "status", "code"),
    [
        ("image_failed", 502, "image_generation_failed"),
        ("image_failed_text", 502, "image_generation_failed"),
        ("image_no_job", 502, "image_generation_failed"),
        ("image_error_500", 502, "image_generation_failed"),
        ("image_error_line", 502, "image_generation_failed"),
        ("image_status_500", 502, "upstream_error"),
        ("image_never", 504, "image_generation_timeout"),
    ],
)
async def test_troubles_are_told_apart(
    akash: Simulator, clock: FakeClock, scenario: str, status: int, code: str
) -> None:
    """Each by its own code."""
    akash.play(scenario, times=None)
    async with (
        running(akash.url, clock) as gateway,
        calling("POST", f"{gateway}/v1/images/generations", {"prompt": "a fox"}) as caller,
    ):
        await akash.arrived()
        while not caller.answered:  # time passes only for who waits for the picture
            await clock.advance(1 if clock.sleeping else 0)
        assert (await caller.head())[0] == status
        assert f'"code":"{code}"'.encode() in await caller.rest()


async def test_a_job_that_is_not_known_yet_is_waited_for(akash: Simulator, clock: FakeClock) -> None:
    """Right after its creation Akash may answer 404."""
    akash.play("image_404_then_ready")
    async with (
        running(akash.url, clock) as gateway,
        calling("POST", f"{gateway}/v1/images/generations", {"prompt": "a fox"}) as caller,
    ):
        while not caller.answered:
            await clock.advance(1 if clock.sleeping else 0)
        assert (await caller.head())[0] == 200


async def test_a_picture_in_chat_is_both_objects(akash: Simulator, gateway: str) -> None:
    """A ``chat.completion`` with the picture in Markdown, and the Go project's ``data``."""
    body = {"model": "AkashGen", "messages": [{"role": "user", "content": "Draw a fox"}]}
    reply = (await call("POST", f"{gateway}/v1/chat/completions", body)).json()
    assert reply["code"] == 200
    assert set(reply["data"]) == {"model", "jobId", "prompt", "pic"}
    assert reply["object"] == "chat.completion"
    assert reply["data"]["pic"] in reply["choices"][0]["message"]["content"]
    assert reply["usage"]["estimated"] is True


async def test_a_stream_tells_how_far_the_picture_is(akash: Simulator, gateway: str) -> None:
    """The place in the queue as thoughts, then the picture."""
    body = {"model": "AkashGen", "messages": [{"role": "user", "content": "Draw a fox"}], "stream": True}
    *chunks, done = (await call("POST", f"{gateway}/v1/chat/completions", body)).events()
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks]
    assert done == "[DONE]"
    assert any("position" in delta.get("reasoning_content", "") for delta in deltas)
    assert any(delta.get("content", "").startswith("![") for delta in deltas)


async def test_progress_may_be_comments(akash: Simulator) -> None:
    """For clients that show thoughts and should not."""
    body = {"model": "AkashGen", "messages": [{"role": "user", "content": "Draw a fox"}], "stream": True}
    async with running(akash.url, HastyClock(), chat={"progress": "comment"}) as gateway:
        reply = await call("POST", f"{gateway}/v1/chat/completions", body)
    assert any("position" in comment for comment in reply.comments())
    assert b"reasoning_content" not in reply.body


async def test_a_streamed_image_request(akash: Simulator, gateway: str) -> None:
    """One ``image_generation.completed``."""
    async with AsyncOpenAI(base_url=f"{gateway}/v1", api_key="none") as client:
        stream = await client.images.generate(model="gpt-image-1", prompt="a fox", stream=True)
        events = [event async for event in stream]
    assert [event.type for event in events] == ["image_generation.completed"]
    assert base64.b64decode(events[0].b64_json)[:4] == b"RIFF"


async def test_a_picture_s_address_carries_its_permission(akash: Simulator) -> None:
    """Where a key is needed, a browser needs none for an address the gateway gave out, and only for that."""
    key = {"Authorization": "Bearer secret"}
    async with running(akash.url, HastyClock(), BEARER_TOKEN="secret") as gateway:
        reply = await call("POST", f"{gateway}/v1/images/generations", {"prompt": "a fox"}, key)
        url = reply.json()["data"][0]["url"]
        signed = await call("GET", url)
        unsigned = await call("GET", url.partition("?")[0])
        forged = await call("GET", url[:-1] + ("0" if url[-1] != "0" else "1"))
        with_key = await call("GET", url.partition("?")[0], headers=key)
    assert [signed.status, unsigned.status, forged.status, with_key.status] == [200, 401, 401, 200]


@pytest.mark.parametrize("name", ["nope.webp", "..%2f..%2fapi%2fmodels", ".env", "a b", "%00", "x" * 300])
async def test_only_pictures_are_fetched(akash: Simulator, gateway: str, name: str) -> None:
    """A name that is no picture's is not found, and no other address of Akash is called."""
    reply = await call("GET", f"{gateway}/v1/images/files/{name.replace(' ', '%20')}")
    assert reply.status == 404
    assert {one.path.rpartition("/")[0] for one in akash.requests} <= {"/api/image"}
