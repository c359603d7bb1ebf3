"""Conversations on the page, as a person has them."""

import json
import re

import pytest
from playwright.async_api import Page, expect

from tests.web.conftest import House, Visit

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def ask(page: Page, text: str) -> None:
    """Write a question and send it."""
    area = page.get_by_label("Your message").last
    await area.fill(text)
    await area.press("Enter")


async def whole(page: Page, count: int = 1) -> None:
    """Wait until so many answers are there and complete."""
    await expect(page.locator(".answer[aria-busy=false]")).to_have_count(count)


async def test_an_answer_comes_with_its_thoughts_folded(visit: Visit) -> None:
    """The question stands there, the answer below it, its thoughts behind a line, tokens and time at its end."""
    page = await visit()
    await ask(page, "What are you?")
    await whole(page)
    await expect(page.locator(".bubble")).to_have_text("What are you?")
    answer = page.locator(".answer")
    await expect(answer).to_contain_text("Hello! I am the Akash Chat simulator")
    thoughts = answer.locator("details.thoughts")
    assert await thoughts.get_attribute("open") is None
    await thoughts.locator("summary").click()
    await expect(thoughts).to_contain_text("Someone wants an answer.")
    await expect(answer.locator(".facts")).to_have_text(re.compile(r"^(about )?\d+ tokens · [\d.]+ s"))


MARKDOWN = r"""
# A title

Some **bold**, *slanted* and `plain` text, a [link](https://example.org/a_(b)) and <b>no markup</b>.

| Name | Size |
|:-----|-----:|
| a\|b | `1|2` |

```python
def f(x):  # a comment
    return "<script>" + x
```

1. one
   - inner
2. two

Inline $E = mc^2$ costs $5 and $6.

$$\int_0^1 \frac{x^2}{\sqrt{2}} \, dx = \begin{cases} a & b \\ c & d \end{cases}$$

$$\nonsense{x}$$
"""


async def test_markdown_is_drawn(visit: Visit, house: House) -> None:
    """Headings, emphasis, links, lists, tables, code in colours, and formulas as MathML."""
    house.akash.say(*re.findall(r".{1,7}", MARKDOWN, re.DOTALL))
    page = await visit()
    await ask(page, "Show me")
    await whole(page)
    text = page.locator(".answer .text").last
    await expect(text.locator("h3")).to_have_text("A title")
    await expect(text.locator("p strong")).to_have_text("bold")
    await expect(text.locator("p em")).to_have_text("slanted")
    link = text.get_by_role("link", name="link")
    assert await link.get_attribute("href") == "https://example.org/a_(b)"
    assert "noreferrer" in (await link.get_attribute("rel") or "")
    await expect(text.locator("p").first).to_contain_text("<b>no markup</b>")
    await expect(text.locator("td")).to_have_text(["a|b", "1|2"])
    await expect(text.locator("td.right")).to_have_count(1)
    await expect(text.locator("pre code")).to_have_text('def f(x):  # a comment\n    return "<script>" + x')
    await expect(text.locator(".tok-comment")).to_have_text("# a comment")
    await expect(text.locator("ol > li > ul > li")).to_have_text("inner")
    await expect(text.locator("math")).to_have_count(2)
    await expect(text.locator("math mfrac msqrt")).to_have_count(1)
    await expect(text).to_contain_text("costs $5 and $6.")
    await expect(text.locator(".formula code")).to_have_text(r"\nonsense{x}")


HOSTILE = """
<img src=x onerror=alert(1)> <script>alert(1)</script>

[one](javascript:alert(1)) [two](data:text/html,x) ![three](https://elsewhere.example/pixel.png)

<a href="javascript:alert(1)">four</a>
"""


async def test_no_answer_becomes_markup(visit: Visit, house: House) -> None:
    """Markup is text, links lead to ordinary places alone, and no picture is fetched from elsewhere."""
    house.akash.say(HOSTILE)
    page = await visit()
    await ask(page, "Attack me")
    await whole(page)
    text = page.locator(".answer .text").last
    await expect(text.locator("img, script, iframe")).to_have_count(0)
    places = await text.locator("a").evaluate_all("links => links.map((link) => link.href)")
    assert places == ["https://elsewhere.example/pixel.png"]


