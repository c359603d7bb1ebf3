"""What Akash says when something went wrong, and what it means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akashchat.errors import (
    AnswerCut,
    BadRequest,
    ContextLengthExceeded,
    GatewayError,
    ImageFailed,
    ModelNotFound,
    RateLimited,
    UpstreamError,
    UpstreamUnavailable,
)
from akashchat.upstreams.akash.failures import explained
from akashchat.upstreams.quoting import quoted


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("{'error': '/chat/completions: Invalid model name passed in model=e400. Call `/v1/models`'}", ModelNotFound),
        ("/chat/completions: Invalid model name passed in model=AkashGen. Call `/v1/models`", ImageFailed),
        ("Failed after 3 attempts. Last error: Rate limit reached for requests", RateLimited),
        ("Failed after 3 attempts. Last error: Rate limit reached: max parallel request limit", RateLimited),
        ("Failed after 3 attempts. Last error: Too Many Requests", RateLimited),
        ("Failed after 3 attempts. Last error: No deployments available for selected model", RateLimited),
        ("Failed after 3 attempts. Last error: Internal Server Error", UpstreamError),
        ("Failed after 3 attempts. Last error: Bad Gateway", UpstreamError),
        ("Failed after 3 attempts. Last error: Cannot connect to API: connect ECONNREFUSED", UpstreamError),
        ("Authentication Error, Invalid proxy server token passed. key=sk-...key", UpstreamError),
        ("Invalid API key", UpstreamError),
        ("Unauthorized", UpstreamError),
        ("Insufficient credits to complete this request", UpstreamUnavailable),
        ("Budget has been exceeded! Current cost: 1, Max budget: 1; exceeded token budget", UpstreamUnavailable),
        ("litellm.ContextWindowExceededError: maximum context length is 128000 tokens.", ContextLengthExceeded),
        ("Input exceeds the context length", ContextLengthExceeded),
        ("Bad request: max_tokens is too large", BadRequest),
        ("Invalid prompt: messages must not be empty", BadRequest),
        ("Invalid argument for parameter topP: topP must be a number", BadRequest),
        ("Unsupported role: developer", BadRequest),
        ("If the attachment is not an image or text, it must specify a content type", BadRequest),
        ("I.startsWith is not a function", BadRequest),
        ("terminated", AnswerCut),
        ("other side closed", AnswerCut),
        ("read ECONNRESET", AnswerCut),
        ("Model tried to call unavailable tool 'foo'. No tools are available.", UpstreamError),
        ("[object Object]", UpstreamError),
        ('Type validation failed: Value: {"object":"error"}.\nError message: []', UpstreamError),
        ("JSON parsing failed: Text: {broken.\nError message: SyntaxError", UpstreamError),
        ("Forbidden", UpstreamError),
        ("Not Found", UpstreamError),
        ("Unprocessable Entity", UpstreamError),
        ("Failed after 3 attempts. Last error: Request Timeout", UpstreamError),
        ("", UpstreamError),
    ],
)  # fmt: skip
def test_each_message_is_of_its_kind(text: str, kind: type[GatewayError]) -> None:
    """The texts that were recorded, and those of the services behind the app."""
    assert type(explained(text)) is kind


@pytest.mark.parametrize("text", ["terminated by user", "I tried: [object Object]", "an invalid prompt"])
def test_words_elsewhere_in_a_message_mean_nothing(text: str) -> None:
    """Messages that merely contain the app's own words are not taken for the app's."""
    assert type(explained(text)) is UpstreamError


@pytest.mark.parametrize("text", ["[object Object]", "terminated", "Invalid API key", "", " \n"])
def test_a_message_that_says_nothing_is_put_in_words(text: str) -> None:
    """The caller reads a sentence, not a placeholder."""
    assert "Akash" in explained(text).message
    assert not text.strip() or text not in explained(text).message


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("key=sk-abc123, x", "key=…, x"),
        ("Bearer eyJhbGciOi.x.y sent", "Bearer … sent"),
        ("sk-proj-abc.def", "…"),
        ("akml-0123", "…"),
        ("session_token=00ff", "session_token=…"),
        ("session_token=a.b-c; cf_clearance=d.e", "session_token=… cf_clearance=…"),
        ("a\n\tb  c", "a b c"),
        ("monkey=1", "monkey=…"),
        ("task-force", "task-force"),
    ],
)
def test_secrets_are_not_shown(text: str, shown: str) -> None:
    """Whatever looks like a credential is left out, and the text is one line."""
    assert quoted(text) == shown


@given(st.text(max_size=2000))
def test_what_is_shown_is_short(text: str) -> None:
    """One line of bearable length, whatever the upstream said."""
    shown = quoted(text)
    assert len(shown) <= 501
    assert shown.splitlines() in ([], [shown])
