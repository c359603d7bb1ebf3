"""One process that serves, as most do."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from akashchat import settings
from akashchat.app import create_app
from akashchat.cli.serving.announcement import announce, listening
from akashchat.doctor.visit import examine
from akashchat.server.serve import serve as serve_app


def serve(options: settings.Settings, given: Mapping[str, Any]) -> None:
    """Serve until a signal."""
    sockets, aside = listening(options)
    app = create_app(options, read=partial(settings.load, given), examine=examine, aside=aside)
    serve_app(
        app,
        sockets,
        shutdown_s=options.server.shutdown_s,
        on_ready=lambda: announce(options, sockets[0].getsockname()[1]),
        on_hangup=app.reload,
        most_bytes=options.server.max_body_bytes,
    )
