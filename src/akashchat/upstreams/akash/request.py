"""A request in Akash Chat's own JSON.

What the app does with each field is in the comments; whatever else a body holds, it ignores.
"""

import re
from typing import Any

from msgspec import Struct

from akashchat.errors import BadRequest
from akashchat.model.catalogue import Model
from akashchat.model.request import FilePart, ImagePart, Message, Request, TextPart
from akashchat.upstreams.akash.history import invocations, tool_text
from akashchat.upstreams.akash.special import neutral
from akashchat.wire import json

TINY = 1e-9
"""Stands for 0, which the app takes for "not given".  Model servers treat so small a number as greedy."""

NO_PERSONA = " "
"""An empty system prompt would be replaced by the app's own persona; a space says nothing and stays."""

DEFAULT_TEMPERATURE, DEFAULT_TOP_P = 0.85, 1.0

_THOUGHTS = re.compile(r"\A\s*<think>.*?</think>\s*", re.DOTALL)


class RequestOptions(Struct, frozen=True, kw_only=True):
    """How requests to Akash are written.

    ``persona`` lets the app add its own system prompt where the caller gave none; ``model_sampling``
    takes each model's own defaults for temperature and top_p instead of the documented 0.85 and 1.
    """

    persona: bool = False
    model_sampling: bool = False


def render(request: Request, model: Model, options: RequestOptions, chat_id: str) -> bytes:
    """The body of ``POST /api/chat/``; raises ``BadRequest`` for what the app cannot carry."""
    _check_attachments(request.messages)
    system, messages = _parted(request.messages)
    temperature, top_p = _sampling(request, model, options)
    if request.picture is not None:
        messages = [*_PICTURE_PLEASE, *messages]
    return json.encode(
        {
            "id": chat_id,
            "messages": messages or [{"role": "user", "content": ""}],
            "model": request.model,
            "system": neutral(system) or ("" if options.persona else NO_PERSONA),
            "temperature": temperature or TINY,
            "topP": top_p or TINY,
            "context": [],
        }
    )


# For pictures the app asks a small model whether the last three messages want one.  These two make sure
# of it and leave the prompt itself, the third, as the caller wrote it.
_PICTURE_PLEASE = [
    {"role": "user", "content": "Generate an image of what my next message describes."},
    {"role": "assistant", "content": "Gladly. Describe the image and I will generate it."},
]


def _sampling(request: Request, model: Model, options: RequestOptions) -> tuple[float, float]:
    temperature, top_p = DEFAULT_TEMPERATURE, DEFAULT_TOP_P
    if options.model_sampling:
        temperature = temperature if model.temperature is None else model.temperature
        top_p = top_p if model.top_p is None else model.top_p
    return (
        temperature if request.temperature is None else request.temperature,
        top_p if request.top_p is None else request.top_p,
    )


def _check_attachments(messages: tuple[Message, ...]) -> None:
    for i, message in enumerate(messages):
        if message.role in ("system", "assistant") and _attachments(message):
            raise BadRequest(
                f"pictures and files can be sent by a user or a tool, not by '{message.role}'",
                param=f"messages[{i}].content",
            )


def _parted(messages: tuple[Message, ...]) -> tuple[str, list[dict[str, Any]]]:
    """The leading system messages as one text, and the rest in Akash's shape."""
    first = next((i for i, m in enumerate(messages) if m.role != "system"), len(messages))
    system = "\n\n".join([m.text for m in messages[:first] if m.text])
    rest: list[dict[str, Any]] = []
    following = iter(range(first, len(messages)))
    for i in following:
        message = messages[i]
        if message.calls:
            answers = _answers(messages, i)
            rest += _called(message, answers)
            for _ in answers:
                next(following)
        else:
            rest.append(_turn(message))
    return system, rest


def _answers(messages: tuple[Message, ...], i: int) -> tuple[Message, ...]:
    """The tool messages right after message ``i``."""
    end = i + 1
    while end < len(messages) and messages[end].role == "tool":
        end += 1
    return messages[i + 1 : end]


def _called(message: Message, answers: tuple[Message, ...]) -> list[dict[str, Any]]:
    """An assistant's calls with their answers: as tool invocations where the app can carry them."""
    text = neutral(_shown(message))
    if (calls := invocations(message.calls, answers)) is None:
        spoken = "\n".join(filter(None, [text, *[neutral(tool_text(call)) for call in message.calls]]))
        return [{"role": "assistant", "content": spoken}, *[_turn(answer) for answer in answers]]
    calls = json.map_texts(calls, neutral)
    turn: dict[str, Any] = {"role": "assistant", "content": text, "toolInvocations": calls}
    if text:
        # Without parts, text beside a call would move behind the call's answer.
        parts = [{"type": "tool-invocation", "toolInvocation": call} for call in calls]
        turn["parts"] = [{"type": "text", "text": text}, *parts]
    return [turn]


def _turn(message: Message) -> dict[str, Any]:
    """One message; the app accepts the roles system, user and assistant, and pictures from a user only."""
    role = "user" if message.role == "tool" else message.role
    turn: dict[str, Any] = {"role": role, "content": neutral(_shown(message))}
    if attachments := _attachments(message):
        turn["experimental_attachments"] = attachments
    return turn


def _shown(message: Message) -> str:
    """The text to send: thoughts of earlier answers left out, and the speaker's name, which has no field."""
    if message.role == "assistant":
        return _THOUGHTS.sub("", message.text)
    if message.role == "user" and message.name:
        return f"{message.name}: {message.text}"
    if message.role == "tool":
        return f"[Result of {message.name or message.call_id or 'tool'}]\n{message.text}"
    return message.text


def _attachments(message: Message) -> list[dict[str, str]]:
    attachments: list[dict[str, str]] = []
    if len(message.parts) == 1 and type(message.parts[0]) is TextPart:
        return attachments
    for part in message.parts:
        match part:
            case ImagePart(url, media_type):
                attachments.append({"contentType": media_type, "url": url})
            case FilePart(url, media_type, name):
                attachments.append({"name": name, "contentType": media_type, "url": url})
            case TextPart():
                pass
    return attachments
