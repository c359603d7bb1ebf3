"""Troubles with pictures. All but the last two strike when the picture is asked for and decide its fate."""

from typing import Final

from akashchat.simulator.akashgen import announce_picture
from akashchat.simulator.refusals import HTML, name_unknown_model
from akashchat.simulator.scenario import collect, scenario
from akashchat.simulator.scenes.line import BAD_GATEWAY
from akashchat.simulator.stage import Stage


@scenario("image")
async def image_failed(stage: Stage) -> None:
    """The job ends as failed."""
    await announce_picture(stage, "failed")


@scenario("image")
async def image_failed_text(stage: Stage) -> None:
    """The job is `completed`, and its result is a sentence that begins with `Failed` (before July 2025)."""
    await announce_picture(stage, "failed_text")


@scenario("image")
async def image_never(stage: Stage) -> None:
    """The job stays pending for ever."""
    await announce_picture(stage, "never")


@scenario("image")
async def image_404_then_ready(stage: Stage) -> None:
    """The job is not found the first three times, and then goes its usual way."""
    await announce_picture(stage, "late")


@scenario("image")
async def image_base64(stage: Stage) -> None:
    """The job is `completed`, and its result is the picture as a data URL (before July 2025)."""
    await announce_picture(stage, "base64")


@scenario("image")
async def image_file_404(stage: Stage) -> None:
    """The job succeeds, but its file is not found."""
    await announce_picture(stage, "file_404")


@scenario("image")
async def image_file_500(stage: Stage) -> None:
    """The job succeeds, but its file cannot be fetched."""
    await announce_picture(stage, "file_500")


@scenario("image")
async def image_no_job(stage: Stage) -> None:
    """The image service misbehaved: the job's id is `undefined`."""
    await announce_picture(stage, job_id="undefined")


@scenario("image")
async def image_text(stage: Stage) -> None:
    """The request is answered in text, as if no picture had been asked for."""
    await stage.answer()


@scenario("image")
async def image_error_500(stage: Stage) -> None:
    """Status 500 in JSON: the picture could not be queued (new dialect)."""
    await stage.reply_json({"error": "Error generating image", "message": "Service unavailable"}, 500)


@scenario("image")
async def image_error_line(stage: Stage) -> None:
    """A lone error line about a model named AkashGen: the picture could not be queued (old dialect)."""
    await stage.fail(name_unknown_model("AkashGen"))


@scenario("image_status", early=True)
async def image_status_500(stage: Stage) -> None:
    """The job cannot be looked at: status 500 in JSON."""
    await stage.reply_json({"error": "Failed to check image status"}, 500)


@scenario("image_status", early=True)
async def image_status_html(stage: Stage) -> None:
    """The job cannot be looked at: status 502 and HTML."""
    await stage.reply(502, BAD_GATEWAY, HTML)


SCENES: Final = collect(globals())
