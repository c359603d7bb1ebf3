"""Replies that are no stream: who is at fault, and when to come again."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from akashchat.errors import (
    BadRequest,
    BotCheck,
    ContextLengthExceeded,
    GatewayError,
    ImageFailed,
    ModelNotFound,
    ProtocolError,
    QuotaExhausted,
    RateLimited,
    SessionRejected,
    UpstreamError,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from akashchat.upstreams.akash.reply import Refusal, quota_exhausted

NOW = 1_795_342_000.0
JUST_A_MOMENT = b"<!DOCTYPE html><title>Just a moment...</title>"


def refused(status: int, said: Any = b"", media_type: str = "", **headers: str) -> GatewayError:
    """The error of a refusal; what is not bytes is said in JSON."""
    if not isinstance(said, bytes):
        said, media_type = json.dumps(said).encode(), media_type or "application/json"
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Refusal(status, media_type, named, said).error(NOW)


LIMIT = {
    "error": "Rate limit exceeded",
    "message": "You've reached your usage limit for this time period. Sign in for higher limits.",
    "resetTime": "2026-11-22T10:15:55.981Z",
    "requiresVerification": False,
    "tier": "anonymous",
}
RESET = 1_795_342_555.981
"""The moment of ``resetTime``."""


@pytest.mark.parametrize(
    ("status", "said", "kind"),
    [
        (403, {"success": False, "message": "Unauthorized: Invalid session"}, SessionRejected),
        (401, {"error": "No session token found"}, SessionRejected),
        (401, b"", SessionRejected),
        (403, {"error": "Model not available", "message": "…", "available_models": []}, ModelNotFound),
        (403, {"error": "Invalid request - no user agent"}, UpstreamError),
        (403, {"error": "Access token required", "message": "…"}, UpstreamError),
        (403, {"error": "Invalid Access token", "message": "…"}, UpstreamError),
        (403, b"", UpstreamError),
        (403, [], UpstreamError),
        (
            400,
            b"[Message too long for this model. Please try with a shorter message.]",
            ContextLengthExceeded,
        ),
        (400, b"Your files have too much content for this model.", ContextLengthExceeded),
        (400, b"Bad request", BadRequest),
        (400, {"error": "No job IDs provided"}, UpstreamError),
        (500, b"", UpstreamError),
        (500, {"error": "Error generating image", "message": "litellm bad"}, ImageFailed),
        (500, {"error": "Failed to fetch models"}, UpstreamError),
        (429, b"", RateLimited),
        (429, LIMIT, QuotaExhausted),
        (408, b"", UpstreamTimeout),
        (504, b"", UpstreamTimeout),
        (522, b"", UpstreamTimeout),
        (524, b"", UpstreamTimeout),
        (502, b"", UpstreamUnavailable),
        (503, b"", UpstreamUnavailable),
        (521, b"", UpstreamUnavailable),
        (404, {"error": "Image not found"}, UpstreamError),
        (405, b"", UpstreamError),
        (308, b"/api/chat/", ProtocolError),
        (301, b"", ProtocolError),
        (204, b"", UpstreamError),
        (418, b"short and stout", UpstreamError),
    ],
)
def test_each_refusal_is_of_its_kind(status: int, said: Any, kind: type[GatewayError]) -> None:
    """Status, keys and words together tell what it is."""
    assert type(refused(status, said)) is kind


@pytest.mark.parametrize(
    ("status", "page", "kind"),
    [
        (403, JUST_A_MOMENT, BotCheck),
        (403, b"<html>Forbidden</html>", BotCheck),
        (503, JUST_A_MOMENT, BotCheck),
        (429, JUST_A_MOMENT, BotCheck),
        (200, JUST_A_MOMENT, BotCheck),
        (503, b'<script src="/cdn-cgi/challenge-platform/h/b">', BotCheck),
        (503, b"<title>503 Service Temporarily Unavailable</title>", UpstreamUnavailable),
        (502, b"<title>502 Bad Gateway</title>", UpstreamUnavailable),
        (200, b"<title>Welcome</title>", ProtocolError),
        (404, b"<h1>404</h1>", ProtocolError),
    ],
)
def test_pages_where_none_are_due(status: int, page: bytes, kind: type[GatewayError]) -> None:
    """A bot check is told from maintenance and from a captive portal."""
    assert type(refused(status, page, "text/html")) is kind


def test_the_words_of_a_bot_check_in_json_are_none() -> None:
    """Somebody's model may be called so."""
    assert type(refused(403, {"error": "Just a moment"})) is UpstreamError


