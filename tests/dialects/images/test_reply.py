"""Whole image replies, read by the official client's types."""

import base64

import pytest
from hypothesis import given
from openai.types import ImagesResponse

from akashchat.dialects.images import Images
from akashchat.dialects.openai import render_error
from akashchat.errors import NoImage
from akashchat.model.events import FinishReason, ImageReady, Usage
from akashchat.model.reply import Replies, Reply
from akashchat.model.request import Picture, Request, TextPart
from akashchat.wire import json
from tests.support.answers import TEXTS
from tests.support.dialects import STAMP

DIALECT = Images("AkashGen")


def rendered(*answers: Reply, data: bool = False) -> bytes:
    """The body of a reply."""
    request = Request(model="AkashGen", messages=(), n=len(answers), picture=Picture(data=data))
    return DIALECT.render_reply(Replies(answers, Usage(0, 0)), request, STAMP)


def drawn(prompt: str, name: str = "a.webp", data: bytes = b"RIFF") -> Reply:
    """An answer that is a picture."""
    image = ImageReady(name, "image/webp", "1", prompt, data)
    return Reply((image,), FinishReason.STOP, Usage(0, 0))


def spoken(text: str) -> Reply:
    """An answer that is none."""
    return Reply((TextPart(text),), FinishReason.STOP, Usage(0, 0))


@given(TEXTS, TEXTS)
def test_pictures_come_as_addresses_or_as_data(one: str, other: str) -> None:
    """In the order of the answers, each with the prompt it was really drawn from."""
    reply = ImagesResponse.model_validate_json(rendered(drawn(one, "a.webp"), drawn(other, "b.webp")))
    assert [image.url for image in reply.data] == [
        "http://gateway.test/a.webp",
        "http://gateway.test/b.webp",
    ]
    assert [image.revised_prompt for image in reply.data] == [one, other]
    assert reply.created == 1_800_000_000
    assert reply.output_format == "webp"
    reply = ImagesResponse.model_validate_json(rendered(drawn(one), data=True))
    assert base64.b64decode(reply.data[0].b64_json) == b"RIFF"
    assert reply.data[0].url is None


def test_a_picture_without_a_file_has_itself_as_address() -> None:
    """Old deployments send the picture and no file; the address is then a data URL."""
    reply = ImagesResponse.model_validate_json(rendered(drawn("x", name="")))
    assert reply.data[0].url == "data:image/webp;base64,UklGRg=="


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("Which\n cat do you mean?", "Which cat do you mean?"),
        ("", "(nothing)"),
        ("a" * 400, "a" * 300 + "…"),
    ],
)
def test_words_instead_of_a_picture_are_a_clear_failure(text: str, quote: str) -> None:
    """Quoted as far as is bearable, and blamed on the prompt, also when only one of several failed."""
    for answers in ([spoken(text)], [drawn("x"), spoken(text)]):
        with pytest.raises(NoImage) as raised:
            rendered(*answers)
        assert raised.value.message == f"the model answered with text instead of an image: {quote}"
        assert raised.value.param == "prompt"
        assert json.decode_body(render_error(raised.value), dict)["error"]["code"] == "no_image"
