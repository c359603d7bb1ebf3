"""What models there are."""

from msgspec import Struct


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
