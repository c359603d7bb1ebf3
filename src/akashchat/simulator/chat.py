"""``POST /api/chat/``: the app's checks in the app's order, then the model.

Session, quota, body, model, length, messages, parameters. What goes wrong from the messages on is told with
status 200 and a lone error line; before that with an HTTP status.
"""

from typing import Any

from akashchat.simulator.akashgen import announce_picture, wants_picture
from akashchat.simulator.catalogue import IMAGE_WRITER, Model, list_models
from akashchat.simulator.javascript import MISSING, is_truthy, parse, shown
from akashchat.simulator.places import Place
from akashchat.simulator.playlist import Playlist
from akashchat.simulator.prompt import compose, compose_image, fallback_model
from akashchat.simulator.refusals import (
    CallFailed,
    Refusal,
    Thrown,
    name_unknown_model,
    refuse_model,
    refuse_session,
)
from akashchat.simulator.sessions import read_token
from akashchat.simulator.stage import Stage


async def answer_chat(stage: Stage, playlist: Playlist[Stage]) -> None:
    """Answer a chat request, or refuse it as the app does."""
    world = stage.world
    if not world.sessions.holds(read_token(stage.arrival.headers)):
        raise refuse_session()
    is_limited = world.dialect == "new" and world.access_token is None
    if is_limited and world.quota.is_spent:
        raise world.quota.refusal()
    body = _read_body(stage.arrival.raw)
    model = _choose_model(stage, body)
    if model.draws:
        await _answer_drawing(stage, playlist, body, model)
    else:
        stage.deliver(compose(body, model, world.dialect))
        await _perform(stage, playlist, "chat")


def _read_body(raw: bytes) -> dict[str, Any]:
    try:
        body = parse(raw)
    except ValueError as error:
        raise Thrown from error
    if body is None:
        raise Thrown
    return body if isinstance(body, dict) else {}


def _choose_model(stage: Stage, body: dict[str, Any]) -> Model:
    name = body.get("model", MISSING)
    model = stage.world.find_model(name)
    if model is not None:
        return model
    if stage.world.dialect == "new":
        raise refuse_model(shown(name), list_models(stage.world.models, "new"))
    if not is_truthy(name):
        return fallback_model()
    # The old dialect takes limits and defaults from its fallback and calls the model by the name it was
    # given, so all other faults of the request come first.
    compose(body, fallback_model(), "old", shown(name))
    raise CallFailed(name_unknown_model(name) if isinstance(name, str) else "I.startsWith is not a function")


async def _answer_drawing(
    stage: Stage, playlist: Playlist[Stage], body: dict[str, Any], model: Model
) -> None:
    dialect = stage.world.dialect
    try:
        stage.deliver(compose_image(body, model, dialect))
    except CallFailed as error:
        if dialect == "old":
            raise
        raise Refusal.of(500, {"error": "Error generating image", "message": str(error)}) from error
    if wants_picture(stage.asked):
        await _perform(stage, playlist, "image", "chat")
    else:
        stage.deliver(compose(body, model, dialect, model.api_id if dialect == "new" else IMAGE_WRITER))
        await _perform(stage, playlist, "chat")


async def _perform(stage: Stage, playlist: Playlist[Stage], *places: Place) -> None:
    scenario = playlist.take(places, early=False)
    if scenario is not None:
        stage.arrival.scenario = scenario.name
        await scenario.perform(stage)
    elif "image" in places:
        await announce_picture(stage)
    else:
        await stage.answer()
