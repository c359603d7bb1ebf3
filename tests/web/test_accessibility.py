"""The page for those who do not see it, or not well: axe finds nothing, in both themes and at both widths.

https://github.com/dequelabs/axe-core; its file and licence are in tests/data/axe.
"""

import json
import pathlib

import pytest
from playwright.async_api import Page, Route, expect

from tests.web.conftest import House, Visit

pytestmark = pytest.mark.asyncio(loop_scope="session")

AXE = (pathlib.Path(__file__).parent.parent / "data" / "axe" / "axe.min.js").read_text("utf-8")
_RUN = """async () => (await axe.run({resultTypes: ["violations"]})).violations
  .map(({id, nodes}) => [id, nodes.map(({target, failureSummary}) => `${target}: ${failureSummary}`)])"""


async def violations(page: Page) -> list[object]:
    """What axe objects to, as it is now."""
    if not await page.evaluate("'axe' in globalThis"):
        await page.evaluate(AXE)
    found: list[object] = await page.evaluate(_RUN)
    return found


ANSWER = (
    "## Title\n\nText with `code`, a [link](https://example.org) and $x^2$.\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n\n"
    "```python\ndef f(): return 'x' + 1 # why\n```\n\n> quote\n\n- [x] done\n- [ ] open"
)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
async def test_axe_finds_nothing(visit: Visit, house: House, theme: str, phone: bool) -> None:
    """In any view, with an answer, with the list of models open, and in the dialogs."""
    house.akash.say(ANSWER)
    page = await visit(phone=phone, color_scheme=theme)
    await expect(page.locator(".hello")).to_be_visible()
    assert await violations(page) == []
    await page.get_by_label("Your message").fill("Hello")
    await page.keyboard.press("Enter")
    await expect(page.locator(".answer[aria-busy=false] math")).to_be_visible()
    await page.locator(".picker-button").click()
    assert await violations(page) == []
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Instructions and sampling").click()
    assert await violations(page) == []
    await page.keyboard.press("Escape")
    for view in ("pictures", "models", "connect"):
        await page.locator(f"#to-{view}").click()
        await expect(page.locator("main")).to_have_attribute("data-view", view)
        assert await violations(page) == []


async def test_axe_finds_nothing_where_a_key_is_asked_for(visit: Visit, house: House) -> None:
    """The question for the key, and the menu of a phone behind it."""
    page = await visit(url=house.locked, phone=True)
    await expect(page.get_by_role("dialog")).to_be_visible()
    assert await violations(page) == []
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Menu").click()
    assert await violations(page) == []


async def shortened(route: Route) -> None:
    """The API's description with a few of its paths: all sections are alike, and axe looks at each element."""
    api = await (await route.fetch()).json()
    api["paths"] = {
        path: api["paths"][path] for path in ("/v1/messages/count_tokens", "/v1/models", "/session")
    }
    needed = json.dumps(api["paths"])
    api["components"]["schemas"] = {
        name: schema for name, schema in api["components"]["schemas"].items() if f'/{name}"' in needed
    }
    await route.fulfill(json=api)


async def test_axe_finds_nothing_on_the_page_of_the_api(visit: Visit) -> None:
    """The API's documentation."""
    page = await visit("health")
    await page.emulate_media(color_scheme="dark")
    await page.route("**/openapi.json", shortened)
    await page.goto(page.url.replace("health", "docs"))
    await expect(page.locator("article").first).to_be_visible()
    assert await violations(page) == []
