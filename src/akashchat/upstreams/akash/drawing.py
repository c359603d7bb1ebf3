"""Waiting for a picture, and fetching it."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager, closing

from msgspec import Struct

from akashchat.clock import Chance, Clock
from akashchat.errors import ImageFailed, ImageTimeout, NotFound, UpstreamError
from akashchat.model.events import MAX_PICTURE_BYTES, Finish, FinishReason, ImageReady, Progress
from akashchat.upstreams.akash.pictures import (
    Job,
    JobPhase,
    JobState,
    file_name,
    is_file_name,
    media_type_of,
    picture_data,
    read_job,
)
from akashchat.upstreams.akash.shapes import new_in_job
from akashchat.upstreams.akash.site import MAX_REPLY_BYTES, Site
from akashchat.upstreams.akash.strange import Strangeness
from akashchat.upstreams.base import Batch
from akashchat.upstreams.http.client import HttpReply
from akashchat.upstreams.quoting import quoted

_STATUS, _FILES = "/api/image-status/", "/api/image/"

_MISSES = 3
"""So many times in a row a job may be unknown: Akash's own page allows as many, right after creation."""
_TROUBLES = 3
"""So many times in a row asking for a job's state may fail."""
_MEDIA_TYPES = {
    "webp": "image/webp", "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif"
}  # fmt: skip


class DrawingOptions(Struct, frozen=True, kw_only=True):
    """How patiently to wait for a picture, in seconds: the first pause, by what it grows, and the end."""

    first_pause_s: float = 1.0
    pause_growth: float = 1.5
    longest_pause_s: float = 5.0
    timeout_s: float = 180.0


class Drawing:
    """Polls a job with growing pauses until its picture is there."""

    def __init__(self, site: Site, options: DrawingOptions, clock: Clock, chance: Chance) -> None:
        self._site = site
        self._options = options
        self._clock = clock
        self._chance = chance

    async def events(self, job: Job, *, with_data: bool) -> AsyncGenerator[Batch, None]:
        """Progress, then the picture and the finish; raises an ``ImageFailed`` or ``ImageTimeout``."""
        yield [Progress("The image is being generated.")]
        said = ""
        async with aclosing(self._states(job)) as states:
            async for state in states:
                if state.phase is JobPhase.DONE:
                    yield [await self._ready(job, state, with_data=with_data), Finish(FinishReason.STOP)]
                    return
                word = _word(state)
                if word != said:
                    said = word
                    yield [Progress(word)]

    async def _states(self, job: Job) -> AsyncGenerator[JobState, None]:
        """The job's state, again and again, up to and with DONE."""
        options = self._options
        deadline = self._clock.monotonic() + options.timeout_s
        pause, misses, troubles = options.first_pause_s, 0, 0
        while self._clock.monotonic() < deadline:
            try:
                state = await self._state(job)
            except UpstreamError:
                troubles += 1
                if troubles > _TROUBLES:
                    raise
            else:
                troubles = 0
                misses = misses + 1 if state.phase is JobPhase.MISSING else 0
                if misses > _MISSES:
                    raise ImageFailed("Akash no longer knows the image it was making")
                if state.phase is JobPhase.FAILED:
                    raise ImageFailed(f"the image could not be made: {state.detail}")
                yield state
                if state.phase is JobPhase.DONE:
                    return
            left = deadline - self._clock.monotonic()
            await self._clock.sleep(max(0.0, min(pause * self._chance.uniform(0.9, 1.1), left)))
            pause = min(pause * options.pause_growth, options.longest_pause_s)
        raise ImageTimeout(f"the image was not ready after {options.timeout_s:g} seconds")

    async def _state(self, job: Job) -> JobState:
        with closing(await self._site.get(f"{_STATUS}?ids={job.id}")) as reply:
            if reply.status == 404 and reply.media_type == "application/json":
                return JobState(JobPhase.MISSING)
            if reply.status != 200:
                raise await self._failed(_STATUS, reply)
            body = await reply.read(MAX_REPLY_BYTES)
            self._site.compare(Strangeness.IMAGE, new_in_job, _STATUS, reply, body)
            return read_job(body)

    async def _ready(self, job: Job, state: JobState, *, with_data: bool) -> ImageReady:
        if found := picture_data(state.result):
            media_type, data = found
            return ImageReady("", media_type, job.id, job.prompt, data)
        name = file_name(state.result)
        media_type = _MEDIA_TYPES.get(name.rpartition(".")[2].lower(), "image/webp")
        data = b""
        if with_data:
            data, media_type = await self._fetched(name)
        return ImageReady(name, media_type, job.id, job.prompt, data)

    async def _fetched(self, name: str) -> tuple[bytes, str]:
        """A picture's bytes, and what they are."""
        try:
            async with self.file(name) as reply:
                data = await reply.read(MAX_PICTURE_BYTES)
                known = media_type_of(data)
        except NotFound as error:
            raise ImageFailed("Akash made the image and has lost it") from error
        if not data:
            raise ImageFailed("Akash made the image and sent nothing")
        return data, known if known.startswith("image/") else reply.media_type

    @asynccontextmanager
    async def file(self, name: str) -> AsyncIterator[HttpReply]:
        """The picture's bytes; raises ``NotFound`` when Akash has it no longer."""
        if not is_file_name(name):
            raise NotFound(f"no image is called '{quoted(name)}'")
        with closing(await self._site.get(f"{_FILES}{name}")) as reply:
            if reply.status == 404:
                raise NotFound(f"Akash has no image '{name}' any more")
            if reply.status != 200:
                raise await self._failed(_FILES, reply)
            if not reply.media_type.startswith("image/"):
                raise ImageFailed("Akash sent something else than an image")
            yield reply

    async def _failed(self, path: str, reply: HttpReply) -> UpstreamError:
        """Whatever Akash refuses with, to who waits for a picture it is the upstream's fault."""
        error = (await self._site.refusal(path, reply)).error(self._clock.now())
        return error if isinstance(error, UpstreamError) else UpstreamError(error.message)


def _word(state: JobState) -> str:
    if state.phase is JobPhase.MISSING:
        return "The image is waiting to be taken up."
    if state.queue_position:
        return f"The image is in the queue, at position {state.queue_position}."
    return "The image is being generated."
