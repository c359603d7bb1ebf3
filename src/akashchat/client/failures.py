"""Why there is no answer, in the words a person is told.

The gateway's own words where it gave any: it knows what went wrong and what to do about it.
"""

from typing import Any

from akashchat.wire.json import decode_any


class Failed(Exception):
    """There is no answer; the message says why."""


class Unreachable(Failed):
    """Nobody answers at this address."""


class Refused(Failed):
    """The gateway said why not."""


class Cut(Failed):
    """The answer ended before it was complete."""


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
