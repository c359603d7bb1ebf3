"""The official client as a referee of the Responses dialect."""

from typing import Any

from openai._models import construct_type_unchecked
from openai.lib.streaming.responses._responses import ResponseStreamState
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

from akashchat.wire import json
from tests.support.referee import frames

_EVENT: TypeAdapter[ResponseStreamEvent] = TypeAdapter(ResponseStreamEvent)

ENDS = {"response.completed", "response.incomplete", "response.failed"}


def response(body: bytes | dict[str, Any]) -> Response:
    """A whole response, valid to the letter."""
    data = json.encode(body) if isinstance(body, dict) else body
    return Response.model_validate_json(data, strict=True)


def events(stream: bytes) -> list[ResponseStreamEvent]:
    """The events of a stream: each valid, named as it says itself, numbered without gaps."""
    found = []
    for number, frame in enumerate(frames(stream)):
        event = _EVENT.validate_json(frame.data, strict=True)
        assert frame.event == event.type
        assert event.sequence_number == number
        found.append(event)
    return found


def datas(stream: bytes) -> list[dict[str, Any]]:
    """The same as they were sent."""
    return [json.decode_any(frame.data.encode()) for frame in frames(stream)]


def accumulated(stream: bytes) -> ResponseStreamState:
    """A stream put together by the official client's helper."""
    from openai import omit

    state: ResponseStreamState = ResponseStreamState(input_tools=omit, text_format=omit)
    for data in datas(stream):
        state.handle_event(construct_type_unchecked(value=data, type_=ResponseStreamEvent))
    return state
