"""How an API by key turns a request down: OpenAI's error object, with OpenAI's types and codes."""

from akashchat.simulator.refusals import Refusal


def refuse(
    status: int, message: str, kind: str, code: str | None = None, param: str | None = None, **headers: str
) -> Refusal:
    """A refusal with its reason; underscores in a header's name stand for hyphens."""
    document = {"error": {"message": message, "type": kind, "param": param, "code": code}}
    return Refusal.of(status, document, **{name.replace("_", "-"): value for name, value in headers.items()})


def refuse_body(message: str, param: str | None = None) -> Refusal:
    """The request cannot be read."""
    return refuse(400, message, "invalid_request_error", None, param)


def refuse_key() -> Refusal:
    """No key, or a wrong one."""
    return refuse(401, "Incorrect API key provided.", "invalid_request_error", "invalid_api_key")


def refuse_model(name: str) -> Refusal:
    """The model is not in the list."""
    told = f"The model `{name}` does not exist or you do not have access to it."
    return refuse(404, told, "invalid_request_error", "model_not_found", "model")


def refuse_prefill() -> Refusal:
    """The model does not go on from the beginning of an answer."""
    told = "This model does not support assistant message prefill. The conversation must end with a user message."
    return refuse(400, told, "invalid_request_error", "invalid_prefill", "messages")
