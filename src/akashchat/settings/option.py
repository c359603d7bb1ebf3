"""One setting, for people and for comparing: what it is called, what it means, where it comes from."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel


class Option(BaseModel):
    """Its variable, its path in TOML, its default as text, its meaning, and whether only a start heeds it."""

    variable: str
    path: tuple[str, ...]
    default: str
    meaning: str
    at_start: bool

    @property
    def toml(self) -> str:
        """How TOML writes it."""
        *room, name = self.path
        return f"[{room[0]}] {name}" if room else name

    def of(self, settings: BaseModel) -> Any:
        """Its value there."""
        value: Any = settings
        for step in self.path:
            value = getattr(value, step)
        return value

    def within(self, source: Mapping[str, Any]) -> bool:
        """Whether a source has it, by its variable or its path; what is empty in an environment is not there."""
        if any(name.upper() == self.variable and value for name, value in source.items()):
            return True
        at: Any = source
        for step in self.path:
            if not isinstance(at, Mapping) or step not in at:
                return False
            at = at[step]
        return True


def origins(options: Iterable[Option], sources: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """For each variable that some source has, the first that has it."""
    return {
        option.variable: origin
        for option in options
        for origin, source in reversed(list(sources.items()))
        if option.within(source)
    }
