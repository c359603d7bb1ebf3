"""Whatever a server sends, a reader gets bytes or an error of ours, and never waits for what cannot come."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.upstreams.http.feeding import Got, connected, cuts, decoded, fed, read
from tests.upstreams.http.replies import CASES, Case

pytestmark = pytest.mark.asyncio(loop_factories=["asyncio"])

_WORDS = [
    b"\r\n",
    b"\r\n\r\n",
    b"\n",
    b"\r",
    b"\0",
    b":",
    b" ",
    b"0\r\n\r\n",
    b"ffffffff\r\n",
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
    b"HTTP/1.0 204 \r\n\r\n",
    b"Content-Length: 3\r\n",
    b"Content-Length: 99999\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: identity\r\n",
    b"Content-Encoding: gzip\r\n",
    b"Content-Encoding: deflate\r\n",
    b"Connection: close\r\n",
    b"Connection: keep-alive, upgrade\r\n",
    b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff",
    b"\x78\x9c\x03\x00\x00\x00\x00\x01",
]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A valid reply to which a few things have happened."""
    data = draw(st.sampled_from(CASES)).wire
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 40)))
        match draw(st.sampled_from(["cut", "put", "again", "flip", "end"])):
            case "cut":
                data = data[:start] + data[end:]
            case "put":
                word = draw(st.sampled_from(_WORDS) | st.binary(min_size=1, max_size=6))
                data = data[:start] + word + data[start:]
            case "again":
                data = data[:end] + data[start:]
            case "flip":
                data = data[:start] + bytes(byte ^ 1 for byte in data[start:end]) + data[end:]
            case "end":
                data = data[:start]
    return data


@settings(max_examples=500)
@given(data=mutated(), cutting=st.data(), eager=st.booleans(), reset=st.booleans())
async def test_a_broken_reply_gives_bytes_or_an_error_of_ours(
    data: bytes, cutting: st.DataObject, *, eager: bool, reset: bool
) -> None:
    """Nothing else is raised, nothing hangs, and where the network cuts it makes no difference."""
    whole = await decoded([data], ends=True, reset=reset)
    got = await decoded(cutting.draw(cuts(data)), ends=True, reset=reset, eager=eager)
    assert got.kind is whole.kind
    if whole.error is None:
        assert got == whole


@settings(max_examples=150)
@given(data=st.binary(max_size=200) | st.lists(st.sampled_from(_WORDS), max_size=12).map(b"".join))
async def test_noise_gives_bytes_or_an_error_of_ours(data: bytes) -> None:
    """Also what never was a reply."""
    for start in (b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"):
        got = await decoded([start + data], ends=True)
        assert got.error is not None or got.status >= 200


@settings(max_examples=150)
@given(data=mutated(), after=st.sampled_from([case for case in CASES if case.reusable]))
async def test_a_broken_reply_spoils_no_later_one(data: bytes, after: Case) -> None:
    """A connection that may be used again has nothing left on it of what came before."""
    connection, transport = connected()
    got = Got()
    reading = asyncio.ensure_future(read(connection, got))
    await asyncio.sleep(0)
    connection.data_received(data)
    reusable = connection.reusable
    if not reusable:
        connection.close()
    await asyncio.wait_for(reading, 5)
    if reusable:
        after.check(await fed(connection, transport, [after.wire]))
