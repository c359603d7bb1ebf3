"""What a scenario is: a named trouble, where it strikes, and how it is played.

A scenario is *early* when it strikes before the app looks at the request (a proxy in front, the network), and
otherwise takes the place of what the app would have done last. An early scenario that sends nothing has only
changed the line, and the request then goes its usual way.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from akashchat.simulator.exchange import Exchange
from akashchat.simulator.places import PLACES, Place

E = TypeVar("E", bound=Exchange)
E_contra = TypeVar("E_contra", bound=Exchange, contravariant=True)


@dataclass(frozen=True)
class Scenario(Generic[E_contra]):
    """One named trouble."""

    name: str
    about: str
    perform: Callable[[E_contra], Awaitable[None]]
    places: frozenset[Place]
    early: bool = False
    movable: bool = False
    """Whether it may be asked to play at any other place: it is about the line, not about what is asked."""

    def fits(self, place: Place) -> bool:
        """Whether it can play there; an early one cannot know yet that a chat request asks for a picture."""
        return place in self.places or (self.movable and place != "image")

    def describe(self) -> dict[str, Any]:
        """The scenario for a person to read."""
        return {
            "name": self.name,
            "about": self.about,
            "at": [place for place in PLACES if place in self.places],
        }


def scenario(
    *places: Place, early: bool = False, movable: bool = False
) -> Callable[[Callable[[E], Awaitable[None]]], Scenario[E]]:
    """Make a scenario of a function, named after it and described by its docstring's first line."""

    def make(perform: Callable[[E], Awaitable[None]]) -> Scenario[E]:
        about = (perform.__doc__ or "").partition("\n")[0]
        name: str = getattr(perform, "__name__", "")
        return Scenario(name, about, perform, frozenset(places), early=early, movable=movable)

    return make


def collect(namespace: Mapping[str, Any]) -> tuple[Scenario[Any], ...]:
    """Every scenario of a module, in the order written."""
    return tuple(value for value in namespace.values() if isinstance(value, Scenario))
