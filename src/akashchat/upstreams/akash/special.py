"""Special tokens, made plain.

The app's token counter throws on these texts and answers an empty 500; and a model must not take what
somebody writes about them for the tokens themselves.
"""

import re

_SPECIAL = re.compile(r"<\|(?=(?:endoftext|fim_prefix|fim_middle|fim_suffix|endofprompt)\|>)")


def neutral(text: str) -> str:
    """The text with a zero-width space in each special token, which makes it plain text."""
    return _SPECIAL.sub("<|\u200b", text) if "<|" in text else text
