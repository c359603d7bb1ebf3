"""Requests that are turned down with a status.

Once or for good is said by ``times``.  The bodies are OpenAI's, AkashML's, or those of the proxies before them.
"""

from typing import Final

from akashchat.simulator.keyed.refusals import refuse, refuse_body, refuse_key, refuse_model
from akashchat.simulator.keyed.stage import KeyedStage
from akashchat.simulator.refusals import Refusal
from akashchat.simulator.scenario import collect, scenario

RETRY_AFTER_S: Final = 1

_LIMITED: Final = "Rate limit reached for requests."
_OVERLOADED: Final = "The engine is currently overloaded. Please try again later."


# -- not now


@scenario("chat", early=True, movable=True)
async def rate_limited(_: KeyedStage) -> None:
    """Status 429 with `Retry-After: 1`."""
    raise refuse(
        429, _LIMITED, "rate_limit_error", "rate_limit_exceeded", None, retry_after=str(RETRY_AFTER_S)
    )


@scenario("chat", early=True, movable=True)
async def rate_limited_long(_: KeyedStage) -> None:
    """Status 429 with `Retry-After: 3600`."""
    raise refuse(429, _LIMITED, "rate_limit_error", "rate_limit_exceeded", None, retry_after="3600")


@scenario("chat", early=True, movable=True)
async def rate_limited_silent(_: KeyedStage) -> None:
    """Status 429 without a word on when to come back."""
    raise refuse(429, _LIMITED, "rate_limit_error", "rate_limit_exceeded")


@scenario("chat", early=True, movable=True)
async def rate_limited_reset(_: KeyedStage) -> None:
    """Status 429 whose time is in OpenAI's own headers, as a duration."""
    raise refuse(
        429,
        _LIMITED,
        "rate_limit_error",
        "rate_limit_exceeded",
        None,
        x_ratelimit_remaining_requests="0",
        x_ratelimit_reset_requests="1s",
        x_ratelimit_reset_tokens="6m0s",
    )


@scenario("chat", early=True, movable=True)
async def quota_spent(_: KeyedStage) -> None:
    """Status 429 that no waiting mends: the account's quota is spent."""
    told = "You exceeded your current quota, please check your plan and billing details."
    raise refuse(429, told, "insufficient_quota", "insufficient_quota")


# -- the account


@scenario("chat", early=True, movable=True)
async def key_rejected(_: KeyedStage) -> None:
    """Status 401: the key is wrong."""
    raise refuse_key()


@scenario("chat", early=True, movable=True)
async def forbidden(_: KeyedStage) -> None:
    """Status 403: the key may not do this."""
    raise refuse(403, "Your key does not allow this.", "permission_error", "forbidden")


@scenario("chat", early=True, movable=True)
async def out_of_credit(_: KeyedStage) -> None:
    """Status 402: the account is empty."""
    raise refuse(402, "Insufficient credits to complete this request", "insufficient_credits")


# -- servers


@scenario("chat", early=True, movable=True)
async def error_500(_: KeyedStage) -> None:
    """Status 500 with OpenAI's error object."""
    raise refuse(500, "The server had an error while processing your request.", "server_error")


@scenario("chat", early=True, movable=True)
async def overloaded_503(_: KeyedStage) -> None:
    """Status 503: too much to do."""
    raise refuse(503, _OVERLOADED, "server_error", "overloaded")


@scenario("chat", early=True, movable=True)
async def no_backend_504(_: KeyedStage) -> None:
    """Status 504, AkashML's word for no backend that answered in time."""
    raise refuse(504, "No backend responded in time.", "server_error")


@scenario("chat", early=True, movable=True)
async def no_backend_529(_: KeyedStage) -> None:
    """Status 529, AkashML's word for no backend that is healthy."""
    raise refuse(529, "No healthy backend is available.", "server_error")


@scenario("chat", early=True, movable=True)
async def timed_out_408(_: KeyedStage) -> None:
    """Status 408: what stands behind took too long."""
    raise refuse(408, "Request timed out.", "timeout")


@scenario("chat", early=True, movable=True)
async def moved(_: KeyedStage) -> None:
    """Status 308 to another host, as behind a wrong base URL."""
    raise Refusal(308, "", headers={"location": "https://elsewhere.example/v1/chat/completions"})


@scenario("chat", early=True)
async def flapping(stage: KeyedStage) -> None:
    """Down at every other request, with status 503; healthy between."""
    if stage.number % 2:
        raise refuse(503, _OVERLOADED, "server_error", "overloaded")


# -- what is asked


@scenario("chat")
async def context_too_long(_: KeyedStage) -> None:
    """Status 400 with `context_length_exceeded`."""
    told = (
        "This model's maximum context length is 8192 tokens. However, your messages resulted in 9631 tokens."
    )
    raise refuse(400, told, "invalid_request_error", "context_length_exceeded", "messages")


@scenario("chat")
async def context_too_long_told(_: KeyedStage) -> None:
    """Status 400 as a vLLM says it: the reason is in the words alone."""
    told = (
        "This model's maximum context length is 8192 tokens. However, you requested 9631 tokens in the messages. "
        "Please reduce the length of the messages."
    )
    document = {"object": "error", "message": told, "type": "BadRequestError", "param": None, "code": 400}
    raise Refusal.of(400, document)


@scenario("chat")
async def content_refused(_: KeyedStage) -> None:
    """Status 400 with `content_policy_violation`."""
    told = "Your request was rejected as a result of our safety system."
    raise refuse(400, told, "invalid_request_error", "content_policy_violation")


@scenario("chat")
async def content_filtered(_: KeyedStage) -> None:
    """Status 400 with `content_filter`, as Azure says it."""
    raise refuse(
        400, "The response was filtered by the content policy.", "invalid_request_error", "content_filter"
    )


@scenario("chat")
async def parameter_refused(_: KeyedStage) -> None:
    """Status 400 that names the field at fault."""
    raise refuse_body("Invalid value for 'temperature': expected at most 2.", "temperature")


@scenario("chat")
async def invalid_422(_: KeyedStage) -> None:
    """Status 422 as FastAPI says it."""
    raise Refusal.of(
        422, {"detail": [{"loc": ["body", "messages"], "msg": "Field required", "type": "missing"}]}
    )


@scenario("chat")
async def model_gone(stage: KeyedStage) -> None:
    """Status 404: the model is listed and gone all the same."""
    raise refuse_model(stage.asked.model.id)


# -- other words


@scenario("chat", early=True)
async def error_as_text(_: KeyedStage) -> None:
    """Status 500 whose `error` is a text."""
    raise Refusal.of(500, {"error": "Something broke."})


@scenario("chat", early=True)
async def error_as_message(_: KeyedStage) -> None:
    """Status 500 with a `message` and no more."""
    raise Refusal.of(500, {"message": "Something broke."})


@scenario("chat", early=True)
async def error_empty(stage: KeyedStage) -> None:
    """Status 500 without a body."""
    await stage.reply(500)


FAULTS: Final = collect(globals())
