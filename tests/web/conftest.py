"""A browser, the page in it, and the gateway and Akash's stand-in behind that.

One browser and one loop serve all tests of the page; each test has a context of its own, as a new visitor would.
Whatever test it is: no script may fail, nothing may be asked of another host, and the policy may not be broken.
"""

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, NamedTuple

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from akashchat.simulator import Simulator
from tests.support.clock import HastyClock
from tests.support.gateway import running

KEY = "my-key"
DESKTOP, PHONE = {"width": 1280, "height": 860}, {"width": 390, "height": 844}
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

Visit = Callable[..., Awaitable[Page]]


class House(NamedTuple):
    """Akash's stand-in, the gateway before it, and another that needs a key."""

    akash: Simulator
    url: str
    locked: str


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """The system's Chromium, without a window."""
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        pytest.skip("no Chromium is installed")
    async with async_playwright() as playwright:
        # In a container there is no sandbox to be had; the pages are our own.
        async with await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"]) as browser:
            yield browser


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def house() -> AsyncIterator[House]:
    """Where the page comes from."""
    async with Simulator(image_polls=2) as akash:
        async with running(akash.url, HastyClock()) as url:
            async with running(akash.url, HastyClock(), bearer_token=KEY) as locked:
                yield House(akash, url, locked)


@pytest_asyncio.fixture(loop_scope="session")
async def visit(browser: Browser, house: House) -> AsyncIterator[Visit]:
    """What opens the page as a new visitor would, ``"#models"`` say; options are the context's."""
    house.akash.reset()
    contexts, troubles = [], []

    async def visit(path: str = "", *, url: str = "", phone: bool = False, **options: Any) -> Page:
        options = {"viewport": PHONE if phone else DESKTOP, "has_touch": phone, "locale": "en-GB", **options}
        context = await browser.new_context(reduced_motion="reduce", **options)
        contexts.append(context)
        context.set_default_timeout(8000)
        page = await context.new_page()
        base = url or house.url
        page.on("pageerror", lambda error: troubles.append(f"{error}"))
        page.on("console", lambda message: troubles.extend(_trouble(message.type, message.text)))
        page.on("request", lambda request: troubles.extend(_foreign(request.url, base)))
        await page.goto(f"{base}/{path}")
        return page

    yield visit
    for context in contexts:
        await context.close()
    assert troubles == []


def _trouble(kind: str, text: str) -> list[str]:
    # What a test provokes, a refusal of the API, the browser tells as an error of its own.
    return [text] if kind == "error" and not text.startswith("Failed to load resource") else []


def _foreign(address: str, base: str) -> list[str]:
    return [] if address.startswith((base, "blob:", "data:")) else [f"asked elsewhere: {address}"]
