"""What is not HTTP is refused, and what was cut is never taken for whole."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from akashchat.errors import AnswerCut, ProtocolError
from tests.upstreams.http.bad_replies import BAD
from tests.upstreams.http.feeding import (
    Got,
    chunked,
    connected,
    cuts,
    decoded,
    fed,
    joined,
    ok,
    read,
    single_bytes,
)
from tests.upstreams.http.replies import CASES, Case

pytestmark = pytest.mark.asyncio(loop_factories=["asyncio"])

each = pytest.mark.parametrize("wire", BAD.values(), ids=list(BAD))


@each
@pytest.mark.parametrize("eager", [True, False])
async def test_what_is_not_http_is_refused(wire: bytes, *, eager: bool) -> None:
    """It is named so, and its connection serves nobody else."""
    for pieces in ([wire], single_bytes(wire)):
        got = await decoded(pieces, eager=eager)
        assert (got.kind, got.reusable) == (ProtocolError, False)


@settings(max_examples=200)
@given(name=st.sampled_from(sorted(BAD)), cutting=st.data(), eager=st.booleans())
async def test_what_is_not_http_is_refused_however_it_is_cut(
    name: str, cutting: st.DataObject, *, eager: bool
) -> None:
    """Nothing slips through between two network reads."""
    got = await decoded(cutting.draw(cuts(BAD[name])), eager=eager)
    assert (got.kind, got.reusable) == (ProtocolError, False)


async def test_what_is_refused_is_closed_at_once() -> None:
    """Nobody waits for more of it."""
    connection, transport = connected()
    got = await fed(connection, transport, [b"<html>"])
    assert got.kind is ProtocolError
    assert transport.is_closing()


async def test_what_came_before_an_error_is_not_lost() -> None:
    """The reader gets the good part first, then the error, and the error again."""
    connection, transport = connected()
    wire = chunked([b"good", b"bad"]).replace(b"3\r\nbad", b"!\r\nbad")
    got = await fed(connection, transport, [wire], eager=False)
    assert (got.status, got.body, got.kind) == (200, b"good", ProtocolError)
    with pytest.raises(ProtocolError):
        await connection.piece()


async def test_nothing_is_taken_from_behind_the_end() -> None:
    """A second reply, or anything else nobody asked for, changes nothing of the first and ends the line."""
    first = ok("X: 1", "Set-Cookie: a=1", "Content-Length: 3", body=b"one")
    second = joined("HTTP/1.1 500 No", "X: 2", "Set-Cookie: b=2", "Content-Length: 3", body=b"two")
    for extra in (second, b"x", b"HTTP/1.1 ", BAD["a page"]):
        for pieces in ([first + extra], [first, extra], single_bytes(first + extra)):
            for eager in (True, False):
                got = await decoded(pieces, eager=eager)
                assert got == Got(200, {"x": "1", "content-length": "3"}, ("a=1",), b"one", reusable=False)


async def test_bytes_before_a_request_are_no_reply_to_it() -> None:
    """What a server says before it is asked is not taken for the answer."""
    connection, transport = connected()
    connection.data_received(ok("Content-Length: 3", body=b"not"))
    assert transport.is_closing()
    assert (await fed(connection, transport, [])).kind is AnswerCut


_FRAMED = [case for case in CASES if not case.ends]
_UNFRAMED = [case for case in CASES if case.ends]


@pytest.mark.parametrize("case", _FRAMED, ids=[case.name for case in _FRAMED])
@pytest.mark.parametrize("reset", [True, False])
async def test_a_cut_reply_is_never_taken_for_whole(case: Case, *, reset: bool) -> None:
    """Wherever a reply that says its length is cut, its reader learns of it, and gets nothing wrong before."""
    for end in range(len(case.wire)):
        got = await decoded([case.wire[:end]], ends=True, reset=reset)
        assert got.kind is AnswerCut
        assert case.body.startswith(got.body)
        assert not got.reusable


@pytest.mark.parametrize("case", _UNFRAMED, ids=[case.name for case in _UNFRAMED])
async def test_a_broken_connection_is_no_end(case: Case) -> None:
    """A body that ends with its connection ends only when that is closed in order."""
    for end in range(len(case.wire) + 1):
        got = await decoded([case.wire[:end]], reset=True)
        assert got.kind is AnswerCut
        assert case.body.startswith(got.body)


async def test_closing_it_here_is_no_end_either() -> None:
    """Who closes the connection of a body that ends with it has not read it whole."""
    connection, transport = connected()
    got = Got()
    reading = asyncio.ensure_future(read(connection, got))
    await asyncio.sleep(0)
    connection.data_received(ok(body=b"half"))
    connection.close()
    await asyncio.wait_for(reading, 5)
    assert (got.body, got.kind) == (b"half", AnswerCut)
    assert transport.is_closing()


ENDLESS = {
    "a status line": (b"HTTP/1.1 200 ", b"O" * 1000),
    "line ends": (b"", b"\r\n" * 500),
    "a header's name": (b"HTTP/1.1 200 OK\r\n", b"x" * 1000),
    "a header's value": (b"HTTP/1.1 200 OK\r\nX: ", b"x" * 1000),
    "headers": (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 200),
    "cookies": (b"HTTP/1.1 200 OK\r\n", b"Set-Cookie: a=b\r\n" * 60),
    "informational replies": (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 40),
    "a chunk extension": (ok("Transfer-Encoding: chunked") + b"5;", b"x" * 1000),
    "a trailer": (chunked([b"hello"])[:-2] + b"X: ", b"x" * 1000),
    "trailers": (chunked([b"hello"])[:-2], b"X: y\r\n" * 200),
}


@pytest.mark.parametrize(("start", "more"), ENDLESS.values(), ids=list(ENDLESS))
async def test_what_never_comes_to_the_point_is_refused(start: bytes, more: bytes) -> None:
    """Some tens of kilobytes that are neither a head nor a body are enough."""
    for size in (1, 100):
        connection, transport = connected()
        got = await fed(connection, transport, [start, *[more * size] * (1000 // size)])
        assert got.kind is ProtocolError
        assert connection.received < 70_000 + len(more * size)


async def test_a_head_that_is_too_large_is_refused() -> None:
    """In one piece as in many; and a new reply has the whole room again."""
    cookies = [f"Set-Cookie: c{number}={'x' * 3900}" for number in range(18)]
    wire = ok(*cookies, "Content-Length: 0")
    for size in (1000, len(wire)):
        got = await decoded([wire[at : at + size] for at in range(0, len(wire), size)])
        assert (got.kind, got.cookies) == (ProtocolError, ())
    connection, transport = connected()
    for _ in range(3):
        got = await fed(connection, transport, [ok(*cookies[:12], "Content-Length: 0")])
        assert got.kind is None


async def test_a_large_head_is_read() -> None:
    """What real servers send is far below the limit."""
    cookies = [f"Set-Cookie: c{number}={'x' * 3900}" for number in range(12)]
    got = await decoded([ok(*cookies, "Content-Length: 0")])
    assert (got.error, len(got.cookies)) == (None, 12)
