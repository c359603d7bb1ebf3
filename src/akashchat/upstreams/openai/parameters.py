"""Which parameters such an upstream follows: all, but for those whose answers nothing here could carry."""

import functools
from collections.abc import Mapping

from msgspec import Raw

from akashchat.upstreams.base import ANY, Honour

_OWN = (
    "temperature", "top_p", "max_tokens", "stop", "tools", "tool_choice", "parallel_tool_calls", "response_format",
)  # fmt: skip
"""Those that are fields of a request."""

_WITH_TOOLS = frozenset({"tools", "tool_choice", "parallel_tool_calls"})
_DONE_BY_GATEWAY = frozenset({"stop", "max_tokens", "response_format", *_WITH_TOOLS})
"""Those that the gateway adds to whoever lacks them."""

_NOBODYS = frozenset({
    # Of what they ask for, no event tells.
    "logprobs", "top_logprobs", "audio", "modalities",
    # Completions: here a prompt is a turn of a chat.
    "best_of", "echo", "suffix",
    # Messages: what Anthropic's own service does, or what a chat template cannot be asked for.
    "billing_policy", "citations", "compaction", "container", "context_management", "fallback_credit_token",
    "fallbacks", "inference_geo", "mcp_servers", "prefill", "speed", "thread",
    # Responses: what OpenAI's service does around its models.
    "background", "background_options", "image", "max_tool_calls", "moderation", "truncation",
    # Ollama: what is done to a prompt there before a model sees it.
    "context", "raw", "template",
})  # fmt: skip
"""Those that mean nothing in this protocol, or whose effect would be lost on the way back."""


@functools.lru_cache(maxsize=64)
def honours(lacks: frozenset[str] = frozenset()) -> Mapping[str, Honour]:
    """Who does what, at an upstream that lacks these: what is left out is done by the gateway."""
    without = _widened(lacks)
    nobodys = _NOBODYS | (without - _DONE_BY_GATEWAY)
    own = [name for name in _OWN if name not in without]
    return {
        ANY: Honour.UPSTREAM,
        **dict.fromkeys(own, Honour.UPSTREAM),
        **dict.fromkeys(sorted(nobodys), Honour.NOBODY),
    }


def sent(options: Mapping[str, Raw], lacks: frozenset[str]) -> dict[str, Raw]:
    """Of a request's further parameters those that are sent, as they were written."""
    without = _NOBODYS | _widened(lacks)
    return {name: value for name, value in options.items() if name not in without and name.isidentifier()}


def _widened(lacks: frozenset[str]) -> frozenset[str]:
    """Who has no tools has no choice among them either."""
    return lacks | _WITH_TOOLS if "tools" in lacks else lacks
