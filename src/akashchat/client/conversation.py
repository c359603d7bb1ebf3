"""What was said so far, and what is attached to what is said next."""

import base64
import mimetypes
import pathlib
from typing import Any


class NoPicture(ValueError):
    """A file that cannot be attached; the message says why."""


class Conversation:
    """The turns of a person and a model, as the gateway is told of them."""

    def __init__(self, model: str, system: str = "") -> None:
        self.model = model
        self.system = system
        self._turns: list[dict[str, Any]] = []
        self._attached: list[dict[str, Any]] = []

    def attach(self, picture: pathlib.Path) -> None:
        """Send a picture with the next question; raises ``NoPicture``."""
        media_type = mimetypes.guess_type(picture.name)[0] or ""
        if not media_type.startswith("image/"):
            raise NoPicture(f"{picture}: not the name of a picture")
        try:
            data = base64.b64encode(picture.read_bytes()).decode()
        except OSError as error:
            raise NoPicture(f"{picture}: {error.strerror}") from error
        url = f"data:{media_type};base64,{data}"
        self._attached.append({"type": "image_url", "image_url": {"url": url}})

    def ask(self, question: str) -> None:
        """Say something, with what is attached."""
        text = {"type": "text", "text": question}
        content = [text, *self._attached] if self._attached else question
        self._turns.append({"role": "user", "content": content})
        self._attached = []

    def answered(self, text: str) -> None:
        """Remember an answer, or as much as there is of it; a question without any is taken back."""
        if text:
            self._turns.append({"role": "assistant", "content": text})
        else:
            self._turns.pop()

    def clear(self) -> None:
        """Begin anew, with the same model and system prompt."""
        self._turns, self._attached = [], []

    def request(self) -> dict[str, Any]:
        """What is sent."""
        system = [{"role": "system", "content": self.system}] if self.system else []
        return {"model": self.model, "messages": [*system, *self._turns]}

    def markdown(self) -> str:
        """All that was said, to be kept; of pictures only that there was one."""
        system = [f"**system** ({self.model})\n\n{self.system}\n"] if self.system else []
        turns = [f"**{turn['role']}**\n\n{_text(turn['content'])}\n" for turn in self._turns]
        return "\n".join([*system, *turns])


def _text(content: str | list[dict[str, Any]]) -> str:
    if isinstance(content, str):
        return content
    return "\n\n".join(part.get("text", "(a picture)") for part in content)
