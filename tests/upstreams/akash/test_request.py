"""Requests as Akash Chat wants them, and as a model behind it gets them.

What the model gets is told by the simulator's own account of the app, which shares no code with the gateway.
"""

import json
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from akashchat.errors import BadRequest
from akashchat.model.catalogue import Model
from akashchat.model.request import (
    FilePart,
    ImagePart,
    Message,
    Part,
    Picture,
    Request,
    Role,
    TextPart,
    ToolCall,
)
from akashchat.simulator import CATALOGUE, PERSONA
from akashchat.simulator.prompt import compose
from akashchat.upstreams.akash.request import TINY, RequestOptions, neutral, render
from tests.support.answers import TEXTS

LLAMA = next(model for model in CATALOGUE if model.id == "Meta-Llama-3-3-70B-Instruct")
SPECIAL = ["<|endoftext|>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>", "<|endofprompt|>"]
TOKENS = TEXTS | st.lists(st.sampled_from([*SPECIAL, "<|", "|>", "endoftext", "x"]), max_size=5).map("".join)
MODEL = Model(id=LLAMA.id, name="Llama", upstream="akash", temperature=0.6, top_p=0.9)
PNG = "data:image/png;base64,iVBORw0KGgo="


def body(
    *messages: Message, model: Model = MODEL, options: RequestOptions | None = None, **fields: Any
) -> dict[str, Any]:
    """The body for some messages."""
    request = Request(model=model.id, messages=messages, **fields)
    read: dict[str, Any] = json.loads(render(request, model, options or RequestOptions(), "0123456789abcdef"))
    return read


def turn(role: Role, text: str = "", **fields: Any) -> Message:
    """One message."""
    return Message(role, (TextPart(text),) if text else (), **fields)


def delivered(*messages: Message, dialect: str = "new", **fields: Any) -> list[dict[str, Any]]:
    """The messages as the model gets them, the system's first."""
    return compose(body(*messages, **fields), LLAMA, dialect).messages


def called(call_id: str = "1", name: str = "look", arguments: str = '{"at":"x"}') -> ToolCall:
    """A call of an earlier turn."""
    return ToolCall(call_id, name, arguments)


# -- the body


def test_the_whole_body() -> None:
    """Every field the app reads is there, and nothing else."""
    assert body(turn("user", "Hi")) == {
        "id": "0123456789abcdef",
        "messages": [{"role": "user", "content": "Hi"}],
        "model": "Meta-Llama-3-3-70B-Instruct",
        "system": " ",
        "temperature": 0.85,
        "topP": 1.0,
        "context": [],
    }


@pytest.mark.parametrize(
    ("given_sampling", "model_sampling", "sent"),
    [
        ({}, False, (0.85, 1.0)),
        ({}, True, (0.6, 0.9)),
        ({"temperature": 0.3}, False, (0.3, 1.0)),
        ({"temperature": 0.3}, True, (0.3, 0.9)),
        ({"top_p": 0.2}, True, (0.6, 0.2)),
        ({"temperature": 0.0, "top_p": 0.0}, False, (TINY, TINY)),
        ({"temperature": 2.0, "top_p": 1.0}, True, (2.0, 1.0)),
    ],
)
def test_sampling(given_sampling: dict[str, float], model_sampling: bool, sent: tuple[float, float]) -> None:
    """As asked, else as documented or as the model's own; never 0, which the app takes for nothing."""
    options = RequestOptions(model_sampling=model_sampling)
    told = body(turn("user", "Hi"), options=options, **given_sampling)
    assert (told["temperature"], told["topP"]) == sent


def test_a_model_without_defaults_gets_the_documented_ones() -> None:
    """Some models are listed without any, and some with 0."""
    options = RequestOptions(model_sampling=True)
    bare = Model(id="m", name="m", upstream="akash")
    assert body(turn("user", "Hi"), model=bare, options=options)["temperature"] == 0.85
    greedy = Model(id="m", name="m", upstream="akash", temperature=0.0, top_p=0.0)
    told = body(turn("user", "Hi"), model=greedy, options=options)
    assert (told["temperature"], told["topP"]) == (TINY, TINY)


