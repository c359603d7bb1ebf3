"""Other names for models, as the operator gives them.

What a name stands for is a model, never another name; a name that stands for itself is kept from the patterns
(``model.names``).
"""

from collections.abc import Mapping

import msgspec

from akashchat.model.catalogue import Catalogue, Model
from akashchat.model.names import Names


class Aliases:
    """Names, and what they stand for."""

    def __init__(self, table: Mapping[str, str]) -> None:
        self._names = Names(table)

    def resolve(self, name: str) -> str:
        """The model a name stands for; the name itself where it is no alias."""
        found = self._names.find(name)
        return name if found is None else found

    def add_to(self, catalogue: Catalogue) -> Catalogue:
        """The catalogue with an entry for each alias that is a whole name and whose model is there."""
        entries = {
            name: alias_entry(name, model)
            for name, target in self._names.exact.items()
            if name != target and (model := catalogue.find(target)) is not None
        }
        if not entries:
            return catalogue
        own = tuple(model for model in catalogue.models if model.id not in entries)
        return Catalogue((*own, *entries.values()), catalogue.stale)

    def find(self, catalogue: Catalogue, name: str) -> Model | None:
        """The entry of any name, one that only fits a pattern too."""
        target = self.resolve(name)
        if target == name:
            return catalogue.find(name)
        model = catalogue.find(target)
        return None if model is None else alias_entry(name, model)


def alias_entry(name: str, model: Model) -> Model:
    """A model under another name."""
    return msgspec.structs.replace(model, id=name, name=name, alias_of=model.id)


NO_ALIASES = Aliases({})
