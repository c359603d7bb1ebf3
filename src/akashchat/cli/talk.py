"""A conversation at a prompt: questions, and commands that begin with a slash."""

import asyncio
import contextlib
import pathlib
from collections.abc import Callable, Mapping

from rich.console import Console

from akashchat.cli.asking import tame
from akashchat.cli.showing import Thoughts, screen
from akashchat.client.answers import Answer, ask
from akashchat.client.conversation import Conversation, NoPicture
from akashchat.client.failures import Failed
from akashchat.client.gateway import Gateway
from akashchat.client.models import offers

with contextlib.suppress(ImportError):  # not everywhere; without it the prompt has no history
    import readline  # noqa: F401  importing it is what gives `input` its history

_PROMPT = "> "


class Talk:
    """Reads lines and does what each says, until the end of them or ``/quit``."""

    def __init__(
        self, gateway: Gateway, conversation: Conversation, thoughts: Thoughts, console: Console
    ) -> None:
        self._gateway = gateway
        self._conversation = conversation
        self._thoughts = thoughts
        self._console = console
        self._ended = False
        self._commands: Mapping[str, tuple[Callable[[str], None], str]] = {
            "/model": (self._model, "/model [NAME]    ask another model, or list all"),
            "/image": (self._image, "/image FILE      attach a picture to the next question"),
            "/system": (self._system, "/system [TEXT]   set the system prompt, or take it away"),
            "/clear": (self._clear, "/clear           forget what was said"),
            "/save": (self._save, "/save FILE       keep the conversation as Markdown"),
            "/help": (self._help, "/help            show this; Ctrl-C stops an answer"),
            "/quit": (self._quit, "/quit            end, as Ctrl-D does"),
        }

    def run(self, read: Callable[[str], str]) -> None:
        """Until the end; ``read`` shows a prompt and gives a line, or raises ``EOFError``."""
        self._say(f"{self._conversation.model}; /help tells what else there is")
        while not self._ended:
            try:
                self._take(read(_PROMPT).strip())
            except EOFError:
                self._console.print()
                return
            except KeyboardInterrupt:  # at the prompt: the line is thrown away
                self._console.print()

    def _take(self, line: str) -> None:
        name, _, rest = line.partition(" ")
        if name in self._commands:
            self._try(self._commands[name][0], rest.strip())
        elif name.startswith("/"):
            self._say(f"there is no {name}; /help tells what there is")
        elif line:
            self._ask(line)

    def _try(self, command: Callable[[str], None], rest: str) -> None:
        try:
            command(rest)
        except (Failed, NoPicture, OSError) as error:
            self._say(str(error), "red")

    def _ask(self, question: str) -> None:
        """Show an answer; Ctrl-C ends it, at the gateway too, and what came is remembered."""
        self._conversation.ask(question)
        answer = Answer()
        try:
            with screen(answer, self._thoughts, self._console) as told:
                asyncio.run(self._answer(answer, told))
        except KeyboardInterrupt:
            self._say("stopped")
        except Failed as error:
            self._say(str(error), "red")
        finally:
            self._conversation.answered(answer.text)
        if answer.finish_reason not in ("", "stop"):
            self._say(f"the answer ended early: {answer.finish_reason}")

    async def _answer(self, answer: Answer, told: Callable[[], None]) -> None:
        async with self._gateway as gateway:
            await ask(gateway, self._conversation.request(), answer, told)

    def _model(self, name: str) -> None:
        async def known() -> list[str]:
            async with self._gateway as gateway:
                return [offer.id for offer in await offers(gateway)]

        if name:
            self._conversation.model = name
        else:
            self._say("\n".join(asyncio.run(known())))
        self._say(f"asking {self._conversation.model}")

    def _image(self, file: str) -> None:
        self._conversation.attach(pathlib.Path(file).expanduser())
        self._say(f"{file} goes with the next question")

    def _system(self, text: str) -> None:
        self._conversation.system = text
        self._say("system prompt set" if text else "no system prompt")

    def _clear(self, _: str) -> None:
        self._conversation.clear()
        self._say("forgotten")

    def _save(self, file: str) -> None:
        kept = pathlib.Path(file).expanduser()
        with kept.open("x", encoding="utf-8") as opened:  # never over another
            opened.write(self._conversation.markdown())
        self._say(f"kept in {kept}")

    def _help(self, _: str) -> None:
        self._say("\n".join(meaning for _, meaning in self._commands.values()))

    def _quit(self, _: str) -> None:
        self._ended = True

    def _say(self, words: str, style: str = "dim") -> None:
        self._console.print(tame(words), style=style, markup=False)
