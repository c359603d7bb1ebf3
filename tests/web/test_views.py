"""Pictures, models, connecting, signing in, and the page itself: languages, colours, phone, weight."""

import re

import pytest
from playwright.async_api import Page, Response, expect

from tests.web.conftest import KEY, House, Visit

pytestmark = pytest.mark.asyncio(loop_scope="session")

MOST_BYTES = 100_000


async def draw(page: Page, prompt: str) -> None:
    """Ask for a picture."""
    await page.get_by_label("Describe the picture").fill(prompt)
    await page.get_by_role("button", name="Draw", exact=True).click()


async def test_a_picture_is_drawn_and_kept(visit: Visit) -> None:
    """Its place in the queue is told, then it hangs in the gallery, can be looked at, saved and deleted."""
    page = await visit("#pictures")
    told = await page.evaluate_handle(
        """() => {
          const told = [];
          new MutationObserver(() => {
            const state = document.querySelector(".job .state")?.textContent;
            if (state && told.at(-1) !== state) told.push(state);
          }).observe(document.body, {subtree: true, childList: true, characterData: true});
          return told;
        }"""
    )
    await draw(page, "A red fox in the snow")
    await expect(page.locator(".gallery li")).to_have_count(1)
    assert "In the queue, at position 1" in await told.json_value()
    await page.reload()
    await page.get_by_role("button", name="Open: A red fox in the snow").click()
    dialog = page.get_by_role("dialog")
    assert await dialog.locator("img").evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    async with page.expect_download() as saving:
        await dialog.get_by_role("link", name="Download").click()
    assert (await saving.value).suggested_filename == "a-red-fox-in-the-snow.webp"
    await dialog.get_by_role("button", name="Delete").click()
    await expect(page.locator(".gallery li")).to_have_count(0)


async def test_a_picture_that_fails_says_why(visit: Visit, house: House) -> None:
    """In the gateway's words."""
    house.akash.play("image_failed")
    page = await visit("#pictures")
    await draw(page, "Something impossible")
    await expect(page.get_by_role("alert")).to_contain_text("could not be made")
    await expect(page.locator(".job")).to_have_count(0)


async def test_models_are_shown_and_tested(visit: Visit) -> None:
    """A card has the limits and what is followed; a test says after how long the first word came."""
    page = await visit("#models")
    card = page.locator(".model", has_text="DeepSeek V3.2")
    await expect(card).to_contain_text("64,000 tokens")
    await expect(card.locator(".cap", has_text="Temperature")).to_contain_text("done by the upstream")
    await expect(card.locator(".cap", has_text="Tools")).to_contain_text("done by the gateway")
    await card.get_by_role("button", name="Test").click()
    await expect(card.get_by_role("status")).to_contain_text("First word after")
    await card.get_by_role("button", name="Chat").click()
    await expect(page).to_have_url(re.compile("#chat$"))
    await expect(page.get_by_role("button", name=re.compile("^Model "))).to_contain_text("DeepSeek V3.2")


async def test_clients_get_this_gateways_own_address(visit: Visit, house: House) -> None:
    """Every example names it, and the model that was chosen."""
    page = await visit("#connect")
    await expect(page.locator(".address code").first).to_have_text(f"{house.url}/v1")
    await page.get_by_label("Model for the examples below").select_option("openai/gpt-oss-120b")
    texts = await page.locator(".code pre").all_text_contents()
    assert len(texts) > 15
    host = house.url.removeprefix("http://127.0.0.1")
    assert [text for text in texts if host not in text] == []
    assert [
        text for text in texts if "model" in text.lower() and not re.search("gpt-oss-120b|AkashGen", text)
    ] == []


async def test_a_key_is_asked_for_and_not_kept(visit: Visit, house: House) -> None:
    """A wrong key is told; with the right one everything works, after a reload too; signing out asks again."""
    page = await visit(url=house.locked)
    dialog = page.get_by_role("dialog", name="Sign in")
    await dialog.get_by_label("Key").fill("wrong")
    await dialog.get_by_role("button", name="Sign in").click()
    await expect(dialog.get_by_role("alert")).to_have_text("That key is not valid.")
    await dialog.get_by_label("Key").fill(KEY)
    await page.keyboard.press("Enter")
    await expect(dialog).to_have_count(0)
    await expect(page.get_by_role("button", name=re.compile("^Model "))).to_contain_text("DeepSeek V3.2")
    await page.reload()
    await page.get_by_label("Your message").fill("Hello")
    await page.keyboard.press("Enter")
    await expect(page.locator(".answer")).to_contain_text("Hello! I am")
    everything = await page.evaluate("() => [document.cookie, ...Object.values(localStorage)].join()")
    assert KEY not in everything
    assert "pass" not in everything
    (cookie,) = await page.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    await page.get_by_role("button", name="Sign out").click()
    await expect(dialog).to_be_visible()
    assert await page.context.cookies() == []


