"""Items of output, written.

Their ids are made of the stamp's and of their place, so a reply that is streamed and one that is not have the
same.
"""

from typing import Any, Literal, TypeAlias

from akashchat.dialects.base import Stamp
from akashchat.dialects.pictures import base64_text
from akashchat.dialects.responses.request import Asked
from akashchat.dialects.responses.tools import CallForm
from akashchat.model.events import ImageReady
from akashchat.model.request import Request

Status: TypeAlias = Literal["in_progress", "completed", "incomplete"]
Fields: TypeAlias = dict[str, Any]

_FORMATS = frozenset({"png", "webp", "jpeg", "gif"})


def item_id(prefix: str, stamp: Stamp, index: int) -> str:
    """The id of the item at this place."""
    return f"{prefix}_{stamp.id}{index:04x}"


def text_part(text: str) -> Fields:
    """A message's text."""
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def message_item(stamp: Stamp, index: int, status: Status, *parts: Fields) -> Fields:
    """What the assistant said."""
    return {
        "id": item_id("msg", stamp, index),
        "type": "message",
        "status": status,
        "role": "assistant",
        "content": list(parts),
    }


def reasoning_item(stamp: Stamp, index: int, status: Status, text: str | None, *, summary: bool) -> Fields:
    """The model's thoughts: as a summary where one was asked for, else as they are."""
    kind = "summary_text" if summary else "reasoning_text"
    told = [] if text is None else [{"type": kind, "text": text}]
    return {
        "id": item_id("rs", stamp, index),
        "type": "reasoning",
        "status": status,
        "summary": told if summary else [],
        "content": [] if summary else told,
    }


def call_form(request: Request, name: str) -> CallForm:
    """How calls of this tool are told; one that nobody offered is a function."""
    forms = request.forms if isinstance(request, Asked) else {}
    return forms.get(name) or CallForm(name)


def call_item(
    stamp: Stamp, index: int, status: Status, call_id: str, form: CallForm, arguments: str
) -> Fields:
    """A call of a tool."""
    if form.local is not None:
        told = "in_progress" if status == "incomplete" and form.local.item == "apply_patch_call" else status
        item = {
            "id": item_id("lc", stamp, index),
            "type": form.local.item,
            "status": told,
            "call_id": call_id,
        }
        return {**item, **form.local.fields(arguments)}
    prefix, kind, field = (
        ("ctc", "custom_tool_call", "input") if form.custom else ("fc", "function_call", "arguments")
    )
    item = {
        "id": item_id(prefix, stamp, index),
        "type": kind,
        "status": status,
        "call_id": call_id,
        "name": form.name,
        field: arguments,
    }
    return {**item, "namespace": form.namespace} if form.namespace else item


def image_item(stamp: Stamp, index: int, image: ImageReady) -> Fields:
    """A picture that is ready; its bytes where they are there."""
    ending = image.media_type.partition("/")[2]
    return {
        "id": item_id("ig", stamp, index),
        "type": "image_generation_call",
        "status": "completed",
        "result": base64_text(image) if image.data else None,
        "revised_prompt": image.prompt,
        "output_format": ending if ending in _FORMATS else None,
    }
