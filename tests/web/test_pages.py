"""The pages and what they load, over plain HTTP."""

import html.parser
import importlib.resources
import pathlib
import posixpath
import re
from collections.abc import AsyncIterator

import aiohttp
import pytest

FILES = pathlib.Path(str(importlib.resources.files("akashchat.web")))
PAGES = {"/": FILES / "index.html", "/docs": FILES / "docs.html"}
ASSETS = {
    file.relative_to(FILES / "assets").as_posix(): file
    for file in (FILES / "assets").rglob("*")
    if file.is_file()
}
SCRIPTS = [name for name in ASSETS if name.endswith(".js")]
TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
LONGEST = 300
VOID = {"meta", "link", "img", "input", "br"}


class Reader(html.parser.HTMLParser):
    """Reads a page; notes what it loads, and every tag that is not closed or not allowed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note it."""
        given = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        if tag == "style" or (tag == "script" and not given.get("src")):
            self.faults.append(f"inline {tag}")
        self.faults += [name for name in given if name == "style" or name.startswith("on")]
        place = given.get("src") or (given.get("href") if tag == "link" else None)
        if place:
            self.loads.append(place)

    def handle_endtag(self, tag: str) -> None:
        """Hold it against what is open."""
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}>")


def read(path: str) -> Reader:
    """A page, read."""
    reader = Reader()
    reader.feed(PAGES[path].read_text("utf-8"))
    return reader


@pytest.fixture
async def session(gateway: str) -> AsyncIterator[aiohttp.ClientSession]:
    """A client of the gateway."""
    async with aiohttp.ClientSession(gateway) as session:
        yield session


@pytest.mark.parametrize("path", PAGES)
async def test_pages_are_html(session: aiohttp.ClientSession, path: str) -> None:
    """A page is served as HTML, to whoever asks and whatever they accept."""
    for accept in ("text/html", "application/json", "*/*"):
        async with session.get(path, headers={"accept": accept}) as reply:
            assert (reply.status, reply.headers["content-type"]) == (200, "text/html; charset=utf-8")
            assert await reply.read() == PAGES[path].read_bytes()


@pytest.mark.parametrize("path", [*PAGES, *[f"/assets/{name}" for name in ASSETS]])
async def test_probes_are_answered(session: aiohttp.ClientSession, path: str) -> None:
    """``HEAD`` gets what ``GET`` gets, without the body; who has the file already gets 304."""
    async with session.head(path) as reply:
        assert reply.status == 200
        assert int(reply.headers["content-length"]) > 0
    async with session.get(path, headers={"if-none-match": reply.headers["etag"]}) as again:
        assert (again.status, await again.read()) == (304, b"")


@pytest.mark.parametrize("name", ASSETS)
async def test_assets_have_their_type(session: aiohttp.ClientSession, name: str) -> None:
    """Styles, scripts and icons are served as what they are, and as nothing else."""
    async with session.get(f"/assets/{name}") as reply:
        assert reply.content_type == TYPES[name.rpartition(".")[2]]
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert await reply.read() == ASSETS[name].read_bytes()


@pytest.mark.parametrize("name", ["none.js", "..%2fpages.py", "pages.py", "index.html"])
async def test_other_files_are_not_served(session: aiohttp.ClientSession, name: str) -> None:
    """What is no asset is not found, in the words of the API."""
    async with session.get(f"/assets/{name}") as reply:
        assert reply.status == 404
        assert (await reply.json())["error"]["code"] == "not_found"


@pytest.mark.parametrize("path", [*PAGES, "/assets/icon.svg"])
async def test_pages_may_load_nothing_but_the_gateways_own(session: aiohttp.ClientSession, path: str) -> None:
    """The policy allows this host alone, no inline code, and no text to become markup."""
    async with session.get(path) as reply:
        rules = dict(
            rule.strip().partition(" ")[::2] for rule in reply.headers["content-security-policy"].split(";")
        )
    assert rules["default-src"] == "'none'"
    assert rules["require-trusted-types-for"] == "'script'"
    sources = {name: rule for name, rule in rules.items() if name.endswith("-src") and name != "default-src"}
    assert sources.pop("img-src") == "'self' blob:"
    assert set(sources.values()) == {"'self'"}


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_well_formed(path: str) -> None:
    """Every tag is closed, nothing is inline that the policy forbids, and all that is loaded is there."""
    reader = read(path)
    assert (reader.faults, reader.open) == ([], [])
    assert {place.removeprefix("assets/") for place in reader.loads} <= ASSETS.keys()


@pytest.mark.parametrize("name", [*ASSETS, "index.html", "docs.html"])
def test_no_other_host_is_named(name: str) -> None:
    """Nobody else learns that a page is looked at; comments load nothing, and names of markup are no addresses."""
    text = re.sub(r"(?m)^\s*//.*$", "", (ASSETS.get(name) or FILES / name).read_text("utf-8"))
    text = re.sub(r"http://www\.w3\.org/(?:2000/svg|1998/Math/MathML)", "", text)
    assert not re.search(r"\w+://|[\"'(]//", text)


@pytest.mark.parametrize("path", PAGES)
async def test_pages_travel_compressed(session: aiohttp.ClientSession, path: str) -> None:
    """Who takes gzip gets it; who does not gets the file as it is; each has a tag of its own."""
    async with session.get(path, headers={"accept-encoding": "gzip"}) as short:
        assert short.headers["content-encoding"] == "gzip"
        assert await short.read() == PAGES[path].read_bytes()
    async with session.get(path, headers={"accept-encoding": "identity"}) as plain:
        assert "content-encoding" not in plain.headers
        assert await plain.read() == PAGES[path].read_bytes()
    assert plain.headers["etag"] != short.headers["etag"]
    assert plain.headers["vary"] == short.headers["vary"] == "accept-encoding"


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_load_what_is_there(name: str) -> None:
    """A script's imports are assets, and what it imports is exported there."""
    text = ASSETS[name].read_text("utf-8")
    for names, place in re.findall(r'import (?:\{([^}]+)\} from )?\(?"(\.[^"]+)"', text):
        target = ASSETS[posixpath.normpath(posixpath.join(posixpath.dirname(name), place))].read_text("utf-8")
        exported = re.findall(r"export (?:const|let|class|(?:async )?function\*?) (\w+)", target)
        assert {one.strip() for one in names.split(",") if one.strip()} <= {*exported, "events"}


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_are_small_and_say_what_they_are_for(name: str) -> None:
    """A charter in the first line, no markup from text, no code from text."""
    text = ASSETS[name].read_text("utf-8")
    assert text.startswith("// ")
    assert text.count("\n") < LONGEST
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text
    )


def test_pages_speak_both_languages() -> None:
    """English and Chinese have the same words, and the pages use no others."""
    texts = [file.read_text("utf-8") for file in [*PAGES.values(), *map(ASSETS.get, SCRIPTS)]]
    known: dict[str, list[str]] = {"en": [], "zh": []}
    for text in texts:
        for language, words in re.findall(
            r"^  (en|zh): \{(.*?)\},\n(?=  zh|\})", text, re.DOTALL | re.MULTILINE
        ):
            known[language] += re.findall(r'(\w+): "', words)
    assert sorted(known["en"]) == sorted(known["zh"]) != []
    used = re.findall(r'\bt\("(\w+)"|data-t(?:-\w+)?="(\w+)"|"data-t(?:-\w+)?": "(\w+)"', "\n".join(texts))
    assert {one for match in used for one in match if one} <= set(known["en"])
