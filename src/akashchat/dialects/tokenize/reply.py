"""Replies of ``/tokenize`` and ``/detokenize``."""

from typing import Any

from akashchat.wire.json import encode


def render_tokens(tokens: list[int], window: int | None, texts: list[str] | None) -> bytes:
    """Tokens and their number, which is an estimate: the models' own vocabularies differ."""
    body: dict[str, Any] = {
        "count": len(tokens),
        "max_model_len": window,
        "tokens": tokens,
        "token_strs": texts,
        "estimated": True,
    }
    return encode(body)


def render_text(text: str) -> bytes:
    """The text of tokens."""
    return encode({"prompt": text})
