"""Which path is answered by what, and how refusals reach the wire.

The app's framework adds the rest: a missing trailing slash is redirected (a needless one after a file name
too), a wrong method is a bare 405, an unknown path a page of HTML.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from typing import Final

from akashchat.simulator.catalogue import list_models
from akashchat.simulator.chat import answer_chat
from akashchat.simulator.javascript import iso_time
from akashchat.simulator.places import find_place
from akashchat.simulator.playlist import Playlist
from akashchat.simulator.refusals import HTML, CallFailed, Refusal, Thrown, refuse_session
from akashchat.simulator.sessions import find_fault, read_token
from akashchat.simulator.stage import Stage

Endpoint = Callable[[Stage], Awaitable[None]]

IMAGE_PREFIX: Final = "/api/image/"

_HOME: Final = (
    "<!DOCTYPE html><title>Akash Chat simulator</title><h1>Akash Chat simulator</h1>"
    '<p>See <a href="/_simulator/scenarios">the scenarios</a> and '
    '<a href="/_simulator/requests">what arrived</a>.</p>'
)
_NOWHERE: Final = "<!DOCTYPE html><title>404: This page could not be found.</title><h1>404</h1>"


async def answer(stage: Stage, playlist: Playlist[Stage]) -> None:
    """Answer any request: an early scenario first, if one is due, and then the app."""
    try:
        scenario = playlist.take({find_place(stage.arrival.path)}, early=True)
        if scenario is not None:
            stage.arrival.scenario = scenario.name
            await scenario.perform(stage)
        if stage.response is None:
            await _route(stage, playlist)
    except Thrown:
        await stage.reply(500)
    except Refusal as refusal:
        await stage.reply(refusal.status, refusal.body, refusal.content_type, refusal.headers)
    except CallFailed as failure:
        await stage.fail(str(failure))


async def _route(stage: Stage, playlist: Playlist[Stage]) -> None:
    path = stage.arrival.path
    canonical = _canonical(path)
    if path != canonical:
        await _redirect(stage, canonical)
        return
    if path == "/api/chat/":
        methods: dict[str, Endpoint] = {"POST": lambda stage: answer_chat(stage, playlist)}
    elif path.startswith(IMAGE_PREFIX):
        methods = {"GET": send_image}
    else:
        methods = ROUTES.get(path, {})
    await _call(stage, methods)


async def _call(stage: Stage, methods: dict[str, Endpoint]) -> None:
    method = stage.arrival.method
    endpoint = methods.get("GET" if method == "HEAD" else method)
    if endpoint is not None:
        await endpoint(stage)
    elif not methods:
        await stage.reply(404, _NOWHERE, HTML)
    elif method == "OPTIONS":
        allowed = [*methods, "HEAD"] if "GET" in methods else list(methods)
        await stage.reply(204, headers={"allow": ", ".join([*allowed, "OPTIONS"])})
    else:
        await stage.reply(405)


def _canonical(path: str) -> str:
    """The path as the framework wants it: a slash at the end, but none after a file name."""
    bare = path.rstrip("/")
    is_file = "." in bare.rpartition("/")[2]
    return bare if is_file else f"{bare}/"


async def _redirect(stage: Stage, path: str) -> None:
    location = path + (f"?{stage.arrival.query}" if stage.arrival.query else "")
    await stage.open(308, {"location": location, "Refresh": f"0;url={location}"}, bare=True)
    await stage.send(location.encode())


# -- sessions


async def send_status(stage: Stage) -> None:
    """Whether an access token is wanted."""
    is_required = stage.world.access_token is not None
    needed = "Access token required" if is_required else "No access token required"
    enabled = {"authEnabled": True} if stage.world.dialect == "new" else {}
    message = {"message": f"{needed} for this application"}
    await stage.reply_json({"requiresAccessToken": is_required} | enabled | message)


async def issue_session(stage: Stage) -> None:
    """Give a session; the new dialect gives none to a client that still has one."""
    world, headers = stage.world, stage.arrival.headers
    fault = find_fault(headers, require_user_agent=world.require_user_agent)
    if fault is not None:
        raise Refusal.of(403, {"error": f"Invalid request - {fault}"})
    _check_access(stage)
    if world.dialect == "new" and world.sessions.holds(read_token(headers)):
        await stage.reply_json({"success": True})
    else:
        await _give_session(stage)


async def refresh_session(stage: Stage) -> None:
    """Renew a session when it is old, or when it is not known at all."""
    sessions, headers = stage.world.sessions, stage.arrival.headers
    if find_fault(headers, require_user_agent=stage.world.require_user_agent) is not None:
        raise Refusal.of(403, {"error": "Invalid request"})
    token = read_token(headers)
    if token is None:
        raise Refusal.of(401, {"error": "No session token found"})
    if not sessions.may_refresh(token):
        raise Refusal.of(429, {"error": "Too many refresh attempts. Please try again later."})
    if sessions.is_ageing(token):
        await _give_session(stage)
    else:
        await stage.reply_json({"success": True})


async def _give_session(stage: Stage) -> None:
    sessions = stage.world.sessions
    await stage.reply_json({"success": True}, headers={"set-cookie": sessions.cookie(sessions.issue())})


def _check_access(stage: Stage) -> None:
    wanted = stage.world.access_token
    if wanted is None:
        return
    scheme, _, given = stage.arrival.headers.get("authorization", "").partition(" ")
    if scheme != "Bearer" or not given:
        raise Refusal.of(403, {"error": "Access token required", "message": "This application is private"})
    # The old dialect compares hashes, the new one the token itself.
    if given != (hashlib.sha256(wanted.encode()).hexdigest() if stage.world.dialect == "old" else wanted):
        raise Refusal.of(403, {"error": "Invalid Access token", "message": "The access token is not valid"})


# -- models and health


async def send_models(stage: Stage) -> None:
    """The list of models; the old dialect wants a session for it."""
    world = stage.world
    if world.dialect == "old" and not world.sessions.holds(read_token(stage.arrival.headers)):
        raise refuse_session()
    await stage.reply_json(list_models(world.models, world.dialect))


async def send_quota(stage: Stage) -> None:
    """How much of the quota is used."""
    await stage.reply_json(stage.world.quota.report())


async def send_health(stage: Stage) -> None:
    """The app's own idea of its health: the old dialect always thinks itself ill."""
    is_well = stage.world.dialect == "new"
    total = len(list_models(stage.world.models, stage.world.dialect))
    services = {
        "chat_api": {"status": "healthy", "configured": True},
        "image_api": {"status": "healthy", "configured": True},
        "models": {"available": total if is_well else 0, "total": total, "status": _well(is_well)},
        "speech_to_text": {"status": "unhealthy", "configured": False, "servers": 0, "endpoints": []},
    }
    document = {"status": _well(is_well), "timestamp": iso_time(stage.world.now()), "services": services}
    await stage.reply_json(document, 200 if is_well else 500)


