"""What is left of an answer at its end: text that was held back because a call may begin in it.

Where nothing more comes it is no call, but not always words for the caller either.
"""

import re

_MARK = re.compile(
    r"\s*+(?:`{3,}(?:json|tool\w*|function\w*)?\s*(?=[<\[{]))?"
    r"(?:<(?:[/\w|｜]|\Z)|✿|\[TOOL|`{3,}tool_code|\[\s*[a-z_][\w.]*\("
    r"|[\[{\s]*\{\s*(?:[\"'](?:name|type|tool|function|action|arguments|parameters|\w*\Z)|\Z))",
    re.IGNORECASE,
)
_HALF = re.compile(
    r"\"(?:tool_calls|function_call|arguments|parameters)\"\s*:|\"type\"\s*:\s*\"function\""
    r"|✿FUNCTION✿\s*[:：]|\bto=functions\.|<\|channel\|>commentary|\A\s*\[\s*[a-z_]\w*\(\w+=",
    re.IGNORECASE,
)


def may_begin(text: str) -> bool:
    """Whether so little has come of it that nobody knows; of an answer that was cut it is not shown."""
    return bool(_MARK.match(text))


def is_call(text: str) -> bool:
    """Whether it has what only a call has: it breaks off, and is never shown."""
    return bool(_HALF.search(text))
