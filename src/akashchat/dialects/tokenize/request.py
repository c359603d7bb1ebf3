"""Bodies of ``/tokenize`` and ``/detokenize``, read.

``/tokenize`` takes a ``prompt``, or ``messages`` as in a chat.  What vLLM's server does with its models'
templates has no meaning here and is passed over: the templates are Akash's and not known.
"""

from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from akashchat.dialects.chat.request import parse as parse_chat
from akashchat.errors import BadRequest
from akashchat.model.request import Message, Request, TextPart
from akashchat.wire import json

MAX_CHARACTERS = 1_000_000
"""More fits no model, and would keep other callers waiting."""

MAX_TOKENS = 1_000_000


class Tokens(Struct, frozen=True):
    """What to count; ``model`` is empty where none was named, ``texts`` when each token's own text is wanted."""

    request: Request
    model: str
    texts: bool


class _Body(Struct):
    model: str | None = None
    prompt: str | UnsetType = UNSET
    messages: Any = UNSET
    tools: Any = None
    return_token_strs: bool | None = None


class _Detokenize(Struct):
    tokens: list[int]
    model: str | None = None


def parse_tokenize(body: bytes) -> Tokens:
    """What to count; raises ``BadRequest``."""
    read = json.decode_body(body, _Body)
    if (read.prompt is UNSET) == (read.messages is UNSET):
        raise BadRequest("send either 'prompt' or 'messages'", param="prompt")
    model = read.model or ""
    if read.prompt is not UNSET:
        request = Request(model=model, messages=(Message("user", (TextPart(read.prompt),)),))
    else:
        # Only what is said is read as a chat's: the rest of the body is not one's.
        said = {"model": model or "any", "messages": read.messages, "tools": read.tools}
        request = msgspec.structs.replace(parse_chat(json.encode(said)), model=model)
    if sum(map(_size, request.messages)) > MAX_CHARACTERS:
        raise BadRequest(f"at most {MAX_CHARACTERS} characters are counted at once", param="prompt")
    return Tokens(request, model, read.return_token_strs is True)


def _size(message: Message) -> int:
    calls = sum(len(call.name) + len(call.arguments) for call in message.calls)
    return len(message.text) + len(message.name) + calls


def parse_detokenize(body: bytes) -> tuple[list[int], str]:
    """Tokens, and the model whose they are said to be; raises ``BadRequest``."""
    read = json.decode_body(body, _Detokenize)
    if len(read.tokens) > MAX_TOKENS:
        raise BadRequest(f"at most {MAX_TOKENS} tokens are read at once", param="tokens")
    return read.tokens, read.model or ""
