"""Pictures: from the request to the file."""

import re
import struct
import zlib

import pytest
from raw_client import Reply, call, chat

from akashchat.simulator import Simulator
from akashchat.simulator.picture import SIZE, draw
from akashchat.simulator.webp import encode


async def ask(simulator: Simulator, *contents: str) -> tuple[str, str]:
    """Ask for a picture; gives the job's id and the prompt in the tag."""
    reply = await chat(simulator, *contents, model="AkashGen")
    pattern = rb"""0:"<image_generation> jobId='([^']*)' prompt='(.*)' negative=''</image_generation>"\ne:"""
    found = re.match(pattern, reply.body, re.DOTALL)
    assert found, reply.body
    return found[1].decode(), found[2].decode()


async def look(simulator: Simulator, job_id: str) -> Reply:
    """Ask what became of a job."""
    return await call(simulator, "GET", f"/api/image-status/?ids={job_id}")


async def test_a_picture_is_queued_drawn_and_served(simulator: Simulator) -> None:
    """Waiting, pending, succeeded; then a real WebP under the path it told."""
    job_id, prompt = await ask(simulator, "Draw a red fox")
    assert prompt == "Draw a red fox, highly detailed, soft light"
    rows = [(await look(simulator, job_id)).json()[0] for _ in range(3)]
    assert [row["status"] for row in rows] == ["waiting", "pending", "succeeded"]
    assert f"/api/image/job_{job_id[:8]}_00001_.webp" == rows[-1]["result"]
    file = await call(simulator, "GET", rows[-1]["result"])
    assert (file.status, file.header("content-type")) == (200, "image/webp")
    assert draw(prompt) == file.body


async def test_the_tag_is_raw_and_its_usage_fake(new: Simulator) -> None:
    """Quotes are escaped, newlines are not, there is no first line, and the usage is always the same."""
    reply = await chat(new, "Draw 'it'\n\"now\"", model="AkashGen")
    assert b"prompt='Draw \\'it\\'\n\"now\", highly" in reply.body
    assert b'"usage":{"promptTokens":20,"completionTokens":50},"isContinued":false}\nd:{' in reply.body
    assert not reply.body.startswith(b"f:")


async def test_only_the_last_three_messages_decide(simulator: Simulator) -> None:
    """A chat with AkashGen that asks for no picture is answered in text, by another model."""
    await ask(simulator, "请画一只猫", "谢谢", "再大一点")
    reply = await chat(simulator, "Draw a cat", "thanks", "hello", "bye", model="AkashGen")
    assert reply.lines()[0][0] == "f"
    assert "Llama" in simulator.chats[-1].llm_request["model"]
    assert simulator.chats[-1].delivered[0]["content"] == " "


async def test_faults_are_told_as_the_dialect_does(new: Simulator, old: Simulator) -> None:
    """The new dialect answers 500 in JSON where the old one writes an error line."""
    reply = await chat(new, "Draw", model="AkashGen", temperature=0)
    assert (reply.status, reply.json()["error"]) == (500, "Error generating image")
    assert (await chat(old, "Draw", model="AkashGen", temperature="1")).lines()[0][0] == "3"
    assert (await chat(old, "Draw", model="AkashGen", temperature=0)).body.startswith(b'0:"<image')


async def test_a_picture_may_take_its_time() -> None:
    """Ready after so many looks and so many seconds, whichever is later."""
    now = 0.0
    async with Simulator(image_polls=0, image_s=4, now=lambda: now) as simulator:
        job_id, _ = await ask(simulator, "Draw")
        assert (await look(simulator, job_id)).json()[0]["status"] == "waiting"
        now = 4.25
        row = (await look(simulator, job_id)).json()[0]
        assert (row["status"], row["elapsed_time"]) == ("succeeded", 4.25)


async def test_an_unknown_job_is_a_json_string(simulator: Simulator) -> None:
    """Told with status 200 and as text."""
    reply = await look(simulator, "nobody")
    assert (reply.status, reply.header("content-type")) == (200, "text/plain;charset=UTF-8")
    assert reply.json() == "Job not found: nobody"


@pytest.mark.parametrize(
    ("scene", "status", "result"),
    [
        ("image_failed", "failed", None),
        ("image_failed_text", "completed", "Failed"),
        ("image_never", "pending", None),
    ],
)
async def test_jobs_that_come_to_nothing(new: Simulator, scene: str, status: str, result: str | None) -> None:
    """A failed job, one failed the old way, one that never ends."""
    new.play(scene)
    job_id, _ = await ask(new, "Draw")
    row = [(await look(new, job_id)).json()[0] for _ in range(5)][-1]
    assert (status, result) == (row["status"], row["result"] and row["result"][:6])


async def test_jobs_that_come_late_or_inline(new: Simulator) -> None:
    """Not found at first; and the picture as a data URL, as it once was."""
    new.play("image_404_then_ready")
    job_id, _ = await ask(new, "Draw")
    statuses = [(await look(new, job_id)).status for _ in range(6)]
    assert statuses == [404, 404, 404, 200, 200, 200]
    new.play("image_base64")
    job_id, _ = await ask(new, "Draw")
    row = [(await look(new, job_id)).json()[0] for _ in range(3)][-1]
    assert (row["status"], row["result"][:28]) == ("completed", "data:image/webp;base64,UklGR")


@pytest.mark.parametrize(("scene", "status"), [("image_file_404", 404), ("image_file_500", 500)])
async def test_files_that_cannot_be_fetched(new: Simulator, scene: str, status: int) -> None:
    """The job succeeds and its file does not."""
    new.play(scene)
    job_id, _ = await ask(new, "Draw")
    row = [(await look(new, job_id)).json()[0] for _ in range(3)][-1]
    assert status == (await call(new, "GET", row["result"])).status


async def test_remembers_only_so_many_jobs(new: Simulator) -> None:
    """The oldest are forgotten, as the real queue cleans up."""
    jobs = [new._world.jobs.make(str(index)) for index in range(201)]
    assert (await look(new, jobs[0].id)).json() == f"Job not found: {jobs[0].id}"
    assert (await look(new, jobs[-1].id)).json()[0]["status"] == "waiting"


def test_pictures_repeat_and_differ() -> None:
    """The same words give the same picture, others another; lone surrogates are words too."""
    assert draw("a fox") == draw("a fox") != draw("a cat")
    assert draw("\ud800")[8:16] == b"WEBPVP8L"


def test_the_picture_says_its_size() -> None:
    """Container and bit stream begin as the format wants it."""
    picture = draw("a fox")
    size, chunk = struct.unpack("<4xI8xI", picture[:20])
    bits = int.from_bytes(picture[21:25], "little")
    assert (len(picture) - 8, len(picture) - 20, 0x2F) == (size, chunk, picture[20])
    assert ((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1) == (SIZE, SIZE)
    assert len(picture) < 40_000


def test_the_encoder_refuses_what_it_cannot_write() -> None:
    """Too few or too many colours, or pixels that do not fill the picture."""
    for colours, pixels in ((16, b"\0" * 4), (257, b"\0" * 4), (20, b"\0" * 5)):
        with pytest.raises(ValueError, match="do not fit"):
            encode(2, 2, [(0, 0, 0)] * colours, pixels)


def test_the_encoder_is_stable() -> None:
    """A decoder of repute has accepted these very bytes; a change of them must be looked at again."""
    palette = [(index * 15, 255 - index, index) for index in range(17)]
    pixels = bytes(index % 17 for index in range(64)) + b"\3" * 5000 + b"\0\1\2" * 16
    assert zlib.crc32(encode(71, 72, palette, pixels)) == 3166591847
