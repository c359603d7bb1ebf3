"""What the bodies of several dialects have in common, read."""

from collections.abc import Collection, Mapping

from msgspec import Raw

from akashchat.errors import BadRequest

MAX_STOPS = 16
"""Texts that may end an answer."""


def check_model(model: str) -> None:
    """Raise ``BadRequest`` where no model is named."""
    if not model.strip():
        raise BadRequest("'model' must not be empty", param="model")


def within(name: str, value: float | None, low: float, high: float) -> None:
    """Raise ``BadRequest`` for a number that is out of bounds; none at all is none."""
    if value is not None and not low <= value <= high:
        raise BadRequest(f"'{name}' must be between {low} and {high}, not {value}", param=name)


def stops(stop: str | list[str] | None) -> tuple[str, ...]:
    """OpenAI's ``stop``: the texts an answer ends before, each once."""
    found = [stop] if isinstance(stop, str) else stop or []
    if len(found) > MAX_STOPS:
        raise BadRequest(f"'stop' may hold at most {MAX_STOPS} sequences, not {len(found)}", param="stop")
    return each_once(found)


def each_once(texts: list[str]) -> tuple[str, ...]:
    """The texts that are not empty, each where it first stood."""
    return tuple(dict.fromkeys(text for text in texts if text))


def further(
    asked: Mapping[str, Raw], settled: Collection[str], no_effect: Mapping[str, tuple[bytes, ...]]
) -> dict[str, Raw]:
    """What a body asks for with an effect beside what is ``settled``; ``null`` asks for nothing.

    ``no_effect`` has the values, as compact JSON, that ask for what happens anyway.
    """
    return {
        name: value
        for name, value in asked.items()
        if name not in settled
        and (text := bytes(value).strip()) != b"null"
        and b"".join(text.split()) not in no_effect.get(name, ())
    }
