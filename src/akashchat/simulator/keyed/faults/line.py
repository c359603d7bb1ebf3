"""Troubles of the line and of the bytes on it, most of them Akash Chat's as well."""

from typing import Final

from akashchat.simulator.javascript import stringify
from akashchat.simulator.keyed import chunks
from akashchat.simulator.keyed.stage import KeyedStage
from akashchat.simulator.keyed.voice import ANSWER, tokens
from akashchat.simulator.scenario import collect, scenario
from akashchat.simulator.scenes.line import (
    bad_gateway_502,
    bad_http,
    bot_check,
    drop_before_headers,
    gzip,
    hang_up_before_headers,
    html_200,
    server_500,
    stall_first_byte,
    trickle,
    unavailable_503,
)

SHARED: Final = (
    bad_gateway_502,
    bad_http,
    bot_check,
    drop_before_headers,
    gzip,
    hang_up_before_headers,
    html_200,
    server_500,
    stall_first_byte,
    trickle,
    unavailable_503,
)
"""They strike before anything is asked, so any stand-in can play them."""

LONGEST_LINE: Final = 2**20
TORN_AT: Final = 5
"""Bytes of a write that tears frames, and characters too."""


async def _send_all(stage: KeyedStage, text: str, *, end: str = "\n") -> None:
    """The words as a stream whose lines end otherwise."""
    head = stage.head
    frames = [head.chunk({"role": "assistant", "content": ""})]
    frames += [head.chunk({"content": piece}) for piece in tokens(text)]
    frames.append(head.chunk({}, "stop"))
    await stage.open(200, chunks.STREAM)
    for one in [*map(stringify, frames), "[DONE]"]:
        await stage.send(f"data: {one}{end}{end}".encode())


@scenario("chat")
async def line_ends_crlf(stage: KeyedStage) -> None:
    """Lines end with a carriage return and a line feed."""
    await _send_all(stage, ANSWER, end="\r\n")


@scenario("chat")
async def line_ends_cr(stage: KeyedStage) -> None:
    """Lines end with a carriage return alone, which the standard allows."""
    await _send_all(stage, ANSWER, end="\r")


@scenario("chat")
async def byte_order_mark(stage: KeyedStage) -> None:
    """The stream begins with a byte order mark."""
    await stage.open(200, chunks.STREAM)
    await stage.send(b"\xef\xbb\xbf")
    for piece in tokens(ANSWER):
        await stage.write({"content": piece})
    await stage.finish()


@scenario("chat")
async def comments(stage: KeyedStage) -> None:
    """Comments and fields that nobody needs between the frames."""
    await stage.open(200, chunks.STREAM)
    await stage.send(b": keep-alive\n\n")
    for piece in tokens(ANSWER):
        await stage.send(b": OPENROUTER PROCESSING\n\nid: 7\nretry: 3000\nevent: message\n")
        await stage.write({"content": piece})
    await stage.finish()


@scenario("chat")
async def data_in_lines(stage: KeyedStage) -> None:
    """The data of a frame is in several lines."""
    await stage.open(200, chunks.STREAM)
    for piece in tokens(ANSWER):
        document = stringify(stage.head.chunk({"content": piece}))
        await stage.send(("data: " + document.replace(",", ",\ndata: ", 2) + "\n\n").encode())
    await stage.finish()


@scenario("chat")
async def torn(stage: KeyedStage) -> None:
    """Every write ends somewhere within a frame, a character, an escape."""
    words = [*tokens(ANSWER), " 你好", " 😀"]
    whole = b"".join(chunks.frame(stage.head.chunk({"content": piece})) for piece in words)
    whole += chunks.frame(stage.head.chunk({}, "stop")) + chunks.DONE
    await stage.open(200, chunks.STREAM)
    for place in range(0, len(whole), TORN_AT):
        await stage.send(whole[place : place + TORN_AT])
        await stage.let_read()


@scenario("chat")
async def huge_line(stage: KeyedStage) -> None:
    """One frame of a megabyte."""
    await stage.start()
    await stage.say(["x" * LONGEST_LINE])
    await stage.finish()


FAULTS: Final = (*SHARED, *(fault for fault in collect(globals()) if fault not in SHARED))
