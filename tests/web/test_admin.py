"""What admins see: the dashboard and the keys."""

import json
import re
from collections.abc import AsyncIterator, Callable
from typing import Any, NamedTuple

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from akashchat.app import create_app
from akashchat.doctor.visit import examine
from akashchat.settings import BadSettings, Settings
from akashchat.simulator import Simulator
from tests.support.gateway import served
from tests.web.conftest import KEY, Visit
from tests.web.test_accessibility import violations

pytestmark = pytest.mark.asyncio(loop_scope="session")

BREAKER = {"breaker_failures": 1, "rescue": False}


class Office(NamedTuple):
    """A gateway with admins, Akash's stand-in behind it, and what its settings say when they are read again."""

    url: str
    akash: Simulator
    wanted: dict[str, Any]

    async def call(self, method: str, path: str, body: Any = None, key: str = KEY) -> Any:
        """Ask it; gives the JSON of its reply."""
        headers = {"Authorization": f"Bearer {key}"}
        async with aiohttp.ClientSession(headers=headers) as session:
            async with session.request(method, self.url + path, json=body) as reply:
                return json.loads(await reply.read())

    async def chat(self, model: str = "DeepSeek-V3.2", key: str = KEY) -> Any:
        """One answer."""
        asked = {"model": model, "messages": [{"role": "user", "content": "Hello"}]}
        return await self.call("POST", "/v1/chat/completions", asked, key)

    async def chats(self, *models: str) -> None:
        """Answers, and their rows in the ledger, which are written behind them."""
        for model in models:
            await self.chat(model)
        while (await self.call("GET", "/admin/usage"))["total"]["requests"] < len(models):
            pass


@pytest_asyncio.fixture(loop_scope="session")
async def office() -> AsyncIterator[Office]:
    """A gateway with a key, by the time of the browser."""
    async with Simulator() as akash:
        async for office in opened(akash, bearer_token=KEY):
            yield office


async def opened(akash: Simulator, **given: Any) -> AsyncIterator[Office]:
    """Open one."""
    calm = {"storage": {"path": ":memory:"}, "akash": {"retries": 0}, "policies": BREAKER}
    wanted: dict[str, Any] = {}

    def read() -> Settings:
        if "refused" in wanted:
            raise BadSettings(wanted["refused"])
        return Settings(_env_file=None, AKASH_BASE_URL=akash.url, **calm, **given, **wanted)  # type: ignore[arg-type]

    async with served(create_app(read(), read=read, examine=examine)) as url:
        yield Office(url, akash, wanted)


async def entered(page: Page, key: str = KEY) -> Page:
    """Sign in."""
    dialog = page.get_by_role("dialog", name="Sign in")
    await dialog.get_by_label("Key").fill(key)
    await page.keyboard.press("Enter")
    await expect(dialog).to_have_count(0)
    return page


@pytest.fixture
def look(visit: Visit, office: Office) -> Callable[..., Any]:
    """What opens a view as an admin."""

    async def look(view: str, **options: Any) -> Page:
        page = await entered(await visit(f"#{view}", url=office.url, **options))
        await page.locator(f"#to-{view}").click()
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        return page

    return look


def panel(page: Page, title: str) -> Locator:
    """A part of the dashboard, by its heading."""
    heading = page.get_by_role("heading", name=title, exact=True)
    return page.locator("section.card").filter(has=heading)


async def test_admins_alone_find_them(visit: Visit, office: Office) -> None:
    """A key that is no admin's has no way there, not by the address either; nor has who signs out."""
    made = await office.call("POST", "/admin/keys", {"name": "ci"})
    page = await entered(await visit("#dashboard", url=office.url), made["key"])
    await expect(page.locator("main")).to_have_attribute("data-view", "chat")
    await expect(page.locator("#to-keys")).to_have_count(0)
    await page.get_by_role("button", name="Sign out").click()
    await entered(page)
    await expect(page.locator("#to-keys")).to_be_visible()
    await expect(page.locator("main")).to_have_attribute("data-view", "dashboard")
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.locator("#to-keys")).to_have_count(0)
    await expect(page.locator("main")).to_have_attribute("data-view", "chat")


async def test_the_dashboard_tells_what_was_used(look: Callable[..., Any], office: Office) -> None:
    """In figures, in charts with their tables, by model, key and upstream, for the span one chooses."""
    await office.chats("DeepSeek-V3.2", "openai/gpt-oss-120b", "openai/gpt-oss-120b")
    page = await look("dashboard")
    tile = page.locator(".tile").filter(has_text="Requests")
    await page.get_by_text("Hour", exact=True).click()
    await expect(tile.locator(".figure")).to_have_text("3")
    chart = page.get_by_role("group", name="Requests over time")
    await expect(page.locator(".chart-card").first.get_by_role("cell", name="3")).to_have_count(1)
    await chart.focus()
    await page.keyboard.press("ArrowLeft")
    await expect(page.locator(".chart-when").first).to_have_text(re.compile(r"\d:\d\d"))
    rows = page.get_by_role("tabpanel", name="Model").get_by_role("rowheader")
    await expect(rows).to_have_text(["openai/gpt-oss-120b", "DeepSeek-V3.2"])
    await page.get_by_role("columnheader", name="Name").get_by_role("button").click()
    await expect(rows).to_have_text(["DeepSeek-V3.2", "openai/gpt-oss-120b"])
    await page.get_by_role("tab", name="Key").click()
    await expect(page.get_by_role("tabpanel", name="Key").get_by_role("rowheader")).to_have_text(["bearer"])
    async with page.expect_download() as saving:
        await page.get_by_role("button", name="Rows as CSV").click()
    assert (await saving.value).suggested_filename == "akashchat-usage.csv"


