"""An OpenAI-compatible server asked over a socket."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest

from akashchat.app.keyed import Keyed
from akashchat.clock import SystemClock
from akashchat.errors import (
    AnswerCut,
    BadRequest,
    ContentRefused,
    GatewayError,
    KeyRejected,
    ModelNotFound,
    OutOfCredit,
    ProtocolError,
    RateLimited,
    UpstreamError,
    UpstreamSlow,
    UpstreamUnavailable,
)
from akashchat.model.events import Event, Failure, Finish, FinishReason, TextDelta, Usage
from akashchat.model.request import Message, Picture, Request, TextPart
from akashchat.settings.upstreams import KeyedSettings
from akashchat.upstreams.openai.upstream import OpenAICompatible
from tests.support.answers import check
from tests.support.clock import CountingChance
from tests.support.keyed import (
    CHAT,
    MODELS,
    Stand,
    Told,
    error,
    finish,
    frames,
    models,
    standing,
    stream,
    text,
    usage,
)

ASK = Request(model="m", messages=(Message("user", (TextPart("Hi"),)),))
HELLO = stream(text("Hello"), finish(), usage())


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    """A server."""
    async with standing() as stand:
        yield stand


@asynccontextmanager
async def upstream(stand: Stand, **options: Any) -> AsyncIterator[OpenAICompatible]:
    """The upstream before it."""
    settings = KeyedSettings(base_url=stand.url, **options)
    keyed = Keyed("mine", settings, SystemClock(), CountingChance())
    async with keyed.http:
        yield keyed.upstream


async def answered(upstream: OpenAICompatible, request: Request = ASK) -> list[Event]:
    """The events of an answer, which are one by the grammar."""
    async with upstream.open(request) as answer:
        events = [event async for batch in answer for event in batch]
    check(events)
    return events


async def failed(stand: Stand, **options: Any) -> GatewayError:
    """What keeps an answer from beginning."""
    async with upstream(stand, **options) as mine:
        with pytest.raises(GatewayError) as raised:
            await answered(mine)
    return raised.value


async def test_an_answer(stand: Stand) -> None:
    """Asked with the key, as who we are, for a stream that is not compressed."""
    stand.tell(CHAT, HELLO)
    async with upstream(stand, key="akml-1") as mine:
        events = await answered(mine)
    assert events == [TextDelta("Hello"), Finish(FinishReason.STOP, Usage(11, 7))]
    (asked,) = stand.asked_at(CHAT)
    assert asked.json["stream_options"] == {"include_usage": True}
    assert asked.headers["Authorization"] == "Bearer akml-1"
    assert asked.headers["User-Agent"].startswith("akashchat/")
    assert asked.headers["Accept-Encoding"] == "identity"


async def test_no_key_is_shown_where_there_is_none(stand: Stand) -> None:
    """A server of one's own may need none."""
    async with upstream(stand) as mine:
        await answered(mine)
    assert "Authorization" not in stand.asked_at(CHAT)[0].headers


async def test_one_connection_serves_several_answers(stand: Stand) -> None:
    """What is behind the end of an answer is read, so that its connection can be used again."""
    stand.tell(CHAT, HELLO)
    async with upstream(stand) as mine:
        for _ in range(3):
            await answered(mine)
        assert len(mine._api._http._idle) == 1


async def test_a_whole_answer_for_a_stream(stand: Stand) -> None:
    """Who ignores ``stream`` is understood too."""
    choice = {"index": 0, "message": {"role": "assistant", "content": "Whole"}, "finish_reason": "stop"}
    body = json.dumps({"object": "chat.completion", "choices": [choice]}).encode()
    stand.tell(CHAT, Told([body[:20], body[20:]], media_type="application/json; charset=utf-8"))
    async with upstream(stand) as mine:
        assert await answered(mine) == [TextDelta("Whole"), Finish(FinishReason.STOP)]


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        (error(400, "bad", param="seed"), BadRequest),
        (error(400, "blocked", code="content_filter"), ContentRefused),
        (error(401, "no"), KeyRejected),
        (error(402, "Insufficient credits"), OutOfCredit),
        (error(404, "The model `m` does not exist"), ModelNotFound),
        (error(429, "slow", {"Retry-After": "3"}), RateLimited),
        (error(500, "boom"), UpstreamError),
        (error(503, "away"), UpstreamUnavailable),
        (error(504, "No backend available"), UpstreamSlow),
        (error(529, "No healthy backends"), UpstreamUnavailable),
        (Told(b"<html>", media_type="text/html"), ProtocolError),
        (Told(b"", 307, {"Location": "https://elsewhere/"}), ProtocolError),
        (Told(frames(), cut=True), AnswerCut),
        (stream({"error": {"message": "at once", "code": 503}}), UpstreamUnavailable),
        (stream(), AnswerCut),
        (Told(b"x" * 2**19, 500), UpstreamError),
    ],
)
async def test_what_keeps_an_answer_from_beginning(
    stand: Stand, told: Told, kind: type[GatewayError]
) -> None:
    """Is raised, whether it came as a status or as the first thing in a stream."""
    stand.tell(CHAT, told)
    assert type(raised := await failed(stand)) is kind
    assert raised.message.startswith("mine")
    assert raised.retry_after_s == (3 if kind is RateLimited else None)


async def test_the_key_is_told_to_nobody(stand: Stand) -> None:
    """An upstream that repeats it is not quoted to the letter."""
    stand.tell(CHAT, error(401, "Incorrect API key provided: my-own-secret"))
    raised = await failed(stand, key="my-own-secret")
    assert "my-own-secret" not in raised.message


