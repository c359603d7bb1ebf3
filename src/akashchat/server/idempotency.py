"""``Idempotency-Key``: who asks twice gets one answer.

A second request with the key of one that is being answered gets that answer too, from its first byte on; with
the key of one that was answered, the same bytes again.  Gateways that share a shelf find each other's answers
(``records``).  What failed is not kept: asking again may help.  An answer is given up when the last of those who wait
for it has left.
https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

from collections import OrderedDict

from msgspec import Struct
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from akashchat.clock import Clock
from akashchat.errors import BadRequest, GatewayError, IdempotencyKeyReused, Stopping
from akashchat.gateway.gateway import Gateway
from akashchat.server.base import Headers, Reading, header, read_body, respond_error
from akashchat.server.callers import admitted
from akashchat.server.following import Torn
from akashchat.server.limits import LIMIT_HEADERS
from akashchat.server.line import EXTENSION, Line, line_of, while_connected
from akashchat.server.recording import Name, Recording, digest
from akashchat.server.records import REUSED, Records

_LONGEST_KEY = 255
_REPLAYED: Headers = [(b"idempotent-replayed", b"true")]


class IdempotencyOptions(Struct, frozen=True, kw_only=True):
    """How long and how much is kept; ``keep_s`` 0 for nothing."""

    keep_s: float
    most_bytes: int = 64 * 1024 * 1024
    most_answers: int = 10_000


class _Follower:
    """One caller who waits for a recording."""

    def __init__(self, recording: Recording, send: Send, *, again: bool) -> None:
        self._recording = recording
        self._send = send
        self._again = again
        self._at = 0

    @property
    def begun(self) -> bool:
        """Whether something of it was passed on."""
        return self._at > 0

    async def follow(self) -> None:
        """Pass all of it on, as it comes."""
        with self._recording.followed():
            while messages := await self._recording.since(self._at):
                for message in messages:
                    self._at += 1
                    await self._send(self._own(message))

    def _own(self, message: Message) -> Message:
        if message["type"] != "http.response.start":
            return message
        headers = message["headers"]
        if self._again or self._recording.replayed:  # what was left then is not what is left now
            kept = [header for header in headers if not header[0].startswith(LIMIT_HEADERS)]
            headers = [*kept, *_REPLAYED]
        return {**message, "headers": [*headers]}


class Answered:
    """The answers that are kept, those of all endpoints together."""

    def __init__(self, options: IdempotencyOptions, clock: Clock) -> None:
        self._options = options
        self._clock = clock
        self._running: dict[Name, Recording] = {}
        self._kept: OrderedDict[Name, Recording] = OrderedDict()
        """In the order of their ends, which is that in which their time is up."""
        self._size = 0

    @property
    def keeps(self) -> bool:
        """Whether keys mean anything."""
        return self._options.keep_s > 0

    def find(self, name: Name) -> Recording | None:
        """The answer under this name, if it is still there."""
        self._drop_old()
        running = self._running.get(name)
        if running is not None:
            return None if running.lost else running
        return self._kept.get(name)

    def begin(self, name: Name, recording: Recording) -> None:
        """An answer begins."""
        self._running[name] = recording

    def end(self, name: Name, recording: Recording, *, well: bool) -> None:
        """It is over: kept for a while if it ended well."""
        if self._running.get(name) is not recording:
            return
        del self._running[name]
        if not well or recording.size > self._options.most_bytes:
            return
        recording.ends_at = self._clock.monotonic() + self._options.keep_s
        self._kept[name] = recording
        self._size += recording.size
        self._drop_old()
        while self._size > self._options.most_bytes or len(self._kept) > self._options.most_answers:
            self._drop()

    def _drop_old(self) -> None:
        now = self._clock.monotonic()
        while self._kept and next(iter(self._kept.values())).ends_at <= now:
            self._drop()

    def _drop(self) -> None:
        """Forget the oldest."""
        _, oldest = self._kept.popitem(last=False)
        self._size -= oldest.size


class Idempotent:
    """An endpoint that heeds ``Idempotency-Key``."""

    def __init__(
        self,
        endpoint: ASGIApp,
        answered: Answered,
        gateway: Gateway,
        reading: Reading,
        clock: Clock,
        *,
        records: Records | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._answered = answered
        self._records = records
        self._gateway = gateway
        self._reading = reading
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or give the answer there is."""
        key = header(scope, b"idempotency-key") if self._answered.keeps else None
        if key is None:
            await self._endpoint(scope, receive, send)
            return
        try:
            name = await self._name(scope, key)
            body = await read_body(scope, receive, self._reading, self._clock)
            recording = self._answered.find(name)
            again = recording is not None
            if recording is None:
                recording = self._recorded(name, body, scope, receive)
            elif recording.digest != digest(body):
                raise IdempotencyKeyReused(REUSED)
            else:
                scope["state"]["answer"] = True
            await _follow(line_of(scope), _Follower(recording, send, again=again), recording)
        except GatewayError as error:
            await respond_error(scope, send, error)

    async def _name(self, scope: Scope, key: str) -> Name:
        caller = await admitted(scope, self._gateway)
        if not key or len(key) > _LONGEST_KEY:
            raise BadRequest(f"Idempotency-Key must have 1 to {_LONGEST_KEY} characters")
        return caller.owner, scope["path"], key

    def _recorded(self, name: Name, body: bytes, scope: Scope, receive: Receive) -> Recording:
        """A recording of the endpoint's answer, which begins now."""
        recording = Recording(body)
        self._answered.begin(name, recording)
        inner = {**scope, "extensions": {**scope["extensions"], EXTENSION: recording}}
        state = scope["state"]

        async def answering() -> bool:
            await self._endpoint(inner, receive, recording.send)
            return bool(state.get("complete"))

        async def written(records: Records) -> None:
            state["complete"] = await records.answer(name, recording, answering)
            state["answer"] = True

        def ended() -> None:
            self._answered.end(name, recording, well=state.get("complete", False))

        recording.write(written(self._records) if self._records else answering(), ended)
        return recording


async def _follow(line: Line, follower: _Follower, recording: Recording) -> None:
    try:
        await while_connected(line, follower.follow())
    except Stopping:
        recording.stop()
        await _to_its_end(follower)  # how it ends is told as ever
    except Torn:
        return  # the server closes the connection of an answer that is not whole


async def _to_its_end(follower: _Follower) -> None:
    try:
        await follower.follow()
    except Stopping:
        if not follower.begun:  # another gateway's answer, of which this one cannot tell an end
            raise
