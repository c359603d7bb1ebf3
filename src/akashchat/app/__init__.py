"""The composition root: settings in, a running application out."""

from collections.abc import Callable

from akashchat import settings as options
from akashchat.app.estate import Estate
from akashchat.app.ground import Examiner, Ground
from akashchat.clock import Chance, Clock, SystemChance, SystemClock
from akashchat.server.siblings import Alone, Siblings
from akashchat.settings import Settings


def create_app(
    settings: Settings,
    *,
    clock: Clock | None = None,
    chance: Chance | None = None,
    siblings: Siblings | None = None,
    read: Callable[[], Settings] = options.load,
    examine: Examiner | None = None,
) -> Estate:
    """The gateway as an ASGI application; connections open at its start-up and close at its end.

    ``siblings`` are the other processes of it, and ``read`` reads its settings again when they are to change;
    ``examine`` looks whether everything works, where admins may have that done.
    """
    ground = Ground(settings, clock or SystemClock(), chance or SystemChance(), siblings or Alone(), examine)
    return Estate(settings, ground, read)
