"""How many tokens a text has.

One counter for everything: the limit check before a request, the usage of an answer, the length limit
that is cut in the gateway.  It counts with OpenAI's cl100k vocabulary, because Akash measures
conversations with it; the models' own vocabularies differ by some ten percent, so what is counted here
and shown to a caller is always marked as an estimate.

The vocabulary takes 30 MB and 30 ms when first needed and nothing before.
"""

import asyncio
import functools
import importlib.machinery
import importlib.util
import io
import pathlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

import msgspec

from akashchat.model.request import FilePart, ImagePart, Message, Request, TextPart

_PORTION = 100_000


class _Vocabulary(Protocol):
    def count(self, text: str) -> int: ...
    def encode(self, text: str) -> list[int]: ...
    def decode(self, tokens: list[int]) -> str: ...


@functools.cache
def _vocabulary() -> _Vocabulary:
    # Importing the package itself would read three vocabularies into dictionaries (70 MB, 0.4 s) that
    # its own Rust core does not need; so only the core is loaded.
    package = importlib.util.find_spec("bpe_openai")
    if package is None or package.origin is None:
        raise ImportError("bpe_openai is not installed")
    folder = pathlib.Path(package.origin).parent
    core = next(
        path
        for suffix in importlib.machinery.EXTENSION_SUFFIXES
        for path in folder.glob(f"_bindings*{suffix}")
    )
    loader = importlib.machinery.ExtensionFileLoader("_bindings", str(core))
    spec = importlib.util.spec_from_loader("_bindings", loader)
    assert spec is not None  # noqa: S101  for the type checker: a loader was given
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    vocabulary: _Vocabulary = module.tokenizer_for_encoding("cl100k_base")
    return vocabulary


def count(text: str) -> int:
    """The number of tokens in a text free of lone surrogates; time grows linearly with its length."""
    return _vocabulary().count(text)


def head(text: str, limit: int) -> str:
    """The longest beginning of ``text`` that has at most ``limit`` tokens."""
    vocabulary = _vocabulary()
    tokens = vocabulary.encode(text)
    if len(tokens) <= limit:
        return text
    # A token may end inside a character: step back until the beginning is text.
    beginnings = (_decode(tokens[:end]) for end in range(limit, 0, -1))
    return next((beginning for beginning in beginnings if beginning is not None), "")


def _decode(tokens: list[int]) -> str | None:
    try:
        return _vocabulary().decode(tokens)
    except ValueError:
        return None


def count_request(request: Request) -> int:
    """The tokens of everything that is said in a request; pictures and documents are not counted."""
    return sum(map(count, portions(request)))


def encode_request(request: Request) -> list[int]:
    """The tokens themselves, as many as ``count_request`` gives."""
    return [token for portion in portions(request) for token in encode(portion)]


def encode(text: str) -> list[int]:
    """A text's tokens, as many as ``count`` gives."""
    return _vocabulary().encode(text)


VOCABULARY_SIZE = 100_256
"""Tokens are numbers below this: the vocabulary's core crashes over any other."""


def decode(tokens: list[int]) -> str | None:
    """The text of tokens; ``None`` where they end within a character, or one is none."""
    if any(not 0 <= token < VOCABULARY_SIZE for token in tokens):
        return None
    return _decode(tokens)


def portions(request: Request) -> Iterator[str]:
    """What is said in a request, in portions that are counted in a few milliseconds each.

    Who counts portion by portion and who counts all at once count the same, token by token.
    """
    for text in _texts(request):
        for start in range(0, len(text), _PORTION):
            yield text[start : start + _PORTION]


async def counted(portions: Iterable[str], count: Callable[[str], int] = count) -> int:
    """The tokens of all portions; behind each of them others have their turn."""
    tokens = 0
    for portion in portions:
        tokens += count(portion)
        await asyncio.sleep(0)
    return tokens


def size_request(request: Request) -> int:
    """An upper bound of ``count_request`` that needs no vocabulary: no token is shorter than a byte."""
    return 4 * sum(map(len, _texts(request)))


def _texts(request: Request) -> Iterator[str]:
    """All that is said in a request: its messages, its tools, the form that is asked for."""
    for message in request.messages:
        yield from _said(message)
    for tool in request.tools:
        yield from (tool.name, tool.description, tool.grammar, _json(tool.parameters))
    if request.output is not None and request.output.schema is not None:
        yield _json(request.output.schema)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode() if value else ""


def _said(message: Message) -> list[str]:
    texts = [message.name] if message.name else []
    for part in message.parts:
        match part:
            case TextPart(text):
                texts.append(text)
            case ImagePart() | FilePart():
                pass
    for call in message.calls:
        texts += [call.name, call.arguments]
    return texts


class Counter:
    """Counts a text that comes in pieces, when asked; until then it keeps the text and nothing else."""

    __slots__ = ("_text", "feed")

    def __init__(self) -> None:
        self._text = io.BytesIO()
        self.feed = self._text.write
        """Takes more text, in UTF-8."""

    def total(self) -> int:
        """Tokens so far."""
        return count(self._text.getvalue().decode())
