"""The faults of an upstream by key: the sixteen of FailoverBench, and AkashML's own."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from faults.dialects import WEATHER
from faults.fault import Fault
from faults.rig import MODEL, OTHER, Rig
from faults.told import Told

_SOON_S: Final = 5


def _plays(name: str, times: int | None = None) -> Callable[[Rig], None]:
    return lambda rig: rig.keyed.play(name, times)


def _then(play: Callable[[Rig], None], second: str) -> Callable[[Rig], None]:
    """The same, and a fault at the second upstream."""

    def both(rig: Rig) -> None:
        play(rig)
        rig.second.play(second, None)

    return both


def _within(**seconds: float) -> Mapping[str, Any]:
    """The first upstream's time-outs."""
    return {"upstreams": {"first": {f"{name}_timeout_s": value for name, value in seconds.items()}}}


def _of_other(told: Told) -> str:
    """The model that answered instead is named, with its own usage."""
    if told.model != OTHER:
        return f"told as an answer of {told.model}"
    return "" if told.output_tokens in (60, None) else f"{told.output_tokens} tokens told"


KEYED: Final = (
    Fault(name="429 once, with Retry-After", play=_plays("rate_limited", 1), alone="whole", most=2),
    Fault(name="429 for good", play=_plays("rate_limited_silent"), alone="rate_limit_exceeded", most=3),
    Fault(name="500 once", play=_plays("error_500", 1), alone="whole", most=2),
    Fault(name="503 for good", play=_plays("overloaded_503"), alone="upstream_unavailable", most=3),
    Fault(name="reset before headers", play=_plays("drop_before_headers", 1), alone="whole", most=2),
    Fault(
        name="no reply",
        play=_plays("stall_first_byte"),
        options=_within(first_byte=_SOON_S),
        alone="upstream_timeout",
        most=1,
    ),
    Fault(
        name="slow first token",
        play=_plays("slow_first_token"),
        options=_within(first_token=_SOON_S),
        alone="upstream_timeout",
        most=1,
    ),
    Fault(name="cut after 40 of 60 tokens", play=_plays("cut"), alone="upstream_answer_cut"),
    Fault(name="stall", play=_plays("stall"), options=_within(idle=_SOON_S), alone="upstream_timeout"),
    Fault(name="malformed frame", play=_plays("malformed"), alone="upstream_protocol_error"),
    Fault(name="end without [DONE]", play=_plays("no_done"), alone="whole", most=1),
    Fault(name="context too long", play=_plays("context_too_long"), alone="context_length_exceeded", most=1),
    Fault(
        name="content filter",
        play=_plays("content_refused"),
        alone="content_policy_violation",
        backed="content_policy_violation",
        most=1,
    ),
    Fault(name="cut, and the other refuses prefill", play=_plays("reset"), alone="upstream_answer_cut"),
    Fault(name="flapping", play=_plays("flapping"), alone="whole", most=2),
    Fault(
        name="503, and a model that stands in",
        play=_plays("overloaded_503"),
        options={"models": {"fallbacks": {MODEL: [OTHER]}}},
        second_has=(OTHER,),
        alone="upstream_unavailable",
        also=_of_other,
    ),
    Fault(name="504, no backend", play=_plays("no_backend_504"), alone="upstream_timeout", most=3),
    Fault(name="529, no backend", play=_plays("no_backend_529"), alone="upstream_unavailable", most=3),
    Fault(name="402, out of credit", play=_plays("out_of_credit"), alone="upstream_out_of_credit", most=1),
    Fault(name="401, a wrong key", play=_plays("key_rejected"), alone="upstream_key_rejected", most=1),
    Fault(
        name="cut, and the other starts over",
        play=_then(_plays("cut"), "starts_over"),
        alone="upstream_answer_cut",
    ),
    Fault(
        name="cut, and the other strays",
        play=_then(_plays("cut"), "strays"),
        alone="upstream_answer_cut",
        backed="upstream_answer_cut whole",
    ),
    Fault(name="cut among its thoughts", play=_plays("cut_in_thoughts"), alone="upstream_answer_cut"),
    Fault(
        name="cut within a call",
        play=_plays("cut_in_call"),
        tools=True,
        question=WEATHER,
        alone="upstream_answer_cut",
        backed="upstream_answer_cut called",
    ),
    Fault(
        name="calls that come in turns",
        play=_plays("interleaved_calls"),
        tools=True,
        question=WEATHER,
        alone="called",
        backed="called",
    ),
    Fault(name="cut once", play=_plays("cut", 1), alone="whole"),
    Fault(name="cut without a sign", play=_plays("cut_politely"), alone="upstream_answer_cut"),
    Fault(name="cut, and [DONE] all the same", play=_plays("cut_done"), alone="upstream_answer_cut"),
    Fault(name="error in mid-stream", play=_plays("error_in_stream"), alone="upstream_error"),
    Fault(name="bytes torn anywhere, by key", play=_plays("trickle"), alone="whole", most=1),
    Fault(name="a whole reply to a stream", play=_plays("whole_reply"), alone="whole", most=1),
    Fault(
        name="a page of HTML by key",
        play=_plays("html_200"),
        alone="upstream_protocol_error",
        most=3,
    ),
)
