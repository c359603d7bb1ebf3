"""What a body's ``options`` and ``think`` ask for.

Each option is accounted for: it has a field in ``Request``, or goes to the request's options by OpenAI's name
where it has one, or steers a machine that is not there.
"""

from typing import Any

from msgspec import Raw, Struct

from akashchat.dialects.fields import MAX_STOPS, each_once
from akashchat.errors import BadRequest
from akashchat.wire.json import encode

_READ = ("temperature", "top_p", "num_predict", "stop")

# The value that changes nothing, as Ollama's own defaults have it.
_NO_EFFECT: dict[str, tuple[Any, ...]] = {
    "frequency_penalty": (0,),
    "presence_penalty": (0,),
    "mirostat": (0,),
    "min_p": (0,),
    "typical_p": (1,),
    "tfs_z": (1,),
    "repeat_penalty": (1,),
}
# These steer the machine a model runs on.  The context is Akash's, and what does not fit it is refused.
_MACHINE = frozenset({
    "numa", "num_ctx", "num_batch", "num_gpu", "main_gpu", "low_vram", "f16_kv", "vocab_only", "use_mmap",
    "use_mlock", "embedding_only", "num_thread", "num_keep", "logits_all", "draft_num_predict",
})  # fmt: skip
_LEFT = frozenset({"seed", "top_k", "repeat_last_n", "mirostat_tau", "mirostat_eta", "penalize_newline"})

OPTIONS = frozenset({*_READ, *_NO_EFFECT, *_MACHINE, *_LEFT})
"""Every option Ollama documents."""

MACHINE = _MACHINE


class Sampling(Struct):
    """The options that are read."""

    temperature: float | None = None
    top_p: float | None = None
    num_predict: int | None = None
    stop: str | list[str] | None = None


def check(sampling: Sampling) -> None:
    """What types alone cannot say; raises ``BadRequest``."""
    _within("temperature", sampling.temperature, 2)
    _within("top_p", sampling.top_p, 1)


def limit(sampling: Sampling) -> int | None:
    """The most tokens of an answer; what is not above zero is no limit, as at Ollama."""
    wanted = sampling.num_predict or 0
    return min(wanted, 2**31) if wanted > 0 else None


def stops(sampling: Sampling) -> tuple[str, ...]:
    """The texts an answer ends before."""
    found = [sampling.stop] if isinstance(sampling.stop, str) else sampling.stop or []
    if len(found) > MAX_STOPS:
        raise BadRequest(f"'stop' may hold at most {MAX_STOPS} sequences", param="options.stop")
    return each_once(found)


def rest(options: dict[str, Any]) -> dict[str, Raw]:
    """What else was asked for with an effect."""
    return {
        name: Raw(encode(value))
        for name, value in options.items()
        if name not in _READ
        and name not in _MACHINE
        and value is not None
        and value not in _NO_EFFECT.get(name, ())
    }


def effort(think: bool | str | None) -> dict[str, Raw]:
    """How much to think, in OpenAI's word for it; that a model may think needs no asking."""
    if think is None or think is True:
        return {}
    return {"reasoning_effort": Raw(encode(think or "none"))}


def _within(name: str, value: float | None, high: float) -> None:
    if value is not None and not 0 <= value <= high:
        raise BadRequest(f"'{name}' must be between 0 and {high}, not {value}", param=f"options.{name}")
