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
    ours, *listening = (int(number) for number in inherited.partition(":")[2].split(","))
    channel = socket.socket(fileno=ours)
    try:
        terms, secret = pickle.loads(hear(channel).body)  # noqa: S301  from the parent
    except ChannelClosed:
        sys.exit(0)
    options = terms.settings
    logs.configure(options.logs.level, options.logs.format)
    worker = Worker(channel, secret, end)
    app = create_app(options, siblings=worker, examine=examine)
    serve_app(
        app,
        [socket.socket(fileno=number) for number in listening],
        shutdown_s=options.server.shutdown_s,
        on_ready=worker.ready,
        on_hangup=app.reload,
        most_bytes=options.server.max_body_bytes,
        shared=True,
    )
