"""Rows of a ledger, and outcomes that become some."""

from typing import Any

from akashchat.model.events import FinishReason, Usage
from akashchat.model.journey import Attempt
from akashchat.storage.rows import LedgerRow
from akashchat.telemetry.base import Outcome

NOW = 1_800_000_000.0
"""2027-01-15T08:00:00Z"""


def row(**fields: Any) -> LedgerRow:
    """A row, as usual but for what is said."""
    usual: dict[str, Any] = {
        "at": NOW,
        "request_id": "req_1",
        "key": "key_1",
        "caller": "alice",
        "user": "ann",
        "dialect": "chat",
        "model": "gpt-4o",
        "true_model": "DeepSeek-V3.2",
        "upstream": "akash",
        "stream": True,
        "attempts": 2,
        "rescues": 1,
        "input_tokens": 100,
        "output_tokens": 20,
        "reasoning_tokens": 5,
        "estimated": False,
        "first_event_ms": 250.0,
        "duration_ms": 2000.25,
        "outcome": "stop",
        "error": "",
        "cost": 0.5,
    }
    return LedgerRow(**{**usual, **fields})


def outcome(**fields: Any) -> Outcome:
    """An answer that went well, but for what is said otherwise."""
    usual: dict[str, Any] = {
        "request_id": "req_1",
        "dialect": "chat",
        "caller": "alice",
        "key": "key_1",
        "user": "ann",
        "model": "gpt-4o",
        "true_model": "DeepSeek-V3.2",
        "upstream": "akash",
        "stream": True,
        "at": NOW,
        "duration_s": 2.00025,
        "first_event_s": 0.25,
        "usage": Usage(100, 20, reasoning_tokens=5),
        "finish_reason": FinishReason.STOP,
        "attempts": (Attempt("akashml", "m"), Attempt("akash", "m")),
        "rescues": 1,
    }
    return Outcome(**{**usual, **fields})