async def test_an_answer_can_be_stopped(visit: Visit, house: House) -> None:
    """What has come stays; Akash is left at once; the next question can be asked."""
    house.akash.play("endless")
    page = await visit()
    await ask(page, "Never stop")
    await expect(page.locator(".answer")).to_contain_text("and on and on")
    await page.get_by_role("button", name="Stop", exact=True).click()
    await whole(page)
    await expect(page.locator(".facts")).to_contain_text("Stopped")
    await house.akash.left()
    await ask(page, "And now?")
    await whole(page, 2)


async def test_a_question_can_be_edited_and_asked_again(visit: Visit, house: House) -> None:
    """An edited question takes the place of what came after it; another answer that of the last one."""
    page = await visit()
    await ask(page, "First words")
    await whole(page)
    await page.locator(".question").hover()
    await page.get_by_role("button", name="Edit", exact=True).click()
    await page.locator(".editing textarea").fill("Second words")
    await page.locator(".editing").get_by_role("button", name="Send").click()
    await expect(page.locator(".bubble")).to_have_text("Second words")
    await whole(page)
    house.akash.say("Another answer.")
    await page.get_by_role("button", name="Ask again", exact=True).click()
    await expect(page.locator(".answer")).to_contain_text("Another answer.")
    await whole(page)
    assert [chat.body["messages"][-1]["content"] for chat in house.akash.chats] == [
        "First words",
        "Second words",
        "Second words",
    ]


async def test_a_question_can_be_edited_while_its_answer_comes(visit: Visit, house: House) -> None:
    """The old answer is given up, at Akash too; the new one can be stopped like any other."""
    house.akash.play("stall", 2)
    page = await visit()
    for words in ("First words", "Second words"):
        if words == "First words":
            await ask(page, words)
        else:
            await page.locator(".question").hover()
            await page.get_by_role("button", name="Edit", exact=True).click()
            await page.locator(".editing textarea").fill(words)
            await page.locator(".editing").get_by_role("button", name="Send").click()
        await expect(page.locator(".bubble")).to_have_text(words)
        await expect(page.locator(".answer")).to_contain_text("This answer is")
    await house.akash.left()
    await expect(page.locator(".answer")).to_have_count(1)
    await page.get_by_role("button", name="Stop", exact=True).click()
    await whole(page)
    await house.akash.left(2)


async def test_conversations_are_kept_in_the_browser(visit: Visit) -> None:
    """They outlive the page, can be gone back to, and be deleted."""
    page = await visit()
    await ask(page, "Remember this")
    await whole(page)
    await page.get_by_role("button", name="New chat").first.click()
    await expect(page.locator(".hello")).to_be_visible()
    await ask(page, "And that")
    await whole(page)
    await page.reload()
    listed = page.get_by_role("navigation", name="Conversations")
    await expect(listed.locator(".conversation")).to_have_text(["And that", "Remember this"])
    await listed.get_by_role("button", name="Remember this", exact=True).click()
    await expect(page.locator(".bubble")).to_have_text("Remember this")
    await expect(page.locator(".answer")).to_contain_text("Hello!")
    await page.get_by_role("button", name="Delete “Remember this”").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(listed.locator(".conversation")).to_have_text(["And that"])
    await expect(page.locator(".hello")).to_be_visible()


async def test_a_model_is_chosen_by_keyboard(visit: Visit, house: House) -> None:
    """The list says what each model is; the choice is remembered."""
    page = await visit()
    button = page.get_by_role("button", name=re.compile("^Model "))
    await expect(button).to_contain_text("DeepSeek V3.2")
    await button.press("Enter")
    options = page.get_by_role("listbox", name="Choose a model").get_by_role("option")
    await expect(options.first).to_contain_text("Reasoning-first model built for agents")
    await expect(options.first).to_contain_text("64K context")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(button).to_contain_text("Qwen3 30B A3B")
    await expect(button).to_be_focused()
    await page.reload()
    await expect(button).to_contain_text("Qwen3 30B A3B")
    await ask(page, "Hello")
    await whole(page)
    assert house.akash.chats[-1].body["model"] == "Qwen/Qwen3-30B-A3B"


