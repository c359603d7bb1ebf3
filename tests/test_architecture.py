"""The house's plan, checked: which room may know which.

The table below is the plan.  A room is a package or a module at the top of ``akashchat``; it may import itself
and what stands beside it.  ``upstreams.base`` in a list allows that module alone, ``upstreams`` all of the room.
"""

import ast
import graphlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "akashchat"

ROOMS: dict[str, str] = {
    # Values and bytes: they wait for nothing and know nobody.
    "errors": "",
    "clock": "",
    "model": "errors",
    "wire": "errors",
    "tokens": "model",
    # The two sides that never meet: protocols of clients, and where answers come from.
    "dialects": "model wire errors",
    "upstreams": "model wire tokens storage.base clock errors",
    # What wraps an upstream, who may ask it, who is told of it.
    "emulation": "model tokens upstreams.base clock errors",
    "policies": "model tokens upstreams.base storage.base clock errors",
    "telemetry": "model storage.base storage.rows clock errors",
    "storage": "clock errors",
    "gateway": "model policies telemetry.base upstreams.base clock errors",
    # The outside.
    "server": "gateway dialects model policies storage.base storage.rows telemetry.base wire tokens clock errors",
    "web": "",
    "settings": "",
    # The one place that knows everything, and the commands that call it.
    "app": "errors clock model wire tokens dialects upstreams emulation policies storage telemetry gateway server web "
    "settings",
    "simulator": "",
    "client": "wire errors",
    "demo": "app doctor server settings simulator",
    "doctor": "app emulation upstreams storage model settings clock errors",
    "cli": "app client demo doctor server settings simulator telemetry storage.base storage.rows clock",
    "__main__": "cli",
}

CODECS: dict[str, str] = {
    "dialects": "model wire errors",
    "upstreams.akash.request": "model wire errors",
    "upstreams.akash.history": "model",
    "upstreams.akash.special": "",
    "upstreams.akash.stream": "model wire errors",
    "upstreams.akash.ui_stream": "model wire errors",
    "upstreams.akash.answer_stream": "model",
    "upstreams.akash.sdk": "model wire errors",
    "upstreams.akash.strange": "",
    "upstreams.akash.pictures": "model wire errors",
    "upstreams.akash.reply": "wire errors",
    "upstreams.akash.models": "model wire errors",
    "upstreams.akash.failures": "errors",
    "upstreams.decoder": "model",
    "upstreams.pages": "",
    "upstreams.quoting": "",
    "upstreams.openai.request": "model wire errors upstreams.base",
    "upstreams.openai.parameters": "upstreams.base",
    "upstreams.openai.messages": "model",
    "upstreams.openai.freeform": "model wire",
    "upstreams.openai.reply": "model wire errors",
    "upstreams.openai.stream": "model wire errors",
    "upstreams.openai.plain": "",
    "upstreams.openai.answer": "model wire errors",
    "upstreams.openai.calls": "model wire errors",
    "upstreams.openai.failures": "wire errors",
    "upstreams.openai.waits": "",
    "upstreams.openai.models": "model wire errors",
    "upstreams.openai.prices": "model",
    "upstreams.openai.habits": "errors",
    "upstreams.akash.shapes": "",
    "upstreams.akash.capture": "wire",
    "upstreams.akash.anonymous": "",
    "upstreams.akash.gauge": "",
    "upstreams.akash.shares": "",
    "emulation.tools": "model errors",
    "emulation.repair": "",
    "emulation.tolerant": "",
    "emulation.scanner": "",
    "emulation.schema": "errors",
    "emulation.burden": "",
    "emulation.coercion": "",
    "emulation.correction": "model",
}
"""Bytes on one side, values on the other: no connection, no clock, no chance.  They may import one another."""

WAITING = {
    "asyncio",
    "socket",
    "ssl",
    "selectors",
    "threading",
    "time",
    "random",
    "secrets",
    "httptools",
    "aiohttp",
}
"""What a codec would need to wait, to read a clock or to roll a die."""

CONCRETE: dict[str, set[str]] = {
    "upstreams.akash": {"app", "doctor", "upstreams.akash"},
    "upstreams.openai": {"app", "upstreams.openai"},
    "upstreams.http": {
        "app",
        "doctor",
        "upstreams.akash",
        "upstreams.openai",
        "upstreams.decoded",
        "upstreams.http",
    },
    "telemetry.logs": {"app", "cli"},
    "telemetry.metrics": {"app", "telemetry"},
    "telemetry.distributions": {"telemetry"},
    "telemetry.exporting": {"app", "telemetry"},
    "telemetry.exposition": {"app"},
    "telemetry.ledger": {"app"},
    "storage.ledger": {"app", "storage"},
    "telemetry.feed": {"app"},
    "telemetry.otlp": set(),
    "telemetry.tracing": {"app"},
    "storage.sqlite": {"app", "doctor", "storage"},
    "storage.postgres": {"app", "doctor", "storage"},
    "storage.responses": {"app", "storage"},
    "storage.schema": {"storage"},
    "storage.shelf": {"app", "storage"},
    "storage.captures": {"app", "storage"},
    "storage.redis": {"app"},
    "policies.counters.memory": {"app", "policies.counters"},
    "policies.counters.database": {"app", "policies.counters"},
    "policies.counters.redis": {"app", "policies.counters"},
    "policies.counters.sheltered": {"app", "policies.counters"},
    "simulator": {"cli", "demo", "simulator"},
}
"""Who may see the thing itself, and not only what its ``base`` promises."""


