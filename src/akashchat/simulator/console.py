"""``/_simulator/…``: the simulator's own pages, for a person or a script that is not a Python test."""

import json
from typing import Any, Final, Protocol

from aiohttp import web

from akashchat.simulator.arrival import Arrival
from akashchat.simulator.javascript import stringify
from akashchat.simulator.places import PLACES, Place
from akashchat.simulator.scenes import SCENARIOS

PREFIX: Final = "/_simulator/"


class Controls(Protocol):
    """What can be done to a simulator from outside."""

    @property
    def requests(self) -> list[Arrival]:
        """What arrived."""
        ...

    def play(self, scenario: str, times: int | None = 1, *, at: Place | None = None) -> None:
        """Queue a scenario by its name."""
        ...

    def resume(self) -> None:
        """Let stalled requests go on."""
        ...

    def reset(self) -> None:
        """Forget all."""
        ...


async def answer_console(controls: Controls, request: web.BaseRequest) -> web.Response:
    """Answer one of the simulator's own pages."""
    page = (request.method, request.path.removeprefix(PREFIX).strip("/"))
    if page == ("GET", "scenarios"):
        return _json([scenario.describe() for scenario in SCENARIOS.values()])
    if page == ("GET", "requests"):
        return _json([arrival.describe() for arrival in controls.requests])
    if page == ("POST", "scenario"):
        return _play(controls, await request.text())
    if page == ("POST", "resume"):
        controls.resume()
        return _json({"resumed": True})
    if page == ("POST", "reset"):
        controls.reset()
        return _json({"reset": True})
    return _json({"error": "No such page. See GET /_simulator/scenarios."}, 404)


def _play(controls: Controls, body: str) -> web.Response:
    try:
        cue = json.loads(body)
        name, times, at = cue["name"], cue.get("times", 1), cue.get("at")
        if at not in (None, *PLACES):
            return _json({"error": "at must be one of " + ", ".join(PLACES)}, 400)
        controls.play(name, None if times is None else int(times), at=at)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return _json({"error": f"{type(error).__name__}: {error}"}, 400)
    return _json({"playing": name, "times": times, "at": at})


def _json(document: Any, status: int = 200) -> web.Response:
    text = stringify(document)
    return web.Response(text=text, status=status, content_type="application/json")