async def test_the_examples_take_the_key(visit: Visit, house: House) -> None:
    """Where one is needed, it is put in by hand and goes nowhere."""
    page = await visit("#connect", url=house.locked)
    await page.get_by_role("dialog").get_by_label("Key").fill(KEY)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.locator(".code pre").first).to_contain_text("Bearer YOUR_KEY")
    await page.get_by_label("Key for the examples below").fill("sk-mine")
    await expect(page.locator(".code pre").first).to_contain_text("Bearer sk-mine")


async def test_the_browsers_language_is_spoken(visit: Visit) -> None:
    """Chinese where the browser wants it; the switch turns everything, and the choice is remembered."""
    page = await visit(locale="zh-CN")
    await expect(page.get_by_role("heading", level=2)).to_have_text("想了解什么？")
    assert await page.evaluate("document.documentElement.lang") == "zh-CN"
    for view, title in (("pictures", "绘制图片"), ("models", "模型"), ("connect", "接入客户端")):
        await page.locator(f"#to-{view}").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text(title)
        assert not re.search("undefined|null", await page.locator("body").inner_text())
    await page.get_by_role("button", name="English").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Connect a client")
    await page.reload()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Connect a client")


async def test_colours_follow_the_system_or_the_switch(visit: Visit) -> None:
    """Dark where the system is; light when it is chosen, also on the page of the API and from the first paint."""
    page = await visit(color_scheme="dark")
    paper = "getComputedStyle(document.body).backgroundColor"
    dark = await page.evaluate(paper)
    switch = page.get_by_role("button", name="Colours")
    await expect(switch).to_have_attribute("title", "Colours: System")
    await switch.click()
    light = await page.evaluate(paper)
    assert light != dark
    await page.goto(page.url.partition("#")[0] + "docs")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("akashchat")
    assert await page.evaluate(paper) == light


async def test_a_phone_has_the_drawer_and_the_views_below(visit: Visit) -> None:
    """Nothing is wider than the screen; the drawer opens, keeps the focus, and closes with Escape."""
    page = await visit(phone=True)
    await expect(page.locator(".hello")).to_be_visible()
    for view in ("pictures", "models", "connect", "chat"):
        await page.locator(f"#to-{view}").click()
        await expect(page.locator("main")).to_have_attribute("data-view", view)
        assert await page.evaluate("document.querySelector('main').scrollWidth") <= 390
    menu = page.get_by_role("button", name="Menu")
    await menu.click()
    await expect(page.locator("#drawer").get_by_role("button", name="New chat")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(menu).to_be_focused()
    await expect(page.locator("#drawer")).to_be_hidden()


async def test_everything_is_reached_by_keyboard(visit: Visit) -> None:
    """The first stop leads past the navigation; the views are links; what has the focus is visible."""
    page = await visit("#models")
    await expect(page.locator(".model").first).to_be_visible()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.querySelector('main').contains(document.activeElement)")
    assert await page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


async def test_the_first_paint_is_light(visit: Visit, house: House) -> None:
    """All that is loaded before one can write weighs less than 100 KB on the way, and is asked for at once."""
    page = await visit()
    await expect(page.locator(".hello")).to_be_visible()
    sizes = await page.evaluate(
        "() => performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation'))"
        ".map((one) => [one.name, one.transferSize])"
    )
    assert sum(size for _, size in sizes) < MOST_BYTES, sizes
    scripts = {name for name, _ in sizes if name.endswith(".js")}
    announced = await page.evaluate(
        "() => [...document.querySelectorAll('[rel=modulepreload], script[src]')].map((one) => one.href || one.src)"
    )
    assert scripts == set(announced)
    responses: list[Response] = []
    page.on("response", lambda one: responses.append(one))  # noqa: PLW0108  it must be a function
    await page.reload()
    await expect(page.locator(".hello")).to_be_visible()
    assert {one.status for one in responses if "/assets/" in one.url} <= {200, 304}


async def test_without_the_gateway_the_page_says_so(visit: Visit) -> None:
    """A connection that is lost is told where one asks."""
    page = await visit()
    await expect(page.get_by_role("button", name=re.compile("^Model "))).to_contain_text("DeepSeek")
    await page.route("**/v1/**", lambda route: route.abort())
    await page.get_by_label("Your message").fill("Hello")
    await page.keyboard.press("Enter")
    await expect(page.locator(".answer .wrong")).to_have_text("The gateway cannot be reached.")