class Module:
    """One file, and what it imports of ours."""

    def __init__(self, path: Path) -> None:
        parts = path.relative_to(SOURCE).with_suffix("").parts
        self.name = ".".join(parts).removesuffix(".__init__").replace("__init__", "akashchat")
        self.tree = ast.parse(path.read_text(encoding="utf-8"))

    def __str__(self) -> str:
        return self.name

    @property
    def room(self) -> str:
        """The room it is in."""
        return self.name.partition(".")[0]

    def imports(self) -> set[str]:
        """The modules of ours that it imports, by their names below ``akashchat``."""
        return {name for node in ast.walk(self.tree) for name in _ours(node)}

    def outside(self) -> set[str]:
        """The packages of others that it imports, by the first part of their names."""
        names: set[str] = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module.partition(".")[0])
        return names - {"akashchat"}

    def hidden_imports(self) -> list[str]:
        """What it imports of ours inside a function."""
        functions = [n for n in ast.walk(self.tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
        return [name for function in functions for node in ast.walk(function) for name in _ours(node)]


def _ours(node: ast.AST) -> Iterator[str]:
    """The modules of ours that one statement imports; the package itself, for its version, is none."""
    if isinstance(node, ast.Import):
        yield from (a.name.removeprefix("akashchat.") for a in node.names if a.name.startswith("akashchat"))
    elif isinstance(node, ast.ImportFrom) and node.level:
        raise AssertionError("imports are absolute")
    elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "akashchat":
        for alias in node.names:
            name = f"{node.module}.{alias.name}".removeprefix("akashchat.")
            below = SOURCE.joinpath(*name.split("."))
            if below.is_dir() or below.with_suffix(".py").is_file():
                yield name
            elif node.module != "akashchat":
                yield str(node.module).removeprefix("akashchat.")


MODULES = {module.name: module for module in map(Module, sorted(SOURCE.rglob("*.py")))}


def within(name: str, places: str) -> bool:
    """Whether a module is one of these, or in one of them."""
    return any(name == place or name.startswith(f"{place}.") for place in places.split())


def test_every_room_is_in_the_plan() -> None:
    """A new room begins with a line here, which says whom it may know."""
    assert {module.room for module in MODULES.values()} - {"akashchat"} == ROOMS.keys()


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_what_the_plan_allows(room: str) -> None:
    """Itself, and what stands beside it in the table."""
    allowed = f"{room} {ROOMS[room]}"
    broken = [
        f"{module} imports {name}"
        for module in MODULES.values()
        if module.room == room
        for name in module.imports()
        if not within(name, allowed)
    ]
    assert broken == []


@pytest.mark.parametrize("codec", CODECS)
def test_a_codec_waits_for_nothing(codec: str) -> None:
    """No connection, no clock, no chance; of ours, values and framing alone."""
    allowed = f"{CODECS[codec]} {' '.join(CODECS)}"
    modules = [module for module in MODULES.values() if within(module.name, codec)]
    assert modules
    for module in modules:
        assert module.outside().isdisjoint(WAITING)
        assert [name for name in module.imports() if not within(name, allowed)] == []


@pytest.mark.parametrize("thing", CONCRETE)
def test_the_thing_itself_is_seen_by_few(thing: str) -> None:
    """The composition root puts it in its place; everyone else sees what its ``base`` promises."""
    seen_by = {
        module.name for module in MODULES.values() if any(within(name, thing) for name in module.imports())
    }
    assert {name for name in seen_by if not within(name, " ".join(CONCRETE[thing]))} == set()


def test_the_simulator_shares_nothing_with_what_it_tests() -> None:
    """Else a misreading would pass its own examination."""
    for module in MODULES.values():
        if module.room == "simulator":
            assert [name for name in module.imports() if not within(name, "simulator")] == []


def test_no_module_imports_itself_by_a_detour() -> None:
    """Imports have an order; there is no cycle, not even one that happens to work."""
    graph = {name: module.imports() for name, module in MODULES.items()}
    order = list(graphlib.TopologicalSorter(graph).static_order())
    assert set(order) >= graph.keys()


@pytest.mark.parametrize("module", MODULES.values(), ids=str)
def test_every_module_has_a_charter_and_hides_no_import(module: Module) -> None:
    """Its first line says in one sentence what it is for; what it needs stands at its top."""
    docstring = ast.get_docstring(module.tree)
    assert docstring
    assert docstring.splitlines()[0].rstrip().endswith((".", "?"))
    assert module.hidden_imports() == []


def test_the_plan_is_the_published_one() -> None:
    """``ARCHITECTURE.md`` shows the same table, for those who read before they change."""
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \|[^|]+\|([^|]*)\|$", page, re.MULTILINE)
    published = {room: set(re.findall(r"`([\w.]+)`", imports)) for room, imports in rows}
    assert published.keys() == ROOMS.keys() - {"__main__"}
    for room, imports in published.items():
        if room != "app":  # told there in words
            assert imports == set(ROOMS[room].split()), room
