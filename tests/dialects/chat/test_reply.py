"""Whole chat replies, read by the official client's types."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat import ChatCompletion

from akashchat.dialects.chat import Chat
from akashchat.dialects.chat.stream import REASONING_FIELDS, ChatOptions, ReasoningForm
from akashchat.dialects.openai import render_error
from akashchat.dialects.pictures import markdown
from akashchat.errors import RateLimited
from akashchat.model.events import Event, Failure, Finish, FinishReason, ImageReady, TextDelta, Usage
from akashchat.model.reply import Fold, Replies, Reply
from akashchat.model.request import Request, ToolCall
from akashchat.wire import json
from tests.support.answers import FINISHES, TEXTS, answers, several
from tests.support.dialects import STAMP

OPTIONS = st.builds(ChatOptions, reasoning=st.sampled_from(get_args(ReasoningForm)))
PICTURE = ImageReady("job_1_00001_.webp", "image/webp", "1", "a [red]\nfox")


def replies(events: list[Event]) -> Replies:
    """The fold of some events."""
    fold = Fold()
    fold.feed(events)
    return fold.replies()


def rendered(events: list[Event], options: ChatOptions | None = None, **fields: object) -> bytes:
    """The body of a reply."""
    request = Request(**{"model": "m", "messages": (), **fields})
    return Chat(options or ChatOptions()).render_reply(replies(events), request, STAMP)


@given(answers(ends=FINISHES), TEXTS, OPTIONS)
def test_a_reply_is_a_whole_completion(answer: list[Event], model: str, options: ChatOptions) -> None:
    """Its type, its model as asked, its text, calls, reason and usage; thoughts where they are wanted."""
    completion = ChatCompletion.model_validate_json(rendered(answer, options, model=model), strict=True)
    (reply,) = replies(answer).choices
    (choice,) = completion.choices
    assert completion.id == "chatcmpl-0123abcd"
    assert completion.created == 1_800_000_000
    assert completion.model == model
    assert completion.usage.total_tokens == reply.usage.input_tokens + reply.usage.output_tokens
    assert choice.finish_reason == reply.finish_reason.value
    assert [call.function.arguments for call in choice.message.tool_calls or []] == [
        call.arguments for call in reply.calls
    ]
    shown = [reply.text, *[markdown(image, STAMP) for image in reply.images]]
    content = "\n\n".join(text for text in shown if text)
    if reply.reasoning and options.reasoning == "tags":
        content = f"<think>\n{reply.reasoning}\n</think>\n\n{content}"
    assert (choice.message.content or "") == content
    for field in REASONING_FIELDS[options.reasoning]:
        assert (choice.message.model_extra or {}).get(field, "") == reply.reasoning


@given(several(2).filter(lambda events: isinstance(events[-1], Finish)))
def test_several_answers_are_choices(events: list[Event]) -> None:
    """Choices are numbered in order and share one usage."""
    completion = ChatCompletion.model_validate_json(rendered(events, n=2), strict=True)
    assert [choice.index for choice in completion.choices] == [0, 1]
    usage = events[-1].usage
    assert completion.usage.prompt_tokens == usage.input_tokens
    assert completion.usage.completion_tokens == usage.output_tokens


def test_an_estimate_says_so() -> None:
    """Tokens counted by the gateway are marked, tokens reported by the upstream are not."""
    finish = Finish(FinishReason.STOP, Usage(1, 2, estimated=True))
    assert json.decode_body(rendered([finish]), dict)["usage"]["estimated"] is True
    finish = Finish(FinishReason.STOP, Usage(1, 2))
    assert "estimated" not in json.decode_body(rendered([finish]), dict)["usage"]


def test_a_call_without_words_has_no_content() -> None:
    """OpenAI's own replies have ``null`` there, and clients test for it."""
    reply = Reply((ToolCall("1", "f", "{}"),), FinishReason.TOOL_CALLS, Usage(1, 1))
    body = Chat(ChatOptions()).render_reply(
        Replies((reply,), reply.usage), Request(model="m", messages=()), STAMP
    )
    message = ChatCompletion.model_validate_json(body, strict=True).choices[0].message
    assert message.content is None
    assert message.tool_calls[0].function.name == "f"


def test_a_picture_is_a_completion_and_what_the_go_project_documents() -> None:
    """One object is both: the picture in Markdown, and ``code`` and ``data`` with its address."""
    body = rendered([PICTURE, Finish(FinishReason.STOP, Usage(20, 50))], model="AkashGen")
    address = "http://gateway.test/job_1_00001_.webp"
    completion = ChatCompletion.model_validate_json(body, strict=True)
    assert completion.choices[0].message.content == rf"![a \[red\] fox]({address})"
    whole = json.decode_body(body, dict)
    assert whole["code"] == 200
    assert whole["data"] == {"model": "AkashGen", "jobId": "1", "prompt": "a [red]\nfox", "pic": address}


def test_a_picture_that_is_only_bytes_comes_as_data() -> None:
    """Where the upstream gave no file, the address is the picture itself."""
    bare = ImageReady("", "image/webp", "1", "x", b"RIFF")
    body = json.decode_body(rendered([bare, Finish(FinishReason.STOP)]), dict)
    assert body["data"]["pic"] == "data:image/webp;base64,UklGRg=="


@pytest.mark.parametrize("n", [1, 2])
def test_text_stays_beside_a_picture(n: int) -> None:
    """A model that draws and talks is heard; several answers are choices even with pictures."""
    reply = replies([TextDelta("Here:"), PICTURE, Finish(FinishReason.STOP)]).choices[0]
    request = Request(model="m", messages=(), n=n)
    body = Chat(ChatOptions()).render_reply(Replies((reply,) * n, reply.usage), request, STAMP)
    completion = ChatCompletion.model_validate_json(body, strict=True)
    assert len(completion.choices) == n
    assert completion.choices[-1].message.content.startswith("Here:\n\n![")
    assert ("data" in json.decode_body(body, dict)) == (n == 1)


@given(TEXTS)
def test_an_error_is_openai_s_and_the_go_project_s(message: str) -> None:
    """One object is both: ``error`` with type and code, and ``code`` and ``data.msg``."""
    failure = Failure(RateLimited(message, param="model"))
    body = json.decode_body(render_error(failure.error), dict)
    assert body == {
        "error": {
            "message": message,
            "type": "rate_limit_error",
            "param": "model",
            "code": "rate_limit_exceeded",
        },
        "code": 429,
        "data": {"msg": message},
    }
