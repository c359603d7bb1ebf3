"""What every script needs: where the gateway is, a tool, a way to say what came out.

A script runs in an environment that holds its client alone, so nothing but the standard library is imported.
"""

import asyncio
import inspect
import os
from collections.abc import Callable, Mapping
from typing import Any

GATEWAY = os.environ.get("GATEWAY", "http://127.0.0.1:16571")
URL = f"{GATEWAY}/v1"
MODEL = "gpt-4o-mini"
CLAUDE = "claude-sonnet-4-5"
REASONER = "gpt-5-mini"

QUESTION = "How is the weather in Paris?"
"""The simulator calls a tool for it, where one is offered whose name or description has one of these words."""

GREETING = "Hello"
DESCRIPTION = "Get the weather of a city"
PARAMETERS = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}


def get_weather(city: str) -> str:
    """Get the weather of a city.

    Args:
        city: The name of the city.

    """
    return f"sunny in {city}"


def check(function: Callable[[], Any]) -> Callable[[], Any]:
    """Run a check at once, and say a line: it passed, or how it failed.  Its name says what it checks."""
    _run(function.__name__, function)
    return function


def check_each(
    over: Mapping[str, Callable[[], Any]],
) -> Callable[[Callable[[Any], Any]], Callable[[Any], Any]]:
    """The same with each of several makers of models, by the name of the API they speak."""

    def decorate(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
        for name, make in over.items():
            _run(f"{function.__name__} ({name})", lambda make=make: function(make()))
        return function

    return decorate


def _run(name: str, function: Callable[[], Any]) -> None:
    told = name.strip("_").replace("_", " ")
    try:
        outcome = function()
        if inspect.isawaitable(outcome):
            asyncio.run(_awaited(outcome))
    except Exception as error:  # noqa: BLE001 - whatever went wrong is the outcome
        say("failed", told, f"{type(error).__name__}: {error}")
    else:
        say("ok", told)


async def _awaited(outcome: Any) -> None:
    await outcome


def say(word: str, name: str, why: str = "") -> None:
    """One line that the runner reads."""
    print(word, name, " ".join(why.split())[:500], sep="\t", flush=True)
