"""AkashGen's protocol: the reply that names a job, and the job's state.

A reply that starts a picture is one tag in a ``0:`` line that is *not* JSON: quotes, backslashes and
line breaks of the prompt stand raw in it, only ``'`` is escaped.  So the whole body is taken and read
with one expression; a reply that starts otherwise is an ordinary data stream.
"""

import base64
import enum
import re
from typing import Any

from msgspec import Struct

from akashchat.errors import AnswerCut, ImageFailed, ProtocolError
from akashchat.model.events import Event, Failure
from akashchat.upstreams.akash.decoder import Decoder
from akashchat.upstreams.akash.strange import Strange
from akashchat.upstreams.akash.stream import DataStream
from akashchat.upstreams.quoting import quoted
from akashchat.wire.json import decode_any

_START = b'0:"<image_generation>'
_LEAD = re.compile(rb"\s*(?:f:[^\n]*\n\s*)?")
"""What may stand before the tag: a step's beginning, as before any text."""
_TAG = re.compile(
    r'''0:"<image_generation>\s*jobId='([^']*)'\s*prompt='(.*)'\s*negative='(.*)'\s*</image_generation>"'''
    r"[ \t\r]*\n(?=[ed]:\{)",
    re.DOTALL,
)
_JOB_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_\-]{3,99}\Z")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._\-]{0,199}\Z")
_DATA_URL = re.compile(r"data:(image/[a-z0-9.+\-]+);base64,", re.IGNORECASE)
_MAX_TAG_BYTES = 1024 * 1024
_MAX_LEAD_BYTES = 4096


class Job(Struct, frozen=True):
    """A picture in the making; ``prompt`` and ``negative`` are what it is really drawn from."""

    id: str
    prompt: str
    negative: str


class PictureStream:
    """Decodes a reply of AkashGen: into ``job`` when it starts a picture, into events when it does not."""

    complete = False
    """Its end is always told."""

    def __init__(self, text: Decoder | None = None) -> None:
        self.job: Job | None = None
        self._ordinary = text or DataStream()
        self._draws = False
        self._body: list[bytes] = []
        self._size = 0
        self._text: Decoder | None = None

    @property
    def strange(self) -> Strange | None:
        """What is strange about an ordinary answer."""
        return self._text.strange if self._text is not None else None

    def decode(self, data: bytes) -> list[Event]:
        """Events of an ordinary answer; none while a picture's reply is being collected."""
        if self._text is not None:
            return self._text.decode(data)
        self._body.append(data)
        self._size += len(data)
        if self._collects():
            return []
        self._text = self._ordinary
        return self._text.decode(b"".join(self._body))

    def _collects(self) -> bool:
        """Whether a tag has begun, or still may."""
        if self._draws:
            return self._size <= _MAX_TAG_BYTES
        body = b"".join(self._body)
        lead = _LEAD.match(body)
        start = body[lead.end() if lead else 0 :][: len(_START)]
        self._draws = start == _START
        may_draw = _START.startswith(start) or start == b"f" or (start[:2] == b"f:" and b"\n" not in start)
        return self._draws or (may_draw and self._size <= _MAX_LEAD_BYTES)

    def flush(self) -> list[Event]:
        """The end of the reply: sets ``job``, or tells why there is none."""
        if self._text is not None:
            return self._text.flush()
        body = b"".join(self._body).decode("utf-8", "replace")
        found = _TAG.search(body)
        if found is None:
            return [Failure(AnswerCut("AkashGen's reply ended before it was complete"))]
        job_id, prompt, negative = found.groups()
        if job_id == "undefined" or not _JOB_ID.match(job_id):
            return [Failure(ImageFailed("AkashGen's image service did not accept the job"))]
        self.job = Job(job_id, prompt.replace("\\'", "'"), negative.replace("\\'", "'"))
        return []


class JobPhase(enum.Enum):
    """How far a job is."""

    WAITING = enum.auto()
    DONE = enum.auto()
    FAILED = enum.auto()
    MISSING = enum.auto()


class JobState(Struct, frozen=True):
    """What Akash says of a job.

    ``result`` is the file's name, or a data URL from older servers; ``detail`` the reason of a failure.
    """

    phase: JobPhase
    status: str = ""
    queue_position: int | None = None
    result: str = ""
    detail: str = ""


_FAILED = {"failed", "cancelled", "canceled", "timeout", "error"}
_DONE = {"succeeded", "completed"}


def read_job(body: bytes) -> JobState:
    """The state in a reply of ``/api/image-status/``: a list of one row, or a text when there is none."""
    try:
        value = decode_any(body)
    except ValueError as error:
        raise ProtocolError("Akash's word on the image is not JSON") from error
    row = value[0] if isinstance(value, list) and value else value
    if not isinstance(row, dict):
        return JobState(JobPhase.MISSING)
    status = str(row.get("status") or "").lower()
    result = row.get("result") if isinstance(row.get("result"), str) else ""
    if status in _FAILED or (status in _DONE and str(result).startswith("Failed")):
        return JobState(JobPhase.FAILED, status, detail=quoted(str(row.get("error") or result or status)))
    if status in _DONE and result:
        return JobState(JobPhase.DONE, status, result=str(result))
    return JobState(JobPhase.WAITING, status, queue_position=_position(row))


def _position(row: dict[str, Any]) -> int | None:
    position = row.get("queue_position")
    return position if isinstance(position, int) and 0 <= position < 1_000_000 else None


def is_file_name(name: str) -> bool:
    """Whether a picture's file may be called so."""
    return _FILE.match(name) is not None


def file_name(result: str) -> str:
    """The name in ``/api/image/<name>``, from a path or a URL; raises ``ProtocolError``."""
    name = result.partition("?")[0].rstrip("/").rpartition("/")[2]
    if not is_file_name(name):
        raise ProtocolError("Akash named an image file that cannot be one")
    return name


def picture_data(result: str) -> tuple[str, bytes] | None:
    """Media type and bytes, where a result is the picture itself: a data URL or bare base64."""
    head = _DATA_URL.match(result)
    try:
        payload = result[head.end() if head else 0 :].rstrip("=")
        data = base64.b64decode(payload + "=" * (-len(payload) % 4), validate=True)
    except ValueError:
        return None
    media_type = head[1].lower() if head else media_type_of(data)
    return (media_type, data) if data and media_type.startswith("image/") else None


def media_type_of(data: bytes) -> str:
    """What kind of picture bytes are, by their beginning."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data.startswith(b"\x89PNG"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    return "application/octet-stream"
