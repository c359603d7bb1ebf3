"""What the JSON of Akash's replies looked like, and how a change of it is told."""

import json
from typing import Any

import pytest

from akashchat.simulator import Simulator
from akashchat.upstreams.akash.shapes import Shape, new_in_job, new_in_models, new_in_quota, new_in_session
from tests.support.http import call
from tests.support.recordings import Recording, names

ROW = {"id": "a", "model_id": "a", "temperature": "0.60", "top_p": 0.9, "token_limit": 1000}
QUOTA = {"usagePercentage": 4, "resetTime": "2026-11-22T10:15:55.981Z", "blocked": False}

CASES: list[tuple[Shape, Any, str]] = [
    (new_in_models, [], ""),
    (new_in_models, [ROW], ""),
    (new_in_models, {"models": [ROW]}, ""),
    (new_in_models, {"data": [ROW]}, "not a list of models"),
    (new_in_models, ["a"], "rows that are no objects"),
    (new_in_models, [{"name": "a"}], "rows without an id"),
    (new_in_models, [{**ROW, "temperature": {"value": 1}}], "no numbers: temperature"),
    (new_in_models, [{**ROW, "token_limit": "many"}], "no numbers: token_limit"),
    (new_in_models, [{**ROW, "price": 1, "colour": 2}], "new fields: colour price"),
    (new_in_session, {"success": True}, ""),
    (new_in_session, {"ok": True}, "no word on success"),
    (new_in_session, {"success": True, "challenge": "x"}, "new fields: challenge"),
    (new_in_session, [], "not an object"),
    (new_in_quota, QUOTA, ""),
    (new_in_quota, {**QUOTA, "blocked": "no"}, "missing or of another kind: blocked"),
    (new_in_quota, {"used": 1}, "missing or of another kind: blocked resetTime usagePercentage"),
    (new_in_quota, {**QUOTA, "daily": 1}, "new fields: daily"),
    (new_in_quota, "x", "not an object"),
    (new_in_job, "Job not found: 1", ""),
    (new_in_job, [], ""),
    (new_in_job, [{"status": "waiting"}], ""),
    (new_in_job, {"error": "Middleware error: 404"}, ""),
    (new_in_job, [{"state": "waiting"}], "no status"),
    (new_in_job, [1], "not an object"),
    (new_in_job, [{"status": "waiting", "cost": 1}], "new fields: cost"),
]


@pytest.mark.parametrize(("shape", "value", "new"), CASES)
def test_what_is_new(shape: Shape, value: Any, new: str) -> None:
    """It names fields, and no values."""
    assert shape(value) == new


PATHS: dict[str, Shape] = {
    "/api/models/": new_in_models,
    "/api/auth/session/": new_in_session,
    "/api/image-status/": new_in_job,
}


@pytest.mark.parametrize("name", names())
def test_what_was_recorded_is_not_new(name: str) -> None:
    """No alarm for what the app was seen to send."""
    recording = Recording(name)
    shape = next((shape for path, shape in PATHS.items() if recording.path.startswith(path)), None)
    if shape is not None and recording.status == 200:
        assert shape(json.loads(recording.body)) == ""


@pytest.mark.parametrize("dialect", ["old", "new"])
async def test_what_is_played_is_not_new(dialect: Any) -> None:
    """Nor for what the simulator says, in either version."""
    async with Simulator(dialect=dialect) as akash:
        cookie = {"User-Agent": "x", "Cookie": f"session_token={akash.issue_session()}"}
        for path, shape in {**PATHS, "/api/rate-limit/status/": new_in_quota}.items():
            reply = await call("GET", f"{akash.url}{path}", headers=cookie)
            if reply.status == 200:
                assert shape(reply.json()) == ""
