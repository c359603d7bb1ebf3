"""``akashchat chat``."""

import pathlib
import sys
from collections.abc import Callable
from typing import Annotated

import typer

from akashchat.cli.asking import Json, Key, Url, finished, gateway, print_json
from akashchat.cli.showing import Thoughts, screen
from akashchat.cli.talk import Talk
from akashchat.cli.terminal import MISTAKEN, console, give_up
from akashchat.client.answers import Answer, ask, ask_whole
from akashchat.client.conversation import Conversation, NoPicture
from akashchat.client.gateway import Gateway
from akashchat.client.models import first_to_chat

command = typer.Typer(add_completion=False)


@command.command("chat")
def chat_command(
    question: Annotated[str, typer.Argument(help="What to ask; without it there is a prompt.")] = "",
    *,
    model: Annotated[str, typer.Option(help="Which model; the first that chats unless given.")] = "",
    system: Annotated[str, typer.Option(help="The system prompt.")] = "",
    image: Annotated[list[pathlib.Path] | None, typer.Option(help="A picture to attach; may repeat.")] = None,
    thoughts: Annotated[Thoughts, typer.Option(help="What to do with the model's.")] = Thoughts.FOLDED,
    url: Url = "",
    key: Key = "",
    as_json: Json = False,
) -> None:
    """Ask a running gateway: one question, a text from standard input, or a conversation."""
    asked = _asked(question)
    if not asked and (as_json or not sys.stdin.isatty()):
        give_up("There is no question, neither as an argument nor on standard input.", MISTAKEN)
    there = gateway(url, key)
    conversation = Conversation(model or finished(_first(there)), system)
    try:
        for picture in image or ():
            conversation.attach(picture)
    except NoPicture as error:
        give_up(str(error), MISTAKEN)
    if not asked:
        Talk(there, conversation, thoughts, console).run(input)
        return
    conversation.ask(asked)
    if as_json:
        print_json(finished(_whole(there, conversation)))
        return
    answer = Answer()
    with screen(answer, thoughts, console) as told:
        finished(_streamed(there, conversation, answer, told))
    if answer.finish_reason not in ("", "stop"):
        typer.echo(f"The answer ended early: {answer.finish_reason}.", err=True)


def _asked(question: str) -> str:
    """The question, and below it what stands on standard input."""
    given = "" if sys.stdin.isatty() else sys.stdin.read()
    return "\n\n".join(text for text in (question.strip(), given.strip()) if text)


async def _first(there: Gateway) -> str:
    async with there:
        return await first_to_chat(there)


async def _whole(there: Gateway, conversation: Conversation) -> object:
    async with there:
        return await ask_whole(there, conversation.request())


async def _streamed(
    there: Gateway, conversation: Conversation, answer: Answer, told: Callable[[], None]
) -> None:
    async with there:
        await ask(there, conversation.request(), answer, told)
