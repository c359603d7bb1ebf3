"""The model list, in OpenAI's shape and in Akash's."""

from openai import AsyncOpenAI

from akashchat.simulator import Simulator
from tests.support.clock import FakeClock
from tests.support.gateway import running
from tests.support.http import call

DOCUMENTED = {
    "id", "name", "description", "temperature", "top_p", "tokenLimit", "parameters", "architecture", "hf_repo",
    "aboutContent", "infoContent", "thumbnailId", "deployUrl", "available",
}  # fmt: skip


def asked(akash: Simulator) -> int:
    """How often Akash was asked for its list."""
    return sum(one.path == "/api/models/" for one in akash.requests)


async def test_the_official_client_lists_models(gateway: str) -> None:
    """With OpenAI's fields and the documented ones, numbers as numbers in both versions of Akash."""
    async with AsyncOpenAI(base_url=f"{gateway}/v1", api_key="none") as client:
        models = [model async for model in client.models.list()]
    chosen = next(model for model in models if model.id == "DeepSeek-V3.2").model_dump()
    assert chosen["object"] == "model"
    assert chosen.keys() >= DOCUMENTED | {"created", "owned_by", "context_length"}
    assert isinstance(chosen["temperature"], float)
    assert chosen["tokenLimit"] == chosen["context_length"] > 0


async def test_a_model_whose_id_has_a_slash(gateway: str) -> None:
    """The whole rest of the path is the id, escaped or not."""
    plain = await call("GET", f"{gateway}/v1/models/Qwen/Qwen3-30B-A3B")
    escaped = await call("GET", f"{gateway}/v1/models/Qwen%2FQwen3-30B-A3B")
    assert plain.json()["id"] == escaped.json()["id"] == "Qwen/Qwen3-30B-A3B"


async def test_a_model_that_is_not_there(gateway: str) -> None:
    """404 with OpenAI's code."""
    reply = await call("GET", f"{gateway}/v1/models/nope")
    assert (reply.status, reply.json()["error"]["code"]) == (404, "model_not_found")


async def test_the_bare_array(gateway: str) -> None:
    """As the Go project documents it, when asked for."""
    reply = await call("GET", f"{gateway}/v1/models?format=akash")
    assert all(set(model) == DOCUMENTED for model in reply.json())


async def test_a_format_nobody_knows(gateway: str) -> None:
    """400 that names the two."""
    reply = await call("GET", f"{gateway}/v1/models?format=xml")
    assert reply.status == 400
    assert "'openai' or 'akash'" in reply.json()["error"]["message"]


async def test_models_that_are_not_available_are_not_offered(gateway: str) -> None:
    """Whoever picks one from the list can use it."""
    models = (await call("GET", f"{gateway}/v1/models")).json()["data"]
    assert all(model["available"] for model in models)


async def test_the_list_is_kept_for_ten_minutes(akash: Simulator, clock: FakeClock) -> None:
    """As long as Akash keeps it itself."""
    async with running(akash.url, clock) as gateway:
        await call("GET", f"{gateway}/v1/models")
        await clock.advance(599)
        await call("GET", f"{gateway}/v1/models")
        assert asked(akash) == 1
        await clock.advance(2)
        await call("GET", f"{gateway}/v1/models")
        assert asked(akash) == 2


async def test_an_old_list_is_better_than_none(akash: Simulator, clock: FakeClock) -> None:
    """Served when Akash is away, said to be stale, and Akash is asked again no sooner than half a minute on."""
    async with running(akash.url, clock) as gateway:
        await call("GET", f"{gateway}/v1/models")
        akash.play("models_500", times=None)
        await clock.advance(601)
        stale = [await call("GET", f"{gateway}/v1/models") for _ in range(5)]
        assert asked(akash) == 2
        akash.reset()
        await clock.advance(31)
        fresh = await call("GET", f"{gateway}/v1/models")
    assert {reply.status for reply in stale} == {200}
    assert {reply.headers.get("x-akashchat-stale") for reply in stale} == {"true"}
    assert "x-akashchat-stale" not in fresh.headers


async def test_without_any_list_the_error_is_akash_s(akash: Simulator, gateway: str) -> None:
    """And the next caller tries again."""
    akash.play("models_500")
    assert (await call("GET", f"{gateway}/v1/models")).status == 502
    assert (await call("GET", f"{gateway}/v1/models")).status == 200


async def test_a_chat_needs_no_list(akash: Simulator, gateway: str) -> None:
    """Where Akash cannot list its models, it may still answer."""
    akash.play("models_500", times=None)
    body = {"model": "DeepSeek-V3.2", "messages": [{"role": "user", "content": "Hello"}]}
    assert (await call("POST", f"{gateway}/v1/chat/completions", body)).status == 200
    assert (await call("POST", f"{gateway}/v1/chat/completions", body)).status == 200
    assert asked(akash) == 1


async def test_an_unknown_model_is_refused_before_akash_answers_with_another(
    akash: Simulator, gateway: str
) -> None:
    """404, what there is instead, and no chat."""
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}
    reply = await call("POST", f"{gateway}/v1/chat/completions", body)
    assert (reply.status, reply.json()["error"]["code"]) == (404, "model_not_found")
    assert "DeepSeek-V3.2" in reply.json()["error"]["message"]
    assert akash.chats == []