async def test_a_cut_is_a_failure(stand: Stand) -> None:
    """From the first event on, trouble is an event."""
    stand.tell(CHAT, Told(frames(text("so far"), done=False), cut=True))
    async with upstream(stand) as mine:
        said, end = await answered(mine)
    assert said == TextDelta("so far")
    assert isinstance(end, Failure)
    assert isinstance(end.error, AnswerCut)


async def test_a_cut_behind_the_reason_takes_nothing_with_it(stand: Stand) -> None:
    """The answer was complete, and only its terminator is missing."""
    stand.tell(CHAT, Told(frames(text("all"), finish(), done=False), cut=True))
    async with upstream(stand) as mine:
        assert await answered(mine) == [TextDelta("all"), Finish(FinishReason.STOP)]


async def test_leaving_closes_the_connection(stand: Stand) -> None:
    """At once, in the middle of an answer."""
    stand.tell(CHAT, Told([frames(text("a"), done=False), None]))
    async with upstream(stand) as mine:
        async with mine.open(ASK):
            pass
        await stand.left.wait()


async def test_usage_is_not_asked_of_who_refuses_it(stand: Stand) -> None:
    """Mistral did; it is asked once more without, and never again with."""
    refusal = Told(
        b'{"message":{"detail":[{"type":"extra_forbidden","loc":["body","stream_options"],"msg":"Extra"}]}}',
        422,
        media_type="application/json",
    )
    stand.tell(CHAT, refusal, HELLO)
    async with upstream(stand) as mine:
        await answered(mine)
        await answered(mine)
    assert ["stream_options" in asked.json for asked in stand.asked_at(CHAT)] == [True, False, False]


async def test_the_limit_goes_by_the_name_a_model_wants(stand: Stand) -> None:
    """OpenAI's models that reason take only the newer one."""
    why = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
    stand.tell(CHAT, error(400, why, param="max_tokens", code="unsupported_parameter"), HELLO)
    async with upstream(stand) as mine:
        await answered(mine, msgspec.structs.replace(ASK, max_tokens=5))
    names = [
        sorted({"max_tokens", "max_completion_tokens"} & asked.json.keys()) for asked in stand.asked_at(CHAT)
    ]
    assert names == [["max_tokens"], ["max_completion_tokens"]]


async def test_a_refusal_that_teaches_nothing_new_is_told(stand: Stand) -> None:
    """It is asked no more than once for each lesson."""
    stand.tell(CHAT, error(400, "stream_options: no, and max_completion_tokens: no"))
    assert isinstance(await failed(stand), BadRequest)
    assert len(stand.asked_at(CHAT)) == 3


# -- models


async def test_its_models(stand: Stand) -> None:
    """Under the names here."""
    stand.tell(MODELS, models("org/A", "org/B", context_length=4096))
    async with upstream(stand, models={"A": "org/A"}, only=["A", "org/B"]) as mine:
        assert [model.id for model in (await mine.catalogue()).models] == ["org/B", "A"]
        await answered(mine, msgspec.structs.replace(ASK, model="A"))
        with pytest.raises(ModelNotFound):
            await answered(mine, msgspec.structs.replace(ASK, model="org/A"))
        with pytest.raises(ModelNotFound):
            await answered(mine, msgspec.structs.replace(ASK, model="C"))
    assert [asked.json["model"] for asked in stand.asked_at(CHAT)] == ["org/A"]


async def test_hundreds_of_models_are_not_all_told(stand: Stand) -> None:
    """To who asks for one that is not there, as many as somebody would read."""
    stand.tell(MODELS, models(*[f"m{i:03}" for i in range(300)]))
    async with upstream(stand) as mine:
        with pytest.raises(ModelNotFound, match=r"m000, m001, .*, m049 and 250 more$"):
            await answered(mine)


async def test_a_server_without_a_list(stand: Stand) -> None:
    """Models the operator named are there, and any other is asked for on trust."""
    stand.tell(MODELS, Told(b"404 page not found", 404, media_type="text/plain"))
    async with upstream(stand, models={"a": "x"}) as mine:
        assert [model.id for model in (await mine.catalogue()).models] == ["a"]
    async with upstream(stand) as mine:
        with pytest.raises(UpstreamError, match="no list of models"):
            await mine.catalogue()
        assert await answered(mine)


async def test_a_server_that_is_away_is_asked_on_trust(stand: Stand) -> None:
    """A list that cannot be had keeps nobody from an answer."""
    stand.tell(MODELS, error(503, "away"))
    async with upstream(stand) as mine:
        assert await answered(mine)
        with pytest.raises(UpstreamUnavailable):
            await mine.catalogue()


async def test_what_its_list_says_a_model_cannot_do(stand: Stand) -> None:
    """Is left to the gateway."""
    stand.tell(MODELS, models("m", supported_features=["json_mode"]))
    async with upstream(stand, lacks=["stop"]) as mine:
        assert "tools" in mine.honours("m")
        await mine.catalogue()
        assert not {"tools", "response_format", "stop"} & mine.honours("m").keys()


async def test_it_does_not_draw(stand: Stand) -> None:
    """A picture is asked of who draws."""
    async with upstream(stand) as mine:
        with pytest.raises(BadRequest):
            await answered(mine, msgspec.structs.replace(ASK, picture=Picture()))
