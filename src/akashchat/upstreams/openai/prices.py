"""What a row of ``GET /models`` says of a model's price.

AkashML and Together have ``input`` and ``output``, dollars for a million tokens; OpenRouter has ``prompt`` and
``completion``, dollars for one.  Numbers come as texts, too.
https://playground.akashml.com/docs/api-reference/models/get-v1-models
"""

import math
from typing import Any

from akashchat.model.catalogue import Price

_FORMS = (("input", "output", 1.0), ("prompt", "completion", 1e6))
"""Their words, and for how many parts of a million tokens they are."""
_DEAREST = 1e6
"""Dollars for a million tokens; above it nothing is a price."""


def read_price(pricing: Any) -> Price | None:
    """The price, where it is told for both sides; OpenRouter writes -1 for one that varies."""
    if not isinstance(pricing, dict):
        return None
    for asked, answered, times in _FORMS:
        price = [_dollars(pricing.get(word), times) for word in (asked, answered)]
        if price[0] is not None and price[1] is not None:
            return Price(price[0], price[1])
    return None


def _dollars(value: Any, times: float) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    try:
        dollars = float(value) * times
    except (ValueError, OverflowError):
        return None
    return round(dollars, 9) if math.isfinite(dollars) and 0 <= dollars <= _DEAREST else None
