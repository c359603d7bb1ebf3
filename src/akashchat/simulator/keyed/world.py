"""What the stand-in knows: its models, its key, and which fault is due for whom."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from akashchat.simulator.arrival import Arrival
from akashchat.simulator.keyed.catalogue import KeyedModel
from akashchat.simulator.keyed.stage import KeyedStage
from akashchat.simulator.places import Place
from akashchat.simulator.playlist import Playlist
from akashchat.simulator.scenario import Scenario


@dataclass(kw_only=True)
class KeyedWorld:
    """Everything the endpoints share."""

    models: Sequence[KeyedModel]
    key: str
    vllm: bool
    playlists: dict[str, Playlist[KeyedStage]] = field(default_factory=dict)
    """By the model they are for; the one without a name is for all."""

    def add(self, fault: Scenario[KeyedStage], times: int | None, at: Place | None, model: str) -> None:
        """Have a fault played."""
        self.playlists.setdefault(model, Playlist()).add(fault, times, at)

    def take(self, arrival: Arrival, place: Place, *, early: bool) -> Scenario[KeyedStage] | None:
        """The fault that is due for a request, if any: one for its model before one for all."""
        model = arrival.body.get("model") if isinstance(arrival.body, dict) else None
        for name in (model, ""):
            playlist = self.playlists.get(name) if isinstance(name, str) else None
            fault = playlist.take({place}, early=early) if playlist else None
            if fault is not None:
                return fault
        return None
