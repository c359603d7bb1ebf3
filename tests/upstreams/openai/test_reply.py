"""Replies that are no stream: what each refusal means, and whole answers."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat import ChatCompletion

from akashchat.errors import (
    AnswerCut,
    BadRequest,
    ContentRefused,
    ContextLengthExceeded,
    GatewayError,
    KeyRejected,
    ModelNotFound,
    OutOfCredit,
    ProtocolError,
    QuotaExhausted,
    RateLimited,
    UpstreamError,
    UpstreamSlow,
    UpstreamUnavailable,
)
from akashchat.model.events import Event, Failure, Finish, FinishReason, Usage
from akashchat.upstreams.openai.reply import Refusal, WholeReply
from tests.support.answers import check
from tests.upstreams.openai.decoding import EXCHANGE, calls, failure, said, thought

NOW = 1_800_000_000.0
JSON = "application/json"


def refused(status: int, body: Any = None, headers: dict[str, str] | None = None) -> GatewayError:
    """What a refusal means."""
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Refusal(status, JSON, headers or {}, text).error("theirs", NOW, "hush-hush")


def openai(message: str = "no", **fields: Any) -> dict[str, Any]:
    """OpenAI's object."""
    return {"error": {"message": message, "type": None, "param": None, "code": None, **fields}}


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, openai("bad 'temperature'", param="temperature"), BadRequest),
        (422, {"detail": [{"loc": ["body", "top_k"], "msg": "too small"}]}, BadRequest),
        (400, openai("This model's maximum context length is 4096 tokens."), ContextLengthExceeded),
        (400, openai(code="context_length_exceeded"), ContextLengthExceeded),
        (400, {"object": "error", "message": "This model's maximum context length is 5", "code": 400},
         ContextLengthExceeded),
        (400, openai("The input (9 tokens) is longer than the model's context length (5 tokens)."),
         ContextLengthExceeded),
        (400, {"error": {"code": 400, "message": "request (9 tokens) exceeds the available context size (5 tokens)",
                         "type": "exceed_context_size_error"}}, ContextLengthExceeded),
        (400, openai("litellm.ContextWindowExceededError: prompt is too long", code="400"), ContextLengthExceeded),
        (403, openai("Input token count + max_tokens parameter must be less than the limit"), ContextLengthExceeded),
        (413, openai("Request too large"), ContextLengthExceeded),
        (500, openai("the request exceeds the available context size. try increasing it"), ContextLengthExceeded),
        (400, openai("blocked", code="content_filter"), ContentRefused),
        (400, openai("The response was filtered by the content management policy"), ContentRefused),
        (403, openai("Your input was flagged"), ContentRefused),
        (451, openai("not here"), ContentRefused),
        (401, openai("Incorrect API key provided: hush-hush"), KeyRejected),
        (403, openai("forbidden"), KeyRejected),
        (400, openai("Invalid API key"), KeyRejected),
        (402, openai("Insufficient credits to complete this request"), OutOfCredit),
        (402, None, OutOfCredit),
        (400, openai("Budget has been exceeded! Current cost: 1", type="budget_exceeded"), OutOfCredit),
        (404, openai("The model `x` does not exist.", type="NotFoundError", code=404), ModelNotFound),
        (404, openai('model "x" not found, try pulling it first'), ModelNotFound),
        (404, openai("no", code="model_not_found"), ModelNotFound),
        (400, openai("x is not a valid model ID", code=400), ModelNotFound),
        (400, openai("Invalid model name passed in model=x"), ModelNotFound),
        (404, {"detail": "Not Found"}, UpstreamError),
        (404, b"404 page not found", UpstreamError),
        (405, {"detail": "Method Not Allowed"}, UpstreamError),
        (408, None, UpstreamSlow),
        (504, openai("No backend available"), UpstreamSlow),
        (524, b"", UpstreamSlow),
        (429, openai("slow down"), RateLimited),
        (429, openai("You exceeded your current quota", code="insufficient_quota"), QuotaExhausted),
        (500, openai("boom"), UpstreamError),
        (500, b"", UpstreamError),
        (501, b"", UpstreamError),
        (502, b"", UpstreamUnavailable),
        (503, openai("The model is overloaded"), UpstreamUnavailable),
        (529, openai("No healthy backends are available for the requested model"), UpstreamUnavailable),
        (302, b"", ProtocolError),
    ],
)  # fmt: skip
def test_what_a_refusal_means(status: int, body: Any, kind: type[GatewayError]) -> None:
    """By the words where they tell more, else by the status; the key is not repeated."""
    error = refused(status, body)
    assert type(error) is kind
    assert "hush" not in error.message
    assert "theirs" in error.message


