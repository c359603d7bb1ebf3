"""What the calls of every style begin with.

Sources: the chat templates of Hermes, Qwen, Llama, DeepSeek, Mistral, GPT-OSS, Kimi, GLM, MiniMax, Seed, Phi, InternLM,
Command, and Anthropic's old XML.  Letters' case, full-width bars and the tokenizer's blanks make no difference.
"""

import itertools
import re

from akashchat.emulation.tools import frames
from akashchat.emulation.tools.flowers import flowers
from akashchat.emulation.tools.frames import Frame

_SPACES = ("", "antml:", "minimax:", "seed:", "|dsml|")
_TAGS = (
    *("tool_call", "tool_calls", "toolcall", "toolcalls", "tool_use", "tool_uses"),
    *("function_call", "function_calls", "functioncall", "function", "invoke"),
)
_AFTER_TAG = frozenset(">= \n\t")

_RESULTS = (
    *("<tool_response", "<tool_responses", "<tool_result", "<tool_results", "<tool_output", "<tool_outputs"),
    *("<function_response", "<function_result", "<function_results", "<function_output"),
)
_TURNS = (
    *("<|tool_outputs_begin|>", "<|tool_output_begin|>", "<|tool_response>", "✿result✿", "✿return✿"),
    *("<|im_start|>", "<|start_header_id|>", "<|user|>", "<|observation|>"),
)
"""What templates begin a tool's result with, or the turn that holds it."""

_FRAMES: dict[str, Frame] = {
    "<|tool_calls_begin|>": frames.markers(r"<[|｜](?:tool[▁_]calls[▁_]end|end[▁_]of[▁_]sentence)[|｜]>"),
    "<|tool_call_begin|>": frames.markers(r"<[|｜]tool[▁_]calls?[▁_](?:section[▁_])?end[|｜]>"),
    "<|tool_calls_section_begin|>": frames.markers(r"<\|tool_calls?_section_end\|>"),
    "<|tool_call_section_begin|>": frames.markers(r"<\|tool_calls?_section_end\|>"),
    "<|python_tag|>": frames.special,
    "<|python_start|>": frames.special,
    "<|tool_call|>": frames.special,
    "<|tool_call>": frames.special,
    "<|action_start|>": frames.special,
    "<|start_action|>": frames.special,
    "[tool_calls]": frames.special,
    "<|channel|>": frames.harmony,
    "<|start|>assistant": frames.harmony,
    "✿function✿": flowers,
    **dict.fromkeys((*_RESULTS, *_TURNS), frames.result),
    **{f"<{space}{tag}": frames.tag for space, tag in itertools.product(_SPACES, _TAGS)},
}
_CLOSERS = (
    *(f"</{space}{tag}>" for space, tag in itertools.product(_SPACES, _TAGS)),
    *("<|tool_calls_end|>", "<|tool_call_end|>", "<|tool_calls_section_end|>", "<|tool_call_section_end|>"),
    *("<|call|>", "<|eom_id|>", "<|python_end|>", "<|endoftext|>"),
    *(
        "<|eot_id|>",
        "<|im_end|>",
        "<|end|>",
        "<|end_of_sentence|>",
        "</s>",
        "[/tool_calls]",
        "<|/tool_call|>",
    ),
)
_LITERALS = (*_FRAMES, *_CLOSERS)
_BEGINNINGS = frozenset(literal[:end] for literal in _LITERALS for end in range(1, len(literal) + 1))
_LONGEST = max(map(len, _LITERALS))
_TAGGED = frozenset(_RESULTS) | {mark for mark, frame in _FRAMES.items() if frame is frames.tag}
"""Marks that are a tag's name, and may be the beginning of a longer one."""
_OPENING = re.compile("|".join(map(re.escape, sorted(_LITERALS, key=len, reverse=True))))
_ALIKE = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ｜▁", "abcdefghijklmnopqrstuvwxyz|_")


def opening(text: str, pos: int, *, done: bool) -> tuple[Frame | None, int] | None:
    """What begins at ``pos`` and how long its mark is; no frame for a closing mark.

    Length 0 when it may be an opening and more text is needed; ``None`` when it is none.
    """
    window = text[pos : pos + _LONGEST + 1].translate(_ALIKE)
    if len(window) <= _LONGEST and not done and window in _BEGINNINGS:
        return None, 0
    found = _OPENING.match(window)
    if not found:
        return None
    frame = _FRAMES.get(found[0])
    if found[0] in _TAGGED and window[found.end() : found.end() + 1] not in _AFTER_TAG:
        return None
    return frame, found.end()
