"""Failures by what is asked."""

from akashchat.errors.base import GatewayError


class CallerError(GatewayError):
    """The request is at fault; sending it again unchanged cannot help."""

    status = 400
    type = "invalid_request_error"


class BadRequest(CallerError):
    """The body is not what this API allows; ``param`` says where."""


class UnsupportedParameter(BadRequest):
    """A parameter that nothing here can honour, refused because the operator asked for strictness."""

    code = "unsupported_parameter"


class ContextLengthExceeded(BadRequest):
    """The conversation does not fit the model; sent on, it would have been cut without a word."""

    code = "context_length_exceeded"
    try_elsewhere = True


class ContentRefused(BadRequest):
    """The upstream's content filter refuses the request; asking elsewhere would be a way around it."""

    code = "content_policy_violation"


class PreviousResponseNotFound(BadRequest):
    """The response to go on from is not kept here, or not for this caller."""

    code = "previous_response_not_found"


class NoThread(BadRequest):
    """A conversation kept elsewhere was to be gone on with; Anthropic's clients then send it whole."""

    code = "thread_unsupported_request"


class NoImage(BadRequest):
    """An image was asked for and the model answered with text; the message quotes it."""

    type = "image_generation_user_error"
    code = "no_image"


class IdempotencyKeyReused(CallerError):
    """The ``Idempotency-Key`` was used before, for another request."""

    status = 422
    code = "idempotency_key_reused"


class Unauthenticated(CallerError):
    """No key, or not one we know."""

    status = 401
    code = "invalid_api_key"


class NotFound(CallerError):
    """Nothing is served under this path."""

    status = 404
    code = "not_found"


class NotSupported(NotFound):
    """An endpoint that other gateways have and no upstream of this one can serve."""

    code = "not_supported"


class ModelNotFound(NotFound):
    """No upstream offers this model."""

    code = "model_not_found"
    try_elsewhere = True


class ErrorModel(ModelNotFound):
    """No upstream offers this model, in the words of akashchat-api-go (setting ``compat``)."""

    status = 500


class MethodNotAllowed(CallerError):
    """The path exists, the method does not."""

    status = 405
    code = "method_not_allowed"


class RequestTimeout(CallerError):
    """The caller did not send the body in time."""

    status = 408
    code = "request_timeout"


class ForeignOrigin(CallerError):
    """A web page of another origin asks, and the operator has not allowed it."""

    status = 403
    code = "origin_not_allowed"


class NotAllowed(CallerError):
    """The key is a good one, and does not open this."""

    status = 403
    code = "not_allowed"


class AdminOnly(NotAllowed):
    """What is asked for is for admins, and the key is no admin's."""

    code = "admin_only"


class DialectNotAllowed(NotAllowed):
    """The key does not open this protocol, or this endpoint."""

    code = "dialect_not_allowed"


class ModelNotAllowed(NotAllowed):
    """The key does not open this model, whether there is one of that name or not."""

    code = "model_not_allowed"


class BodyTooLarge(CallerError):
    """The body exceeds the operator's limit."""

    status = 413
    code = "body_too_large"