def test_only_what_may_help_is_tried_again() -> None:
    """402 never is, 504 and 529 are; a filter is not asked elsewhere."""
    again = {status: refused(status).try_again for status in (402, 429, 500, 504, 529)}
    assert again == {402: False, 429: True, 500: True, 504: True, 529: True}
    assert refused(402).try_elsewhere
    assert not refused(400, openai(code="content_filter")).try_elsewhere


def test_the_callers_fault_is_told_in_the_upstreams_words() -> None:
    """With the place, where it names one."""
    assert refused(400, openai("'seed' must be a number", param="seed")) == BadRequest(
        "theirs: 'seed' must be a number", param="seed"
    )
    assert refused(422, {"detail": [{"loc": ["body", "top_k"], "msg": "too small"}]}).message == (
        "theirs: body.top_k: too small"
    )
    assert refused(400, {"error": "bad"}).message == refused(400, {"message": "bad"}).message == "theirs: bad"
    assert refused(422, {"message": {"detail": [{"loc": ["a"], "msg": "b"}]}}).message == "theirs: a: b"
    assert refused(400, b"plain words").message == "theirs: plain words"
    assert refused(404, openai(code="model_not_found")).param == "model"
    assert refused(400, openai(code="context_length_exceeded")).param == "messages"


@pytest.mark.parametrize("status", [200, 401, 403, 404])
def test_a_web_page_is_not_this_protocol(status: int) -> None:
    """Whatever its status says; only who is out of order may say so with a page."""
    page = Refusal(status, "text/html", {}, b"<html>Just a moment...")
    assert isinstance(page.error("theirs", NOW), ProtocolError)


def test_a_page_of_a_proxy() -> None:
    """A server behind it is away."""
    page = Refusal(503, "text/html", {}, b"<html>503 Service Unavailable")
    assert page.error("theirs", NOW) == UpstreamUnavailable("theirs: HTTP 503, and no reason given")


def test_it_says_when_to_come_back() -> None:
    """With whatever is asked again later."""
    for status in (429, 503, 529):
        assert refused(status, None, {"retry-after": "7"}).retry_after_s == 7
    assert refused(400, None, {"retry-after": "7"}).retry_after_s is None


@given(
    st.integers(300, 599),
    st.binary(max_size=20) | st.sampled_from([b'{"error":[]}', b'{"detail":[[],{}]}', b"[1]"]),
)
def test_any_refusal_is_an_error(status: int, body: bytes) -> None:
    """Never an exception of another kind."""
    assert isinstance(refused(status, body), GatewayError)


# -- whole answers


def whole(body: Any) -> list[Event]:
    """The events of a whole reply."""
    decoder = WholeReply(EXCHANGE)
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    assert [decoder.decode(data[i : i + 3]) for i in range(0, len(data), 3)] == [[]] * -(-len(data) // 3)
    events = decoder.flush()
    check(events)
    assert decoder.flush() == []
    return events


COMPLETION = {
    "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m",
    "choices": [{
        "index": 0, "finish_reason": "tool_calls", "logprobs": None,
        "message": {
            "role": "assistant", "content": "Grüße", "reasoning_content": "Hm", "refusal": None,
            "tool_calls": [
                {"id": "a", "type": "function", "function": {"name": "f", "arguments": '{"x": 1}'}},
                {"id": "b", "type": "function", "function": {"name": "g", "arguments": "{}"}},
            ],
        },
    }],
    "usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7},
}  # fmt: skip


def test_an_answer_from_who_does_not_stream() -> None:
    """The same events; the official package agrees that it is a completion."""
    ChatCompletion.model_validate(COMPLETION, strict=True)
    events = whole(COMPLETION)
    assert (thought(events), said(events)) == ("Hm", "Grüße")
    assert calls(events) == [("a", "f", '{"x": 1}'), ("b", "g", "{}")]
    assert events[-1] == Finish(FinishReason.TOOL_CALLS, Usage(3, 4))


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", ProtocolError),
        (b"{", ProtocolError),
        (b"[]", ProtocolError),
        ({}, AnswerCut),
        ({"choices": []}, AnswerCut),
        ({"error": {"message": "boom", "code": 503}}, UpstreamUnavailable),
        ({"choices": [{"message": {"content": "a"}, "finish_reason": None}]}, AnswerCut),
    ],
)
def test_a_whole_reply_that_is_none(body: Any, kind: type[GatewayError]) -> None:
    """An error with status 200, half of a body, and what has no reason to end."""
    assert type(failure(whole(body))) is kind


@given(st.binary(max_size=30))
def test_garbage_for_a_whole_reply(body: bytes) -> None:
    """A failure."""
    assert isinstance(whole(body)[-1], Failure)
