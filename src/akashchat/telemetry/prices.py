"""What answers cost, or would have cost: by the operator's prices, else by those an upstream lists."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TypeAlias

from akashchat.model.catalogue import Price
from akashchat.model.names import Names
from akashchat.telemetry.base import Outcome

Listed: TypeAlias = Callable[[str, str], Price | None]
"""What an upstream asks for a model's tokens: its name, and the model's."""


def _unlisted(upstream: str, model: str) -> Price | None:  # noqa: ARG001  see ``Listed``
    return None


class Prices:
    """``given`` has dollars for a million tokens, asked and answered, by patterns of models.

    A model goes by its true name, and by ``upstream/name``.
    """

    def __init__(self, given: Mapping[str, tuple[float, float]], listed: Listed = _unlisted) -> None:
        names = Names({name: Price(*price) for name, price in given.items()})
        # Few models answer nearly all that is asked.
        self._given = lru_cache(maxsize=256)(lambda *own: names.find_any(own))
        self._listed = listed

    def cost(self, outcome: Outcome) -> float | None:
        """In dollars; ``None`` where the tokens or their price are not known."""
        usage, model = outcome.usage, outcome.true_model or outcome.model
        if usage is None:
            return None
        price = self._given(f"{outcome.upstream}/{model}", model)
        price = price or self._listed(outcome.upstream, model)
        if price is None:
            return None
        return (usage.input_tokens * price.input + usage.output_tokens * price.output) / 1e6
