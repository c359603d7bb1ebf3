"""What the pages say is what happens, and what they name is there.

Every `curl` in the README is run before both versions of Akash, and what comes back is compared with what stands
below it.  There ``…`` stands for any text, and as an entry of an object or a list for whatever else is there;
of numbers only codes and indexes are compared.  A comment before a block names the settings of its gateway:
``<!-- gateway: BEARER_TOKEN=my-key -->``, or what the model says there: ``<!-- model: Hello -->``.
"""

import ast
import asyncio
import fnmatch
import itertools
import json
import pathlib
import pkgutil
import re
import shutil
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from akashchat.settings import load, options
from akashchat.simulator import Simulator
from akashchat.simulator.keyed import KeyedSimulator
from tests.support.gateway import running

ROOT = pathlib.Path(__file__).parent.parent
ENGLISH, CHINESE = ROOT / "README.md", ROOT / "README.zh-CN.md"
ADDRESS = "http://localhost:16571"
VLLM = "https://vllm.example.com/v1"
ANY = "…"
PAGES = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")], key=lambda page: page.relative_to(ROOT).as_posix()
)

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_GATEWAY = re.compile(r"<!-- gateway: (.+?) -->\s*\Z")
_MODEL = re.compile(r"<!-- model: (.+?) -->\s*\Z")
_COMMAND = re.compile(r"(?:\w+=\$\()?curl ")
_HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_ROOMS = {path.stem for path in (ROOT / "src" / "akashchat").iterdir()}
_NAME = re.compile(rf"`(?:akashchat\.)?((?:{'|'.join(sorted(_ROOMS))})(?:\.\w+)+)")
_ENDINGS = {"py", "toml", "md"}
_SETTING = re.compile(r"`(AKASHCHAT_[A-Z0-9_]+|SERVER_ADDRESS|AKASH_BASE_URL|BEARER_TOKEN)\b")


class Block(NamedTuple):
    """A fenced block: its language, its text, what stands before it."""

    language: str
    text: str
    before: str


class Example(NamedTuple):
    """A command, what the README says comes back, the gateway it is for, and what the model says to it."""

    command: str
    language: str
    told: str
    settings: dict[str, str]
    said: str

    def __str__(self) -> str:
        address = re.search(r"http://localhost:16571\S*", self.command)
        named = [address[0].strip("'").removeprefix(ADDRESS) if address else "?", *self.settings.values()]
        return " ".join(named)


def blocks(page: pathlib.Path) -> list[Block]:
    """Every fenced block of a page."""
    text = page.read_text("utf-8")
    return [Block(found[1], found[2], text[: found.start()]) for found in _BLOCK.finditer(text)]


def examples() -> Iterator[Example]:
    """The README's curl commands, each with the block that follows it."""
    found = blocks(ENGLISH)
    for block, reply in itertools.pairwise(found):
        if block.language == "bash" and _COMMAND.match(block.text):
            comment = _GATEWAY.search(block.before)
            settings = dict(setting.split("=", 1) for setting in comment[1].split()) if comment else {}
            model = _MODEL.search(block.before)
            yield Example(block.text, reply.language, reply.text, settings, model[1] if model else "")


@pytest.fixture(params=["old", "new"])
async def akash(request):
    """Akash Chat, in both versions of it, with pictures that are ready when first asked for."""
    async with Simulator(dialect=request.param, image_polls=0) as simulator:
        yield simulator


