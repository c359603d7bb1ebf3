"""Chat Completions, Completions and Images."""

import json
from collections.abc import Callable
from typing import Any

from faults.told import Told, arguments, check, failure
from faults.wire import Seen

_DONE = "[DONE]"


def refused(seen: Seen) -> Told:
    """An error object, whatever the endpoint."""
    check(seen.status >= 400, f"an error with status {seen.status}")
    error = seen.json()["error"]
    check(error["type"], "an error without a type")
    return failure(error["code"] or error["type"], error["message"])


def read_chat(seen: Seen) -> Told:
    """Chat Completions."""
    return _read(seen, lambda choice: choice.get("delta", choice.get("message", {})).get("content") or "")


def read_completion(seen: Seen) -> Told:
    """Completions."""
    return _read(seen, lambda choice: choice["text"])


def _read(seen: Seen, text_of: Callable[[dict[str, Any]], str]) -> Told:
    if seen.status != 200:
        return refused(seen)
    if not seen.is_stream:
        whole = seen.json()
        if "choices" not in whole:
            return read_image(seen)
        (choice,) = whole["choices"]
        check(choice["finish_reason"], "a whole reply without a reason for its end")
        return _answer(whole, [choice], text_of)
    *before, last = [data for _, data in seen.frames()] or [""]
    check(_DONE not in before, "something follows the end")
    chunks = [json.loads(data) for data in before]
    check(not any("error" in chunk for chunk in chunks), "something follows an error")
    choices = [choice for chunk in chunks for choice in chunk["choices"]]
    ends = [place for place, choice in enumerate(choices) if choice["finish_reason"]]
    if last != _DONE:
        error = json.loads(last or "{}").get("error")
        check(error, f"a stream that ends with {last[:200]!r}")
        check(not ends, "a reason for the end before an error")
        return failure(error["code"] or error["type"], error["message"])
    check(ends == [len(choices) - 1], f"reasons for the end at {ends} of {len(choices)} choices")
    tail = chunks[-1] if not chunks[-1]["choices"] else {}
    return _answer(chunks[0] | tail, choices, text_of)


def _answer(
    chunk: dict[str, Any], choices: list[dict[str, Any]], text_of: Callable[[dict[str, Any]], str]
) -> Told:
    text = "".join(map(text_of, choices))
    return Told(
        text=text,
        calls=_calls(choices),
        reason=choices[-1]["finish_reason"],
        picture=text.startswith("!["),
        model=chunk["model"],
        output_tokens=(chunk.get("usage") or {}).get("completion_tokens"),
    )


def _calls(choices: list[dict[str, Any]]) -> tuple[tuple[str, Any], ...]:
    """The calls, put together of their pieces in the order of their indexes."""
    written: dict[int, list[str]] = {}
    names: dict[int, str] = {}
    for choice in choices:
        for place, piece in enumerate(choice.get("delta", choice.get("message", {})).get("tool_calls") or ()):
            index = piece.get("index", place)
            function = piece["function"]
            names.setdefault(index, function.get("name"))
            written.setdefault(index, []).append(function.get("arguments") or "")
    return tuple((names[index], arguments("".join(written[index]))) for index in sorted(names))


def read_image(seen: Seen) -> Told:
    """Images."""
    if seen.status != 200:
        return refused(seen)
    if not seen.is_stream:
        whole = seen.json()
        pictures = whole["data"] if isinstance(whole["data"], list) else [whole["data"]]
        check(len(pictures) == 1, f"{len(pictures)} pictures")
        return Told(picture=True, reason="stop")
    events = [(name, json.loads(data)) for name, data in seen.frames()]
    check(events, "a stream without an event")
    *before, (name, last) = events
    check(not before, f"{len(before)} events before the last")
    check(name == last["type"], f"an event {name} that calls itself {last['type']}")
    if name == "error":
        return failure(last["error"]["code"] or last["error"]["type"], last["error"]["message"])
    check(name == "image_generation.completed", f"a last event {name}")
    return Told(picture=bool(last["b64_json"]), reason="stop")
