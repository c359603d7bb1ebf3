"""Tells a model that reads nothing but text which tools it has, what it called, and what came of it.

One style is asked for: JSON in ``<tool_call>`` tags, as Hermes and Qwen were trained on and other open models follow
readily; for plain text the tag carries the name, so that nothing in the text needs escaping.  Earlier calls
are written in the same style, because a model repeats what it sees.  What tools and their descriptions say cannot end
the tag it stands in.
"""

import json
import re
from collections.abc import Iterable, Iterator

import msgspec

from akashchat.emulation.tools.borders import CLOSER
from akashchat.model.request import Message, Part, Request, TextPart, Tool, ToolCall, ToolChoice

_PLAIN_NAME = re.compile(r"[\w.:\-]{1,128}")
_NOT_IN_NAME = re.compile(r"[^\w.:@/\-]")
_MARK = re.compile(r"<(?=\s{0,4}/?\s{0,4}[|｜]?\s{0,4}(?:\w{2,12}:)?(?:tool|function|invoke))", re.IGNORECASE)
_NOT_RAW = re.compile(r"\s*(?:[{\"]|```)|.*<\s*/?(?:param|arg)", re.IGNORECASE | re.DOTALL)

_CALL = '<tool_call>\n{"name": "tool name", "arguments": {"parameter": "value"}}\n</tool_call>'
_TEXT_CALL = '<tool_call name="tool name">\nthe text, nothing escaped\n</tool_call>'


def instruct(request: Request) -> Request:
    """The request as text alone: its tools as an instruction, its earlier calls and results as turns."""
    messages = _history(request)
    offered = _offered(request)
    if offered:
        messages = _led(messages, _instruction(request, offered))
    return msgspec.structs.replace(
        request, messages=tuple(messages), tools=(), tool_choice=ToolChoice(), parallel_calls=True
    )


def _offered(request: Request) -> list[Tool]:
    """The tools that may be called now."""
    choice = request.tool_choice
    if choice.mode == "none":
        return []
    return [tool for tool in request.tools if not choice.names or tool.name in choice.names]


def _led(messages: list[Message], instruction: str) -> list[Message]:
    """With the instruction behind the caller's leading system text, or first."""
    first = messages[0] if messages else None
    if not first or first.role != "system":
        return [Message("system", (TextPart(instruction),)), *messages]
    text = f"{first.text}\n\n{instruction}" if first.text else instruction
    others = tuple(part for part in first.parts if not isinstance(part, TextPart))
    return [msgspec.structs.replace(first, parts=(TextPart(text), *others)), *messages[1:]]


def _instruction(request: Request, offered: list[Tool]) -> str:
    lines = ["# Tools", "You can call these tools:", "<tools>", *map(_described, offered), "</tools>"]
    freeform = [tool.freeform for tool in offered]
    if not all(freeform):
        lines += ["To call a tool, write its name and arguments as JSON, exactly so:", _CALL]
    if any(freeform):
        lines += ["To call a tool that takes text, write exactly so:", _TEXT_CALL]
    return "\n".join([*lines, *_rules(request, offered)])


def _described(tool: Tool) -> str:
    """A tool on one line of JSON."""
    told: dict[str, object] = {"name": tool.name}
    if tool.description:
        told["description"] = tool.description
    if tool.freeform:
        told["takes"] = "text"
        if tool.grammar:
            told["grammar"] = tool.grammar
    else:
        told["parameters"] = tool.parameters or {"type": "object", "properties": {}}
    return _framed_json(msgspec.json.encode(told).decode())


def _rules(request: Request, offered: list[Tool]) -> Iterator[str]:
    if request.tool_choice.mode == "required":
        which = (
            f"the tool {json.dumps(offered[0].name, ensure_ascii=False)}" if len(offered) == 1 else "a tool"
        )
        yield _framed_json(f"You must call {which} in your next answer.")
    else:
        yield "Call a tool only if you need it; otherwise answer in plain text, without tags."
    if request.parallel_calls:
        yield "For several calls, write several such blocks in a row."
    else:
        yield "Make at most one call in an answer."
    yield (
        "You may write a short text before a call. After your last call write nothing: stop and wait."
        " The results come in <tool_response> tags; never write these yourself."
    )


def _history(request: Request) -> list[Message]:
    """The turns with earlier calls as the assistant's text and results as the user's."""
    freeform = {tool.name for tool in request.tools if tool.freeform}
    names: dict[str, str] = {}
    out: list[Message] = []
    answering = False
    for message in request.messages:
        if message.role == "tool":
            parts = _result(message, names)
            if answering:
                parts = (*out.pop().parts, *parts)
            out.append(Message("user", parts))
        elif message.calls:
            names |= {call.id: call.name for call in message.calls}
            out.append(_called(message, freeform))
        else:
            out.append(message)
        answering = message.role == "tool"
    return out


def _called(message: Message, freeform: set[str]) -> Message:
    texts = [message.text] if message.text else []
    texts += [_call(call, freeform=call.name in freeform) for call in message.calls]
    others = tuple(part for part in message.parts if not isinstance(part, TextPart))
    return Message(message.role, (TextPart("\n".join(texts)), *others), message.name)


def _call(call: ToolCall, *, freeform: bool) -> str:
    """A call in the style that is asked for; text that would end its tag is written as JSON."""
    name, text = call.name, call.arguments
    raw = freeform and _PLAIN_NAME.fullmatch(name) and not CLOSER.search(text) and not _NOT_RAW.match(text)
    if raw:
        return f'<tool_call name="{name}">\n{text}\n</tool_call>'
    arguments = text if not freeform and _is_object(text) else json.dumps(text, ensure_ascii=False)
    told = f'{{"name": {json.dumps(name, ensure_ascii=False)}, "arguments": {arguments or "{}"}}}'
    return f"<tool_call>\n{_framed_json(told)}\n</tool_call>"


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _result(message: Message, names: dict[str, str]) -> tuple[Part, ...]:
    """What a tool answered, with the call it belongs to; pictures stand behind it."""
    name = message.name or names.get(message.call_id, "")
    attributes = "".join(_attributes((("name", name), ("id", message.call_id))))
    text = _MARK.sub("&lt;", message.text)
    told = TextPart(f"<tool_response{attributes}>\n{text}\n</tool_response>")
    return (told, *(part for part in message.parts if not isinstance(part, TextPart)))


def _attributes(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    for key, value in pairs:
        if value:
            yield f' {key}="{_NOT_IN_NAME.sub("_", value)}"'


def _framed_json(text: str) -> str:
    """JSON in which no string looks like a tag of ours; JSON has ``<`` in strings alone."""
    return _MARK.sub(r"\\u003c", text)
