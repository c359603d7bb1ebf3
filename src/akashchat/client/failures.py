"""Why there is no answer, in the words a person is told.

The gateway's own words where it gave any: it knows what went wrong and what to do about it.
"""

from typing import Any, TypeVar

import msgspec

from akashchat.wire.json import decode_any

T = TypeVar("T")


class Failed(Exception):
    """There is no answer; the message says why."""


class Unreachable(Failed):
    """Nobody answers at this address."""


class Refused(Failed):
    """The gateway said why not."""


class Cut(Failed):
    """The answer ended before it was complete."""


def understood(told: Any, form: type[T]) -> T:
    """What was told, in the form of what is read of it; raises ``Failed`` where it has another."""
    try:
        return msgspec.convert(told, form)
    except msgspec.ValidationError as error:
        raise Failed(f"what answers there does not speak as this gateway does: {error}") from error


def event_value(data: bytes) -> Any:
    """What an event of a stream holds; raises ``Refused`` where it is an error, ``Failed`` where it is no JSON."""
    try:
        told = decode_any(data)
    except ValueError as error:
        raise Failed(
            "what answers there does not speak as this gateway does: an event without JSON"
        ) from error
    if why := words(told):
        raise Refused(why)
    return told


def refusal(status: int, body: bytes) -> Refused:
    """What a reply that is no answer says."""
    try:
        told = decode_any(body)
    except ValueError:
        told = None
    return Refused(words(told) or f"the gateway answered {status}, and not in the words of one")


def words(told: Any) -> str:
    """The message of an error object; empty where it is none."""
    error = told.get("error") if isinstance(told, dict) else None
    message = error.get("message") if isinstance(error, dict) else error
    return message if isinstance(message, str) else ""
