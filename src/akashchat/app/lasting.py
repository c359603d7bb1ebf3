"""What one house takes over from another, because the settings it is made of are the same in both.

So a change of one setting costs no other upstream its session, its connections, or what is known of it.
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Generic, Self, TypeVar, cast

T = TypeVar("T")
Entered = TypeVar("Entered", bound=AbstractAsyncContextManager[Any])


class Held(Generic[Entered]):
    """Something that is entered by the first house that enters it, and left by the last that leaves it."""

    def __init__(self, thing: Entered, forget: Callable[[], object]) -> None:
        self.thing = thing
        self._forget = forget
        self._houses = 0

    async def __aenter__(self) -> Self:
        if not self._houses:
            await self.thing.__aenter__()
        self._houses += 1
        return self

    async def __aexit__(self, *_: object) -> None:
        self._houses -= 1
        if not self._houses:
            self._forget()
            await self.thing.__aexit__(None, None, None)


class Lasting:
    """The things that houses have in common, by name."""

    def __init__(self) -> None:
        self._things: dict[str, tuple[object, Any]] = {}

    def same(self, name: str, made_of: object, make: Callable[[], T]) -> T:
        """The one that was made of the same, or a new one in its place."""
        known = self._things.get(name)
        if known is not None and known[0] == made_of:
            return cast("T", known[1])
        thing = make()
        self._things[name] = made_of, thing
        return thing

    def held(self, name: str, made_of: object, make: Callable[[], Entered]) -> Held[Entered]:
        """The same for what must be entered."""

        def new() -> Held[Entered]:
            held = Held(make(), lambda: self._forget(name, held))
            return held

        return self.same(name, made_of, new)

    def _forget(self, name: str, thing: object) -> None:
        """It is closed now, and of no use to another house."""
        if name in self._things and self._things[name][1] is thing:
            del self._things[name]
