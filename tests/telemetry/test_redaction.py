"""What words are kept without."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akashchat.telemetry.redaction import redacted, redacted_body


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("use sk-proj-abcDEF123456789_-xyz now", "use [key] now"),
        ("use ak-0123456789abcdefghijABCDEFGHIJ0123456789 now", "use [key] now"),
        ("akml-abcdefghijklmnop", "[key]"),
        ("ghp_abcdefghijklmnopqrstuvwxyz0123456789", "[key]"),
        ("AKIAIOSFODNN7EXAMPLE0", "[key]"),
        ("Authorization: Bearer abc.def-ghi~jkl", "Authorization: Bearer [key]"),
        ("curl -H 'authorization: basic dXNlcjpwYXNz'", "curl -H 'authorization: basic [key]'"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "[key]"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----!", "[key]!"),
        ("write to ann.smith+x@mail.example.co.uk, please", "write to [e-mail], please"),
        ("pay with 4111 1111 1111 1111 today", "pay with [card] today"),
        ("pay with 5500-0000-0000-0004", "pay with [card]"),
        ("378282246310005", "[card]"),
        ("call +49 30 1234567 or +1 (555) 010-9999", "call [telephone] or [telephone]"),
        ("call (555) 010-9999 or 555-010-9999", "call [telephone] or [telephone]"),
        ("ruf 030/12345678 an", "ruf [telephone] an"),
    ],
)
def test_what_is_secret_is_taken_out(text: str, kept: str) -> None:
    """And what it was is said."""
    assert redacted(text) == kept


@pytest.mark.parametrize(
    "text",
    [
        "on 2026-11-22 17:51:30 it cost 1,234,567.89",
        "4111 1111 1111 1112 is no card",
        "π is 3.14159265358979323846",
        "version 10.0.19045.3693 on 192.168.100.200",
        "a@b and sk-short and bearer of news",
        "the desk-top-model-of-the-year",
        "0123456789",
        "ISBN 978-3-16-148410-0",
    ],
)
def test_what_only_looks_a_little_so_is_left(text: str) -> None:
    """Dates, sums, versions, addresses, words."""
    assert redacted(text) == text


def test_a_body_stays_json() -> None:
    """Its texts are read as they are meant, and fields that hold secrets have none."""
    body = {
        "model": "m",
        "messages": [{"role": "user", "content": "line\nbob@example.org\tsk-abcdefghijklmnop"}],
        "metadata": {"api_key": "plain", "ann@example.org": 4111111111111111, "tokens": "many", "n": 12},
        "temperature": 0.5,
        "none": None,
    }
    assert json.loads(redacted_body(json.dumps(body).encode())) == {
        "model": "m",
        "messages": [{"role": "user", "content": "line\n[e-mail]\t[key]"}],
        "metadata": {"api_key": "[key]", "[e-mail]": "[card]", "tokens": "many", "n": 12},
        "temperature": 0.5,
        "none": None,
    }


@pytest.mark.parametrize(
    "name", ["token", "TOKEN", "x-api-key", "authToken", "clientSecret", "dbPassword", "apiKey"]
)
def test_a_field_of_a_secret_is_known_however_its_name_is_written(name: str) -> None:
    """With lines, dots or humps."""
    assert json.loads(redacted_body(json.dumps({name: "plain"}).encode())) == {name: "[key]"}


@pytest.mark.parametrize("name", ["monkey", "Monkey", "tokens", "maxTokens", "keyboard", "broken"])
def test_a_name_that_only_ends_like_a_secrets_is_none(name: str) -> None:
    """Its text stays."""
    assert json.loads(redacted_body(json.dumps({name: "plain"}).encode())) == {name: "plain"}


def test_what_is_no_json_is_a_text() -> None:
    """Such as a body that was cut."""
    assert redacted_body(b'{"a": "bob@example.org", "b') == b'{"a": "[e-mail]", "b'
    assert redacted_body(b"\xff sk-abcdefghijklmnop") == "\ufffd [key]".encode()
    deep = b"[" * 100_000
    assert redacted_body(deep) == deep


@given(st.text(alphabet="0123456789 +-()/.@ab_sk=\n", max_size=300))
def test_whatever_it_is_it_comes_to_an_end(text: str) -> None:
    """And taking out again takes out nothing more that stands in brackets."""
    once = redacted(text)
    assert once.count("[") >= text.count("[")
