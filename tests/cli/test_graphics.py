"""Pictures are shown where the terminal says that it can."""

import base64
import re

import pytest

from akashchat.cli.graphics import escape
from akashchat.client.pictures import Picture

WEBP = Picture(b"RIFF....WEBP", "webp", "")
PNG = Picture(b"\x89PNG" + bytes(9000), "png", "")
ITERM, KITTY = {"TERM_PROGRAM": "iTerm.app"}, {"TERM": "xterm-kitty"}


@pytest.mark.parametrize(
    ("picture", "environment", "seen"),
    [
        (WEBP, ITERM, True),
        (PNG, KITTY, True),
        (WEBP, KITTY, False),
        (PNG, {"TERM": "xterm-256color"}, False),
        (PNG, {**ITERM, "TMUX": "/run/tmux"}, False),
        (PNG, {}, False),
    ],
)
def test_a_terminal_that_does_not_say_so_gets_nothing(picture, environment, seen):
    """Or it would show the escape as text."""
    assert bool(escape(picture, environment)) is seen


def test_kitty_gets_pieces_that_make_the_picture():
    """None longer than it takes, and the last one says that it is."""
    pieces = re.findall(r"\x1b_G(?:a=T,f=100,)?m=([01]);([^\x1b]*)\x1b\\", escape(PNG, KITTY))
    assert [more for more, _ in pieces] == ["1", "1", "0"] or len(pieces) > 1
    assert pieces[-1][0] == "0"
    assert max(len(piece) for _, piece in pieces) <= 4096
    assert base64.b64decode("".join(piece for _, piece in pieces)) == PNG.data
