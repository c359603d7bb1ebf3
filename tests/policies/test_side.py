"""What nobody waits for."""

import msgspec
import pytest

from akashchat.model.request import ImagePart, Message, Request, TextPart
from akashchat.policies.side import is_side
from tests.policies.asking import asked

SIDE = [
    "### Task:\nGenerate a concise, 3-5 word title with an emoji summarizing the chat history.\n### Guidelines:",
    "### Task:\nGenerate 1-3 broad tags categorizing the main themes of the chat history, along with 1-3 more",
    "### Task:\nSuggest 3-5 relevant follow-up questions or prompts that the user might naturally ask next",
    "### Task:\nYou are an autocompletion system. Continue the text in `<text>` based on the **completion type**",
    "Your task is to reflect the speaker's likely facial expression through a fitting emoji. Interpret emotions",
    "Create a concise, 3-5 word title with an emoji as a title for the chat history, in the given language.",
    "Provide a concise, 5-word-or-less title for the conversation, using title case conventions.",
]
WAITED_FOR = [
    "Hi",
    "",
    "### Task:\nRespond to the user query using the provided context, incorporating inline citations",
    "### Task:\nAnalyze the chat history to determine the necessity of generating search queries",
    "### Task:\nGenerate a detailed prompt for am image generation task based on the given language and context.",
    "What does 'Generate 1-3 broad tags' mean?",
]


@pytest.mark.parametrize("text", SIDE)
def test_what_chat_pages_ask_for_by_themselves_is_known(text: str) -> None:
    """Titles, tags, follow-ups, completions of what is being typed, emoji."""
    assert is_side(asked(text))


@pytest.mark.parametrize("text", WAITED_FOR)
def test_what_a_person_waits_for_is_not(text: str) -> None:
    """Also where it comes from a template: answers from documents, the search or the picture before an answer."""
    assert not is_side(asked(text))


def test_only_the_last_word_counts() -> None:
    """A conversation may have begun with such a request; and there may be no words at all."""
    side = Message("user", (TextPart(SIDE[0]),))
    assert is_side(Request(model="m", messages=(Message("system", (TextPart("Be brief."),)), side)))
    assert not is_side(Request(model="m", messages=(side, Message("assistant", (TextPart(SIDE[0]),)))))
    assert not is_side(Request(model="m", messages=(Message("user", (ImagePart("data:", "image/png"),)),)))
    assert not is_side(Request(model="m", messages=(Message("user"),)))
    assert not is_side(Request(model="m", messages=()))


@pytest.mark.parametrize(("tier", "side"), [(b'"flex"', True), (b'"priority"', False), (b"null", False)])
def test_a_caller_may_say_that_he_can_wait(tier: bytes, side: bool) -> None:
    """By OpenAI's ``service_tier``."""
    request = msgspec.structs.replace(asked(), options={"service_tier": msgspec.Raw(tier)})
    assert is_side(request) == side
