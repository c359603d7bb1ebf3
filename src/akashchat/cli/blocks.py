"""Where Markdown that is still being written can be cut, so that what stands before it is shown for good."""

import re

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")


def settled(text: str) -> int:
    """How much of it no later line can change: up to the last paragraph that begins, outside of code.

    A line that is indented may belong to what stands above the blank line, as in a list, and settles nothing.
    """
    fence, end, place, blank = "", 0, 0, False
    for line in text.splitlines(keepends=True):
        if not fence and blank and not line[0].isspace():
            end = place
        blank = not line.strip()
        fence = _within(fence, line)
        place += len(line)
    return end


def _within(fence: str, line: str) -> str:
    """The fence of the code that the next line stands in; empty where it is none."""
    found = _FENCE.match(line)
    if found is None:
        return fence
    mark, rest = found.groups()
    if not fence:
        return mark
    closes = mark[0] == fence[0] and len(mark) >= len(fence) and not rest.strip()
    return "" if closes else fence
