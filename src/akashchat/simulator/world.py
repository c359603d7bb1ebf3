"""The state of the pretended service: what one request leaves behind for the next."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from akashchat.simulator.catalogue import CATALOGUE, Dialect, Model, find_model
from akashchat.simulator.jobs import Jobs
from akashchat.simulator.quota import Quota
from akashchat.simulator.sessions import Sessions


@dataclass(kw_only=True)
class World:
    """Everything the endpoints share."""

    dialect: Dialect = "new"
    session_ttl_s: int | None = None
    pace_s: float = 0.0
    quota_tokens: int | None = None
    access_token: str | None = None
    require_user_agent: bool = True
    image_polls: int = 2
    image_s: float = 0.0
    models: Sequence[Model] = CATALOGUE
    now: Callable[[], float] = time.time
    sessions: Sessions = field(init=False)
    quota: Quota = field(init=False)
    jobs: Jobs = field(init=False)

    def __post_init__(self) -> None:
        ttl_s = self.session_ttl_s or (600 if self.dialect == "new" else 3600)
        self.sessions = Sessions(ttl_s, self.now)
        self.quota = Quota(self.quota_tokens, self.now)
        self.jobs = Jobs(self.image_polls, self.image_s, self.now)

    def find_model(self, model_id: object) -> Model | None:
        """The available model of that id, if there is one."""
        return find_model(self.models, self.dialect, model_id)
