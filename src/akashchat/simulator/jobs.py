"""The picture jobs: queued, drawn, ready or failed.

A job advances when it is looked at: waiting, pending, then ready after so many looks and so many seconds.
What becomes of it otherwise is its fate, which a scenario decides when the job is made.
"""

import base64
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from akashchat.simulator.javascript import stringify, whole
from akashchat.simulator.picture import draw
from akashchat.simulator.refusals import Refusal

Fate = Literal["ready", "failed", "failed_text", "never", "late", "base64", "file_404", "file_500"]
"""How a job ends.

``late`` is not found at first; ``base64`` and ``failed_text`` are told as apps before July 2025 did."""

MAX_JOBS: Final = 200
LOOKS_NOT_FOUND: Final = 3
"""How often a late job is not found; the app's own page gives up after as many."""

NOT_FOUND: Final = {"error": "Image not found"}

_WORKER: Final = {
    "worker_name": "rtx4090-7f9c",
    "worker_city": "Dallas",
    "worker_country": "US",
    "worker_gpu": "RTX4090",
}
_NOBODY: Final = dict.fromkeys(_WORKER)


@dataclass
class Job:
    """One picture to be drawn."""

    id: str
    prompt: str
    fate: Fate
    made_at: float
    looks: int = 0
    picture: bytes | None = None

    @property
    def file_name(self) -> str:
        """The last segment of the path under which the picture is served."""
        return f"job_{self.id[:8]}_00001_.webp"

    def draw(self) -> bytes:
        """The picture, drawn on first use."""
        if self.picture is None:
            self.picture = draw(self.prompt)
        return self.picture


class Jobs:
    """The jobs still remembered."""

    def __init__(self, polls: int, seconds: float, now: Callable[[], float]) -> None:
        self._polls = polls
        self._seconds = seconds
        self._now = now
        self._jobs: dict[str, Job] = {}

    def make(self, prompt: str, fate: Fate = "ready") -> Job:
        """Queue a picture."""
        while len(self._jobs) >= MAX_JOBS:
            del self._jobs[next(iter(self._jobs))]
        job = Job(str(uuid.uuid4()), prompt, fate, self._now())
        self._jobs[job.id] = job
        return job

    def look(self, job_id: str) -> str:
        """What the image middleware says of a job, as text; raises ``Refusal`` where that is not a 200."""
        job = self._jobs.get(job_id)
        if job is None:
            return stringify(f"Job not found: {job_id}")
        job.looks += 1
        if job.fate == "late" and job.looks <= LOOKS_NOT_FOUND:
            raise Refusal.of(404, {"error": "Middleware error: 404"})
        return stringify([self._report(job)])

    def find_file(self, name: str) -> Job:
        """The job whose picture is served under that name; raises ``Refusal``."""
        job = next((job for job in self._jobs.values() if job.file_name == name), None)
        if job is None or job.fate == "file_404":
            raise Refusal.of(404, NOT_FOUND)
        if job.fate == "file_500":
            raise Refusal.of(500, {"error": "Failed to fetch image"})
        return job

    def _report(self, job: Job) -> dict[str, Any]:
        looks = job.looks - (LOOKS_NOT_FOUND if job.fate == "late" else 0)
        elapsed = self._now() - job.made_at
        if job.fate == "never" or looks <= self._polls or elapsed < self._seconds:
            first = looks == 1
            return _row(job.id, "waiting" if first else "pending", None, 0, 1 if first else 2) | _NOBODY
        status, result = _outcome(job)
        row = _row(job.id, status, result, whole(round(elapsed, 2)), 0) | _WORKER
        return row | ({"error": "CUDA out of memory"} if status == "failed" else {})


def _row(job_id: str, status: str, result: str | None, elapsed: float, position: int) -> dict[str, Any]:
    return {
        "job_id": job_id,
        "status": status,
        "result": result,
        "elapsed_time": elapsed,
        "queue_position": position,
    }


def _outcome(job: Job) -> tuple[str, str | None]:
    if job.fate == "failed":
        return "failed", None
    if job.fate == "failed_text":
        return "completed", "Failed to generate the image"
    if job.fate == "base64":
        return "completed", "data:image/webp;base64," + base64.b64encode(job.draw()).decode()
    return "succeeded", f"/api/image/{job.file_name}"
