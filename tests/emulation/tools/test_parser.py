"""Calls in what models write."""

import itertools
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from akashchat.emulation.tools import parser
from akashchat.emulation.tools.calls import Call
from akashchat.emulation.tools.parser import CallParser
from tests.support.answers import in_pieces
from tests.support.outputs import TOOLS, Case, Expected, cases

CASES = cases()
POSITIVES = [case for case in CASES if case.calls]
NEGATIVES = [case for case in CASES if not case.calls]
MARKS = (
    *("tool_call", "function_call", "<function", "<parameter", "<invoke", "python_tag", "TOOL_CALLS", "<|"),
    *("｜", "arg_key", "arg_value", "<tool_use", "tool▁", "```json"),
)


def parsed(pieces: Iterable[str]) -> tuple[str, list[Call]]:
    """The prose and the calls of an answer that comes in these pieces."""
    reading = CallParser(TOOLS)
    out = [found for piece in pieces for found in reading.feed(piece)] + reading.flush()
    prose = "".join(found for found in out if isinstance(found, str))
    return prose, [found for found in out if isinstance(found, Call)]


def value(text: str) -> Any:
    """The value of arguments, if they are JSON."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def check(call: Call, expected: Expected) -> None:
    """The call is the one that was expected."""
    assert (call.name, call.known) == (expected.name, expected.known)
    if isinstance(expected.arguments, str):
        assert call.arguments == expected.arguments
    elif expected.repair:
        assert value(call.arguments) is None
        assert call.arguments.startswith(("{", '"'))
    else:
        assert value(call.arguments) == expected.arguments


def test_the_corpus_is_broad() -> None:
    """It has hundreds of calls in every style, many of them ill-formed, and as many answers that are none."""
    assert len(POSITIVES) >= 320
    assert len(NEGATIVES) >= 90
    assert len({case.text for case in CASES}) == len(CASES)
    assert sum(any(call.repair for call in case.calls) for case in POSITIVES) >= 40
    assert min(Counter(case.style for case in CASES).values()) >= 20


@pytest.mark.parametrize("case", POSITIVES, ids=str)
def test_calls_are_found_exactly(case: Case) -> None:
    """Name and arguments as the model meant them, the prose around them, and nothing else."""
    prose, calls = parsed([case.text])
    assert prose == case.prose
    assert len(calls) == len(case.calls)
    for call, expected in zip(calls, case.calls, strict=True):
        check(call, expected)


@pytest.mark.parametrize("case", [case for case in POSITIVES if "talked about" not in case.case], ids=str)
def test_no_mark_is_leaked(case: Case) -> None:
    """What belonged to a call is never shown."""
    prose, _ = parsed(case.text)
    shown = prose.replace("```python", "")
    assert not [mark for mark in MARKS if mark.lower() in shown.lower()]


@pytest.mark.parametrize("case", NEGATIVES, ids=str)
def test_what_is_no_call_is_text(case: Case) -> None:
    """Examples, JSON answers, code and talk about calls are given back to the letter."""
    assert parsed([case.text]) == (case.text, [])


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("size", [1, 2, 3, 5, 17])
def test_torn_text_makes_no_difference(case: Case, size: int) -> None:
    """One character at a time or in pieces of a few: prose and calls are the same."""
    pieces = ["".join(piece) for piece in batches(case.text, size)]
    assert parsed(pieces) == parsed([case.text])


def batches(text: str, size: int) -> Iterator[tuple[str, ...]]:
    """A text in pieces of one size."""
    letters = iter(text)
    while piece := tuple(itertools.islice(letters, size)):
        yield piece


SEVERAL = st.lists(st.sampled_from([case.text for case in CASES]), min_size=1, max_size=3).map("\n\n".join)


@given(in_pieces(SEVERAL, cuts=40))
def test_answers_torn_anywhere_are_the_same(pieces: list[str]) -> None:
    """Also several outputs in one answer, torn at random."""
    assert parsed(pieces) == parsed(["".join(pieces)])


TOKENS = [
    *(
        "<",
        ">",
        "</",
        "{",
        "}",
        "[",
        "]",
        "(",
        ")",
        '"',
        "'",
        "`",
        "```",
        "\n",
        " ",
        ":",
        ",",
        "\\",
        "=",
        "|",
        "/",
    ),
    *("<tool_call>", "</tool_call>", "<tool_calls>", "<function=search>", "</function>", "<parameter=query>"),
    *(
        "</parameter>",
        '<invoke name="search">',
        "</invoke>",
        "<function_calls>",
        "<|python_tag|>",
        "[TOOL_CALLS]",
    ),
    *(
        "<｜tool▁calls▁begin｜>",
        "<｜tool▁call▁begin｜>",
        "<｜tool▁sep｜>",
        "<｜tool▁calls▁end｜>",
        "<|channel|>",
    ),
    *(
        "commentary to=functions.search",
        "<|message|>",
        "<|call|>",
        "<|tool_calls_section_begin|>",
        "<arg_key>",
    ),
    *(
        '{"name": "search", ',
        '"arguments": {"query": "x"}}',
        "json",
        "tool_code",
        "search",
        ".call(",
        "[search(query=",
    ),
    *(
        '<tool_call name="apply_patch">',
        "</arg_key>",
        "<arg_value>",
        '"name"',
        '"id"',
        "true",
        "None",
        "text",
        "例如",
    ),
]
NOISE = st.lists(st.one_of(st.sampled_from(TOKENS), st.text(max_size=4)), max_size=24).map("".join)


@given(in_pieces(NOISE, cuts=30))
@example(["<tool_call>{", '"name": "search"'])
@example(["`", "``json\n", '{"name": "search", "arguments": {}}', "``", "` x"])
def test_noise_is_survived(pieces: list[str]) -> None:
    """Whatever comes, nothing is raised; it makes no difference how it is torn; without a call all of it is text."""
    whole = "".join(pieces)
    prose, calls = parsed([whole])
    assert parsed(pieces) == (prose, calls)
    assert parsed(whole) == (prose, calls)
    if not calls:
        assert prose == whole


STYLES = (
    *("%s", "Well:\n%s\n", "```json\n%s\n```", "```\n%s\n```", "<tool_call>%s</tool_call>", "<tool_call>%s"),
    *("<tool_call>\n%s\n</tool_call>", "<tool_call>\n```json\n%s\n```\n</tool_call>", "[TOOL_CALLS][%s]"),
    *("<function_calls>%s</function_calls>", "<|python_tag|>%s<|eom_id|>", "```tool_code\n%s\n```"),
    "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>%s<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
    "<|tool_calls_section_begin|><|tool_call_begin|>%s<|tool_call_end|><|tool_calls_section_end|>",
)


@given(NOISE, st.sampled_from(STYLES), st.data())
@example("<a></function><b>", "<tool_call>%s</tool_call>", None)
def test_what_a_string_says_is_the_tools(content: str, style: str, data: st.DataObject | None) -> None:
    """Tags, fences, brackets and quotes in an argument's string end nothing, however the call is torn."""
    arguments = {"path": "a", "content": content}
    text = style % json.dumps({"name": "write_file", "arguments": arguments}, ensure_ascii=False)
    pieces = data.draw(in_pieces(st.just(text), cuts=20)) if data else list(text)
    prose, calls = parsed(pieces)
    assert prose.strip() == style.partition("\n%s\n")[0] if style.startswith("Well") else prose == ""
    assert [(call.name, value(call.arguments)) for call in calls] == [("write_file", arguments)]


