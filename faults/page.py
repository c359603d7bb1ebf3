"""``docs/faults.md``: what callers get when something goes wrong, from the very tables that are played."""

from collections.abc import Iterator
from typing import Final

from faults.crash import NAME as CRASH
from faults.departures import PHASES
from faults.fault import Expected, Fault
from faults.keyed import KEYED
from faults.session import SESSION

_HEAD: Final = """\
<!-- made from the code by `make docs`; change it there -->

# Faults

What a caller gets when something goes wrong behind the gateway. `make faults` plays every fault at a gateway on a
socket, in every dialect, streaming and not, and this page is made of the tables it plays. Each answer must have exactly
one right end: our own readers look at its bytes, and the official clients (`openai`, `anthropic`, `ollama`) must take
what is whole for whole and raise at what is not. A part of an answer that looks like a whole one is never right.

*The whole answer* is all sixty words that the stand-in gives, also where they were joined from two answers. Where a
dialect has no codes, as Anthropic's and Ollama's, the failure is told in its own form. Two words in one cell: either
is right, depending on the caller's turn or on what had been sent already.
"""
_SESSION: Final = """\
## Akash Chat, and what stands before it

The second upstream is one by key that has the same model.
"""
_GONE: Final = """\
Besides:

"""
_KEYED: Final = """\
## Upstreams by key

The first sixteen are those of FailoverBench. The second upstream has the same model and refuses to go on from the
beginning of an answer. What is not retried, or only so often, is counted.
"""
_WORDS: Final = {
    "whole": "the whole answer",
    "called": "the call",
    "empty": "an empty answer, which is what the model gave",
}


def faults_page() -> str:
    """The page."""
    gone = [f"- {name}: Akash's connection is closed within a second." for name, _, _ in PHASES]
    killed = f"- {CRASH}: no caller sees an end, and the next gateway on the same database is well."
    parts = [
        _HEAD,
        _SESSION,
        *_table(SESSION),
        "",
        _GONE + "\n".join([*gone, killed]),
        "",
        _KEYED,
        *_table(KEYED),
        "",
    ]
    return "\n".join(parts)


def _table(faults: tuple[Fault, ...]) -> Iterator[str]:
    yield from ("| Fault | With one upstream | With a second one |", "|---|---|---|")
    for fault in faults:
        yield f"| {fault.name} | {_told(fault.alone)} | {_told(fault.backed)} |"


def _told(expected: Expected) -> str:
    return " or ".join(_WORDS.get(word, f"`{word}`") for word in expected.split())
