"""OpenAI's Responses."""

import json
from typing import Any

from faults.readers.openai import refused
from faults.told import Told, arguments, check, failure
from faults.wire import Seen

_ENDS = ("response.completed", "response.incomplete", "response.failed", "error")
_GENERAL = ("server_error", "invalid_prompt", "rate_limit_exceeded")
"""A response that failed has a code out of a closed list, which knows none of ours."""
_REASONS = {"max_output_tokens": "length", "content_filter": "content_filter"}


def read_response(seen: Seen) -> Told:
    """A response or an error."""
    if seen.status != 200:
        return refused(seen)
    if not seen.is_stream:
        return _whole(seen.json())
    events = [(name, json.loads(data)) for name, data in seen.frames()]
    return read_events([event for _, event in events], [name for name, _ in events])


def read_events(events: list[dict[str, Any]], names: list[str]) -> Told:
    """The events of one response, in their order."""
    kinds = [event["type"] for event in events]
    check(kinds == names, "an event named otherwise than its type")
    numbers = [event["sequence_number"] for event in events]
    check(numbers == list(range(len(events))), f"events numbered {numbers}")
    check(kinds[-1] in _ENDS, f"a stream that ends with {kinds[-1]}")
    check(not set(kinds[:-1]) & set(_ENDS), "something follows the end")
    if kinds[-1] == "error":
        return failure(events[-1]["code"], events[-1]["message"])
    for begin, end in (
        ("output_item.added", "output_item.done"),
        ("content_part.added", "content_part.done"),
    ):
        begun, ended = kinds.count(f"response.{begin}"), kinds.count(f"response.{end}")
        if kinds[-1] == "response.completed":
            check(begun == ended, f"{begun} times {begin} and {ended} times {end}")
    said = "".join(event["delta"] for event in events if event["type"] == "response.output_text.delta")
    told = _whole(events[-1]["response"])
    check(told.failed or said == told.text, "the pieces are not the whole")
    return told


def _whole(response: dict[str, Any]) -> Told:
    if response["status"] == "failed":
        code = response["error"]["code"]
        return failure("" if code in _GENERAL else code, response["error"]["message"])
    check(response["status"] in ("completed", "incomplete"), f"a response that is {response['status']}")
    text = "".join(
        part.get("text", "")
        for item in response["output"]
        if item["type"] == "message"
        for part in item["content"]
    )
    drawn = any(item["type"] == "image_generation_call" for item in response["output"])
    why = (response["incomplete_details"] or {}).get("reason", "")
    check(response["status"] == "completed" or why, "an incomplete response without a reason")
    called = [item for item in response["output"] if item["type"] == "function_call"]
    return Told(
        text=text,
        calls=tuple((item["name"], arguments(item["arguments"])) for item in called),
        reason=_REASONS.get(why, why) or "stop",
        picture=drawn or text.startswith("!["),
        model=response["model"],
        output_tokens=(response["usage"] or {}).get("output_tokens"),
    )