@pytest.fixture
async def vllm():
    """The other upstream of the examples."""
    async with KeyedSimulator(key="the-key-of-your-vllm", vllm=True) as simulator:
        yield simulator


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch, tmp_path):
    """Whatever the environment of the tests holds, the gateway has its defaults."""
    for option in options():
        monkeypatch.delenv(option.variable, raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("example", list(examples()), ids=str)
async def test_a_curl_example_gives_what_the_readme_shows(example, akash, vllm, monkeypatch):
    """Whoever copies an example gets what stands below it."""
    for name, value in example.settings.items():
        monkeypatch.setenv(name, value.replace(VLLM, vllm.base_url))
    if example.said:
        akash.say(example.said)
    async with running(akash.url) as url:
        # The status goes to standard error, so that the body stays as it is.
        command = example.command.replace(ADDRESS, url).replace(
            "curl ", "curl --silent --show-error --write-out '%{stderr}%{http_code} ' "
        )
        output, status = await _run("bash", "-c", command)
    told = example.told.replace(ADDRESS, url)
    statuses = {int(one) for one in status.split()}
    if example.language == "json":
        expected = json.loads(told)
        assert statuses == {expected["code"] if "error" in expected else 200}, output
        assert list(differences(expected, json.loads(output))) == []
    else:
        assert statuses == {200}
        assert missing_lines(told, output) == [], output


async def test_the_python_example_runs(akash):
    """The example for OpenAI's Python package is a whole program."""
    (program,) = [block.text for block in blocks(ENGLISH) if block.language == "python"]
    async with running(akash.url) as url:
        output, _ = await _run(sys.executable, "-c", program.replace(ADDRESS, url))
    assert output.startswith("Hello!")
    assert f"{url}/v1/images/files/" in output


async def test_the_doctor_finds_what_the_readme_shows(akash, monkeypatch):
    """Line by line, in this order."""
    found = itertools.pairwise(blocks(ENGLISH))
    (told,) = [shown.text for block, shown in found if block.text == ".venv/bin/akashchat doctor\n"]
    monkeypatch.setenv("AKASH_BASE_URL", akash.url)
    output, _ = await _run(sys.executable, "-m", "akashchat", "doctor")
    assert missing_lines(told, output) == [], output


@pytest.mark.parametrize("page", [ENGLISH, ROOT / "docs" / "upstreams.md"], ids=lambda page: page.name)
def test_every_toml_example_can_be_used(page, tmp_path):
    """Whoever copies it into ``akashchat.toml`` gets a gateway."""
    for block in blocks(page):
        if block.language == "toml":
            (tmp_path / "akashchat.toml").write_text(block.text, "utf-8")
            load()


def test_both_readmes_have_the_same_examples():
    """Readers of Chinese get every example, and what comes back."""
    english, chinese = (
        [(block.language, block.text) for block in blocks(page)] for page in (ENGLISH, CHINESE)
    )
    assert english == chinese
    for comment in (_GATEWAY, _MODEL):
        before = [comment.findall(block.before) for block in blocks(ENGLISH)]
        assert before == [comment.findall(block.before) for block in blocks(CHINESE)]


def test_both_readmes_have_the_same_shape():
    """Readers of Chinese get every section, every table row, every point, and every link out."""
    for shape in (
        lambda text: [level for level, _ in _HEADING.findall(text)],
        lambda text: [line.count("|") for line in text.splitlines() if line.startswith("|")],
        lambda text: sum(line.startswith("- ") for line in text.splitlines()),
        lambda text: sorted(link for link in _LINK.findall(text) if not _is_place(link)),
        lambda text: sorted(_SETTING.findall(text)),
    ):
        assert shape(_without_other(ENGLISH)) == shape(_without_other(CHINESE))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page):
    """A reader never meets a file or a section that does not exist."""
    for link in _LINK.findall(_BLOCK.sub("", page.read_text("utf-8"))):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, place = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), link
        if place:
            titles = _HEADING.findall(_BLOCK.sub("", target.read_text("utf-8")))
            assert place in {_slug(title) for _, title in titles}, link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_setting_that_is_named_exists(page):
    """No page advises a setting the gateway would refuse."""
    known = {option.variable for option in options()} | {"AKASHCHAT_CONFIG"}
    named = {name for name in _SETTING.findall(page.read_text("utf-8")) if not name.endswith("_")}
    assert named <= known


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_everything_of_ours_that_is_named_exists(page):
    """Modules, classes and methods are called in the pages as they are in the code."""
    text = _BLOCK.sub("", page.read_text("utf-8"))
    for name in {name for name in _NAME.findall(text) if name.rpartition(".")[2] not in _ENDINGS}:
        assert _exists(name), name


