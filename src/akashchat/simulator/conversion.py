"""How the app's library turns page messages into what the model gets.

The rules are those of the AI SDK, version 4 (``convertToCoreMessages`` and its OpenAI provider), as far as a
client can observe them: ``parts`` win over ``content``, attachments become parts, finished tool invocations
become calls and results, and what it cannot use ends the call before it is made.
"""

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from akashchat.simulator.javascript import is_truthy, shown, stringify
from akashchat.simulator.refusals import CallFailed

Message = dict[str, Any]

CORE_ROLES: Final = ("system", "user", "assistant", "tool")
PAGE_FIELDS: Final = ("toolInvocations", "parts", "experimental_attachments")

_NOT_MESSAGES: Final = "Invalid prompt: messages must be an array of CoreMessage or UIMessage"
_NOT_MESSAGE: Final = "Invalid prompt: message must be a CoreMessage or a UI message"
_NO_TYPE: Final = "If the attachment is not an image or text, it must specify a content type"

# The library looks at a picture's first bytes, not at its declared type; these are the same bytes in base64.
_IMAGE_TYPES: Final = {
    "iVBORw": "image/png",
    "/9j/": "image/jpeg",
    "R0lGOD": "image/gif",
    "UklGR": "image/webp",
}


def convert(messages: Sequence[Message]) -> list[Message]:
    """The messages in the form of OpenAI's API; raises ``CallFailed`` where the library gives up."""
    try:
        converted = list(_converted(messages))
    except (AttributeError, KeyError, TypeError) as error:
        # A misshapen part or attachment is a TypeError in JavaScript too, and is told like any failure.
        raise CallFailed(f"TypeError: {error}") from error
    if not converted:
        raise CallFailed("Invalid prompt: messages must not be empty")
    return [_rendered(message) for message in converted]


def _converted(messages: Sequence[Message]) -> Iterator[Message]:
    kinds = [_kind(message) for message in messages]
    if "page" in kinds:
        for index, message in enumerate(messages):
            yield from _convert(message, is_last=index == len(messages) - 1)
        return
    if "other" in kinds:
        index = kinds.index("other")
        told = f'Received message of type: "other" at index {index}'
        raise CallFailed(f"{_NOT_MESSAGES}\n{told}\nmessages[{index}]: {stringify(messages[index])}")
    for message in messages:
        _validate(message, messages)
        yield message


def _kind(message: Message) -> str:
    if message.get("role") in {"function", "data"} or any(field in message for field in PAGE_FIELDS):
        return "page"
    content = message.get("content")
    if isinstance(content, list) or (isinstance(content, str) and message.get("role") in CORE_ROLES):
        return "core"
    return "other"


def _validate(message: Message, messages: Sequence[Message]) -> None:
    """Refuse what looks like a message and is none: a tool message needs parts, and all others text."""
    takes_text = message.get("role") in {"system", "user", "assistant"}
    if takes_text and (isinstance(message["content"], str) or message["role"] != "system"):
        return
    told = f"Type validation failed: Value: {stringify(list(messages))}."
    raise CallFailed(f"{_NOT_MESSAGE}\nValidation error: {told}\nError message: ZodError")


def _convert(message: Message, *, is_last: bool) -> Iterator[Message]:
    role = message.get("role")
    if role == "system":
        yield {"role": "system", "content": message.get("content")}
    elif role == "user":
        yield {"role": "user", "content": _user_content(message)}
    elif role == "assistant":
        yield from _assistant(message, is_last=is_last)
    elif role != "data":
        raise CallFailed(f"Unsupported role: {shown(role)}")


def _user_content(message: Message) -> Any:
    attachments = message.get("experimental_attachments")
    parts = message.get("parts")
    if parts is None and not is_truthy(attachments):
        return message.get("content")
    if parts is None:
        parts = [{"type": "text", "text": message.get("content")}]
    texts = [_text(part["text"]) for part in parts if part.get("type") == "text"]
    return texts + [_attached(attachment) for attachment in attachments or ()]


