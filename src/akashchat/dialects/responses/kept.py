"""Input items as they are kept and listed: in their long forms, each with an id that no other has.

Clients page through them by their ids; one that a caller gave twice would lead in a circle.  An id made here
begins, behind its prefix, with that of the response it belongs to.
"""

from collections.abc import Container
from typing import Any

from akashchat.dialects.base import Stamp
from akashchat.dialects.responses.items import Item, item_type

_PREFIXES = {
    "message": "msg",
    "function_call": "fc",
    "custom_tool_call": "ctc",
    "reasoning": "rs",
    "compaction": "cmp",
}
_STATELESS = frozenset({"reasoning", "compaction", "item_reference", "additional_tools"})
_INPUT = 0x8000
"""Where the numbers of input items begin, so that they are not those of output items."""


def kept_items(items: tuple[Item, ...], stamp: Stamp) -> list[Item]:
    """A request's own items."""
    taken: set[str] = {""}
    kept: list[Item] = []
    for i, item in enumerate(items):
        kept.append(_kept(item, stamp, i, taken))
        taken.add(kept[-1]["id"])
    return kept


def response_of(item: str) -> str:
    """The id of the response that an item of this id belongs to, if it was made here."""
    _, _, rest = item.rpartition("_")
    return f"resp_{rest[:-4]}"


def _kept(item: Item, stamp: Stamp, index: int, taken: Container[str]) -> Item:
    kind = item_type(item)
    name = item.get("id")
    if not isinstance(name, str) or name in taken:
        name = f"{_PREFIXES.get(kind, 'item')}_{stamp.id}{_INPUT + index:04x}"
    whole = {**item, "id": name, "type": kind}
    if kind not in _STATELESS:
        whole["status"] = item.get("status") or "completed"
    if kind == "message":
        whole["content"] = _content(item.get("content"), spoken=item.get("role") == "assistant")
    return whole


def _content(content: Any, *, spoken: bool) -> list[Item]:
    parts = [{"type": "input_text", "text": content}] if isinstance(content, str) else content or []
    return [_part(part, spoken=spoken) for part in parts]


def _part(part: Item, *, spoken: bool) -> Item:
    match part.get("type"):
        case "input_text" | "text" | "output_text" if spoken:
            return {"annotations": [], "logprobs": [], **part, "type": "output_text"}
        case "text" | "output_text":
            return {"type": "input_text", "text": part.get("text")}
        case "input_image":
            url = part.get("image_url")
            return {**part, "image_url": url.get("url") if isinstance(url, dict) else url,
                    "detail": part.get("detail") or "auto"}  # fmt: skip
        case _:
            return part