async def test_instructions_and_sampling_go_along(visit: Visit, house: House) -> None:
    """The system prompt and the numbers that were given reach Akash; the others do not."""
    page = await visit()
    await page.get_by_role("button", name="Instructions and sampling").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("System prompt").fill("Be brief.")
    await dialog.get_by_label("Temperature").fill("0.25")
    await expect(dialog.locator(".number").first).to_contain_text("done by the upstream")
    await dialog.get_by_role("button", name="Save").click()
    await ask(page, "Hello")
    await whole(page)
    sent = house.akash.chats[-1].body
    assert sent["temperature"] == 0.25
    assert "Be brief." in json.dumps(sent)


DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
"""A picture of one dot."""

DROP = """(dot) => {
  const dataTransfer = new DataTransfer();
  const drop = (name, type, data) => dataTransfer.items.add(new File([data], name, {type}));
  drop("dot.png", "image/png", Uint8Array.from(atob(dot), (one) => one.charCodeAt(0)));
  drop("note.txt", "text/plain", "A secret word: heron");
  drop("code.rs", "", "fn main() {} // osprey");
  drop("other.txt", "text/plain", "not this");
  const event = new DragEvent("drop", {dataTransfer, bubbles: true, cancelable: true});
  document.querySelector(".chat").dispatchEvent(event);
}"""


async def test_pictures_and_files_are_dropped_in(visit: Visit, house: House) -> None:
    """Both are shown, go to the model, and can be taken back before."""
    page = await visit()
    await expect(page.locator(".composer")).to_be_visible()
    await page.evaluate(DROP, DOT)
    chips = page.locator(".composer .chip")
    await expect(chips).to_have_count(4)
    await page.get_by_role("button", name="Remove other.txt").click()
    await expect(chips).to_have_count(3)
    await ask(page, "What is the word?")
    await whole(page)
    await expect(page.locator(".question .chip")).to_have_count(3)
    sent = json.dumps(house.akash.chats[-1].body)
    assert "heron" in sent
    assert "osprey" in sent
    assert "iVBORw0KGgo" in sent
    assert "not this" not in sent


async def test_trouble_is_told_in_its_place(visit: Visit, house: House) -> None:
    """A refusal stands where the answer would; a cut answer keeps what came; asking again helps."""
    house.akash.play("too_long")
    page = await visit()
    await ask(page, "Too long")
    await whole(page)
    await expect(page.locator(".answer .wrong")).to_contain_text("too long")
    await page.get_by_role("button", name="Ask again", exact=True).click()
    await expect(page.locator(".answer")).to_contain_text("Hello!")
    await expect(page.locator(".answer .wrong")).to_be_hidden()


async def test_a_conversation_is_shown_as_code(visit: Visit, house: House) -> None:
    """For curl, Python and JavaScript, with this gateway's own address."""
    page = await visit()
    await ask(page, "It's 'quoted'")
    await whole(page)
    await page.get_by_role("button", name="As code").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_role("tabpanel")).to_contain_text(f"curl {house.url}/v1/chat/completions")
    await expect(dialog.get_by_role("tabpanel")).to_contain_text(r"It'\''s '\''quoted'\''")
    await dialog.get_by_role("tab", name="curl").press("ArrowRight")
    python = await dialog.get_by_role("tabpanel").locator("code").inner_text()
    compile(python, "example.py", "exec")
    await page.keyboard.press("ArrowRight")
    await expect(dialog.get_by_role("tabpanel")).to_contain_text(f'baseURL: "{house.url}/v1"')
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)


async def test_an_answer_is_copied_as_it_was_written(visit: Visit, house: House) -> None:
    """Markdown, not what was drawn of it."""
    house.akash.say("Some **bold** text")
    page = await visit(permissions=["clipboard-read", "clipboard-write"])
    await ask(page, "Say something")
    await whole(page)
    await page.locator(".answer .actions").get_by_role("button", name="Copy").click()
    await expect(page.locator(".answer .copy")).to_have_class(re.compile("done"))
    assert await page.evaluate("navigator.clipboard.readText()") == "Some **bold** text"


async def test_a_picture_can_be_drawn_in_a_conversation(visit: Visit) -> None:
    """The gateway's own pictures are shown where they stand."""
    page = await visit()
    await page.get_by_role("button", name=re.compile("^Model ")).click()
    await page.get_by_role("option", name="AkashGen").click()
    await ask(page, "Draw a red fox")
    await whole(page)
    picture = page.locator(".answer .text img")
    await expect(picture).to_be_visible()
    await expect(picture).to_have_js_property("complete", True)
    assert await picture.evaluate("image => image.naturalWidth") > 0
