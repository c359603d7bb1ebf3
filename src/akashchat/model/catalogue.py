"""What models there are."""

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from akashchat.errors import ModelNotFound
from akashchat.model.scope import Scope

_LONGEST_NAME, _MOST_NAMES = 100, 50
"""As much as somebody would read: routers have hundreds of models, and callers may write anything for one."""


class Model(Struct, frozen=True, kw_only=True):
    """One model, with what its upstream says of it; ``None`` where it says nothing.

    ``context_window`` counts tokens of question and answer together; ``created`` is seconds since the
    epoch, 0 when unknown; ``alias_of`` is the true model where the id is only another name for it; ``lacks`` are
    parameters that this upstream's other models follow and this one does not; ``upstreams`` are all that have it, in the
    order in which they are asked.  The eight before them are Akash's descriptive fields, passed on as they are.
    """

    id: str
    name: str
    upstream: str
    description: str = ""
    context_window: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    available: bool = True
    owned_by: str = ""
    created: int = 0
    draws: bool = False
    parameters: str | None = None
    architecture: str | None = None
    hf_repo: str | None = None
    about_content: str | None = None
    info_content: str | None = None
    thumbnail_id: str | None = None
    deploy_url: str | None = None
    api_id: str | None = None
    alias_of: str = ""
    lacks: tuple[str, ...] = ()
    upstreams: tuple[str, ...] = ()

    def within(self, scope: Scope) -> "Model | None":
        """The model with the upstreams that a key of this scope opens; nothing where it opens none, or not the model."""
        if not scope.opens_model(self.id, self.alias_of):
            return None
        if not scope.upstreams:
            return self
        upstreams = tuple(filter(scope.opens_upstream, self.upstreams or (self.upstream,)))
        if not upstreams:
            return None
        first = self.upstream if self.upstream in upstreams else upstreams[0]
        return msgspec.structs.replace(self, upstreams=upstreams, upstream=first)


class Catalogue(Struct, frozen=True):
    """The models of one moment; ``stale`` when the upstream could not be asked again."""

    models: tuple[Model, ...]
    stale: bool = False

    def find(self, model_id: str) -> Model | None:
        """The model of this id, in exactly this spelling."""
        for model in self.models:
            if model.id == model_id:
                return model
        return None

    def within(self, scope: Scope) -> "Catalogue":
        """The models that a key of this scope opens, each with the upstreams that it opens."""
        if not (scope.models or scope.upstreams):
            return self
        opened = (model.within(scope) for model in self.models)
        return Catalogue(tuple(model for model in opened if model is not None), self.stale)


def shortened(name: str) -> str:
    """A name that a caller has written, as much of it as somebody would read."""
    return name if len(name) <= _LONGEST_NAME else name[:_LONGEST_NAME] + "…"


def unknown_model(name: str, known: Iterable[str]) -> ModelNotFound:
    """What to raise for a model that is not among those known, which it names."""
    ids = sorted(known)
    more = len(ids) - _MOST_NAMES
    offered = ", ".join(ids[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
    return ModelNotFound(
        f"there is no model '{shortened(name)}'; available are {offered or 'none'}", param="model"
    )
