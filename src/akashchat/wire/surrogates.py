r"""Text that arrives in pieces of UTF-16.

JavaScript cuts strings between code units, so an emoji may come as ``"\ud83d"`` and ``"\ude00"`` in two
pieces.  The first half is held back until the second comes; a half that stays alone becomes U+FFFD.
"""

from akashchat.wire.json import whole_text


class Surrogates:
    """Joins halves across pieces; what it returns can always be encoded as UTF-8."""

    __slots__ = ("held",)

    def __init__(self) -> None:
        self.held = ""

    def feed(self, text: str) -> str:
        """What can be told of the text so far."""
        text = self.held + text
        self.held = ""
        if text and "\ud800" <= text[-1] <= "\udbff":
            self.held = text[-1]
            text = text[:-1]
        return whole_text(text)

    def flush(self) -> str:
        """The half that stayed alone."""
        held, self.held = self.held, ""
        return whole_text(held)