# -- the system's text


@pytest.mark.parametrize(
    ("texts", "system"),
    [([], " "), ([""], " "), (["Be brief."], "Be brief."), (["a", "", "b"], "a\n\nb")],
)
def test_leading_system_messages_become_the_system_text(texts: list[str], system: str) -> None:
    """Joined by blank lines; a space where there is none, so that the app adds no persona of its own."""
    told = body(*[turn("system", text) for text in texts], turn("user", "Hi"))
    assert told["system"] == system
    assert told["messages"] == [{"role": "user", "content": "Hi"}]


def test_the_app_s_persona_on_request() -> None:
    """Whoever wants the app's own system prompt gets it where the caller gave none, and only there."""
    options = RequestOptions(persona=True)
    assert delivered(turn("user", "Hi"), options=options)[0]["content"] == PERSONA
    assert delivered(turn("user", "Hi"))[0]["content"] == " "
    given_text = delivered(turn("system", "Be brief."), turn("user", "Hi"), options=options)
    assert given_text[0]["content"] == "Be brief."


def test_system_messages_in_the_middle_stay_there() -> None:
    """What was said between two turns is told between them."""
    told = delivered(turn("system", "a"), turn("user", "b"), turn("system", "c"), turn("user", "d"))
    assert [(m["role"], m["content"]) for m in told] == [
        ("system", "a"),
        ("user", "b"),
        ("system", "c"),
        ("user", "d"),
    ]


def test_a_request_of_system_messages_alone() -> None:
    """The app refuses an empty conversation, so an empty turn stands for it."""
    assert body(turn("system", "Say hi."))["messages"] == [{"role": "user", "content": ""}]


# -- turns


def test_turns_of_the_conversation() -> None:
    """Plain text each, in their order; the speaker's name, which has no field, stands before the words."""
    told = body(
        turn("user", "Hi", name="Ann"),
        turn("assistant", "<think>\nhm\n</think>\n\nHello."),
        turn("assistant", name="Bot"),
        turn("user", "<think>mine</think>"),
        Message("user", (TextPart("a"), TextPart("b"))),
    )
    assert told["messages"] == [
        {"role": "user", "content": "Ann: Hi"},
        {"role": "assistant", "content": "Hello."},
        {"role": "assistant", "content": ""},
        {"role": "user", "content": "<think>mine</think>"},
        {"role": "user", "content": "a\nb"},
    ]


def test_pictures_and_documents_are_attached() -> None:
    """With their type, without which the app fails; the model gets them beside the text."""
    message = Message(
        "user",
        (
            TextPart("look"),
            ImagePart(PNG, "image/png"),
            ImagePart("https://example.org/a.jpg", "image/jpeg"),
            FilePart("data:application/pdf;base64,JVBERi0=", "application/pdf", "a.pdf"),
        ),
    )
    assert body(message)["messages"] == [
        {
            "role": "user",
            "content": "look",
            "experimental_attachments": [
                {"contentType": "image/png", "url": PNG},
                {"contentType": "image/jpeg", "url": "https://example.org/a.jpg"},
                {
                    "name": "a.pdf",
                    "contentType": "application/pdf",
                    "url": "data:application/pdf;base64,JVBERi0=",
                },
            ],
        }
    ]
    assert [part["type"] for part in delivered(message)[1]["content"]] == [
        "text",
        "image_url",
        "image_url",
        "file",
    ]


@pytest.mark.parametrize("role", ["system", "assistant"])
@pytest.mark.parametrize("place", [0, 1])
def test_a_picture_that_the_app_would_drop_is_refused(role: Role, place: int) -> None:
    """The app carries pictures of a user's turns alone; nothing that was sent vanishes without a word."""
    messages = [turn("user", "Hi")]
    messages.insert(place, Message(role, (TextPart("x"), ImagePart(PNG, "image/png"))))
    with pytest.raises(BadRequest) as caught:
        body(*messages)
    assert caught.value.param == f"messages[{place}].content"


