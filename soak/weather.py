"""What goes wrong meanwhile: faults at both stand-ins, one after the other, at random."""

import asyncio
import random
from collections.abc import Callable
from typing import Final, TypeAlias

from akashchat.simulator import Simulator
from akashchat.simulator.keyed import KeyedSimulator

AKASH: Final = (
    *("drop", "hang_up", "drop_before_headers", "hang_up_before_headers", "bad_http", "garbage", "html_200"),
    *("stall", "stall_after_start", "stall_first_byte", "trickle", "gzip", "v5_error", "cut", "cut_first"),
    *("cut_silent", "cut_in_line", "cut_before_d", "server_500", "bad_gateway_502", "unavailable_503"),
    *("error_429", "error_busy", "error_server", "error_after_text", "session_rejected", "bad_line"),
    *("image_failed", "image_status_500", "image_file_500"),
)
KEYED: Final = (
    *(
        "cut",
        "cut_first",
        "reset",
        "cut_politely",
        "cut_done",
        "cut_in_frame",
        "cut_in_thoughts",
        "cut_in_call",
    ),
    *(
        "error_in_stream",
        "error_first",
        "malformed",
        "slow_first_token",
        "stall",
        "stall_first_byte",
        "strays",
    ),
    *("starts_over", "trickle", "comments", "line_ends_crlf", "rate_limited", "rate_limited_silent"),
    *(
        "error_500",
        "overloaded_503",
        "no_backend_504",
        "no_backend_529",
        "flapping",
        "whole_reply",
        "no_done",
    ),
    *("html_200", "drop_before_headers", "bad_http", "usage_in_every_chunk"),
)
"""Faults after which an answer is whole or failed, and nothing between."""

Fault: TypeAlias = Callable[[], object]


def faults(akash: Simulator, keyed: KeyedSimulator) -> list[Fault]:
    """All of them, ready to be played once."""

    def expire() -> None:
        akash.play("session_500")
        akash.forget_sessions()

    played: list[Fault] = [lambda name=name: akash.play(name) for name in AKASH]  # type: ignore[misc]
    played += [lambda name=name: keyed.play(name) for name in KEYED]  # type: ignore[misc]
    return [*played, akash.forget_sessions, expire]


async def storm(play: list[Fault], chance: random.Random, pause_s: float) -> None:
    """A fault now and then, for ever."""
    while True:
        await asyncio.sleep(chance.uniform(0, 2 * pause_s))
        chance.choice(play)()
