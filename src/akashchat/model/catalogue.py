"""What models there are."""

from collections.abc import Iterable

from msgspec import Struct

from akashchat.errors import ModelNotFound

_LONGEST_NAME, _MOST_NAMES = 100, 50
"""As much as somebody would read: routers have hundreds of models, and callers may write anything for one."""


class Price(Struct, frozen=True):
    """What a model's tokens cost, in dollars for a million."""

    input: float
    output: float


class Model(Struct, frozen=True, kw_only=True):
    """One model, with what its upstream says of it; ``None`` where it says nothing.

    ``context_window`` counts tokens of question and answer together; ``created`` is seconds since the
    epoch, 0 when unknown; ``alias_of`` is the true model where the id is only another name for it; ``lacks`` are
    parameters that this upstream's other models follow and this one does not; ``upstreams`` are all that have it, in the
    order in which they are asked.  The eight before them are Akash's descriptive fields, passed on as they are.
    ``price`` is what the upstream asks for its tokens.
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
    price: Price | None = None


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


def unknown_model(name: str, known: Iterable[str]) -> ModelNotFound:
    """What to raise for a model that is not among those known, which it names."""
    shown = name if len(name) <= _LONGEST_NAME else name[:_LONGEST_NAME] + "…"
    ids = sorted(known)
    more = len(ids) - _MOST_NAMES
    offered = ", ".join(ids[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
    return ModelNotFound(f"there is no model '{shown}'; available are {offered or 'none'}", param="model")
