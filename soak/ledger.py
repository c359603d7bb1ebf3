"""What was asked and what came of it, as the callers saw it."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from akashchat.simulator.keyed import ANSWER
from faults.told import CALLED, EMPTY, PICTURE, SHORT, WHOLE, Told

_MOST_COMPLAINTS: Final = 50
LEFT: Final = "left"


class Ledger:
    """Counts."""

    def __init__(self) -> None:
        self.asked = 0
        """Answers that the gateway has begun, so that it must tell their outcomes."""
        self.ends: Counter[str] = Counter()
        self.kinds: Counter[str] = Counter()
        self.complaints: list[str] = []
        self.wrong = 0

    def end(self, kind: str, end: str) -> None:
        """An answer of that kind came to an end."""
        self.kinds[kind] += 1
        self.ends[end] += 1

    def judge(self, kind: str, told: Told) -> None:
        """An answer was read to its end."""
        end = ended(told)
        self.end(kind, end)
        if end == SHORT:
            self.complain(kind, f"{SHORT}: {told.text[-80:]!r}")

    def complain(self, kind: str, complaint: str) -> None:
        """Something is wrong."""
        self.wrong += 1
        if len(self.complaints) < _MOST_COMPLAINTS:
            self.complaints.append(f"{kind}: {complaint}")


def ended(told: Told) -> str:
    """One word for what was told."""
    if told.failed:
        return told.code or "a failure"
    if told.calls:
        return CALLED
    if told.picture:
        return PICTURE
    if told.text == ANSWER:
        return WHOLE
    return SHORT if told.text else EMPTY


def outcomes(exposed: str) -> Mapping[str, int]:
    """How many answers ended how, by the gateway's own word: what ``/metrics`` shows."""
    found: Counter[str] = Counter()
    for outcome, count in _rows(exposed):
        found[outcome] += count
    return found


def _rows(exposed: str) -> Iterator[tuple[str, int]]:
    for line in exposed.split("\n"):
        if line.startswith("akashchat_answers_total{"):
            yield line.partition('outcome="')[2].partition('"')[0], int(float(line.rpartition(" ")[2]))