def test_a_bot_check_says_what_the_operator_can_do() -> None:
    """Nothing in the request would help, and asking again would not either."""
    error = refused(403, JUST_A_MOMENT, "text/html")
    assert "AKASHCHAT_AKASH_COOKIE" in error.message
    assert not error.retryable


def test_an_unavailable_model_names_those_there_are() -> None:
    """At fault is the field ``model``; who reads the message can choose."""
    offered = [{"id": "a/b", "name": "AB"}, {"id": "c"}, {"name": "without"}, "none"]
    error = refused(403, {"error": "Model not available", "available_models": offered})
    assert error.param == "model"
    assert error.message.endswith("; available are a/b, c")
    assert refused(403, {"error": "Model not available"}).message.endswith("to the gateway at Akash")


def test_a_private_deployment_says_so() -> None:
    """The operator reads which setting is missing."""
    assert "AKASHCHAT_AKASH_ACCESS_TOKEN" in refused(403, {"error": "Access token required"}).message


@pytest.mark.parametrize(
    ("said", "headers", "seconds"),
    [
        (LIMIT, {"x_tokenlimit_reset": "1795342556"}, 556.0),
        (LIMIT, {}, RESET - NOW),
        (LIMIT, {"x_tokenlimit_reset": "soon"}, RESET - NOW),
        (LIMIT, {"x_tokenlimit_reset": "9" * 12}, RESET - NOW),
        (b"", {"x_tokenlimit_reset": "1795342556"}, 556.0),
        ({**LIMIT, "resetTime": "2026-11-22T09:00:00Z"}, {}, 1.0),
        (LIMIT, {"x_tokenlimit_reset": "1795341000"}, 1.0),
        ({"resetTime": "tomorrow"}, {}, None),
        ({"resetTime": 5}, {}, None),
        ({}, {"retry_after": "30"}, 30.0),
        ({}, {"retry_after": "Sun, 22 Nov 2026 10:30:00 GMT"}, None),
        ({}, {"retry_after": "-1"}, None),
        ({}, {}, None),
    ],
)
def test_when_to_come_again(said: Any, headers: dict[str, str], seconds: float | None) -> None:
    """The reset time of the header, or of the body, or what a proxy says; never the past."""
    assert refused(429, said, **headers).retry_after_s == pytest.approx(seconds)


def test_a_spent_quota_is_told_with_its_end() -> None:
    """The caller reads when it starts anew, and clients know that trying again is of no use before."""
    error = refused(429, LIMIT)
    assert "starts anew at 20" in error.message
    assert (error.code, error.retryable) == ("insufficient_quota", False)


@given(st.floats(-1e12, 1e12), st.floats(0, 4e9))
@example(253_402_300_799.0, NOW)
def test_a_quota_ends_in_the_near_future(reset: float, now: float) -> None:
    """Whatever clocks and calendars say, the wait is at least a second and at most a week."""
    assert 1.0 <= quota_exhausted(reset, now).retry_after_s <= 7 * 86_400


@pytest.mark.parametrize("place", ["/api/chat/", "https://elsewhere.example/"])
def test_a_redirect_names_its_target(place: str) -> None:
    """The operator sees that the base address is not right."""
    assert place in refused(308, b"", location=place).message


WORDS = ["error", "message", "success", "resetTime", "available_models", "id"]
SAID = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner),
    max_leaves=8,
)


@given(
    st.integers(200, 599),
    st.sampled_from(["", "application/json", "text/plain", "text/html"]),
    st.dictionaries(st.sampled_from(["retry-after", "x-tokenlimit-reset", "location"]), st.text(max_size=20)),
    st.binary(max_size=60) | SAID.map(lambda value: json.dumps(value).encode()),
)
@example(403, "application/json", {}, b"[" * 100_000)
@example(429, "application/json", {"retry-after": "0", "x-tokenlimit-reset": "\u0663"}, b"\xff")
def test_every_reply_is_an_error_that_can_be_told(
    status: int, media_type: str, headers: dict[str, str], body: bytes
) -> None:
    """Whatever came, there is a kind for it and words that can be sent."""
    error = Refusal(status, media_type, headers, body).error(NOW)
    assert isinstance(error, GatewayError)
    error.message.encode()
    assert error.status >= 400
    assert error.retry_after_s is None or error.retry_after_s >= 0
