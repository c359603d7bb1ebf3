"""Image bodies: what is read, what asks for nothing, what is refused and where."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.image_generate_params import ImageGenerateParamsNonStreaming

from akashchat.dialects.images import Images
from akashchat.dialects.images.request import PARAMETERS
from akashchat.errors import BadRequest
from akashchat.model.request import Message, Picture, Request, TextPart
from akashchat.wire.json import whole_text

DIALECT = Images("AkashGen")


def parsed(**fields: Any) -> Request:
    """A body with these fields, read."""
    return DIALECT.parse(json.dumps({"prompt": "a fox"} | fields).encode())


def refused(**fields: Any) -> BadRequest:
    """How a body with these fields is refused."""
    with pytest.raises(BadRequest) as raised:
        parsed(**fields)
    return raised.value


def test_the_least_body() -> None:
    """A prompt is enough: the model that draws draws one picture and gives its address."""
    assert parsed() == Request(
        model="AkashGen", messages=(Message("user", (TextPart("a fox"),)),), picture=Picture()
    )
    assert parsed().asked() == frozenset()


@pytest.mark.parametrize(
    ("named", "model"),
    [
        (None, "AkashGen"),
        ("", "AkashGen"),
        ("dall-e-3", "AkashGen"),
        ("gpt-image-1", "AkashGen"),
        ("chatgpt-image-latest", "AkashGen"),
        ("AkashGen", "AkashGen"),
        ("FLUX.1", "FLUX.1"),
    ],
)
def test_who_draws(named: str | None, model: str) -> None:
    """OpenAI's names, which clients put in unasked, stand for whoever draws here; any other name is meant."""
    assert parsed(model=named).model == model


@pytest.mark.parametrize(
    ("fields", "data"),
    [
        ({}, False),
        ({"response_format": "url"}, False),
        ({"response_format": None}, False),
        ({"response_format": "b64_json"}, True),
        ({"stream": True}, True),
        ({"stream": True, "response_format": "url"}, True),
    ],
)
def test_whether_the_bytes_are_wanted(fields: dict[str, Any], data: bool) -> None:
    """As data, and in streams, whose events carry nothing else."""
    assert parsed(**fields).picture == Picture(data=data)


def test_every_parameter_that_is_honoured() -> None:
    """Each has its field."""
    request = parsed(n=3, user="u", stream=True)
    assert (request.n, request.user, request.stream) == (3, "u", True)
    assert request.asked() == {"n"}


def test_null_is_not_asked() -> None:
    """Clients send every field they have; null means nothing."""
    assert parsed(**dict.fromkeys(PARAMETERS - {"prompt"})) == parsed()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("size", "1024x1024"),
        ("size", "auto"),
        ("quality", "auto"),
        ("quality", "standard"),
        ("background", "opaque"),
        ("moderation", "auto"),
        ("output_format", "webp"),
        ("output_compression", 100),
        ("partial_images", 0),
    ],
)
def test_what_happens_anyway_is_not_asked(name: str, value: object) -> None:
    """The pictures are 1024 by 1024, WebP, whole: asking for that asks for nothing."""
    assert parsed(**{name: value}).asked() == frozenset()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("size", "512x512"),
        ("quality", "hd"),
        ("style", "vivid"),
        ("background", "transparent"),
        ("output_format", "png"),
        ("partial_images", 2),
        ("never_heard_of", 1),
    ],
)
def test_what_nobody_may_honour_is_kept_by_name(name: str, value: object) -> None:
    """So that it can be named or refused, but never be lost."""
    request = parsed(**{name: value})
    assert request.asked() == {name}
    assert json.loads(bytes(request.options[name])) == value


def test_every_parameter_of_openai_s_is_accounted_for() -> None:
    """What the official client can send is known here, or at least kept by name."""
    newer = ImageGenerateParamsNonStreaming.__annotations__.keys() - PARAMETERS
    assert parsed(**{name: {"new": True} for name in newer}).asked() == newer


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"prompt": ""}, "prompt"),
        ({"prompt": " \n"}, "prompt"),
        ({"prompt": None}, "prompt"),
        ({"prompt": ["a fox"]}, "prompt"),
        ({"model": 1}, "model"),
        ({"n": 0}, "n"),
        ({"n": 11}, "n"),
        ({"n": "2"}, "n"),
        ({"response_format": "png"}, "response_format"),
        ({"stream": "yes"}, "stream"),
        ({"user": 1}, "user"),
    ],
)
def test_a_bad_body_is_refused_with_its_place(fields: dict[str, Any], place: str) -> None:
    """``param`` names the field."""
    assert refused(**fields).param == place


@pytest.mark.parametrize(("body", "place"), [(b"{}", "prompt"), (b"[]", None), (b"", None), (b"{", None)])
def test_a_body_without_a_prompt_is_refused(body: bytes, place: str | None) -> None:
    """There is nothing to draw."""
    with pytest.raises(BadRequest) as raised:
        DIALECT.parse(body)
    assert raised.value.param == place


@given(st.text(min_size=1).filter(lambda text: whole_text(text).strip()))
def test_any_prompt_is_read(prompt: str) -> None:
    """Halves of surrogate pairs are replaced, everything else stays as it was written."""
    assert parsed(prompt=prompt).messages[0].text == whole_text(prompt)
