"""One field of a form, found and put in another's place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akashchat.wire.multipart import field, replaced

TYPE = 'multipart/form-data; boundary="=_b.1"'


def form(*parts: tuple[str, bytes]) -> bytes:
    """A body of parts: what their heads say, and what is in them."""
    written = [
        b"--=_b.1\r\nContent-Disposition: form-data" + head.encode() + b"\r\n\r\n" + text
        for head, text in parts
    ]
    return b"\r\n".join([*written, b"--=_b.1--\r\n"])


FILE = ('; name="file"; filename="model"\r\nContent-Type: audio/wav', b"\x00\r\n\r\n--=_b.\xff")


def test_a_field_among_others() -> None:
    """A file of the same name is another thing."""
    body = form(FILE, ("; name=model", "größe".encode()), ('; name="language"', b"de"))
    assert field(body, TYPE, "model") == "größe"
    assert field(body, TYPE, "language") == "de"
    assert field(body, TYPE, "prompt") is None
    assert replaced(body, TYPE, "model", "x") == form(
        FILE, ("; name=model", b"x"), ('; name="language"', b"de")
    )
    assert replaced(body, TYPE, "prompt", "x") == body


@pytest.mark.parametrize("content_type", ["multipart/form-data", "multipart/form-data; boundary=other", ""])
def test_no_boundary_no_field(content_type: str) -> None:
    """What is not parted so has no fields."""
    assert field(form(('; name="model"', b"x")), content_type, "model") is None


@given(st.binary(max_size=60) | st.text('-=_b.1\r\n; name"model', max_size=60).map(str.encode))
def test_garbage(body: bytes) -> None:
    """Something or nothing, and never an exception."""
    field(body, TYPE, "model")
    assert isinstance(replaced(body, TYPE, "model", "x"), bytes)
