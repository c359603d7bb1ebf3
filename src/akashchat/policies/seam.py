"""Where a second answer goes on with what came of a first one.

No upstream is assumed to go on with a text that it is given.  It is asked to repeat the last words and to go on
from there, and what it writes is joined on only where it can be nothing else: where it begins with an end of the text
that is long enough and stands nowhere else in it, or with all of it.  So it makes no difference whether it repeats what
was asked for, or more, or starts over; what goes on without repeating, or says something else, has no seam.  White space
within the repetition does not count; where it would have to be guessed at the seam itself, there is none.

One thing cannot be told from a repetition: a text that says its last words once more right here, to the letter, for
the first time and forty characters of them or more, and an answer that goes on so without repeating.
"""

import re
from typing import Final

_LEAST: Final = 40
"""An anchor has at least so many characters, white space aside: no shorter words are taken for a repetition."""
_MOST: Final = 4000
"""In a text that repeats itself no longer anchor is looked for."""
_WORD = re.compile(r"\S{1,16}")


def anchor_of(text: str) -> str:
    """The last words of a text, by which its end can be told from all other places; empty where none can.

    They stand nowhere else in it.  And they begin before what goes round in circles at its end, if something does:
    who goes on there would seem to repeat.
    """
    bare = _bare(text)
    tail = text[-_MOST:].rstrip()
    least = max(_LEAST, _loop(bare[-3 * _MOST :]) + 1)
    for word in reversed([*_WORD.finditer(tail)]):
        words = tail[word.start() :]
        last = _bare(words)
        if len(last) >= least and bare.find(last) == len(bare) - len(last):
            return words
    return ""


def _loop(text: str) -> int:
    """The size of the longest end of a text that is the same piece over and over, twice at least."""
    size = len(text)
    longest = 0
    for period in range(1, min(size // 2, _MOST) + 1):
        piece, end = text[size - period :], size - 2 * period
        if end < 0 or text[end : end + period] != piece:
            continue
        while end >= period and text[end - period : end] == piece:
            end -= period
        while end and text[end - 1] == text[end - 1 + period]:
            end -= 1
        longest = max(longest, size - end)
    return longest


class Seam:
    """One text that was cut, and a second answer that is read until it is clear where it goes on.

    Without an ``anchor`` only an answer that starts over has a seam.
    """

    def __init__(self, text: str, anchor: str) -> None:
        self._text = text.rstrip()
        self._gap = text[len(self._text) :]
        self._bare = _bare(text)
        self._anchor = len(_bare(anchor))
        self._pieces: list[str] = []
        self._need = _LEAST if anchor else 1
        self._size = 0
        self._places: list[int] | None = None if anchor else [0]
        self.joined = not text
        """Whether the seam is found."""
        self.lost = False
        """Whether there is none."""
        self.repeated_more = False
        """Whether more was repeated than the anchor."""

    def feed(self, text: str) -> str:
        """Take more of the second answer; give what of it stands behind the seam."""
        if self.joined:
            return text
        self._pieces.append(text)
        self._size += len(text)
        return self._look() if self._size >= self._need else ""

    def read(self) -> str:
        """What of the second answer is no part of the joined text."""
        return "".join(self._pieces)

    def _look(self) -> str:
        """Hold what was read against the text: once there is enough of it, then whenever it has doubled."""
        said, read = self._bare, _bare(self.read())
        if self._places is None:
            self._places = self._found(read[:_LEAST]) if len(read) >= _LEAST else None
            if self._places is None:
                self._need = self._size + _LEAST - len(read)
                return ""
        self._places = [place for place in self._places if said.startswith(read[: len(said) - place], place)]
        if not self._places:
            self.lost = True
            return ""
        place = max(self._places)
        missing = len(said) - place - len(read)
        if missing > 0:
            self._need = self._size + min(missing, len(read) or 1)
            return ""
        return self._join(place)

    def _found(self, beginning: str) -> list[int]:
        """The places in the text where an end begins that is no shorter than the anchor."""
        last = len(self._bare) - self._anchor + len(beginning)
        return [found.start() for found in re.finditer(f"(?={re.escape(beginning)})", self._bare[:last])]

    def _join(self, place: int) -> str:
        """The second answer repeats the text from this place on: find what stands behind it."""
        whole = self.read()
        behind = _behind(whole, len(self._bare) - place)
        repeated, rest = whole[:behind], whole[behind:]
        if self._gap and not rest.startswith(self._gap):
            self.lost = not self._gap.startswith(rest)
            return ""
        if self._gap and not self._text.endswith(repeated.lstrip()):
            self.lost = True
            return ""
        rest = rest[len(self._gap) :]
        if not rest.strip() and not self._starts_over(place):
            return ""  # what repeats the last words and says nothing more may have stopped too early
        self.joined = True
        self.repeated_more = len(self._bare) - place > self._anchor
        self._pieces = [repeated, self._gap]
        return rest

    def _starts_over(self, place: int) -> bool:
        """Whether what repeats the text from this place on is an answer of its own, rather than the words asked for."""
        return place == 0 and len(self._bare) >= 2 * self._anchor


def _bare(text: str) -> str:
    """A text without its white space."""
    return "".join(text.split())


def _behind(text: str, size: int) -> int:
    """The place in a text right behind its first so many characters that are no white space."""
    for place, character in enumerate(text):
        if size == 0:
            return place
        size -= not character.isspace()
    return len(text)