TAGGED = (
    "<tool_call>\n<function=write_file>\n<parameter=content>\n%s\n</parameter>\n</function>\n</tool_call>",
    "<tool_call>write_file\n<arg_key>content</arg_key>\n<arg_value>\n%s\n</arg_value>\n</tool_call>",
    '<invoke name="write_file">\n<parameter name="content">\n%s\n</parameter>\n</invoke>',
)
PLAIN = st.lists(
    st.sampled_from(["a", "\n", " ", '"', "{", "}", "`", "```", ">", "1.10", "例如", "null", "\\", "["])
)


@given(
    PLAIN,
    st.sampled_from(["", "</tool_call>", "</function>", "</invoke>", "</p>"]),
    PLAIN,
    st.sampled_from(TAGGED),
)
@example([], "</tool_call>", ["\n", "a"], TAGGED[0])
@example(["a", "\n"], "</function>", ["\n"], TAGGED[0])
@example(["1.10"], "", [], TAGGED[2])
def test_what_a_value_in_tags_says_is_the_tools(
    before: list[str], closer: str, after: list[str], style: str
) -> None:
    """A closing tag in the middle of it ends nothing, and what looks like JSON stays text."""
    content = "".join([*before, closer, *after])
    prose, calls = parsed(style % content)
    assert prose == ""
    assert [(call.name, value(call.arguments)) for call in calls] == [("write_file", {"content": content})]