async def test_the_upstreams_are_told_as_they_are(look: Callable[..., Any], office: Office) -> None:
    """The session, the quota with its end, and the circuit of a model that fails."""
    await office.chat()
    office.akash.play("quota_spent")
    await office.chat("openai/gpt-oss-120b")
    page = await look("dashboard")
    akash = page.locator(".upstream")
    await expect(akash).to_contain_text("held, for")
    await expect(akash.get_by_role("meter", name="Quota")).to_have_attribute("aria-valuetext", "spent")
    await expect(akash).to_contain_text("Full again in")
    await expect(akash).to_contain_text("Troubled")


async def test_answers_are_heard_as_they_end(look: Callable[..., Any], office: Office) -> None:
    """Each can be opened; filters choose, a pause holds them back."""
    page = await look("dashboard")
    live = panel(page, "Live")
    await expect(live.get_by_role("status")).to_have_text("Listening")
    await office.chat()
    line = live.get_by_role("listitem").filter(has_text="DeepSeek-V3.2")
    await line.locator("summary").click()
    await expect(line).to_contain_text("Finish reason")
    await live.get_by_role("button", name="Pause").click()
    await office.chat("openai/gpt-oss-120b")
    await expect(live.get_by_role("status")).to_have_text("Paused · 1 new")
    await live.get_by_role("button", name="Go on").click()
    await expect(live.get_by_role("listitem")).to_have_count(2)
    await live.get_by_label("Errors only").check()
    await expect(live.get_by_role("listitem")).to_have_text(["Nothing yet."])
    office.akash.play("error_server")
    await office.chat()
    await expect(live.get_by_role("listitem")).to_have_count(1)
    await live.get_by_label("Model").fill("no-such")
    await expect(live.get_by_role("listitem")).to_have_text(["Nothing yet."])


async def test_the_doctor_looks_and_says_what_to_do(look: Callable[..., Any], office: Office) -> None:
    """Check by check, with a sum, and a remedy where something is not well."""
    page = await look("dashboard")
    doctor = panel(page, "Doctor")
    await doctor.get_by_role("button", name="Look now").click()
    await expect(doctor.get_by_role("status")).to_contain_text("All is well")
    await expect(doctor.get_by_role("listitem").filter(has_text="akash · chat")).to_contain_text("well")
    office.akash.play("session_500", times=9)
    await doctor.get_by_role("button", name="Look now").click()
    await expect(doctor.get_by_role("status")).to_contain_text("checks failed")
    await expect(doctor.locator(".remedy").first).to_be_visible()


async def test_settings_are_read_again(look: Callable[..., Any], office: Office) -> None:
    """What is in force and what waits is named; what cannot be used is refused, with the reason."""
    page = await look("dashboard")
    settings = panel(page, "Settings")
    again = settings.get_by_role("button", name="Read again")
    await again.click()
    await expect(settings.get_by_role("status")).to_have_text("Nothing has changed.")
    office.wanted.update(models={"aliases": {"mine": "DeepSeek-V3.2"}}, server={"workers": 3})
    await again.click()
    await expect(settings.get_by_role("status")).to_contain_text("AKASHCHAT_MODELS_ALIASES")
    await expect(settings.get_by_role("status")).to_contain_text("AKASHCHAT_SERVER_WORKERS")
    office.wanted["refused"] = "AKASHCHAT_MODELS_ALIASES: no such thing"
    await again.click()
    await expect(settings.get_by_role("status")).to_contain_text("no such thing")