def test_a_tool_s_picture_goes_with_its_answer() -> None:
    """As a user's turn, which can carry it."""
    told = body(
        turn("user", "Hi"), Message("tool", (TextPart("x"), ImagePart(PNG, "image/png")), call_id="1")
    )
    assert told["messages"][-1]["role"] == "user"
    assert told["messages"][-1]["experimental_attachments"][0]["url"] == PNG


# -- tools of earlier turns

SEEN = turn("tool", "seen", call_id="1", name="look")


def test_calls_with_their_answers_are_carried() -> None:
    """The model gets its own calls and their results as what they are."""
    told = delivered(turn("user", "?"), Message("assistant", calls=(called(),)), SEEN, turn("user", "So?"))
    assert told[2] == {
        "role": "assistant",
        "content": "",
        "tool_calls": [
            {"id": "1", "type": "function", "function": {"name": "look", "arguments": '{"at":"x"}'}}
        ],
    }
    assert told[3] == {"role": "tool", "tool_call_id": "1", "content": '"seen"'}
    assert told[4] == {"role": "user", "content": "So?"}


@pytest.mark.parametrize("is_last", [True, False])
def test_words_beside_a_call_stay_with_it(is_last: bool) -> None:
    """Without further care the app would move them behind the result."""
    after = [] if is_last else [turn("user", "So?")]
    told = delivered(
        turn("user", "?"), Message("assistant", (TextPart("Let me look."),), calls=(called(),)), SEEN, *after
    )
    assert (told[2]["content"], told[2]["tool_calls"][0]["id"]) == ("Let me look.", "1")
    assert [m["role"] for m in told[3:]] == ["tool"] + ["user"] * (not is_last)


def test_several_calls_and_answers_in_any_order() -> None:
    """Each result goes to its call; a result that is JSON is handed over as JSON."""
    told = delivered(
        turn("user", "?"),
        Message("assistant", calls=(called("1"), called("2", arguments=""))),
        turn("tool", '{"two": [2]}', call_id="2"),
        SEEN,
    )
    assert [call["function"]["arguments"] for call in told[2]["tool_calls"]] == ['{"at":"x"}', "{}"]
    assert [(m["tool_call_id"], m["content"]) for m in told[3:]] == [("1", '"seen"'), ("2", '{"two":[2]}')]


@pytest.mark.parametrize(
    ("calls", "answers"),
    [
        ((called(),), ()),
        ((called(),), (turn("tool", "seen", call_id="2"),)),
        ((called(),), (SEEN, SEEN)),
        ((called("1"), called("2")), (SEEN,)),
        ((called(arguments="not JSON"),), (SEEN,)),
        ((called(arguments="[1]"),), (SEEN,)),
        ((called(arguments='{"x": NaN}'),), (SEEN,)),
        ((called(arguments=r'{"x": "\ud83d"}'),), (SEEN,)),
        ((called(arguments="[" * 10_000),), (SEEN,)),
    ],
)
def test_calls_the_app_could_not_carry_become_text(
    calls: tuple[ToolCall, ...], answers: tuple[Message, ...]
) -> None:
    """Calls without answers, answers without calls, arguments that are no JSON: nothing is lost or refused."""
    told = delivered(turn("user", "?"), Message("assistant", (TextPart("Hm."),), calls=calls), *answers)
    assert told[2]["role"] == "assistant"
    assert told[2]["content"].startswith("Hm.\n[Call of look]\n")
    assert [m["role"] for m in told[3:]] == ["user"] * len(answers)
    for message, answer in zip(told[3:], answers, strict=True):
        assert message["content"] == f"[Result of {answer.name or answer.call_id}]\nseen"


def test_an_answer_without_any_call_becomes_text() -> None:
    """A conversation cut off at its beginning still goes through."""
    told = delivered(turn("tool", "seen"), turn("user", "So?"))
    assert [m["content"] for m in told[1:]] == ["[Result of tool]\nseen", "So?"]