@given(st.text())
def test_text_is_given_back(text: str) -> None:
    """Arbitrary text is no call."""
    assert parsed([text]) == (text, [])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Hello, how are you", "Hello, how are you"),
        ("a < b and", "a < b and"),
        ("see <div>", "see <div>"),
        ('{"answer": 42, ', '{"answer": 42,'),
        ('{"name": "Bob", ', '{"name": "Bob",'),
        ("```python\nx = {", "```python\nx = {"),
        ('```json\n{"a": 1', '```json\n{"a": 1'),
        ("text <tool_call>", "text"),
        ("text <", "text"),
        ("text <tool_call> is a", "text <tool_call> is a"),
    ],
)
def test_prose_flows_at_once(text: str, shown: str) -> None:
    """Only what may still become a call, and white space before it, is held back."""
    assert "".join(map(str, CallParser(TOOLS).feed(text))) == shown


def test_a_call_is_given_when_it_is_closed() -> None:
    """A caller need not wait for the end of the answer."""
    reading = CallParser(TOOLS)
    first = reading.feed('<tool_call>{"name": "get_time", "arguments": {}}</tool_call>\n<tool_')
    assert first == [Call("get_time", "{}", known=True)]
    assert reading.feed('call>{"name": "search", "arguments": {"query": ') == []
    assert reading.feed('"a"}}</tool_call>') == [Call("search", '{"query": "a"}', known=True)]
    assert reading.flush() == []


def test_what_is_too_long_is_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """No more than some text is held back; then it is given back whole, and memory stays bounded."""
    monkeypatch.setattr(parser, "MOST_HELD", 1000)
    text = '<tool_call>{"name": "search", "arguments": {"query": "' + "x" * 3000
    assert parsed([text, " more", " <tool_call>"]) == (text + " more <tool_call>", [])
    reading = CallParser(TOOLS)
    for _ in range(100):
        reading.feed("words without end " * 100)
        assert len(reading._source.text) < 4000


FLOODS = [
    *(
        "<",
        "{",
        "[",
        "`",
        "```",
        "(",
        '"',
        "'",
        "\\",
        "\n",
        " ",
        "<tool_call>",
        "</tool_call>",
        "<|",
        "<｜",
        "{{",
    ),
    *(
        "<tool_call>{",
        '<tool_call>{"a":"</tool_call>x',
        '<tool_call>{"a":"</tool_call><',
        '<tool_call>[",',
        '<tool_call>["</tool_call>","',
        "\n<tool_call>{x",
        "\n<tool_call>{x</tool_call",
        '{"name": "search", "arguments": "</tool_call><',
        '\n{"name": "search" "',
        '<tool_call>{"name": "search" "a" "b" ',
        '<tool_call>[1, "a", ',
        "<tool_call>[[",
        "<tool_call>search {",
        '{"name":',
        '{"id":\n\n',
        "[[",
        '[{"id": 1}',
        "{'name': '",
    ),
    *(
        '```json\n{"id":',
        "`<",
        "<function=search>",
        "<parameter=query>",
        '<invoke name="search">',
        "[search(",
    ),
    *(
        "<|python_tag|>search.call(",
        "[TOOL_CALLS]search{",
        "<|channel|>",
        "<｜tool▁call▁begin｜>",
        "<a></a>",
        "}",
    ),
    *(
        "<tool_call><function=search><parameter=query>x\n</tool_call>\n",
        "<function=search>\n<parameter=query>\n</function>\n",
        '<｜tool▁calls▁begin｜><｜tool▁sep｜>{"a": [1,',
        '<｜tool▁calls▁begin｜><｜tool▁sep｜>{"a": "',
        "<｜tool▁sep｜>{",
        '[search(query="""',
        "```tool_code\nx = search(#",
        '{"name": "search", // ',
        "> ",
    ),
    *(
        '<tool_call name="apply_patch">',
        "```tool_code\nsearch(",
        '{"name": "search", "arguments": "\\"',
        "<arg_key>",
    ),
]


def work(pieces: Iterable[str]) -> int:
    """How many calls of functions it takes to read an answer."""
    count = 0

    def tally(*_: object) -> None:
        nonlocal count
        count += 1

    before = sys.getprofile()
    sys.setprofile(tally)
    try:
        parsed(pieces)
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("flood", FLOODS)
@pytest.mark.parametrize("torn", [False, True])
def test_work_grows_with_the_text_alone(flood: str, torn: bool) -> None:
    """Four times the text is about four times the work, whatever it is made of."""
    few, many = flood * (2000 // len(flood)), flood * (8000 // len(flood))
    once, again = (work(text if torn else [text]) for text in (few, many))
    assert again < 6 * once + 2000
