"""Replies are read for what they are, however the network cuts them."""

import h11
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.upstreams.http.feeding import connected, cuts, decoded, fed, single_bytes
from tests.upstreams.http.replies import CASES, Case

pytestmark = pytest.mark.asyncio(loop_factories=["asyncio"])

each = pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])


@each
@pytest.mark.parametrize("eager", [True, False])
async def test_a_reply_is_read_whole(case: Case, *, eager: bool) -> None:
    """In one piece it says what it says."""
    case.check(await decoded([case.wire], ends=case.ends, eager=eager))


@each
@pytest.mark.parametrize("eager", [True, False])
async def test_a_reply_is_read_one_byte_at_a_time(case: Case, *, eager: bool) -> None:
    """In the smallest pieces it says the same."""
    case.check(await decoded(single_bytes(case.wire), ends=case.ends, eager=eager))


@settings(max_examples=200)
@given(case=st.sampled_from(CASES), cutting=st.data(), eager=st.booleans())
async def test_a_reply_is_read_however_it_is_cut(case: Case, cutting: st.DataObject, *, eager: bool) -> None:
    """Where a network read ends means nothing."""
    pieces = cutting.draw(cuts(case.wire))
    case.check(await decoded(pieces, ends=case.ends, eager=eager))


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.plain], ids=[case.name for case in CASES if case.plain]
)
async def test_another_reader_says_the_same(case: Case) -> None:
    """The library h11 reads the same status, cookies and body from these bytes."""
    referee = h11.Connection(h11.CLIENT)
    referee.send(h11.Request(method="GET", target="/", headers=[("Host", "x")]))
    referee.send(h11.EndOfMessage())
    referee.receive_data(case.wire)
    if case.ends:
        referee.receive_data(b"")
    status, cookies, body = 0, [], b""
    while type(event := referee.next_event()) is not h11.EndOfMessage:
        match event:
            case h11.InformationalResponse():
                pass
            case h11.Response():
                status = event.status_code
                cookies = [value.decode("latin-1") for name, value in event.headers if name == b"set-cookie"]
            case h11.Data():
                body += bytes(event.data)
            case other:
                pytest.fail(f"h11 says {other}")
    assert (status, tuple(cookies), body) == (case.status, case.cookies, case.body)
    if case.reusable != (referee.their_state is h11.DONE):
        assert case.ends or case.name in _KEPT_DIFFERENTLY


_KEPT_DIFFERENTLY = {"1.0 kept alive", "to be closed by a proxy"}
"""h11 keeps no connection of 1.0, and does not know ``Proxy-Connection``."""


async def test_a_connection_carries_one_reply_after_another() -> None:
    """Nothing of a reply is left for the next one."""
    connection, transport = connected()
    for case in (case for case in CASES * 2 if case.reusable):
        case.check(await fed(connection, transport, [case.wire]))
