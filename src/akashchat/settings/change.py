"""Settings that take the place of others while the gateway runs.

They are taken as a whole or not at all.  What only a start heeds keeps the value it had; that it waits is told.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import BaseModel, SecretStr

from akashchat.settings import Settings, options
from akashchat.settings.option import Option


@dataclass(frozen=True)
class Change:
    """The settings that count from now on, and by their variables those that differ and those that wait for a start."""

    settings: Settings
    changed: list[str]
    waiting: list[str]


def change(now: Settings, wanted: Settings) -> Change:
    """What becomes of the settings of now when others are wanted."""
    different = [option for option in options() if option.of(now) != option.of(wanted)]
    waiting = [option for option in different if option.at_start]
    return Change(
        settings=_kept(now, wanted, waiting),
        changed=[option.variable for option in different if not option.at_start],
        waiting=[option.variable for option in waiting],
    )


def effective(settings: Settings) -> Iterator[dict[str, object]]:
    """Every setting as it is, for JSON; of a secret only whether there is one."""
    for option in options():
        yield {
            "variable": option.variable,
            "toml": option.toml,
            "value": _shown(option.of(settings)),
            "default": option.default,
            "origin": settings.origins.get(option.variable, "default"),
            "at_start": option.at_start,
        }


def _kept(now: Settings, wanted: Settings, waiting: list[Option]) -> Settings:
    """What is wanted, but for these, which are as now."""
    update: dict[str, object] = {}
    for option in waiting:
        *room, name = option.path
        value = option.of(now)
        if room:
            group = update.get(room[0], getattr(wanted, room[0]))
            assert isinstance(group, BaseModel)  # noqa: S101  for the type checker
            update[room[0]] = group.model_copy(update={name: value})
        else:
            update[name] = value
    return wanted.model_copy(update=update)


_HIDDEN = "********"


def _shown(value: object) -> object:
    """Something JSON can say, without any secret."""
    if isinstance(value, SecretStr):
        return _HIDDEN if value.get_secret_value() else ""
    if isinstance(value, BaseModel):
        return {name: _shown(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, dict):
        return {name: _shown(inner) for name, inner in value.items()}
    return value
