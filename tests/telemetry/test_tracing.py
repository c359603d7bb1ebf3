"""Which trace a request is part of."""

import pytest

from akashchat.clock import SystemChance
from akashchat.telemetry.tracing import Tracing

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.mark.parametrize(
    ("header", "sampled"),
    [
        (f"00-{TRACE}-{PARENT}-01", True),
        (f"00-{TRACE}-{PARENT}-00", False),
        (f"00-{TRACE}-{PARENT}-03", True),
        (f" 00-{TRACE}-{PARENT}-01 ", True),
        (f"cc-{TRACE}-{PARENT}-01-what-will-be", True),
    ],
)
def test_the_caller_s_trace_goes_on(header: str, *, sampled: bool) -> None:
    """In whatever version of the header; the caller says whether it is recorded."""
    trace = Tracing(SystemChance(), 0.5).begin(header, "a=1")
    assert (trace.id, trace.parent, trace.sampled, trace.state) == (TRACE, PARENT, sampled, "a=1")
    assert trace.headers("00000000000000aa") == {
        "traceparent": f"00-{TRACE}-00000000000000aa-{sampled:02x}",
        "tracestate": "a=1",
    }


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "nonsense",
        f"00-{TRACE}-{PARENT}",
        f"00-{TRACE}-{PARENT}-01-more",
        f"ff-{TRACE}-{PARENT}-01",
        f"00-{'0' * 32}-{PARENT}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{PARENT}-01",
        f"00-{TRACE}-{PARENT}-0x",
    ],
)
def test_without_a_valid_header_a_trace_begins(header: str | None) -> None:
    """And nothing is taken from beside it."""
    trace = Tracing(SystemChance(), 1.0).begin(header, "a=1")
    assert trace.id != TRACE
    assert (trace.parent, trace.state, trace.sampled) == ("", "", True)
    assert (len(trace.id), len(trace.span)) == (32, 16)


def test_as_many_traces_are_recorded_as_were_asked_for() -> None:
    """By the trace's id, so that others who go by it come to the same."""
    tracing = Tracing(SystemChance(), 0.25)
    recorded = sum(tracing.begin(None, None).sampled for _ in range(2000))
    assert 350 < recorded < 650
    assert not any(Tracing(SystemChance(), 0).begin(None, None).sampled for _ in range(100))


def test_what_others_put_beside_a_trace_has_a_limit() -> None:
    """It is left out as a whole, as half of it could say something else."""
    trace = Tracing(SystemChance(), 1.0).begin(f"00-{TRACE}-{PARENT}-01", "a=" + "x" * 600)
    assert trace.state == ""
    assert "tracestate" not in trace.headers(PARENT)
