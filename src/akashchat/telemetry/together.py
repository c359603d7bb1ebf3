"""What several processes have counted, as if one had."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

import msgspec

from akashchat.model.events import FinishReason
from akashchat.telemetry.metrics import LEFT, Distribution, Figures, Labels

Metric: TypeAlias = Figures | Distribution

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Metric]).decode

_COUNTED = ("akashchat_answers", "akashchat_rescues", "gen_ai_client_token_usage")
_FINISHED = frozenset(reason.value for reason in FinishReason)
_JOINED: dict[str, Callable[[float, float], float]] = {
    "sum": lambda one, other: one + other,
    "least": min,
    "most": max,
}


def written(metrics: Iterable[Metric]) -> bytes:
    """Metrics as bytes, for another process."""
    return _encode(list(metrics))


def together(own: Iterable[Metric], others: Iterable[bytes]) -> Sequence[Metric]:
    """One's own and what others have ``written``, joined."""
    metrics = {metric.name: metric for metric in own}
    for other in others:
        for metric in _decode(other):
            known = metrics.get(metric.name)
            metrics[metric.name] = metric if known is None else _joined(known, metric)
    return list(metrics.values())


def fallen(before: bytes, last: bytes) -> bytes:
    """What is left of processes that are no more: what they counted.  What was so at their time is so no longer."""
    metrics = together([], filter(None, (before, last)))
    return written(
        metric for metric in metrics if isinstance(metric, Distribution) or metric.kind == "counter"
    )


def totals(metrics: Iterable[Metric]) -> dict[str, int]:
    """What was counted, in a few figures."""
    by_name = {metric.name: metric for metric in metrics}
    answers, rescues, tokens = (by_name[name].rows for name in _COUNTED)
    ends, used = Counter[str](), Counter[str]()
    for (*_, end), count in answers.items():
        ends["answered" if end in _FINISHED else end if end == LEFT else "failed"] += _whole(count)
    for (*_, kind), row in tokens.items():
        used[kind] += _whole(row)
    return {
        **{end: ends[end] for end in ("answered", "failed", LEFT)},
        "rescues": sum(map(_whole, rescues.values())),
        "input_tokens": used["input"],
        "output_tokens": used["output"],
    }


def _whole(figure: float | list[float]) -> int:
    """What was counted, or the sum of what was measured."""
    return int(figure[-1] if isinstance(figure, list) else figure)


def _joined(one: Metric, other: Metric) -> Metric:
    if isinstance(one, Distribution) and isinstance(other, Distribution):
        rows = {labels: list(row) for labels, row in one.rows.items()}
        for labels, row in other.rows.items():
            known = rows.get(labels)
            rows[labels] = row if known is None else [a + b for a, b in zip(known, row, strict=True)]
        return Distribution(one.name, one.about, one.labels, one.bounds, rows)
    if isinstance(one, Figures) and isinstance(other, Figures):
        join = _JOINED[one.joined]
        figures: dict[Labels, float] = dict(one.rows)
        for labels, figure in other.rows.items():
            figures[labels] = join(figures[labels], figure) if labels in figures else figure
        return Figures(one.kind, one.name, one.about, one.labels, figures, one.joined)
    raise TypeError(f"{one.name} is counted in two ways")
