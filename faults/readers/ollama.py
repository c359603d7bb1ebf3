"""Ollama's chat and generate."""

from typing import Any

from faults.told import Told, check, failure
from faults.wire import Seen


def read_ollama(seen: Seen) -> Told:
    """An answer or an error."""
    if seen.status != 200:
        return _failed(seen.json())
    *before, last = seen.lines() if seen.is_stream else [seen.json()]
    check(not any("error" in line or line["done"] for line in before), "something follows the end")
    if "error" in last:
        return _failed(last)
    check(last["done"] and last["done_reason"], "an answer without its end")
    text = "".join(map(_text, [*before, last]))
    called = [one for line in (*before, last) for one in line.get("message", {}).get("tool_calls") or ()]
    return Told(
        text=text,
        calls=tuple((one["function"]["name"], one["function"]["arguments"]) for one in called),
        reason=last["done_reason"],
        picture=text.startswith("!["),
        model=last["model"],
        output_tokens=last.get("eval_count"),
    )


def _text(line: dict[str, Any]) -> str:
    said: str = line["message"]["content"] if "message" in line else line.get("response", "")
    return said


def _failed(line: dict[str, Any]) -> Told:
    return failure("", line["error"])
