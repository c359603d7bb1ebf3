"""A client loses nothing of what a gateway says, and shows nothing broken as whole."""

import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from akashchat.client.answers import Answer, ask
from akashchat.client.conversation import Conversation, NoPicture
from akashchat.client.failures import Cut, Failed, Refused, refusal
from akashchat.client.gateway import Gateway
from akashchat.client.models import first_to_chat, offers
from akashchat.client.pictures import draw
from akashchat.client.stream import Reading
from akashchat.wire.frames import Frame
from tests.support.gateway import served

STREAM = b": ping\n\n: waiting: 1 before you\n\nevent: done\ndata: {}\n\ndata: [DONE]\n\n"
TOLD = ["waiting: 1 before you", Frame(b"{}", b"done"), Frame(b"[DONE]")]
REQUEST = {"model": "any", "messages": []}


def says(body):
    """A server that says this to everything, as a stream or not."""

    async def say(_):
        return Response(body, media_type="text/event-stream")

    return served(Starlette(routes=[Route("/{path:path}", say, methods=["GET", "POST"])]), most_bytes=1 << 20)


async def answered(body):
    """What is made of a stream, and how it ends."""
    answer = Answer()
    async with says(body) as url, Gateway(url, "") as gateway:
        try:
            await ask(gateway, REQUEST, answer, lambda: None)
        except Failed as error:
            return answer, error
    return answer, None


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_comments_and_events_come_in_their_order(size):
    """However the bytes are cut; that somebody is alive is no word to a person."""
    reading = Reading()
    pieces = [STREAM[at : at + size] for at in range(0, len(STREAM), size)]
    assert [told for piece in pieces for told in reading.feed(piece)] == TOLD


async def test_a_stream_makes_an_answer():
    """Text and thoughts, in whichever field, and why it ended."""
    answer, error = await answered(
        b'data: {"choices":[{"delta":{"reasoning":"Hm"}}]}\n\n'
        b'data: {"choices":[{"delta":{"reasoning_content":"m.","content":null}}]}\n\n'
        b'data: {"choices":[{"delta":{"content":"Hi"},"finish_reason":"length"}]}\n\ndata: [DONE]\n\n'
    )
    assert error is None
    assert (answer.thoughts, answer.text, answer.finish_reason) == ("Hmm.", "Hi", "length")


async def test_an_answer_without_its_end_is_cut():
    """What came is kept, and never taken for the whole."""
    answer, error = await answered(b'data: {"choices":[{"delta":{"content":"Hi"}}]}\n\n')
    assert (answer.text, type(error)) == ("Hi", Cut)


async def test_a_failure_within_a_stream():
    """Is told in the gateway's words."""
    _, error = await answered(b'data: {"error":{"message":"the quota is spent"}}\n\n')
    assert (type(error), str(error)) == (Refused, "the quota is spent")


@pytest.mark.parametrize(
    "body", [b"data: nonsense\n\n", b"data: [1]\n\n", b'data: {"choices":[1]}\n\n', b"<html>"]
)
async def test_what_is_no_gateway_fails(body):
    """And is no fault of ours."""
    _, error = await answered(body)
    assert isinstance(error, Failed)
    async with says(body) as url, Gateway(url, "") as gateway:
        for work in (offers(gateway), first_to_chat(gateway), draw(gateway, "A fox", "", lambda _: None)):
            with pytest.raises(Failed):
                await work


async def test_no_address():
    """Is told as what it is."""
    for url in ("nonsense", "ftp://localhost", "http://"):
        async with Gateway(url, "") as gateway:
            with pytest.raises(Failed):
                await gateway.get("/v1/models")


def test_a_refusal_in_any_words():
    """The gateway's where it has some, and else the status."""
    assert str(refusal(401, b'{"error":{"message":"show a key"}}')) == "show a key"
    assert str(refusal(404, b'{"error":"no such model"}')) == "no such model"
    for body in (b"", b"<html>", b"[]", b'{"error":{"message":7}}'):
        assert "502" in str(refusal(502, body))


def test_a_question_without_an_answer_is_taken_back():
    """And half of an answer is remembered."""
    conversation = Conversation("any", "Be brief.")
    conversation.ask("One?")
    conversation.answered("")
    conversation.ask("Two?")
    conversation.answered("Tw")
    assert conversation.request()["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Two?"},
        {"role": "assistant", "content": "Tw"},
    ]
    conversation.clear()
    assert len(conversation.request()["messages"]) == 1


def test_only_pictures_are_attached(tmp_path):
    """To the next question alone."""
    conversation = Conversation("any")
    (tmp_path / "a.png").write_bytes(b"\x89PNG")
    conversation.attach(tmp_path / "a.png")
    for name in ("b.png", "notes.txt"):
        with pytest.raises(NoPicture, match=name):
            conversation.attach(tmp_path / name)
    conversation.ask("What?")
    conversation.answered("A dot.")
    conversation.ask("And?")
    first, _, second = conversation.request()["messages"]
    assert first["content"][1]["image_url"]["url"] == "data:image/png;base64,iVBORw=="
    assert second["content"] == "And?"
