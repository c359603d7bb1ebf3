"""Odd characters and odd lines: what a reader of the stream must not stumble over, or must stop."""

from typing import Final

from akashchat.simulator import lines, voice
from akashchat.simulator.scenario import collect, scenario
from akashchat.simulator.scenes.text import speak
from akashchat.simulator.stage import Stage

HUGE_BLOCK: Final = '0123456789abcdef"\\\n'  # 22 bytes on the wire
HUGE_BLOCKS: Final = 10_900

ESCAPES: Final = (
    'Line one\nLine two\n\n"double" \'single\' `tick` back\\slash \\n literal \\" end\ttab\r\nCRLF',
    " </script> & < > emoji 😀👩‍👩‍👧‍👦🇩🇪 CJK 你好，世界 こんにちは 한국어 e\u0301",
    " ls\u2028ps\u2029nel\u0085bom\ufeffnbsp\u00a0zwsp\u200bvt\x0bff\x0cdel\x7f ctl\x01\x1b[31m",
    ' json {"a":"b\\"c"} 0:"fake"\ne:{"finishReason":"stop"}\nd:{} end',
)


@scenario("chat")
async def surrogates(stage: Stage) -> None:
    """An emoji torn between two lines, a lone surrogate, and a NUL."""
    await speak(stage, "split \ud83d", "\ude00 joined; lone \ud83d end; nul \0.")


@scenario("chat")
async def escapes(stage: Stage) -> None:
    """Everything that needs escaping, raw line separators, and text that looks like lines of the stream."""
    await speak(stage, *ESCAPES)


@scenario("chat")
async def mojibake(stage: Stage) -> None:
    """Replacement characters, as the app's own proxy leaves them at torn characters."""
    await speak(stage, "日\ufffd\ufffd\ufffd語😀 done")


@scenario("chat")
async def torn_utf8(stage: Stage) -> None:
    """Characters of several bytes are torn between writes."""
    await stage.start()
    stage.bytewise = True
    await stage.say("héllo 世界 😀")
    stage.bytewise = False
    await stage.finish("stop", (stage.asked.tokens, 4))


@scenario("chat")
async def huge_line(stage: Stage) -> None:
    """One line of 240 KB."""
    await speak(stage, HUGE_BLOCK * HUGE_BLOCKS)


@scenario("chat")
async def endless(stage: Stage) -> None:
    """Text that never ends."""
    await stage.start()
    while True:
        await stage.say(*voice.split_tokens(" and on and on"))


@scenario("chat")
async def endless_line(stage: Stage) -> None:
    """A line that never ends."""
    await stage.start()
    await stage.send(b'0:"')
    while True:
        await stage.send(b"a" * 16_384)
        await stage.pause()


@scenario("chat")
async def unknown_code(stage: Stage) -> None:
    """Lines with codes nobody knows, among the text."""
    await stage.start()
    await stage.send(lines.write("z", {"what": "is this?"}))
    await stage.say("Still ", "here", ".")
    await stage.send(b"x:\n")
    await stage.finish("stop", (stage.asked.tokens, 3))


@scenario("chat")
async def known_codes(stage: Stage) -> None:
    """Every code of the library the app does not use: data, annotations, sources, files, tool calls."""
    await stage.start()
    await stage.send(lines.write("2", [{"status": "started"}]))
    await stage.send(lines.write("8", [{"note": 1}]))
    await stage.send(lines.write("h", {"sourceType": "url", "id": "s1", "url": "https://example.org/"}))
    await stage.send(lines.write("i", {"data": "c2VjcmV0"}))
    await stage.send(lines.write("k", {"data": "iVBORw0KGgo=", "mimeType": "image/png"}))
    await stage.send(lines.write("b", {"toolCallId": "call_1", "toolName": "look"}))
    await stage.send(lines.write("c", {"toolCallId": "call_1", "argsTextDelta": "{}"}))
    await stage.send(lines.write("9", {"toolCallId": "call_1", "toolName": "look", "args": {}}))
    await stage.send(lines.write("a", {"toolCallId": "call_1", "result": "seen"}))
    await stage.say("Still ", "here", ".")
    await stage.finish("stop", (stage.asked.tokens, 3))


@scenario("chat")
async def bad_line(stage: Stage) -> None:
    """A line of text whose JSON is broken."""
    await stage.start()
    await stage.say("Before")
    await stage.send(b'0:"broken \\x escape\n')
    await stage.say(" after")
    await stage.finish("stop", (stage.asked.tokens, 3))


SCENES: Final = collect(globals())