def test_rooms_import_what_the_architecture_says():
    """The table of rooms is the code's."""
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \|([^|]*)\|$", text, re.MULTILINE)
    allowed = {room: re.findall(r"`([\w.]+)`", cell) for room, cell in rows}
    assert {*allowed} == _ROOMS - {"__init__", "__main__", "__pycache__", "py"}
    for room, names in allowed.items():
        strange = {
            module
            for module in _imports(room)
            if not any(f"{module}.".startswith(f"{name}.") for name in [room, *names])
        }
        assert room == "app" or strange == set(), room
        assert all(any(f"{module}.".startswith(f"{name}.") for module in _imports(room)) for name in names)


def test_the_readme_gives_the_true_defaults():
    """The short table of settings agrees with the code."""
    defaults = {option.variable: option.default for option in options()}
    rows = re.findall(r"^\| `([A-Z_]+)` \| (?:`([^`]*)`)? ?\|", ENGLISH.read_text("utf-8"), re.MULTILINE)
    assert len(rows) > 10
    assert {name: default for name, default in rows if default != defaults[name]} == {}


def _exists(name: str) -> bool:
    """Whether a dotted name below ``akashchat`` leads to something."""
    try:
        pkgutil.resolve_name(f"akashchat.{name}")
    except (ImportError, AttributeError):
        return False
    return True


def _imports(room: str) -> set[str]:
    """The modules of ours that a room imports, by their names below ``akashchat``."""
    source = ROOT / "src" / "akashchat" / room
    files = source.rglob("*.py") if source.is_dir() else [source.with_suffix(".py")]
    trees = [ast.parse(file.read_text("utf-8")) for file in files]
    found = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    modules = {f"{node.module}.{name.name}" for node in found for name in node.names}
    return {name.removeprefix("akashchat.") for name in modules if name.startswith("akashchat.")} - {
        "__version__"
    }


def differences(told: Any, real: Any, where: str = "") -> Iterator[str]:
    """What is otherwise than told, and where."""
    match told, real:
        case dict(), dict():
            names = told.keys() - {ANY}
            if (unsaid := real.keys() - names) and ANY not in told:
                yield f"{where}: the README leaves out {sorted(unsaid)}"
            for name in names:
                yield from differences(told[name], real.get(name, "(nothing)"), f"{where}.{name}")
        case list(), list():
            some = [one for one in told if one != ANY]
            if len(real) < len(some) or (len(real) > len(some) and ANY not in told):
                yield f"{where}: {len(real)} of them"
            for i, (one, other) in enumerate(zip(some, real, strict=False)):
                yield from differences(one, other, f"{where}[{i}]")
        case _:
            if not _is_as_told(told, real, exactly=where.endswith((".code", ".index"))):
                yield f"{where}: {real!r}"


def _is_as_told(told: Any, real: Any, *, exactly: bool) -> bool:
    """Whether a plain value is as told."""
    if isinstance(told, str) and isinstance(real, str):
        return _fits(told, real)
    if isinstance(told, bool) or not isinstance(told, int | float) or exactly:
        return told == real
    return isinstance(real, int | float)


def missing_lines(told: str, output: str) -> list[str]:
    """Lines of a text that do not come, or not in this order."""
    lines = iter(output.splitlines())
    return [
        line for line in told.splitlines() if line != ANY and not any(_fits(line, real) for real in lines)
    ]


def _fits(told: str, real: str) -> bool:
    return fnmatch.fnmatchcase(real, re.sub(r"([\[*?])", r"[\1]", told).replace(ANY, "*"))


async def _run(*command: str) -> tuple[str, str]:
    """What a command printed, and what it said on the side."""
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, aside = await process.communicate()
    assert process.returncode == 0, aside.decode()
    return output.decode(), aside.decode()


def _is_place(link: str) -> bool:
    return link.startswith("#")


def _without_other(page: pathlib.Path) -> str:
    """A README without the line that leads to the other."""
    lines = page.read_text("utf-8").splitlines()
    return "\n".join(line for line in lines if "README" not in line)


def _slug(title: str) -> str:
    """The place a heading makes, as GitHub names it."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
