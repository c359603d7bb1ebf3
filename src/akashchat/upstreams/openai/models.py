"""The list of ``GET /models``, and the names models go by here.

OpenAI's rows have an id and little else.  How long a context may be is ``context_length`` (AkashML, OpenRouter),
``max_model_len`` (vLLM, SGLang), ``max_context_length`` (Mistral, LM Studio), ``context_window`` (Groq) or
``meta.n_ctx`` (llama.cpp).  AkashML also says what a model can do, in OpenRouter's words for providers.
"""

import fnmatch
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from akashchat.errors import ProtocolError
from akashchat.model.catalogue import Model
from akashchat.upstreams.openai.prices import read_price
from akashchat.wire.json import decode_any

_WINDOWS = ("context_length", "max_model_len", "max_context_length", "context_window")

_FEATURES: tuple[tuple[str, frozenset[str]], ...] = (
    ("tools", frozenset({"tools"})),
    ("response_format", frozenset({"structured_outputs"})),
)
"""What the gateway can add, and the words of ``supported_features`` by which a model has it itself."""


class ModelNames:
    """Which models are asked for, and by which names.

    ``own`` has the upstream's own names by the names here; a model keeps its own name beside them.  ``only`` are
    patterns of the names here.
    """

    def __init__(self, own: Mapping[str, str], only: Sequence[str]) -> None:
        self._own = dict(own)
        self._only = re.compile("|".join(map(fnmatch.translate, only)) or r"(?!)")

    def own(self, name: str) -> str:
        """The upstream's own name of a model."""
        return self._own.get(name, name)

    def asks_for(self, name: str) -> bool:
        """Whether a model is ever asked for."""
        return self._only.match(name) is not None

    def given(self, upstream: str) -> tuple[Model, ...]:
        """The models that the operator has named."""
        return tuple(
            Model(id=name, name=name, upstream=upstream) for name in self._own if self.asks_for(name)
        )

    def applied(self, models: tuple[Model, ...], upstream: str) -> tuple[Model, ...]:
        """The models on offer under all their names here; one that the operator has named is trusted to be there."""
        listed = {model.id: model for model in models}
        named = {model.id: model for model in self.given(upstream)}
        for name in named:
            if (model := listed.get(self._own[name])) is not None:
                named[name] = msgspec.structs.replace(model, id=name, name=name)
        return tuple(model for model in {**listed, **named}.values() if self.asks_for(model.id))


def read_models(body: bytes, upstream: str) -> tuple[Model, ...]:
    """The models of a list; raises ``ProtocolError``."""
    try:
        value = decode_any(body)
    except ValueError as error:
        raise ProtocolError(f"{upstream}'s model list is not JSON") from error
    rows = value.get("data", value.get("models")) if isinstance(value, dict) else value
    if not isinstance(rows, list):
        raise ProtocolError(f"{upstream}'s model list is not a list")
    return tuple({model.id: model for model in _models(rows, upstream)}.values())


def _models(rows: list[Any], upstream: str) -> Iterator[Model]:
    for row in rows:
        name = row.get("id") if isinstance(row, dict) else None
        if isinstance(name, str) and name and row.get("active") is not False:
            yield Model(
                id=name,
                name=_text(row.get("name")) or name,
                upstream=upstream,
                description=_text(row.get("description")),
                context_window=_window(row),
                owned_by=_text(row.get("owned_by")) or upstream,
                created=_count(row.get("created")) or 0,
                lacks=_lacks(row.get("supported_features")),
                price=read_price(row.get("pricing")),
            )


def _window(row: dict[str, Any]) -> int | None:
    meta = row.get("meta")
    told = [row.get(name) for name in _WINDOWS] + [meta.get("n_ctx") if isinstance(meta, dict) else None]
    return next((size for size in map(_count, told) if size), None)


def _lacks(features: Any) -> tuple[str, ...]:
    """What a model cannot do, where it is told at all what it can."""
    if not isinstance(features, list) or not features:
        return ()
    told = {feature for feature in features if isinstance(feature, str)}
    return tuple(name for name, words in _FEATURES if not words & told)


def _count(value: Any) -> int | None:
    return value if type(value) is int and 0 < value < 2**53 else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
