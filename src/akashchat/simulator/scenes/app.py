"""Troubles of the app itself: sessions, quota, limits and the list of models."""

from typing import Any, Final

from akashchat.simulator.catalogue import list_models
from akashchat.simulator.javascript import stringify
from akashchat.simulator.prompt import FILES_TOO_LONG, TOO_LONG
from akashchat.simulator.refusals import JSON, TEXT, Refusal, refuse_model, refuse_session
from akashchat.simulator.scenario import collect, scenario
from akashchat.simulator.stage import Stage

PROXY_COOKIE: Final = (
    "__cf_bm=b3J5eA; path=/; expires=Sun, 22-Nov-26 10:30:00 GMT; domain=.akash.network; HttpOnly; Secure"
)
SELF_HOSTED_TOKEN: Final = "validated"  # noqa: S105 - a public constant of the app, no secret
SELF_HOSTED_TTL_S: Final = 86_400


def _models(stage: Stage) -> list[dict[str, Any]]:
    return list_models(stage.world.models, stage.world.dialect)


# -- sessions


@scenario("chat", "models", early=True)
async def session_rejected(_: Stage) -> None:
    """Status 403 although the session is valid, as when its store was restarted or cannot be reached."""
    raise refuse_session()


@scenario("session", early=True)
async def session_500(stage: Stage) -> None:
    """No session can be made: status 500, no body."""
    await stage.reply(500)


@scenario("session", early=True)
async def session_no_cookie(stage: Stage) -> None:
    """Status 200 and `success: true`, but no cookie."""
    await stage.reply_json({"success": True})


@scenario("session", early=True)
async def session_two_cookies(stage: Stage) -> None:
    """A proxy's cookie comes before the session's."""
    sessions = stage.world.sessions
    cookie = sessions.cookie(sessions.issue())
    await stage.open(200, [("content-type", JSON), ("set-cookie", PROXY_COOKIE), ("set-cookie", cookie)])
    await stage.send(stringify({"success": True}).encode())


@scenario("session", early=True)
async def session_self_hosted(stage: Stage) -> None:
    """A token that is no hexadecimal number, with a day to live, as apps without a store give."""
    sessions = stage.world.sessions
    token = sessions.issue(SELF_HOSTED_TOKEN, SELF_HOSTED_TTL_S)
    await stage.reply_json(
        {"success": True}, headers={"set-cookie": sessions.cookie(token, SELF_HOSTED_TTL_S)}
    )


# -- limits


@scenario("chat", "image")
async def quota_spent(stage: Stage) -> None:
    """Status 429: the tokens of these four hours are spent; the reset time is in a header and in the body."""
    raise stage.world.quota.refusal()


@scenario("chat", "image")
async def quota_spent_iso_only(stage: Stage) -> None:
    """Status 429 with the reset time in the body alone."""
    raise stage.world.quota.refusal(with_header=False)


@scenario("chat", "image")
async def too_long(_: Stage) -> None:
    """Status 400 in plain text: the message is too long for the model."""
    raise Refusal(400, TOO_LONG, TEXT)


@scenario("chat", "image")
async def files_too_long(_: Stage) -> None:
    """Status 400 in plain text: the files are too long for the model."""
    raise Refusal(400, FILES_TOO_LONG, TEXT)


@scenario("chat", "image")
async def model_unavailable(stage: Stage) -> None:
    """Status 403 in JSON: the model is not for this account; must not be taken for a lost session."""
    raise refuse_model(stage.asked.model.id, _models(stage))


# -- the list of models


@scenario("models", early=True)
async def models_500(stage: Stage) -> None:
    """Status 500 in JSON: the models cannot be listed."""
    await stage.reply_json({"error": "Failed to fetch models"}, 500)


@scenario("models", early=True)
async def models_object(stage: Stage) -> None:
    """The list comes in an object, `{"models": […]}`, as older clients expect it."""
    await stage.reply_json({"models": _models(stage)})


@scenario("models", early=True)
async def models_empty(stage: Stage) -> None:
    """No model is offered."""
    await stage.reply_json([])


@scenario("models", early=True)
async def models_static(stage: Stage) -> None:
    """The app's built-in list, without `available` and without token limits, as when its backend is down."""
    dropped = ("available", "tokenLimit", "token_limit")
    rows = [{key: value for key, value in row.items() if key not in dropped} for row in _models(stage)]
    await stage.reply_json(rows)


SCENES: Final = collect(globals())
