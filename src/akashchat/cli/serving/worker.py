"""One of several processes that serve: it has its settings and its sockets from its parent."""

import pickle
import socket
import sys

from akashchat.app import create_app
from akashchat.doctor.visit import examine
from akashchat.server.channel import ChannelClosed, hear
from akashchat.server.hangup import end
from akashchat.server.serve import serve as serve_app
from akashchat.server.siblings import Worker
from akashchat.telemetry import logs


def serve(inherited: str) -> None:
    """Serve until a signal, or until the parent is gone; ``inherited`` is as ``parent`` writes it."""
    _, numbers, count = inherited.split(":")
    ours, *handed = (int(number) for number in numbers.split(","))
    sockets = [socket.socket(fileno=number) for number in handed]
    main = len(sockets) - int(count)
    channel = socket.socket(fileno=ours)
    try:
        terms, secret = pickle.loads(hear(channel).body)  # noqa: S301  from the parent
    except ChannelClosed:
        sys.exit(0)
    options = terms.settings
    logs.configure(options.logs.level, options.logs.format)
    worker = Worker(channel, secret, end)
    app = create_app(options, siblings=worker, examine=examine, aside=sockets[main:])
    serve_app(
        app,
        sockets[:main],
        shutdown_s=options.server.shutdown_s,
        on_ready=worker.ready,
        on_hangup=app.reload,
        most_bytes=options.server.max_body_bytes,
        shared=True,
    )
