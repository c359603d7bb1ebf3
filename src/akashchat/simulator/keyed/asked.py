"""What a chat request asks for, as far as the stand-in minds it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from akashchat.simulator.javascript import parse
from akashchat.simulator.keyed.catalogue import KeyedModel
from akashchat.simulator.keyed.refusals import refuse_body, refuse_model, refuse_prefill
from akashchat.simulator.prompt import estimate_tokens, read_text


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A chat request that was understood."""

    model: KeyedModel
    body: dict[str, Any]

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The conversation."""
        messages: list[dict[str, Any]] = self.body["messages"]
        return messages

    @property
    def stream(self) -> bool:
        """Whether the answer is to come in pieces."""
        return bool(self.body.get("stream"))

    @property
    def wants_usage(self) -> bool:
        """Whether a stream is to end with the usage."""
        return bool((self.body.get("stream_options") or {}).get("include_usage"))

    @property
    def tools(self) -> list[dict[str, Any]]:
        """The functions on offer; none where calling is forbidden."""
        if self.body.get("tool_choice") == "none":
            return []
        return [tool["function"] for tool in self.body.get("tools") or [] if tool.get("type") == "function"]

    @property
    def must_call(self) -> str | None:
        """The function that must be called, empty for any; None where none must."""
        choice = self.body.get("tool_choice")
        if isinstance(choice, dict):
            named: str = choice["function"]["name"]
            return named
        return "" if choice == "required" else None

    @property
    def limit(self) -> int | None:
        """How many tokens the answer may have."""
        limit: int | None = self.body.get("max_completion_tokens") or self.body.get("max_tokens")
        return limit

    @property
    def question(self) -> str:
        """The last thing the user said."""
        spoken = (read_text(message) for message in reversed(self.messages) if message["role"] == "user")
        return next(spoken, "")

    @property
    def tokens(self) -> int:
        """How many tokens the messages cost."""
        return sum(4 + estimate_tokens(read_text(message)) for message in self.messages)


def read_body(raw: bytes) -> dict[str, Any]:
    """The body of any request by key, or a refusal."""
    try:
        body = parse(raw)
    except ValueError as error:
        raise refuse_body("We could not parse the JSON body of your request.") from error
    if not isinstance(body, dict):
        raise refuse_body("The body must be a JSON object.")
    return body


def read(raw: bytes, models: Sequence[KeyedModel]) -> Asked:
    """A chat request, or a refusal."""
    body = read_body(raw)
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise refuse_body("Invalid 'messages': expected a non-empty array.", "messages")
    for place, message in enumerate(messages):
        if not isinstance(message, dict) or not isinstance(message.get("role"), str):
            raise refuse_body(f"Invalid 'messages[{place}]': expected a message with a role.", "messages")
    name = body.get("model")
    model = next((one for one in models if one.id == name), None)
    if model is None:
        raise refuse_model(str(name))
    if messages[-1]["role"] == "assistant" and not model.takes_prefill:
        raise refuse_prefill()
    return Asked(model=model, body=body)