def _well(is_well: bool) -> str:
    return "healthy" if is_well else "unhealthy"


async def send_home(stage: Stage) -> None:
    """A page for a person who opens the simulator in a browser."""
    await stage.reply(200, _HOME, HTML)


# -- pictures


async def send_image_status(stage: Stage) -> None:
    """What became of a job: JSON, but called text, as the app passes its middleware's answer on."""
    job_id = stage.request.query.get("ids")
    if not job_id:
        raise Refusal.of(400, {"error": "No job IDs provided"})
    await stage.reply(200, stage.world.jobs.look(job_id), "text/plain;charset=UTF-8")


async def send_image(stage: Stage) -> None:
    """The picture itself."""
    job = stage.world.jobs.find_file(stage.arrival.path.removeprefix(IMAGE_PREFIX))
    picture = await asyncio.to_thread(job.draw)
    await stage.open(200, {"cache-control": "public, max-age=31536000", "content-type": "image/webp"})
    await stage.send(picture)


ROUTES: Final[dict[str, dict[str, Endpoint]]] = {
    "/": {"GET": send_home},
    "/api/auth/status/": {"GET": send_status},
    "/api/auth/session/": {"GET": issue_session},
    "/api/auth/session/refresh/": {"POST": refresh_session},
    "/api/models/": {"GET": send_models},
    "/api/health/": {"GET": send_health},
    "/api/image-status/": {"GET": send_image_status},
    "/api/rate-limit/status/": {"GET": send_quota},
}
