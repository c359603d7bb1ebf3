"""How a terminal is told to show a picture, where it says that it can.

Asking a terminal and waiting for its reply would disturb whatever is typed meanwhile; so what it says of itself in the
environment is all that counts, and within tmux or screen, which pass none of it on, nothing is shown.

https://iterm2.com/documentation-images.html, https://sw.kovidgoyal.net/kitty/graphics-protocol/
"""

import base64
from collections.abc import Mapping

from akashchat.client.pictures import Picture

_PIECE = 4096
"""The longest piece kitty's protocol takes."""

_ITERM = {("TERM_PROGRAM", "iTerm.app"), ("TERM_PROGRAM", "WezTerm"), ("LC_TERMINAL", "iTerm2")}
_KITTY = {("TERM", "xterm-kitty"), ("TERM", "xterm-ghostty"), ("TERM_PROGRAM", "ghostty")}
_BETWEEN = ("TMUX", "STY")


def escape(picture: Picture, environment: Mapping[str, str]) -> str:
    """What to write to see it; empty where the terminal does not say that it can show it."""
    told = environment.items()
    if any(environment.get(name) for name in _BETWEEN):
        return ""
    if _ITERM & told:
        return _iterm(picture)
    if _KITTY & told and picture.format == "png":  # it decodes nothing else
        return _kitty(picture)
    return ""


def _iterm(picture: Picture) -> str:
    data = base64.b64encode(picture.data).decode()
    return f"\x1b]1337;File=inline=1;size={len(picture.data)};preserveAspectRatio=1:{data}\a\n"


def _kitty(picture: Picture) -> str:
    data = base64.b64encode(picture.data).decode()
    pieces = [data[at : at + _PIECE] for at in range(0, len(data), _PIECE)]
    lead = ["a=T,f=100,", *[""] * (len(pieces) - 1)]
    more = [*[1] * (len(pieces) - 1), 0]
    told = zip(lead, more, pieces, strict=True)
    return "".join(f"\x1b_G{first}m={go_on};{piece}\x1b\\" for first, go_on, piece in told) + "\n"
