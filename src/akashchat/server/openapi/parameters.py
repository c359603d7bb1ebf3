"""A request's parameters: what they mean, and who does what they ask."""

from typing import Literal, TypeAlias

from msgspec import Struct

from akashchat.server.openapi.parts import Schema

DoneBy: TypeAlias = Literal["upstream", "gateway", "nobody", "information"]

DONE_BY = "x-akashchat-done-by"
"""Where a parameter's schema says so, for programs."""

_TOLD: dict[DoneBy, str] = {
    "upstream": "*Done by the upstream.*",
    "gateway": "*Done by the gateway.*",
    "nobody": "*Done by nobody: named in `x-akashchat-ignored`.*",
    "information": "*Information: taken, and no answer depends on it.*",
}


class Parameter(Struct, frozen=True):
    """One parameter: ``schema`` is its type, ``about`` its meaning in Markdown."""

    name: str
    done_by: DoneBy
    schema: Schema
    about: str

    def described(self) -> Schema:
        """Its schema with all that is said of it."""
        return {
            **self.schema,
            "description": f"{self.about}\n\n{_TOLD[self.done_by]}",
            DONE_BY: self.done_by,
        }


def body(parameters: tuple[Parameter, ...], required: tuple[str, ...]) -> Schema:
    """A request's body."""
    return {
        "type": "object",
        "required": list(required),
        "properties": {parameter.name: parameter.described() for parameter in parameters},
    }
