"""A compressed reply, which nobody asks for, is inflated to its end or refused."""

import asyncio
import gzip
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from akashchat.errors import AnswerCut, ProtocolError
from tests.upstreams.http.feeding import Got, chunked, connected, cuts, decoded, fed, ok, read, single_bytes

pytestmark = pytest.mark.asyncio(loop_factories=["asyncio"])

Compress = Callable[[bytes], bytes]
COMPRESSED: dict[str, Compress] = {
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "deflate": zlib.compress,
}
each = pytest.mark.parametrize(("name", "compress"), COMPRESSED.items(), ids=list(COMPRESSED))

MIB = 1024 * 1024


def _reply(name: str, data: bytes) -> bytes:
    return ok(f"Content-Encoding: {name}", f"Content-Length: {len(data)}", body=data)


@settings(max_examples=100)
@given(
    name=st.sampled_from(sorted(COMPRESSED)),
    body=st.binary(max_size=300) | st.text(max_size=300).map(str.encode),
    cutting=st.data(),
)
async def test_any_body_comes_out_as_it_went_in(name: str, body: bytes, cutting: st.DataObject) -> None:
    """Cut into any chunks, and these into any network reads."""
    chunks = cutting.draw(cuts(COMPRESSED[name](body)))
    pieces = cutting.draw(cuts(chunked(chunks, f"Content-Encoding: {name}")))
    got = await decoded(pieces)
    assert (got.body, got.error, got.reusable) == (body, None, True)


async def test_what_was_flushed_can_be_read_at_once() -> None:
    """A compressed stream does not wait for more than the server has sent."""
    deflate = zlib.compressobj(wbits=31)
    connection, _ = connected()
    got = Got()
    reading = asyncio.ensure_future(read(connection, got))
    await asyncio.sleep(0)
    connection.data_received(ok("Content-Encoding: gzip"))
    for number in range(10):
        line = b"line %d\n" % number
        connection.data_received(deflate.compress(line) + deflate.flush(zlib.Z_SYNC_FLUSH))
        await asyncio.sleep(0)
        assert got.body.endswith(line)
    connection.data_received(deflate.flush())
    connection.connection_lost(None)
    await asyncio.wait_for(reading, 5)
    assert (got.body.count(b"\n"), got.error) == (10, None)


@each
async def test_a_compressed_body_that_was_cut_is_not_whole(name: str, compress: Compress) -> None:
    """Also when the reply around it is: its own end is missing."""
    data = compress(b"so much depends upon " * 9)
    for size in range(1, len(data)):
        assert (await decoded([_reply(name, data[:size])])).kind is ProtocolError
        got = await decoded([ok(f"Content-Encoding: {name}", body=data[:size])], ends=True)
        assert got.kind is AnswerCut


@each
async def test_a_compressed_body_with_more_behind_it_is_refused(name: str, compress: Compress) -> None:
    """Rather than given without that."""
    data = compress(b"so much depends upon")
    for extra in (b"x", b"\0", data):
        for chunks in ([data + extra], [data, extra], single_bytes(data + extra)):
            got = await decoded([chunked(chunks, f"Content-Encoding: {name}")])
            assert got.kind is ProtocolError


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("gzip", b"plain text"),
        ("gzip", zlib.compress(b"deflated")),
        ("gzip", gzip.compress(b"a wrong checksum")[:-8] + b"\0" * 8),
        ("deflate", b"plain text"),
        ("deflate", gzip.compress(b"gzipped")),
        ("deflate", zlib.compress(b"a wrong checksum")[:-4] + b"\0" * 4),
        ("deflate", zlib.compress(b"bare", wbits=-15)),
    ],
)
async def test_what_is_not_compressed_as_it_says_is_refused(name: str, data: bytes) -> None:
    """A reader never gets bytes that were guessed."""
    for pieces in ([_reply(name, data)], single_bytes(_reply(name, data))):
        got = await decoded(pieces)
        assert (got.kind, got.reusable) == (ProtocolError, False)


@pytest.mark.parametrize("name", ["br", "zstd", "compress", "gzip, gzip", "identity, gzip", "x" * 500])
async def test_an_unknown_compression_is_refused_by_name(name: str) -> None:
    """Its bytes are not passed on as if they were the answer."""
    got = await decoded([_reply(name, b"hello")])
    assert (got.kind, got.body, got.reusable) == (ProtocolError, b"", False)
    assert name[:40] in str(got.error)
    assert len(str(got.error)) < 200


@each
async def test_a_large_body_comes_out_whole(name: str, compress: Compress) -> None:
    """Some megabytes, read as they come, are no bomb."""
    body = b"".join(b"%d is a number\n" % number for number in range(500_000))
    data = compress(body)
    got = await decoded(
        [ok(f"Content-Encoding: {name}", f"Content-Length: {len(data)}"), *_lumps(data, 65_536)]
    )
    assert len(body) > 8 * MIB
    assert (got.body == body, got.error) == (True, None)


def _lumps(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


@each
async def test_a_bomb_is_refused(name: str, compress: Compress) -> None:
    """A few kilobytes that become many megabytes do not get there."""
    data = compress(bytes(64 * MIB))
    got = await decoded([_reply(name, data)])
    assert (got.kind, got.body) == (ProtocolError, b"")
    assert "compressed beyond reason" in str(got.error)


@each
@pytest.mark.parametrize("size", [100, 4096])
async def test_a_bomb_in_small_chunks_is_refused(name: str, compress: Compress, size: int) -> None:
    """What one network read becomes is bounded, however it is cut within."""
    connection, transport = connected()
    wire = chunked(_lumps(compress(bytes(64 * MIB)), size), f"Content-Encoding: {name}")
    got = await fed(connection, transport, [wire], eager=False)
    assert got.kind is ProtocolError
    assert len(got.body) <= 8 * MIB
