"""An answer on a terminal."""

import io
import itertools
import re

import pytest
from rich.console import Console
from rich.progress import Progress

from akashchat.cli.asking import tame
from akashchat.cli.image import Bar
from akashchat.cli.showing import Rendered, Thoughts
from akashchat.client.answers import Answer

CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def shown(thoughts=Thoughts.FOLDED, *, thought="", text=""):
    """What stands in the terminal when an answer came letter by letter; what is drawn meanwhile goes nowhere."""
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=60, height=10, _environ={"TERM": "dumb"})
    answer = Answer()
    with Rendered(answer, thoughts, console) as told:
        for letter in thought:
            answer.thoughts += letter
            told()
        for letter in text:
            answer.text += letter
            told()
    return CODES.sub("", file.getvalue())


def test_an_answer_longer_than_the_terminal_is_shown_once():
    """Every paragraph, in order, and the last one too, which nothing follows."""
    text = "\n\n".join(f"Paragraph {i}." for i in range(30))
    lines = shown(text=text).split("\n")
    assert [line.strip() for line in lines if "Paragraph" in line] == [f"Paragraph {i}." for i in range(30)]


def test_one_empty_line_stands_between_two_paragraphs():
    """Around code and tables, too, which bring some of their own."""
    text = "One.\n\n```python\nx = 1\n```\n\nTwo.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nThree."
    lines = [line.strip() for line in shown(text=text).split("\n")]
    assert lines[:5] == ["One.", "", "x = 1", "", "Two."]
    assert [line for line in lines[5:] if line] == ["a  b", lines[7], "1  2", "Three."]
    assert ("", "") not in list(itertools.pairwise(lines[: lines.index("Three.")]))


@pytest.mark.parametrize(
    ("thoughts", "left"),
    [(Thoughts.FOLDED, "thought in 3 words"), (Thoughts.SHOWN, "Who is it?"), (Thoughts.HIDDEN, "")],
)
def test_what_is_left_of_thoughts(thoughts, left):
    """All, one line, or nothing; the answer stands below."""
    above, _, _ = shown(thoughts, thought="Who is it?", text="Ada.").partition("Ada.")
    assert above.split("\n")[0].strip() == left


def test_a_terminal_obeys_no_model():
    """What would move its cursor or ask it something is left out."""
    assert tame("a\x1b]52;c;AAAA\x07b\x9b2Jc\r\td\n") == "a]52;c;AAAAb2Jc\td\n"
    assert "\x1b]" not in shown(text="a\x1b]0;mine\x07b")


def test_the_bar_is_full_when_nobody_is_before_the_picture():
    """And has no length where there is no queue."""
    progress = Progress(disable=True)
    bar = Bar(progress)
    (task,) = progress.tasks
    bar.told("The image is being generated.")
    assert task.total is None
    bar.told("The image is in the queue at position 4.")
    assert (task.completed, task.total) == (0, 4)
    bar.told("The image is in the queue at position 1.")
    assert (task.completed, task.total) == (3, 4)
    bar.told("The image is being drawn.")
    assert (task.completed, task.total) == (4, 4)
