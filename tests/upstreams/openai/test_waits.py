"""How long an upstream wants to be left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akashchat.upstreams.openai.waits import wait_s

NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "Fri, 15 Jan 2027 08:00:20 GMT"}, 20),
        ({"retry-after": "Fri, 15 Jan 2027 07:00:00 GMT"}, 0),
        ({"retry-after-ms": "250", "retry-after": "1"}, 0.25),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "99999999"}, 7 * 86_400),
        ({"retry-after": "9" * 400}, 7 * 86_400),
        ({"retry-after": "0.0000000000001"}, 0),
        ({"x-ratelimit-reset": "1800000042"}, 42),
        ({"x-ratelimit-reset": "1800000042000"}, 42),
        ({"x-ratelimit-reset": "42"}, 42),
        ({"x-ratelimit-reset-requests": "6m0s"}, 360),
        ({"x-ratelimit-reset-requests": "1m26.4s"}, 86.4),
        ({"x-ratelimit-reset-tokens": "120ms"}, 0.12),
        ({"x-ratelimit-reset-tokens": "1h2m3s"}, 3723),
        ({"x-ratelimit-reset-requests": "1s", "x-ratelimit-reset-tokens": "5s"}, 5),
        (
            {
                "x-ratelimit-reset-requests": "1s",
                "x-ratelimit-remaining-requests": "0",
                "x-ratelimit-reset-tokens": "5s",
                "x-ratelimit-remaining-tokens": "900",
            },
            1,
        ),
        ({"retry-after": "3", "x-ratelimit-reset": "1800000042"}, 3),
        ({"x-ratelimit-reset": ""}, None),
    ],
)
def test_every_way_of_saying_it(headers: dict[str, str], seconds: float | None) -> None:
    """OpenAI's, AkashML's, OpenRouter's, Groq's, and the standard's."""
    assert wait_s(headers, NOW) == (None if seconds is None else pytest.approx(seconds))


_TIMES = st.text("0123456789.hms dFri,JanGMT:-", max_size=30)


@given(_TIMES, _TIMES, _TIMES)
def test_it_is_sensible_whatever_is_said(after: str, milliseconds: str, reset: str) -> None:
    """A span of time, or nothing."""
    headers = {"retry-after": after, "retry-after-ms": milliseconds, "x-ratelimit-reset-tokens": reset}
    wait = wait_s(headers, NOW)
    assert wait is None or 0 <= wait <= 7 * 86_400
