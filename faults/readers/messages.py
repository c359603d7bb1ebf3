"""Anthropic's Messages."""

import json
from typing import Any

from faults.told import Told, arguments, check, failure
from faults.wire import Seen

_REASONS = {"end_turn": "stop", "stop_sequence": "stop", "max_tokens": "length", "tool_use": "tool_calls"}


def read_message(seen: Seen) -> Told:
    """A message or an error."""
    if seen.status != 200:
        return _failed(seen.json())
    if not seen.is_stream:
        whole = seen.json()
        check(whole["type"] == "message", f"a reply of type {whole['type']}")
        calls = [(block["name"], block["input"]) for block in whole["content"] if block["type"] == "tool_use"]
        return _answer(whole, [block.get("text", "") for block in whole["content"]], calls)
    events = [(name, json.loads(data)) for name, data in seen.frames() if name != "ping"]
    check(all(name == event["type"] for name, event in events), "an event named otherwise than its type")
    *before, (name, last) = events
    names = [name for name, _ in before]
    check("error" not in names, "something follows an error")
    check("message_stop" not in names, "something follows the end")
    if name == "error":
        check("message_delta" not in names, "a reason for the end before an error")
        return _failed(last)
    check(names[0] == "message_start", f"a stream that begins with {names[0]}")
    check(name == "message_stop", f"a stream that ends with {name}")
    check(names[-1] == "message_delta", f"{names[-1]} before the end")
    check(names.count("message_delta") == names.count("message_start") == 1, "more than one message")
    opened, closed = names.count("content_block_start"), names.count("content_block_stop")
    check(opened == closed, f"{opened} blocks begun and {closed} ended")
    said = [event["delta"].get("text", "") for name, event in before if name == "content_block_delta"]
    end = before[-1][1]
    begun: dict[str, Any] = before[0][1]["message"]
    return _answer({**begun, **end["delta"], "usage": end["usage"]}, said, _calls(before))


def _calls(events: list[tuple[str, dict[str, Any]]]) -> list[tuple[str, Any]]:
    """The calls, put together of their pieces."""
    names: dict[int, str] = {}
    written: dict[int, list[str]] = {}
    for name, event in events:
        if name == "content_block_start" and event["content_block"]["type"] == "tool_use":
            names[event["index"]] = event["content_block"]["name"]
        if name == "content_block_delta":
            written.setdefault(event["index"], []).append(event["delta"].get("partial_json", ""))
    return [(name, arguments("".join(written.get(index, ["{}"])))) for index, name in names.items()]


def _answer(message: dict[str, Any], said: list[str], calls: list[tuple[str, Any]]) -> Told:
    reason = message["stop_reason"]
    check(reason, "a message without a reason for its end")
    text = "".join(said)
    return Told(
        text=text,
        calls=tuple(calls),
        reason=_REASONS.get(reason, reason),
        picture=text.startswith("!["),
        model=message["model"],
        output_tokens=message["usage"]["output_tokens"],
    )


def _failed(event: dict[str, Any]) -> Told:
    check(event["type"] == "error", f"an error of type {event['type']}")
    check(event["error"]["type"], "an error without a type")
    return failure("", event["error"]["message"])
