"""Figures as a row of small bars.

https://en.wikipedia.org/wiki/Sparkline
"""

from collections.abc import Sequence

_BARS = "▁▂▃▄▅▆▇█"


def sparkline(figures: Sequence[float], width: int = 30) -> str:
    """A bar for each figure, the highest for the greatest; neighbours share one where there are more than ``width``."""
    if not figures:
        return ""
    size = -(-len(figures) // width)
    shared = [sum(figures[at : at + size]) for at in range(0, len(figures), size)]
    greatest = max(shared)
    return "".join(_bar(figure, greatest) for figure in shared)


def _bar(figure: float, greatest: float) -> str:
    """Nothing at all is a space, and the least of something is not."""
    return _BARS[min(len(_BARS) - 1, int(figure / greatest * len(_BARS)))] if figure > 0 else " "
