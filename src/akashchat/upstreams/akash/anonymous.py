"""Replies without what they say: the same shape, filled with other words.

What is kept is what tells one protocol from another: names of fields, codes of lines, types of chunks, tags,
moments, and every character that is neither a letter nor a digit.  Letters become letters of the same case
and the same length in UTF-8, digits become digits.  So a text, a token and a key are gone, and a reader still
stumbles where it stumbled.
"""

import re
from collections.abc import Mapping

_STRING = re.compile(r'"((?:[^"\\\n]|\\.)*)("?)(\s*:)?')
_LEAD = re.compile(r"^(?:[0-9A-Za-z]:|data: ?|event: ?|id: ?|retry: ?)", re.MULTILINE)
_NUMBER = re.compile(r"\d[\d.]*(?:[eE][+-]?\d+)?")
_DIGIT = re.compile(r"\d")
_PIECE = re.compile(
    r"""(?P<kept></?[A-Za-z!][\w-]{0,24}(?=[\s>/]) | \\[nrtbf"\\/] | (?i:just\ a\ moment | cf-challenge | \[DONE\]
      | challenge-platform | attention\ required | cf_chl | (?:jobId|prompt|negative)=(?='))
      | \b(?:true|false|null)\b | \d{4}-\d\d-\d\dT[\d:.]{5,15}Z)
    | \\u(?P<escape>[0-9a-fA-F]{4})
    | (?P<letter>[^\W\d_])
    | (?P<digit>\d)""",
    re.VERBOSE,
)
_FIELD = re.compile(r"[A-Za-z_][A-Za-z_-]{0,40}\Z")
_WORD = re.compile(r"[a-z][a-z0-9/_.-]{0,40}\Z")
_TELLING = frozenset(
    """
    type finishReason status sourceType mediaType mimeType contentType object tier state role
    """.split()  # noqa: SIM905  a table
)
"""Fields whose values are words of the protocol."""

_HEADERS = frozenset(
    """
    content-type content-encoding server cf-mitigated retry-after x-tokenlimit-reset
    x-vercel-ai-data-stream x-vercel-ai-ui-message-stream
    """.split()  # noqa: SIM905  a table
)
_COOKIE_PART = re.compile(r"=([^;]*)")


def anonymous(body: str) -> str:
    """A reply's text, filled with other words."""
    done: list[str] = []
    place, field = 0, ""
    for found in _STRING.finditer(body):
        done.append(_between(body[place : found.start()]))
        inner, quote, colon = found[1], found[2], found[3]
        if colon and _FIELD.match(inner):
            field = inner
        elif not (field in _TELLING and _WORD.match(inner) and not colon):
            inner = filled(inner)
        done.append(f'"{inner}{quote}{colon or ""}')
        if not colon:
            field = ""
        place = found.end()
    done.append(_between(body[place:]))
    return "".join(done)


def anonymous_headers(headers: Mapping[str, str], cookies: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    """The headers that tell one reply from another, and the cookies' names and attributes."""
    kept = [(name, value) for name, value in headers.items() if name in _HEADERS]
    return kept + [
        ("set-cookie", _COOKIE_PART.sub(lambda part: "=" + filled(part[1]), one)) for one in cookies
    ]


def filled(text: str) -> str:
    """Other letters and digits in the place of each."""
    return _PIECE.sub(_filler, text)


def _between(text: str) -> str:
    """What stands outside quotes: punctuation and numbers of JSON, line codes, or the text of a page."""
    done, place = [], 0
    for lead in _LEAD.finditer(text):
        done += [_plain(text[place : lead.start()]), lead[0]]
        place = lead.end()
    return "".join([*done, _plain(text[place:])])


def _plain(text: str) -> str:
    """Numbers stay numbers, as they are in JSON."""
    done, place = [], 0
    for number in _NUMBER.finditer(text):
        done += [filled(text[place : number.start()]), _DIGIT.sub("1", number[0])]
        place = number.end()
    return "".join([*done, filled(text[place:])])


def _filler(found: re.Match[str]) -> str:
    if found["kept"]:
        return found[0]
    if found["digit"]:
        return "0"
    if escape := found["escape"]:
        return _escaped(int(escape, 16))
    letter = found["letter"]
    if letter.isascii():
        return "X" if letter.isupper() else "x"
    return ("é", "語", "𐐨")[len(letter.encode("utf-8", "surrogatepass")) - 2]


def _escaped(unit: int) -> str:
    """One escaped unit of UTF-16 as another of its kind; half a pair stays that half."""
    if 0xD800 <= unit < 0xDC00:
        return "\\ud83d"
    if 0xDC00 <= unit < 0xE000:
        return "\\ude00"
    return f"\\u{unit:04x}" if unit < 0x30 else "\\u00e9"
