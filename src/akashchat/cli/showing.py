"""An answer shown while it comes: as Markdown on a terminal, as it is to everything else."""

import enum
import sys
from typing import Self

from rich.console import Console, RenderableType
from rich.live import Live
from rich.markdown import Markdown
from rich.segment import SegmentLines
from rich.spinner import Spinner
from rich.text import Text

from akashchat.cli.asking import tame
from akashchat.cli.blocks import settled
from akashchat.client.answers import Answer

_FRAMES_PER_SECOND = 12
_DIM = "dim italic"


class Thoughts(enum.StrEnum):
    """What becomes of a model's thoughts."""

    FOLDED = "folded"
    SHOWN = "shown"
    HIDDEN = "hidden"


class Plain:
    """Text alone, for files and other programs; thoughts go to standard error where they are wanted."""

    def __init__(self, answer: Answer, thoughts: Thoughts) -> None:
        self._answer = answer
        self._thoughts = thoughts
        self._told = 0
        self._thought = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._told:
            sys.stdout.write("\n")

    def __call__(self) -> None:
        """Show what is new."""
        if self._thoughts is Thoughts.SHOWN:
            sys.stderr.write(tame(self._answer.thoughts[self._thought :]))
            self._thought = len(self._answer.thoughts)
        sys.stdout.write(self._answer.text[self._told :])
        sys.stdout.flush()
        self._told = len(self._answer.text)


class Rendered:
    """Markdown as it grows.

    What no later line can change is printed once and scrolls away as any text does; only the paragraph that is being
    written is drawn again and again, so an answer may be longer than the terminal is high.
    """

    def __init__(self, answer: Answer, thoughts: Thoughts, console: Console) -> None:
        self._answer = answer
        self._thoughts = thoughts
        self._console = console
        self._read = 0
        self._rest = ""
        self._printed = self._thought = False
        self._spinner = Spinner("dots", style="cyan")
        self._live = Live(
            console=console,
            get_renderable=self._growing,
            refresh_per_second=_FRAMES_PER_SECOND,
            transient=True,
            vertical_overflow="ellipsis",
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        rest, self._rest = self._rest, ""
        self._live.stop()
        self._end_thoughts()
        self._print(rest)

    def __call__(self) -> None:
        """Show what is new."""
        if len(self._answer.text) == self._read:
            return
        self._end_thoughts()
        text = self._rest + tame(self._answer.text[self._read :])
        self._read = len(self._answer.text)
        end = settled(text)
        self._rest = text[end:]
        self._print(text[:end])

    def _growing(self) -> RenderableType:
        """What is not settled yet."""
        if self._rest:
            return Markdown(self._rest)
        if self._answer.thoughts and self._thoughts is Thoughts.SHOWN and not self._thought:
            return Text(tame(self._answer.thoughts), style=_DIM)
        words = len(self._answer.thoughts.split()) if not self._thought else 0
        self._spinner.update(text=f"thinking, {words} words" if words else tame(self._answer.waiting))
        return self._spinner

    def _end_thoughts(self) -> None:
        """Leave of the thoughts what is to stay: all, one line, or nothing."""
        if self._thought or not self._answer.thoughts:
            return
        self._thought = True
        left = {
            Thoughts.SHOWN: tame(self._answer.thoughts).strip(),
            Thoughts.FOLDED: f"thought in {len(self._answer.thoughts.split())} words",
            Thoughts.HIDDEN: "",
        }[self._thoughts]
        if left:
            self._console.print(Text(left, style=_DIM), end="\n\n")

    def _print(self, text: str) -> None:
        """Print Markdown for good, one empty line from what stands above it, whatever it begins or ends with."""
        lines = self._console.render_lines(Markdown(text), pad=False)
        seen = [at for at, line in enumerate(lines) if any(piece.text.strip() for piece in line)]
        if not seen:
            return
        if self._printed:
            self._console.print()
        self._console.print(SegmentLines(lines[seen[0] : seen[-1] + 1], new_lines=True))
        self._printed = True


def screen(answer: Answer, thoughts: Thoughts, console: Console) -> Plain | Rendered:
    """What shows it here."""
    return Rendered(answer, thoughts, console) if console.is_terminal else Plain(answer, thoughts)
