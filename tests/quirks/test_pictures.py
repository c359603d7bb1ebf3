"""Quirks of AkashGen: a reply that is no JSON, and jobs that must be waited for."""

import base64

import pytest

from akashchat.model.events import Finish, FinishReason, TextDelta
from akashchat.simulator import Simulator
from akashchat.upstreams.akash.pictures import JobPhase, read_job
from akashchat.upstreams.akash.stream import DataStream
from tests.quirks.asking import ask, asked_for, code, draw, error, said
from tests.support.http import call

PROMPTS = [
    "a cat's \"hat\"\nbeside C:\\new\\'",
    "' negative='x'</image_generation>\"\ne:{}\nd:{}\n",
    '0:"text"\\n3:"error"',
    "一只狐狸 🦊\u2028",
]


@pytest.mark.parametrize("prompt", PROMPTS)
async def test_quirk_09_the_reply_of_a_picture_is_no_json(
    akash: Simulator, gateway: str, prompt: str
) -> None:
    """Quotes, line breaks and imitated tags of the prompt stand raw in it, and come back exact."""
    reply = await ask(gateway, f"Draw {prompt}", model="AkashGen")
    assert reply.json()["data"]["prompt"] == f"Draw {prompt}, highly detailed, soft light"
    akash.play("image_no_job", times=2)
    assert code(await ask(gateway, f"Draw {prompt}", model="AkashGen")) == (502, "image_generation_failed")
    assert code(await draw(gateway, prompt)) == (502, "image_generation_failed")


async def test_quirk_10_words_instead_of_a_picture(akash: Simulator, gateway: str) -> None:
    """A chat passes them on; a request for a picture fails clearly and quotes them."""
    reply = await ask(gateway, "How are you?", model="AkashGen")
    assert (reply.status, "data" in reply.json()) == (200, False)
    assert "simulator" in said(reply)
    akash.play("image_text", times=2)
    refused = await draw(gateway)
    assert code(refused) == (400, "no_image")
    assert "simulator" in error(refused)["message"]
    streamed = await draw(gateway, stream=True)
    assert "no_image" in streamed.body.decode()


async def test_quirk_11_a_reply_may_begin_without_its_first_line(gateway: str) -> None:
    """A picture's reply has none, so none is waited for."""
    assert (await ask(gateway, "Draw a fox", model="AkashGen")).json()["data"]["jobId"]
    body = b'0:"Hi"\nd:{"finishReason":"stop"}\n'
    assert DataStream().decode(body) == [TextDelta("Hi"), Finish(FinishReason.STOP)]


@pytest.mark.parametrize(
    ("scenario", "told"),
    [
        (None, 200),
        ("image_404_then_ready", 200),
        ("image_base64", 200),
        ("image_failed", (502, "image_generation_failed")),
        ("image_failed_text", (502, "image_generation_failed")),
        ("image_never", (504, "image_generation_timeout")),
        ("image_error_500", (502, "image_generation_failed")),
        ("image_error_line", (502, "image_generation_failed")),
    ],
)
async def test_quirk_12_the_state_of_a_picture_comes_in_many_forms(
    akash: Simulator, gateway: str, scenario: str | None, told: object
) -> None:
    """JSON that calls itself text, a 404 that passes, a picture in place of its name, a failure in words."""
    if scenario:
        akash.play(scenario)
    reply = await draw(gateway, response_format="b64_json")
    if told == 200:
        assert base64.b64decode(reply.json()["data"][0]["b64_json"])[:4] == b"RIFF"
    else:
        assert code(reply) == told
    assert read_job(b'"Job not found: x"').phase is JobPhase.MISSING


async def test_quirk_12b_trouble_while_waiting_passes(akash: Simulator, gateway: str) -> None:
    """Three failures in a row to tell the state are borne, a fourth is not."""
    akash.play("image_status_500", times=2)
    akash.play("image_status_html", times=1)
    assert (await draw(gateway)).status == 200
    akash.play("image_status_500", times=4)
    assert code(await draw(gateway)) == (502, "upstream_error")


async def test_quirk_42_pictures_have_one_size_and_no_seed(akash: Simulator, gateway: str) -> None:
    """What cannot be honoured is named; several pictures are several requests."""
    reply = await draw(gateway, size="512x512", quality="hd", style="vivid", n=2)
    assert reply.headers["x-akashchat-ignored"] == "quality, size, style"
    assert len(reply.json()["data"]) == asked_for(akash, "/api/chat/") == 2
    chat = await ask(gateway, "Draw a fox", model="AkashGen", seed=7)
    assert chat.headers["x-akashchat-ignored"] == "seed"
    picture = await call("GET", reply.json()["data"][0]["url"])
    assert picture.headers["content-type"] == "image/webp"
