"""What models write when they call tools, and when they do not: the corpus in ``tests/data/tools``.

A line is a case: its ``text``, the ``prose`` a caller may see, and the ``calls``.  The arguments of a call are the
value of its JSON, or the text of a freeform tool.  With ``repair`` the arguments as written are no JSON, and the
value is what they should be repaired to.  ``known: false`` where no tool has the name.
"""

import json
from pathlib import Path
from typing import Any

from msgspec import Struct

from akashchat.model.request import Tool

FOLDER = Path(__file__).parent.parent / "data" / "tools"


class Expected(Struct, frozen=True):
    """A call that must be found."""

    name: str
    arguments: Any
    repair: bool = False
    known: bool = True


class Case(Struct, frozen=True):
    """One output of a model."""

    case: str
    text: str
    prose: str
    calls: tuple[Expected, ...] = ()
    style: str = ""

    def __str__(self) -> str:
        return f"{self.style}: {self.case}"


def _tool(name: str, **parameters: str) -> Tool:
    properties = {key: {"type": kind} for key, kind in parameters.items()}
    return Tool(name=name, parameters={"type": "object", "properties": properties})


TOOLS = (
    _tool("get_weather", city="string", unit="string", days="integer"),
    _tool("get_time"),
    _tool("search", query="string", limit="integer", filters="object"),
    _tool("read_file", path="string"),
    _tool("write_file", path="string", content="string"),
    _tool("run_command", command="string", background="boolean", cwd="string", env="object"),
    _tool("send_email", to="array", subject="string", body="string"),
    _tool("create_event", title="string", location="object", attendees="array"),
    _tool("calculate", expression="string", precision="number"),
    Tool(name="apply_patch", description="Changes files.", freeform=True),
)
"""The tools that every case may call."""


def cases() -> list[Case]:
    """The whole corpus."""
    found: list[Case] = []
    for path in sorted(FOLDER.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            calls = tuple(Expected(**call) for call in row["calls"])
            found.append(Case(row["case"], row["text"], row["prose"], calls, path.stem))
    return found
