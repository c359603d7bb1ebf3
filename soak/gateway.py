"""The gateway as it is served, with one more path: ``/held`` tells what it holds."""

import msgspec
from starlette.types import ASGIApp, Receive, Scope, Send

from akashchat.app import create_app
from akashchat.server.base import respond
from akashchat.server.listening import listen
from akashchat.server.serve import serve
from akashchat.settings import Settings
from akashchat.telemetry import logs
from soak.holding import held

PATH, CLOSELY = "/held", "/closely"


def watched(app: ASGIApp) -> ASGIApp:
    """The same application, and what its process holds."""

    async def watching(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(PATH):
            await respond(send, 200, msgspec.json.encode(held(closely=scope["path"].endswith(CLOSELY))))
        else:
            await app(scope, receive, send)

    return watching


def main() -> None:
    """Serve on a free port, and say on which."""
    settings = Settings()
    logs.configure(settings.logs.level, settings.logs.format)
    sockets = listen("127.0.0.1", 0)
    url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
    serve(watched(create_app(settings)), sockets, shutdown_s=1, on_ready=lambda: print(url, flush=True))


if __name__ == "__main__":
    main()
