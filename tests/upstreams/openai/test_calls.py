"""Calls as servers really send them, put in order."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akashchat.errors import ProtocolError
from akashchat.model.events import Event, ToolCallDelta, ToolCallStart
from tests.support.keyed import call, chunk, finish, frames, text
from tests.upstreams.openai.decoding import EXCHANGE, ChatStream, calls, decoded, failure


def read(*chunks: Any) -> list[tuple[str, str, str]]:
    """The calls of an answer."""
    return calls(decoded(frames(*chunks, finish("tool_calls"))))


TWO = [("a", "f", '{"x": 1}'), ("b", "g", '{"y": 2}')]


@pytest.mark.parametrize(
    "chunks",
    [
        [
            call(0, id="a", name="f", arguments=""),
            call(0, arguments='{"x": 1}'),
            call(1, id="b", name="g", arguments=""),
            call(1, arguments='{"y": 2}'),
        ],
        [  # mixed, as OpenAI reserves the right to
            call(0, id="a", name="f", arguments='{"x"'),
            call(1, id="b", name="g", arguments='{"y"'),
            call(0, arguments=": 1}"),
            call(1, arguments=": 2}"),
        ],
        [  # vLLM, of old: all numbered 0, and an empty id behind the first piece
            call(0, id="a", name="f", arguments=""),
            call(0, id="", arguments='{"x": 1}'),
            call(0, id="b", name="g", arguments=""),
            call(0, id="", arguments='{"y": 2}'),
        ],
        [  # llama.cpp, of old: id and name with every piece
            call(0, id="a", name="f", arguments='{"x": '),
            call(0, id="a", name="f", arguments="1}"),
            call(1, id="b", name="g", arguments='{"y": 2}'),
        ],
        [  # Ollama and Gemini: no index, each call in one piece
            call(..., id="a", name="f", arguments='{"x": 1}'),
            call(..., id="b", name="g", arguments='{"y": 2}'),
        ],
        [  # no index, and pieces told apart by their ids
            call(..., id="a", name="f", arguments='{"x"'),
            call(..., id="b", name="g", arguments='{"y"'),
            call(..., id="a", arguments=": 1}"),
            call(..., id="b", arguments=": 2}"),
        ],
        [  # both in one chunk, the name later than the id
            chunk({"tool_calls": [{"index": 0, "id": "a"}, {"index": 1, "id": "b"}]}),
            call(0, name="f", arguments='{"x": 1}'),
            call(1, name="g", arguments='{"y": 2}'),
        ],
    ],
)
def test_two_calls(chunks: list[Any]) -> None:
    """One after the other, each with its own arguments, however they came."""
    assert read(*chunks) == TWO


def test_arguments_as_an_object() -> None:
    """Ollama's old way; JSON is text here."""
    assert read(call(id="a", name="f", arguments={"x": [1, "ü"]})) == [("a", "f", '{"x":[1,"ü"]}')]


def test_ids_are_made_where_there_are_none() -> None:
    """SGLang left them out, or gave numbers that come again in the next answer; ids must differ."""
    assert read(call(0, name="f", arguments="{}"), call(1, id="7", name="f", arguments="{}")) == [
        ("call_f00d0", "f", "{}"),
        ("call_f00d1", "f", "{}"),
    ]
    same = [call(i, id="same", name="f", arguments="{}") for i in range(2)]
    assert [found[0] for found in read(*same)] == ["same", "call_f00d1"]


def test_ids_that_mean_something_are_kept() -> None:
    """Kimi's templates read their own form of ids in the next turn."""
    assert read(call(id="functions.f:0", name="f", arguments="{}"))[0][0] == "functions.f:0"


def test_a_call_without_arguments_has_an_empty_object() -> None:
    """As OpenAI writes it: JSON in any case."""
    assert read(call(0, id="a", name="f"), call(1, id="b", name="g", arguments="")) == [
        ("a", "f", "{}"),
        ("b", "g", "{}"),
    ]


