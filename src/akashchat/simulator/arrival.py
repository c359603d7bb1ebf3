"""One request that reached the simulator, and what became of it."""

from dataclasses import dataclass
from typing import Any, Final, Literal

from aiohttp import web

from akashchat.simulator.javascript import parse

State = Literal["open", "answered", "left", "dropped", "stopped"]
"""Being answered; answered in full; the client left first; cut by a scenario; cut as the simulator closed."""

_MASKED: Final = ("cookie", "authorization")


@dataclass(eq=False, kw_only=True)
class Arrival:
    """One request that reached the simulator."""

    method: str
    path: str
    """The path as sent, without the query."""
    query: str
    headers: dict[str, str]
    """By lower-case name; several of one name are joined with a comma."""
    raw: bytes
    body: Any
    """The parsed JSON body, or None."""
    at: float
    state: State = "open"
    status: int | None = None
    scenario: str | None = None
    is_stalled: bool = False
    llm_request: dict[str, Any] | None = None
    """For chat: the request the app sends to the model's own API."""

    @property
    def delivered(self) -> list[dict[str, Any]] | None:
        """For chat: the messages as the model gets them, system text first; None if it gets none."""
        return None if self.llm_request is None else self.llm_request["messages"]

    def describe(self) -> dict[str, Any]:
        """The arrival for a person to read; credentials are shortened."""
        headers = {
            name: f"{value[:10]}…" if name in _MASKED else value for name, value in self.headers.items()
        }
        kept = ("method", "path", "query", "body", "at", "state", "status", "scenario", "llm_request")
        return {name: getattr(self, name) for name in kept} | {"headers": headers}


async def read_arrival(request: web.Request, at: float) -> Arrival:
    """Read a request to its end."""
    raw = await request.read()
    try:
        body = parse(raw)
    except ValueError:
        body = None  # not JSON: that is for the endpoint to judge
    path, _, query = request.raw_path.partition("?")
    headers: dict[str, str] = {}
    for name, value in request.headers.items():
        known = headers.get(name.lower())
        headers[name.lower()] = value if known is None else f"{known}, {value}"
    return Arrival(method=request.method, path=path, query=query, headers=headers, raw=raw, body=body, at=at)
