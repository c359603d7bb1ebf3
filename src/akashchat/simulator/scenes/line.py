"""Troubles on the line: the network, and what stands between the app and its clients.

Most are early and movable: they can strike any request, not only the chat's, and a scenario that merely
changes the line leaves the answer to the app.
"""

from typing import Final

from akashchat.simulator import lines
from akashchat.simulator.exchange import Exchange
from akashchat.simulator.javascript import stringify
from akashchat.simulator.places import PLACES
from akashchat.simulator.refusals import HTML
from akashchat.simulator.scenario import collect, scenario
from akashchat.simulator.stage import Stage

CHALLENGE: Final = (
    '<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title></head>'
    "<body><noscript>Enable JavaScript and cookies to continue</noscript></body></html>"
)
MAINTENANCE: Final = (
    "<html><head><title>503 Service Temporarily Unavailable</title></head><body></body></html>"
)
BAD_GATEWAY: Final = "<html><head><title>502 Bad Gateway</title></head><body></body></html>"
WELCOME: Final = "<!DOCTYPE html><html><head><title>Welcome</title></head><body>Hello.</body></html>"

JUNK: Final = bytes(range(256)) * 8

UI_STREAM_HEADERS: Final = {
    "content-type": "text/event-stream",
    "cache-control": "no-cache",
    "x-accel-buffering": "no",
    "x-vercel-ai-ui-message-stream": "v1",
}

_SOME: Final = ("This", " answer", " is")
_REST: Final = (" now", " complete", ".")


# -- connections


@scenario("chat")
async def drop(stage: Stage) -> None:
    """The connection is reset in the middle of the answer."""
    await stage.start()
    await stage.say(*_SOME)
    await stage.drop()


@scenario("chat")
async def hang_up(stage: Stage) -> None:
    """The connection is closed in the middle of the answer, without HTTP's last chunk."""
    await stage.start()
    await stage.say(*_SOME)
    await stage.hang_up()


@scenario("chat", early=True, movable=True)
async def drop_before_headers(stage: Exchange) -> None:
    """The connection is reset before a status line is sent."""
    await stage.drop()


@scenario("chat", early=True, movable=True)
async def hang_up_before_headers(stage: Exchange) -> None:
    """The connection is closed before a status line is sent, as a stale keep-alive connection is."""
    await stage.hang_up()


@scenario("chat", early=True, movable=True)
async def bad_http(stage: Exchange) -> None:
    """What comes back is not HTTP at all."""
    await stage.hang_up(b"220 mail.example.org ESMTP ready\r\n\r\n")


# -- time


@scenario("chat")
async def stall(stage: Stage) -> None:
    """Silence after some text, until the client leaves or the simulator is told to resume."""
    await stage.start()
    await stage.say(*_SOME)
    await stage.stall()
    await stage.say(*_REST)
    await stage.finish("stop", (stage.asked.tokens, len(_SOME + _REST)))


@scenario("chat")
async def stall_after_start(stage: Stage) -> None:
    """Silence after the first line, as while the app keeps a model's thoughts back."""
    await stage.start()
    await stage.stall()
    await stage.say(*_SOME, *_REST)
    await stage.finish("stop", (stage.asked.tokens, len(_SOME + _REST)))


@scenario("chat", early=True, movable=True)
async def stall_first_byte(stage: Exchange) -> None:
    """Silence before the status line, until the client leaves or the simulator is told to resume."""
    await stage.stall()


@scenario("session", early=True)
async def stall_session(stage: Stage) -> None:
    """The session endpoint does not answer, until the client leaves or the simulator is told to resume."""
    await stage.stall()


# -- bytes


@scenario("chat", early=True, movable=True)
async def trickle(stage: Exchange) -> None:
    """The usual answer, byte by byte."""
    stage.bytewise = True


@scenario("chat", early=True, movable=True)
async def gzip(stage: Exchange) -> None:
    """The usual answer, compressed by a proxy although nobody asked."""
    stage.compressed = True


@scenario("chat", early=True, movable=True)
async def garbage(stage: Stage) -> None:
    """Status 200, the right content type, and binary junk."""
    await stage.open(200, lines.HEADERS)
    await stage.send(JUNK)


@scenario("chat", early=True, movable=True)
async def html_200(stage: Exchange) -> None:
    """Status 200 and a page of HTML, as from a captive portal."""
    await stage.reply(200, WELCOME, HTML)


# -- proxies and servers


@scenario(*PLACES, early=True, movable=True)
async def bot_check(stage: Exchange) -> None:
    """Status 403 and the HTML page of a bot check."""
    headers = {"cf-mitigated": "challenge", "server": "cloudflare"}
    await stage.reply(403, CHALLENGE, HTML, headers)


@scenario("chat", early=True, movable=True)
async def server_500(stage: Exchange) -> None:
    """The app threw: status 500, no body, no content type."""
    await stage.reply(500)


@scenario("chat", early=True, movable=True)
async def bad_gateway_502(stage: Exchange) -> None:
    """The proxy cannot reach the app: status 502 and HTML."""
    await stage.reply(502, BAD_GATEWAY, HTML)


@scenario("chat", early=True, movable=True)
async def unavailable_503(stage: Exchange) -> None:
    """Maintenance: status 503, HTML and `Retry-After: 30`."""
    await stage.reply(503, MAINTENANCE, HTML, {"retry-after": "30"})


# -- another protocol


async def _send_events(stage: Stage, *events: dict[str, str]) -> None:
    await stage.open(200, UI_STREAM_HEADERS)
    for event in events:
        await stage.send(f"data: {stringify(event)}\n\n".encode())
        await stage.pause()
    await stage.send(b"data: [DONE]\n\n")


@scenario("chat")
async def v5_stream(stage: Stage) -> None:
    """A UI message stream, the protocol of the library's next versions."""
    await _send_events(
        stage,
        {"type": "start"},
        {"type": "start-step"},
        {"type": "reasoning-start", "id": "r1"},
        {"type": "reasoning-delta", "id": "r1", "delta": "Let me think"},
        {"type": "reasoning-end", "id": "r1"},
        {"type": "text-start", "id": "t1"},
        {"type": "text-delta", "id": "t1", "delta": 'Hello "x"\n'},
        {"type": "text-end", "id": "t1"},
        {"type": "finish-step"},
        {"type": "finish", "finishReason": "stop"},
    )


@scenario("chat")
async def v5_error(stage: Stage) -> None:
    """A UI message stream that breaks off with an error."""
    await _send_events(
        stage,
        {"type": "start"},
        {"type": "start-step"},
        {"type": "text-start", "id": "t1"},
        {"type": "text-delta", "id": "t1", "delta": "par"},
        {"type": "error", "errorText": "An error occurred."},
        {"type": "finish-step"},
        {"type": "finish", "finishReason": "error"},
    )


SCENES: Final = collect(globals())