async def test_a_key_is_issued_and_handed_on(look: Callable[..., Any], office: Office) -> None:
    """It is shown once; the set-ups have it at once, with the models that it opens."""
    page = await look("keys")
    await page.get_by_role("button", name="New key").click()
    form = page.get_by_role("dialog", name="New key")
    await form.get_by_label("Name").fill("ci")
    await form.get_by_label("Ends").select_option(label="in 30 days")
    await form.get_by_label("More Models, with commas").fill("DeepSeek-*")
    await form.get_by_text("messages", exact=True).click()
    await form.get_by_label("Tokens a day").fill("5000")
    await form.get_by_role("button", name="Issue").click()
    shown = page.get_by_role("dialog", name="The key")
    text = await shown.locator(".issued-key").text_content() or ""
    assert text.startswith("ak-")
    await expect(shown.locator("pre").first).to_contain_text(text)
    await shown.get_by_role("button", name="Set up a client with it").click()
    await expect(page.get_by_label("Key for the examples below")).to_have_value(text)
    await expect(page.locator(".code pre").first).to_contain_text(f"Bearer {text}")
    models = await page.get_by_label("Model for the examples below").locator("option").all_text_contents()
    assert models
    assert {name.partition("-")[0] for name in models} == {"DeepSeek"}
    (made,) = (await office.call("GET", "/admin/keys"))["data"]
    assert (made["scope"]["models"], made["scope"]["dialects"]) == (["DeepSeek-*"], ["messages"])
    assert made["allowance"]["tokens_per_day"] == 5000
    await page.locator("#to-keys").click()
    await expect(page.locator(".keys tbody tr")).to_contain_text("5K of 5K")
    assert text not in await page.locator("body").inner_text()


async def test_a_key_is_changed_renewed_and_ended(look: Callable[..., Any], office: Office) -> None:
    """What was filled in is there; a new text ends the old; a revoked key is out of sight until it is asked for."""
    made = await office.call("POST", "/admin/keys", {"name": "ci", "allowance": {"tokens_per_day": 9000}})
    await office.chat(key=made["key"])
    page = await look("keys")
    row = page.locator(".keys tbody tr")
    await page.get_by_role("button", name="Edit ci").click()
    form = page.get_by_role("dialog", name="Change a key")
    await expect(form.get_by_label("Tokens a day")).to_have_value("9000")
    await form.get_by_label("Name").fill("build")
    await form.get_by_label("Tokens a day").fill("")
    await form.get_by_role("button", name="Save").click()
    await expect(row).to_contain_text("no limits")
    await page.get_by_role("button", name="Usage of build").click()
    usage = page.get_by_role("dialog", name="Usage of a key")
    await expect(usage).to_contain_text("the last 30 days")
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Give build a new text").click()
    await page.get_by_role("dialog").get_by_role("button", name="New text").click()
    await expect(page.get_by_role("dialog", name="The key")).to_contain_text("The old text has ended.")
    assert (await office.chat(key=made["key"]))["error"]["code"] == "invalid_api_key"
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Revoke build").click()
    await page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    await expect(row).to_have_count(0)
    await page.get_by_label("Show those that ended").check()
    await expect(row).to_contain_text("revoked")


async def test_what_a_key_cannot_be_is_told(look: Callable[..., Any]) -> None:
    """In the gateway's words, and the form stays as it is."""
    page = await look("keys")
    await page.get_by_role("button", name="New key").click()
    form = page.get_by_role("dialog", name="New key")
    await form.get_by_label("Name").fill("bearer")
    await form.get_by_role("button", name="Issue").click()
    await expect(form.get_by_role("alert")).to_contain_text("'name' must")


async def test_who_issues_the_first_key_is_not_locked_out(visit: Visit) -> None:
    """It is an admin's unless one says otherwise, and the page goes on with it."""
    async with Simulator() as akash:
        async for office in opened(akash):
            page = await visit("#keys", url=office.url)
            await page.get_by_role("button", name="New key").click()
            form = page.get_by_role("dialog", name="New key")
            await expect(form).to_contain_text("This is the first key.")
            await form.get_by_label("Name").fill("boss")
            await form.get_by_role("button", name="Issue").click()
            await expect(page.get_by_role("dialog", name="The key")).to_be_visible()
            await page.keyboard.press("Escape")
            await expect(page.locator(".keys tbody tr")).to_contain_text("boss")
            await page.reload()
            await expect(page.locator(".keys tbody tr")).to_contain_text("boss")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
async def test_axe_finds_nothing_in_them(
    look: Callable[..., Any], office: Office, theme: str, phone: bool
) -> None:
    """Nor is anything wider than the screen, in either language."""
    made = await office.call("POST", "/admin/keys", {"name": "ci", "allowance": {"tokens_per_day": 9000}})
    await office.chat(key=made["key"])
    page = await look("dashboard", phone=phone, color_scheme=theme)
    await page.locator(".log summary").first.click()
    await page.get_by_role("button", name="Look now").click()
    await expect(page.locator(".doctor .summary")).to_contain_text("well")
    assert await violations(page) == []
    assert await page.evaluate("document.querySelector('main').scrollWidth <= innerWidth")
    await page.locator("#to-keys").click()
    await expect(page.locator(".keys tbody tr")).to_contain_text("9K")
    assert await violations(page) == []
    assert await page.evaluate("document.querySelector('main').scrollWidth <= innerWidth")
    for name in ("New key", "Usage of ci", "Revoke ci"):
        await page.get_by_role("button", name=name).click()
        await expect(page.get_by_role("dialog")).to_be_visible()
        assert await violations(page) == []
        await page.keyboard.press("Escape")
    if not phone:
        await page.get_by_role("button", name="中文").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("密钥")
        await page.locator("#to-dashboard").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("仪表盘")
        assert not re.search("undefined|null|NaN", await page.locator("body").inner_text())