def _attached(attachment: dict[str, Any]) -> dict[str, Any]:
    url = attachment.get("url")
    scheme = re.match(r"([a-z][a-z0-9+.-]*):", url, re.IGNORECASE) if isinstance(url, str) else None
    if scheme is None or not isinstance(url, str):
        raise CallFailed(f"Invalid URL: {shown(url)}")
    media_type = attachment.get("contentType") or ""
    if scheme[1].lower() in {"http", "https"}:
        return _attached_link(url, media_type)
    if scheme[1].lower() == "data":
        return _attached_bytes(url, media_type)
    raise CallFailed(f"Unsupported URL protocol: {scheme[0].lower()}")


def _attached_link(url: str, media_type: str) -> dict[str, Any]:
    if media_type.startswith("image/"):
        return _image(url)
    if not media_type:
        raise CallFailed(_NO_TYPE)
    raise CallFailed("'File content parts with URL data' functionality not supported.")


def _attached_bytes(url: str, media_type: str) -> dict[str, Any]:
    header, comma, encoded = url.partition(",")
    if not comma or header == "data:":
        raise CallFailed(f"Invalid data URL format: {url}")
    if media_type.startswith("image/"):
        known = (found for start, found in _IMAGE_TYPES.items() if encoded.startswith(start))
        return _image(f"data:{next(known, 'image/jpeg')};base64,{encoded}")
    if media_type.startswith("text/"):
        return _text(_decoded(encoded))
    if not media_type:
        raise CallFailed(_NO_TYPE)
    if media_type != "application/pdf":
        raise CallFailed(
            f"'File content part type {media_type} in user messages' functionality not supported."
        )
    return {"type": "file", "file": {"file_data": f"data:{media_type};base64,{encoded}"}}


def _decoded(encoded: str) -> str:
    try:
        return base64.b64decode(encoded).decode("utf-8", "replace")
    except binascii.Error as error:
        raise CallFailed("Error decoding text from data URL") from error


def _assistant(message: Message, *, is_last: bool) -> Iterator[Message]:
    content = message.get("content")
    if message.get("parts") is not None:
        yield from _assistant_parts(message["parts"])
        return
    invocations = message.get("toolInvocations") or []
    for step in sorted({invocation.get("step") or 0 for invocation in invocations}):
        group = [invocation for invocation in invocations if (invocation.get("step") or 0) == step]
        # The text beside a call stays with it only in the last message; otherwise it follows the results.
        yield _calls(content if is_last and content and step == 0 else "", group)
        yield from _results(group)
    if not invocations or (content and not is_last):
        yield {"role": "assistant", "content": content}


def _assistant_parts(parts: Sequence[dict[str, Any]]) -> Iterator[Message]:
    spoken = "".join(part["text"] for part in parts if part.get("type") == "text")
    group = [part["toolInvocation"] for part in parts if part.get("type") == "tool-invocation"]
    yield _calls(spoken, group) if group else {"role": "assistant", "content": spoken}
    yield from _results(group)


def _calls(content: str, invocations: Sequence[dict[str, Any]]) -> Message:
    calls = [
        {
            "id": invocation.get("toolCallId"),
            "type": "function",
            "function": {"name": invocation.get("toolName"), "arguments": stringify(invocation.get("args"))},
        }
        for invocation in invocations
    ]
    return {"role": "assistant", "content": content, "tool_calls": calls}


def _results(invocations: Sequence[dict[str, Any]]) -> Iterator[Message]:
    for invocation in invocations:
        if "result" not in invocation:
            raise CallFailed(f"ToolInvocation must have a result: {stringify(invocation)}")
        result = stringify(invocation["result"])
        yield {"role": "tool", "tool_call_id": invocation.get("toolCallId"), "content": result}


def _text(text: Any) -> dict[str, Any]:
    return {"type": "text", "text": text}


def _image(url: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url}}


def _rendered(message: Message) -> Message:
    """The provider's last touch: fields it does not know go, empty texts go, a lone text is sent bare."""
    kept = ("role", "content", "tool_calls", "tool_call_id")
    rendered = {field: message[field] for field in kept if field in message}
    if isinstance(rendered["content"], list):
        parts = [part for part in rendered["content"] if part.get("type") != "text" or part.get("text")]
        for index, part in enumerate(parts):
            if part.get("type") == "file":
                part["file"] = {"filename": f"part-{index}.pdf", **part["file"]}
        lone = len(parts) == 1 and parts[0].get("type") == "text"
        rendered["content"] = parts[0]["text"] if lone else parts
    return rendered
