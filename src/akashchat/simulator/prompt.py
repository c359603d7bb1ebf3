"""What the app makes of a chat request before a model sees it.

It counts tokens, drops the oldest messages that do not fit, cuts the last one, puts files and its own persona
in front, and fills in sampling parameters. Much of this is silent, which is why the simulator keeps what came
out of it. Token counts are a rough estimate of the simulator's own: a quarter of the bytes.
"""

import math
import re
from dataclasses import dataclass
from typing import Any, Final

from akashchat.simulator.catalogue import CATALOGUE, FALLBACK, IMAGE_WRITER, Dialect, Model
from akashchat.simulator.conversion import Message, convert
from akashchat.simulator.javascript import MISSING, cut_utf16, is_number, is_truthy, to_number, whole
from akashchat.simulator.refusals import TEXT, CallFailed, Refusal, Thrown

PERSONA: Final = (
    "You are a skilled conversationalist (this is the simulator's stand-in for the app's own long prompt). "
    "Answer naturally, stay helpful and honest, follow the user's lead, and write Markdown."
)
"""What is put first when a request brings no system text. The real one has 1.2 KB and other words."""

PAINTER: Final = (
    "Always enhance the user's image request by creating a descriptive image prompt. "
    "Only use the generateImage tool if the user asks for an image."
)
"""The gist of what the app tells the model that decides about pictures."""

RESERVE: Final = 1000
"""Tokens the app keeps free for the answer."""

TOO_LONG: Final = "[Message too long for this model. Please try with a shorter message or a different model.]"
FILES_TOO_LONG: Final = (
    "Your files have too much content for this model. Please remove some files or try a different model."
)
CUT_MARK: Final = "\n\n[Message truncated due to length]"

_SPECIAL: Final = re.compile(r"<\|(?:endoftext|fim_prefix|fim_middle|fim_suffix|endofprompt)\|>")


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """A chat request as the model gets it."""

    model: Model
    body: dict[str, Any]
    """The request body the app sends to the model's own API."""

    @property
    def messages(self) -> list[Message]:
        """The messages as delivered."""
        messages: list[Message] = self.body["messages"]
        return messages

    @property
    def tokens(self) -> int:
        """How many tokens the messages cost."""
        return sum(estimate_tokens(read_text(message)) for message in self.messages)

    @property
    def question(self) -> str:
        """The last thing the user said."""
        spoken = (read_text(message) for message in reversed(self.messages) if message["role"] == "user")
        return next(spoken, "")


def estimate_tokens(text: str) -> int:
    """A rough count; good enough to charge a quota and to fill a window."""
    return len(text.encode("utf-8", "surrogatepass")) // 4


def read_text(message: Message) -> str:
    """The words of a delivered message."""
    content = message.get("content") or ""
    if isinstance(content, str):
        return content
    return "\n".join(str(part.get("text", "")) for part in content if part.get("type") == "text")


def fit(body: dict[str, Any], limit: int) -> tuple[str, list[Message]]:
    """The system text and the messages, files first, that fit into ``limit`` tokens."""
    given: Any = body.get("system")
    system: str = given if is_truthy(given) else PERSONA
    used = _count(system)
    files: list[Message] = []
    for file in _files(body):
        content = file["content"]
        used += _count(content)
        if used + RESERVE > limit:
            raise Refusal(400, FILES_TOO_LONG, TEXT)
        files.insert(
            0, {"role": "user", "content": f"This is the content of the file {file.get('name')}: {content}"}
        )
    return system, files + _fit_messages(body.get("messages", MISSING), limit - used - RESERVE)


def _files(body: dict[str, Any]) -> list[dict[str, Any]]:
    files = body.get("context")
    if not is_truthy(files):
        return []
    if not isinstance(files, list) or not all(isinstance(file, dict) and "content" in file for file in files):
        raise Thrown
    return files


def _fit_messages(messages: Any, room: int) -> list[Message]:
    if isinstance(messages, dict):
        return []  # an object has no length, so the app's loop never begins
    if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
        raise Thrown
    kept: list[Message] = []
    for message in reversed(messages):
        cost = _count(message.get("content"))
        if cost <= room:
            room -= cost
            kept.insert(0, message)
            continue
        if not kept:
            kept.append(_cut(message, room))
        break
    return kept


def _cut(message: Message, room: int) -> Message:
    if room <= 100:
        raise Refusal(400, TOO_LONG, TEXT)
    return {**message, "content": cut_utf16(message["content"], math.floor((room - 50) * 3.5)) + CUT_MARK}


def _count(text: Any) -> int:
    """Count tokens as the app's tokenizer does: it throws at anything but text, and at its special tokens."""
    if text == []:
        return 0
    if not isinstance(text, str) or _SPECIAL.search(text):
        raise Thrown
    return estimate_tokens(text)


def compose(body: dict[str, Any], model: Model, dialect: Dialect, model_name: str | None = None) -> Prompt:
    """The prompt for a model that answers in text; raises ``CallFailed`` where the library does."""
    system, messages = fit(body, model.token_limit)
    delivered = convert(messages)
    sampling = _sampling(body, model, dialect)
    name = model_name or (model.api_id if dialect == "new" else None) or model.id
    # The library takes any id beginning with "o" for one of OpenAI's reasoning models.
    reasons = name.startswith("o")
    first = {"role": "developer" if reasons else "system", "content": system}
    if reasons:
        delivered = [m | {"role": "developer"} if m["role"] == "system" else m for m in delivered]
    request: dict[str, Any] = {"model": name}
    if not reasons:
        request |= sampling
    request |= {"messages": [first, *delivered], "stream": True}
    if dialect == "new" and model.id.startswith("DeepSeek-V3"):
        request["chat_template_kwargs"] = {"thinking": True}
    return Prompt(model=model, body=request)


def compose_image(body: dict[str, Any], model: Model, dialect: Dialect) -> Prompt:
    """The prompt for the model that decides whether to draw: the last three messages, no system text."""
    _, messages = fit(body, model.token_limit)
    delivered = convert(messages[-3:])
    first = {"role": "system", "content": PAINTER}
    request = {"model": IMAGE_WRITER} | _sampling(body, model, dialect) | {"messages": [first, *delivered]}
    return Prompt(model=model, body=request)


def fallback_model() -> Model:
    """The model whose limits and defaults the old dialect uses when it does not know the one named."""
    return next(model for model in CATALOGUE if model.id == FALLBACK)


def _sampling(body: dict[str, Any], model: Model, dialect: Dialect) -> dict[str, Any]:
    given = {"temperature": body.get("temperature", MISSING), "topP": body.get("topP", MISSING)}
    defaults = {"temperature": model.temperature, "topP": model.top_p}
    chosen: dict[str, Any] = {}
    for name, value in given.items():
        if dialect == "new":
            number = to_number(value)
            # The default comes from a database driver, which gives decimals as strings; the library wants
            # numbers.
            chosen[name] = whole(number) if is_truthy(number) else defaults[name]
        else:
            chosen[name] = value if is_truthy(value) else whole(float(defaults[name]))
        if not is_number(chosen[name]):
            raise CallFailed(f"Invalid argument for parameter {name}: {name} must be a number")
    return {"temperature": chosen["temperature"], "top_p": chosen["topP"]}