@pytest.mark.parametrize(
    ("said", "result"),
    [
        ("seen", '"seen"'),
        ("", '""'),
        ("1", '"1"'),
        ("null", '"null"'),
        ('{"a": 1}', '{"a":1}'),
        ("[1, 2]", "[1,2]"),
        ('{"n": 123456789012345678901234567890}', '{"n":123456789012345678901234567890}'),
        (r'["\ud83d"]', r'"[\"\\ud83d\"]"'),
        ("[" * 10_000, '"' + "[" * 10_000 + '"'),
    ],
)
def test_results(said: str, result: str) -> None:
    """The app writes a result as JSON; text stays text, and what is JSON is not wrapped once more."""
    told = delivered(
        turn("user", "?"), Message("assistant", calls=(called(),)), turn("tool", said, call_id="1")
    )
    assert told[-1]["content"] == result


# -- special tokens


@pytest.mark.parametrize("token", SPECIAL)
def test_special_tokens_become_plain_text(token: str) -> None:
    """A space of no width within, which no reader sees; without it the app fails."""
    assert neutral(f"a {token} b") == f"a <|\u200b{token[2:]} b"
    assert neutral(token * 2).count("\u200b") == 2


@pytest.mark.parametrize("text", ["<|im_start|>", "<| endoftext |>", "endoftext", "<|", "|>", "<|x|>"])
def test_other_texts_are_untouched(text: str) -> None:
    """Only what the app stumbles over is changed."""
    assert neutral(text) == text


@given(TOKENS)
def test_no_special_token_is_left(text: str) -> None:
    """Whatever stands around it, none remains, and doing it again changes nothing."""
    assert not any(token in neutral(text) for token in SPECIAL)
    assert neutral(neutral(text)) == neutral(text)
    assert neutral(text).replace("\u200b", "") == text.replace("\u200b", "")


# -- pictures


def test_a_picture_is_asked_for_in_so_many_words() -> None:
    """The app lets a small model decide over the last three messages: these leave it no doubt."""
    told = body(turn("user", "a fox"), picture=Picture())
    assert [message["role"] for message in told["messages"]] == ["user", "assistant", "user"]
    assert "Generate an image" in told["messages"][0]["content"]
    assert told["messages"][2] == {"role": "user", "content": "a fox"}


# -- anything

PARTS: st.SearchStrategy[Part] = (
    st.builds(TextPart, TOKENS)
    | st.just(ImagePart(PNG, "image/png"))
    | st.just(FilePart("data:application/pdf;base64,JVBERi0=", "application/pdf", "a.pdf"))
)
CALLS = st.builds(
    ToolCall, st.sampled_from(["1", "2"]), TOKENS, TOKENS | st.sampled_from(["{}", '{"x": "<|endoftext|>"}'])
)
MESSAGES = st.builds(
    Message,
    st.sampled_from(["system", "user", "assistant", "tool"]),
    st.lists(PARTS, max_size=3).map(tuple),
    name=st.just("") | TOKENS,
    calls=st.just(()),
    call_id=st.sampled_from(["", "1", "2"]) | TOKENS,
) | st.builds(
    Message,
    st.just("assistant"),
    st.lists(PARTS, max_size=2).map(tuple),
    calls=st.lists(CALLS, min_size=1, max_size=2).map(tuple),
)


@given(st.lists(MESSAGES, min_size=1, max_size=6), st.sampled_from(["old", "new"]))
def test_the_app_accepts_every_conversation(messages: list[Message], dialect: str) -> None:
    """Whatever was said, by whom and in what order, no turn makes the app throw or refuse."""
    assume(all(m.role in ("user", "tool") or all(isinstance(p, TextPart) for p in m.parts) for m in messages))
    told = delivered(*messages, dialect=dialect)
    assert told[0]["role"] == "system"
    for message in told:
        assert message["role"] in {"system", "user", "assistant", "tool"}


@given(st.lists(st.tuples(st.sampled_from(["user", "assistant"]), TEXTS), min_size=1, max_size=6))
def test_no_word_is_lost(turns: list[tuple[Role, str]]) -> None:
    """Text arrives as it was written, turn by turn."""
    told = delivered(*[turn(role, text) for role, text in turns])
    assert [(message["role"], message["content"]) for message in told[1:]] == turns
