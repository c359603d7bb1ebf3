"""What is passed on unread: embeddings and the like, where some upstream has them."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.support.gateway import running
from tests.support.http import call
from tests.support.keyed import MODELS, Stand, Told, error, models, standing

NOWHERE = "http://127.0.0.1:9"
EMBEDDINGS = "/v1/embeddings"
VECTORS = b'{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.25]}]}'
ASK = {"model": "e", "input": ["a", "b"], "dimensions": 1, "big": 12345678901234567890123}


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    """A server with embeddings."""
    async with standing() as stand:
        stand.tell(MODELS, models("e", "org/e"))
        stand.tell(EMBEDDINGS, Told(VECTORS, media_type="application/json"))
        yield stand


def before(*stands: Stand, **options: Any) -> Any:
    """A gateway before these."""
    upstreams = {f"mine-{i}": {"base_url": stand.url, **options} for i, stand in enumerate(stands)}
    return running(NOWHERE, akash={"enabled": False}, upstreams=upstreams)


async def test_a_body_is_passed_on_as_it_is(stand: Stand) -> None:
    """And so is the reply."""
    async with before(stand, key="k") as url:
        reply = await call("POST", url + EMBEDDINGS, ASK)
    assert (reply.status, reply.body) == (200, VECTORS)
    assert reply.headers["content-type"].startswith("application/json")
    (asked,) = stand.asked_at(EMBEDDINGS)
    assert asked.json == ASK
    assert asked.headers["Authorization"] == "Bearer k"


async def test_a_model_goes_by_its_own_name_there(stand: Stand) -> None:
    """Aliases and names count as in a chat."""
    async with before(stand, models={"here": "org/e"}) as url:
        await call("POST", url + EMBEDDINGS, {**ASK, "model": "here"})
    assert stand.asked_at(EMBEDDINGS)[0].json == {**ASK, "model": "org/e"}


async def test_a_form_with_a_file(stand: Stand) -> None:
    """Speech: the model's name is a field among the form's, and only it is changed."""
    path = "/v1/audio/transcriptions"
    stand.tell(path, Told(b'{"text":"hi"}', media_type="application/json"))
    sound = b"RIFF\r\n--b\x00\xff"
    parts = [
        b'--bo\r\nContent-Disposition: form-data; name="file"; filename="model"\r\n\r\n' + sound,
        b'--bo\r\nContent-Disposition: form-data; name="model"\r\n\r\nhere',
        b'--bo\r\nContent-Disposition: form-data; name="language"\r\n\r\nde',
    ]
    form = b"\r\n".join(parts) + b"\r\n--bo--\r\n"
    kind = {"Content-Type": "multipart/form-data; boundary=bo"}
    async with before(stand, models={"here": "org/e"}, forwards=["audio/transcriptions"]) as url:
        reply = await call("POST", url + path, headers=kind, raw=form)
        unnamed = await call("POST", url + path, headers=kind, raw=form.replace(b'name="model"', b'name="x"'))
    assert reply.json() == {"text": "hi"}
    (asked,) = stand.asked_at(path)
    assert asked.body == form.replace(b"\r\n\r\nhere", b"\r\n\r\norg/e")
    assert asked.headers["Content-Type"] == "multipart/form-data; boundary=bo"
    assert (unnamed.status, unnamed.json()["error"]["param"]) == (400, "model")


async def test_sound_comes_back(stand: Stand) -> None:
    """With its own media type."""
    stand.tell("/v1/audio/speech", Told([b"ID3", b"\x00\xff"], media_type="audio/mpeg"))
    async with before(stand, forwards=["audio/speech"]) as url:
        reply = await call("POST", f"{url}/v1/audio/speech", {"model": "e", "input": "hi", "voice": "x"})
    assert (reply.body, reply.headers["content-type"]) == (b"ID3\x00\xff", "audio/mpeg")


async def test_who_has_the_model_is_asked(stand: Stand) -> None:
    """And who else has it, where that one fails."""
    async with standing() as first, standing() as other:
        first.tell(MODELS, models("e"))
        first.tell(EMBEDDINGS, error(503, "away"))
        other.tell(MODELS, models("another"))
        async with before(other, first, stand) as url:
            reply = await call("POST", url + EMBEDDINGS, ASK)
        assert reply.body == VECTORS
        assert (len(other.asked_at(EMBEDDINGS)), len(first.asked_at(EMBEDDINGS))) == (0, 1)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"model": "nobodys", "input": "a"}, 404, "model_not_found"),
        ({"input": "a"}, 400, None),
        ({"model": " ", "input": "a"}, 400, None),
        ([], 400, None),
    ],
)
async def test_what_cannot_be_passed_on(stand: Stand, body: Any, status: int, code: str | None) -> None:
    """A body that names no model, or none that is there."""
    async with before(stand) as url:
        reply = await call("POST", url + EMBEDDINGS, body)
    assert (reply.status, reply.json()["error"]["code"]) == (status, code)


async def test_a_refusal_is_told_as_ours(stand: Stand) -> None:
    """In OpenAI's form, with the reason."""
    stand.tell(EMBEDDINGS, error(400, "too many inputs", param="input"))
    async with before(stand) as url:
        reply = await call("POST", url + EMBEDDINGS, ASK)
    assert (reply.status, reply.json()["error"]["param"]) == (400, "input")
    assert "too many inputs" in reply.json()["error"]["message"]


async def test_a_key_is_needed_where_one_is(stand: Stand) -> None:
    """As everywhere."""
    upstreams = {"mine": {"base_url": stand.url}}
    async with running(NOWHERE, akash={"enabled": False}, upstreams=upstreams, BEARER_TOKEN="k") as url:
        assert (await call("POST", url + EMBEDDINGS, ASK)).status == 401
        assert (await call("POST", url + EMBEDDINGS, ASK, {"Authorization": "Bearer k"})).status == 200


async def test_what_nobody_has_is_not_found(stand: Stand) -> None:
    """With the reason, as without any upstream."""
    async with before(stand) as url:
        reply = await call("POST", f"{url}/v1/rerank", {"model": "e"})
        assert (reply.status, reply.json()["error"]["code"]) == (404, "not_supported")
    async with before(stand, forwards=[]) as url:
        assert (await call("POST", url + EMBEDDINGS, ASK)).json()["error"]["code"] == "not_supported"