def test_arguments_flow() -> None:
    """The open call's pieces are passed on as they come, and the next call's once it is whole."""
    stream = ChatStream(EXCHANGE)

    def told(one: Any) -> list[Event]:
        return stream.decode(frames(one, done=False))

    assert told(call(0, id="a", name="f", arguments='{"x"')) == [
        ToolCallStart("a", "f"),
        ToolCallDelta("a", '{"x"'),
    ]
    assert told(call(1, id="b", name="g", arguments="{")) == []
    assert told(call(0, arguments=": 1}")) == [
        ToolCallDelta("a", ": 1}"),
        ToolCallStart("b", "g"),
        ToolCallDelta("b", "{"),
    ]
    assert told(call(1, arguments="}")) == [ToolCallDelta("b", "}")]


def test_text_between_calls_ends_no_call_early() -> None:
    """What waits behind an open call comes at the latest with the answer's end."""
    events = decoded(frames(call(0, id="a", name="f", arguments="{}"), text("and"), finish("tool_calls")))
    assert calls(events) == [("a", "f", "{}")]


@pytest.mark.parametrize(
    "chunks",
    [
        [call(0, id="a", arguments="{}")],
        [
            call(0, id="a", name="f", arguments="{}"),
            call(1, id="b", name="g", arguments="{}"),
            call(0, arguments='{"x": 1}'),
        ],
    ],
)
def test_what_cannot_be_put_in_order(chunks: list[Any]) -> None:
    """A call of nothing, and more of a call that was whole."""
    assert isinstance(failure(decoded(frames(*chunks, finish("tool_calls")))), ProtocolError)


def test_a_blank_behind_a_whole_call_is_nothing() -> None:
    """JSON ends where it ends."""
    whole = [call(i, id=name, name="f", arguments="{}") for i, name in enumerate("ab")]
    assert [found[2] for found in read(*whole, call(0, arguments="\n"))] == ["{}", "{}"]


@pytest.mark.parametrize("text_", ["*** not JSON", '{"other": 1}', '["input"]'])
def test_a_freeform_tool_called_bare(text_: str) -> None:
    """A model that wrote the tool's input itself meant just that."""
    assert read(call(id="a", name="patch", arguments=text_)) == [("a", "patch", text_)]


_JSON = st.dictionaries(
    st.text('ab{}"\\', max_size=3), st.integers() | st.text('ab{}"\\', max_size=3), max_size=3
)


@given(st.lists(_JSON, min_size=1, max_size=4), st.randoms(use_true_random=False), st.integers(1, 5))
def test_any_mixture_of_pieces(arguments: list[dict[str, Any]], chance: Any, size: int) -> None:
    """Pieces of several calls in any order that keeps each call's own."""
    texts = [frames(one, done=False)[6:-2].decode() for one in arguments]
    pieces = [[text_[i : i + size] for i in range(0, len(text_), size)] for text_ in texts]
    chunks = [call(i, id=f"c{i}", name="f", arguments="") for i in range(len(texts))]
    while any(pieces):
        i = chance.choice([i for i, rest in enumerate(pieces) if rest])
        chunks.append(call(i, arguments=pieces[i].pop(0)))
    assert read(*chunks) == [(f"c{i}", "f", text_) for i, text_ in enumerate(texts)]


def test_what_is_said_between_calls_comes_between_them() -> None:
    """Text behind a call that is not whole waits for it, since calls are never torn."""
    events = decoded(
        frames(
            text("first"),
            call(0, id="a", name="f", arguments='{"x"'),
            text("second"),
            call(0, arguments=": 1}"),
            call(1, id="b", name="g"),
            text("third"),
            finish("tool_calls"),
        )
    )
    kinds = ["".join(c for c in type(event).__name__ if c.isupper()) for event in events]
    assert kinds == ["TD", "TCS", "TCD", "TCD", "TD", "TCS", "TCD", "TD", "F"]


def test_a_call_cut_by_the_limit_is_not_made_up() -> None:
    """Arguments that never came are not taken for none."""
    assert calls(decoded(frames(call(id="a", name="f"), finish("length")))) == [("a", "f", "")]


def test_calls_without_end_are_no_answer() -> None:
    """A model caught in a loop."""
    endless = [call(i, id=f"c{i}", name="f", arguments="{}") for i in range(1001)]
    assert isinstance(failure(decoded(frames(*endless, finish("tool_calls")))), ProtocolError)
