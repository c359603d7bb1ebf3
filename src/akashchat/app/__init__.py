"""The composition root: settings in, a running application out."""

import socket
from collections.abc import Callable, Sequence

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
    aside: Sequence[socket.socket] = (),
) -> Estate:
    """The gateway as an ASGI application; connections open at its start-up and close at its end.

    ``siblings`` are the other processes of it, and ``read`` reads its settings again when they are to change;
    ``examine`` looks whether everything works, where admins may have that done.
    ``aside`` are sockets that listen at the address of metrics already, as those that several processes share do.
    """
    ground = Ground(
        settings, clock or SystemClock(), chance or SystemChance(), siblings or Alone(), examine, aside
    )
    return Estate(settings, ground, read)
