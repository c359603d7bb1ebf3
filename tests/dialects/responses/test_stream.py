"""Responses streams, read by the official client's own decoder and types."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from akashchat.dialects.pictures import markdown
from akashchat.dialects.responses import Responses
from akashchat.dialects.responses.local import LOCAL
from akashchat.dialects.responses.reply import ResponsesOptions, render_reply
from akashchat.dialects.responses.request import Asked
from akashchat.dialects.responses.stream import ResponsesEncoder, json_line
from akashchat.dialects.responses.tools import CallForm
from akashchat.errors import ContextLengthExceeded, RateLimited, UpstreamError
from akashchat.model.events import (
    Event,
    Failure,
    Finish,
    FinishReason,
    ImageReady,
    Progress,
    ReasoningDelta,
    TextDelta,
    ToolCallDelta,
    ToolCallStart,
    Usage,
)
from akashchat.model.reply import Fold
from akashchat.model.request import Request
from akashchat.wire import json, sse
from tests.support.answers import TEXTS, answers
from tests.support.dialects import STAMP
from tests.support.referee import frames
from tests.support.responses import ENDS, accumulated, datas, events, response

OPTIONS = ResponsesOptions(temperature=0.85, top_p=1.0)
FORMS = {
    "custom": CallForm("custom", custom=True),
    "maps__find": CallForm("find", "maps"),
    **{name: CallForm(name, local=local) for name, local in LOCAL.items()},
}
REQUESTS = st.builds(
    Asked,
    model=TEXTS | st.just('""'),
    messages=st.just(()),
    stream=st.just(True),
    summary=st.booleans(),
    forms=st.just(FORMS),
)
NAMED = st.sampled_from([*FORMS, "f"])


@st.composite
def answers_of_tools(draw: st.DrawFn) -> list[Event]:
    """Answers whose calls are of tools of every kind."""
    answer = draw(answers())
    return [ToolCallStart(e.id, draw(NAMED)) if isinstance(e, ToolCallStart) else e for e in answer]


def written(request: Request, answer: list[Event]) -> bytes:
    """The whole stream of an answer."""
    encoder = ResponsesEncoder(request, STAMP, OPTIONS)
    return encoder.start() + b"".join(encoder.encode(event) for event in answer)


def final(stream: bytes) -> dict[str, Any]:
    """The response that the last event carries."""
    return datas(stream)[-1]["response"]


@given(answers_of_tools(), REQUESTS)
def test_a_stream_has_the_life_cycle_that_clients_expect(answer: list[Event], request: Asked) -> None:
    """It begins, each item is added and done in its turn, and exactly one event ends it."""
    found = events(written(request, answer))
    kinds = [event.type for event in found]
    assert kinds[:2] == ["response.created", "response.in_progress"]
    assert [kind for kind in kinds if kind in ENDS] == [kinds[-1]]
    added = [event for event in found if event.type == "response.output_item.added"]
    done = [event for event in found if event.type == "response.output_item.done"]
    output = found[-1].response.output
    assert [event.output_index for event in added] == list(range(len(output)))
    assert [event.item.id for event in added] == [item.id for item in output]
    if kinds[-1] == "response.failed":
        assert len(done) in (len(added), len(added) - 1)
        assert found[-1].response.error is not None
    else:
        assert [event.item for event in done] == output
        assert found[-1].response.usage is not None
    assert all(item.status != "in_progress" for item in output if item.type != "apply_patch_call")


@given(answers_of_tools(), REQUESTS)
def test_the_official_client_puts_an_answer_together(answer: list[Event], request: Asked) -> None:
    """Its helper follows the stream to the end, and its deltas join to what the response holds."""
    stream = written(request, answer)
    state = accumulated(stream)
    found = events(stream)
    if found[-1].type == "response.completed":
        assert state._completed_response.output_text == found[-1].response.output_text
    text = "".join(event.delta for event in found if event.type == "response.output_text.delta")
    assert text == found[-1].response.output_text == "".join(said(event) for event in answer)


def said(event: Event) -> str:
    """What a client shows of an event."""
    match event:
        case TextDelta(text):
            return text
        case ImageReady():
            return markdown(event, STAMP)
        case _:
            return ""


@given(answers_of_tools(), REQUESTS, st.sampled_from(FinishReason))
def test_a_stream_ends_with_the_whole_reply(answer: list[Event], request: Asked, why: FinishReason) -> None:
    """What its last event carries is what the same request without a stream gets."""
    whole = [*answer[:-1], Finish(why, Usage(1, 2))]
    fold = Fold()
    fold.feed(whole)
    reply = render_reply(fold.replies(), request, STAMP, OPTIONS)
    response(reply)
    assert final(written(request, whole)) == json.decode_any(reply)


@given(TEXTS.filter(bool), st.integers(0, 1200), REQUESTS)
def test_the_fast_path_is_the_slow_path(text: str, before: int, request: Asked) -> None:
    """A text delta is spliced into an event that was written before: no byte differs from writing it anew."""
    encoder = ResponsesEncoder(request, STAMP, OPTIONS)
    encoder.start()
    encoder.encode(TextDelta("x"))
    encoder._number += before
    number = encoder._number
    fast = encoder.encode(TextDelta(text))
    assert encoder._number == number + 1
    encoder._number = number
    assert fast == encoder._event(encoder._block.delta, **encoder._block.place, delta=text)


def test_thoughts_are_told_as_they_are_or_as_the_summary_that_was_asked_for() -> None:
    """Clients that ask for a summary look for thoughts there, and others in the content."""
    answer = [ReasoningDelta("Hm"), ReasoningDelta("."), TextDelta("Yes"), Finish(FinishReason.STOP)]
    plain = events(written(Asked(model="m", messages=()), answer))
    assert [event.type for event in plain[2:6]] == [
        "response.output_item.added", "response.content_part.added", "response.content_part.done",
        "response.output_item.done",
    ]  # fmt: skip
    thoughts = plain[-1].response.output[0]
    assert [part.text for part in thoughts.content] == ["Hm."]
    assert thoughts.summary == []
    summed = events(written(Asked(model="m", messages=(), summary=True), answer))
    assert [event.type for event in summed[2:8]] == [
        "response.output_item.added", "response.reasoning_summary_part.added",
        "response.reasoning_summary_text.delta", "response.reasoning_summary_text.delta",
        "response.reasoning_summary_text.done", "response.reasoning_summary_part.done",
    ]  # fmt: skip
    assert [part.text for part in summed[-1].response.output[0].summary] == ["Hm."]


def test_calls_are_told_in_the_form_of_their_tools() -> None:
    """A function, a text for a tool without a schema, a tool in a namespace, a shell."""
    request = Asked(model="m", messages=(), forms=FORMS)
    calls = [("f", '{"a":1}'), ("custom", "*** Begin Patch"), ("maps__find", "{}"),
             ("local_shell", '{"command":["ls"]}'), ("shell", '{"commands":["ls"]}'),
             ("apply_patch", '{"type":"delete_file","path":"x"}')]  # fmt: skip
    answer: list[Event] = []
    for number, (name, arguments) in enumerate(calls):
        answer += [ToolCallStart(f"c{number}", name), ToolCallDelta(f"c{number}", arguments)]
    found = events(written(request, [*answer, Finish(FinishReason.TOOL_CALLS)]))
    function, custom, spaced, exec_, shell, patch = found[-1].response.output
    assert (function.call_id, function.name, function.arguments) == ("c0", "f", '{"a":1}')
    assert (custom.type, custom.input) == ("custom_tool_call", "*** Begin Patch")
    assert (spaced.name, spaced.namespace) == ("find", "maps")
    assert (exec_.type, exec_.action.command) == ("local_shell_call", ["ls"])
    assert (shell.type, shell.action.commands) == ("shell_call", ["ls"])
    assert (patch.type, patch.operation.type) == ("apply_patch_call", "delete_file")
    assert found[-1].type == "response.completed"
    kinds = [event.type for event in found]
    assert kinds.count("response.function_call_arguments.done") == 2
    assert kinds.count("response.custom_tool_call_input.done") == 1


def test_a_cut_answer_is_incomplete() -> None:
    """The length limit and a filter are told as OpenAI tells them."""
    for why, reason in (
        (FinishReason.LENGTH, "max_output_tokens"),
        (FinishReason.CONTENT_FILTER, "content_filter"),
    ):
        end = events(written(Asked(model="m", messages=()), [TextDelta("x"), Finish(why)]))[-1]
        assert (end.type, end.response.status) == ("response.incomplete", "incomplete")
        assert end.response.incomplete_details.reason == reason
        assert end.response.output[0].status == "incomplete"


def test_a_failure_ends_the_response_as_failed() -> None:
    """Its code is one that OpenAI allows, its message is ours, and what was said until then is kept."""
    for error, code in (
        (UpstreamError("away"), "server_error"),
        (RateLimited("later"), "rate_limit_exceeded"),
        (ContextLengthExceeded("too long"), "invalid_prompt"),
    ):
        end = events(written(Asked(model="m", messages=()), [TextDelta("x"), Failure(error)]))[-1]
        assert end.type == "response.failed"
        assert (end.response.error.code, end.response.error.message) == (code, error.message)
        assert end.response.output_text == "x"


def test_an_answer_without_a_word_has_an_empty_message() -> None:
    """Clients look for a message; there is one even where the model said nothing."""
    stream = written(Asked(model="m", messages=()), [TextDelta(""), Finish(FinishReason.STOP)])
    (message,) = events(stream)[-1].response.output
    assert (message.type, message.content[0].text) == ("message", "")


def test_progress_and_pings_are_no_events() -> None:
    """They are comments in a stream of events, and nothing where messages have no comments."""
    encoder = Responses(OPTIONS).encoder(Request(model="m", messages=()), STAMP)
    assert encoder.ping() == sse.PING
    assert frames(encoder.encode(Progress("drawing\ndata: x"))) == []
    bare = ResponsesEncoder(Request(model="m", messages=()), STAMP, OPTIONS, json_line)
    assert bare.ping() + bare.encode(Progress("drawing")) == b""
    assert len(bare.start().splitlines()) == 2
