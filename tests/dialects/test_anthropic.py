"""What Anthropic's endpoints share, held against the official client's own types."""

import msgspec
import pytest
from anthropic.types import ModelInfo
from anthropic.types import Usage as AnthropicUsage
from anthropic.types.shared import ErrorResponse

from akashchat.dialects.anthropic import (
    error_object,
    model_object,
    page,
    render_error,
    render_models,
    usage_object,
)
from akashchat.errors import BadRequest, BodyTooLarge, ContextLengthExceeded, GatewayError
from akashchat.model.catalogue import Model
from akashchat.model.events import Usage
from akashchat.server.openapi.errors import kinds

MODELS = tuple(Model(id=name, name=name.upper(), upstream="akash") for name in "abc")


@pytest.mark.parametrize("kind", list(kinds()), ids=lambda kind: kind.__name__)
def test_every_failure_has_a_family_that_clients_know(kind: type[GatewayError]) -> None:
    """Whatever the failure, its type is one of Anthropic's; a body too large has one the types leave out."""
    told = error_object(kind("No."), "req_1")
    if kind is not BodyTooLarge:
        read = ErrorResponse.model_validate(told, strict=True)
        assert (read.type, read.error.message.endswith("No."), read.request_id) == ("error", True, "req_1")
    assert msgspec.json.decode(render_error(kind("No."))) == {**told, "request_id": None}


def test_a_message_says_where() -> None:
    """Once; and Claude Code reads that a conversation is too long."""
    assert error_object(BadRequest("no", param="a[0].b"))["error"]["message"] == "a[0].b: no"
    assert error_object(BadRequest("'a' is missing", param="a"))["error"]["message"] == "'a' is missing"
    told = error_object(ContextLengthExceeded("9 of 8", param="messages"))
    assert told["error"]["message"] == "prompt is too long: 9 of 8"


def test_an_estimate_says_so() -> None:
    """In a field that clients pass over."""
    assert "estimated" not in usage_object(Usage(1, 2))
    assert usage_object(Usage(1, 2, estimated=True))["estimated"] is True


def test_thoughts_are_told_apart_where_they_were_counted() -> None:
    """``null`` says less than a zero."""
    told = usage_object(Usage(1, 9, estimated=True, reasoning_tokens=4))
    assert AnthropicUsage.model_validate(told, strict=True).output_tokens_details.thinking_tokens == 4
    assert usage_object(Usage(1, 9))["output_tokens_details"] is None


def test_a_model_is_as_the_client_knows_it() -> None:
    """With the date where it is known, and 1970 where it is not."""
    known = ModelInfo.model_validate(model_object(Model(id="m", name="", upstream="u", created=1758283200)))
    assert (known.display_name, known.created_at.isoformat()) == ("m", "2025-09-19T12:00:00+00:00")
    assert ModelInfo.model_validate(model_object(MODELS[0])).created_at.year == 1970


def test_no_models_are_a_page_too() -> None:
    """Without a first and a last."""
    told = msgspec.json.decode(render_models((), page(None, None, None)))
    assert told == {"data": [], "has_more": False, "first_id": None, "last_id": None}


@pytest.mark.parametrize(
    ("wanted", "shown", "more"),
    [
        ((None, None, None), "abc", False),
        (("2", None, None), "ab", True),
        (("2", "a", None), "bc", False),
        (("1", None, "c"), "b", True),
        (("9", None, "c"), "ab", False),
    ],
)
def test_pages(wanted: tuple[str | None, str | None, str | None], shown: str, *, more: bool) -> None:
    """Forwards and backwards."""
    told = msgspec.json.decode(render_models(MODELS, page(*wanted)))
    assert ("".join(model["id"] for model in told["data"]), told["has_more"]) == (shown, more)
