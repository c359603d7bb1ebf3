"""Playing back what was recorded from the app: status, headers and body, to the byte.

A recording is ``{"name", "request": {"path", …}, "response": {"status", "headers", "body"}}``, the headers a
list of pairs, the body ``{"text": …}`` or ``{"base64": …}``. Only HTTP's own framing is made anew.
"""

import base64
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, Literal

from akashchat.simulator.places import find_place
from akashchat.simulator.scenario import Scenario
from akashchat.simulator.stage import Stage

Pieces = Literal["whole", "bytewise"] | Sequence[int]
"""How the body is cut: not at all, after every byte, or at these offsets."""

_FRAMING: Final = ("transfer-encoding", "content-length")


def read_body(recording: Mapping[str, Any]) -> bytes:
    """The recorded body."""
    body = recording["response"]["body"]
    if "base64" in body:
        return base64.b64decode(body["base64"])
    text: str = body["text"]
    return text.encode("utf-8", "surrogatepass")


def record_scenario(recording: Mapping[str, Any], pieces: Pieces = "whole") -> Scenario[Stage]:
    """A scenario that answers a request of the recorded kind with the recording."""
    response = recording["response"]
    headers = [(name, value) for name, value in response["headers"] if name.lower() not in _FRAMING]
    cut = list(_cut(read_body(recording), pieces))

    async def perform(stage: Stage) -> None:
        await stage.open(response["status"], headers, bare=True)
        for piece in cut:
            await stage.send(piece)
            await stage.let_read()

    name = f"recording {recording['name']}"
    place = find_place(recording["request"]["path"])
    return Scenario(name, "A recorded answer.", perform, frozenset({place}), early=True)


def _cut(body: bytes, pieces: Pieces) -> Iterator[bytes]:
    if pieces == "whole":
        offsets: Sequence[int] = ()
    elif pieces == "bytewise":
        offsets = range(1, len(body))
    else:
        offsets = sorted(pieces)
    for begin, end in pairwise((0, *offsets, len(body))):
        if end > begin:
            yield body[begin:end]
