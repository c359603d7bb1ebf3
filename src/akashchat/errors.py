"""Every way a request can fail, and what each failure tells the client.

    GatewayError
    ├── CallerError                 the request, not the answer, is at fault
    │   ├── BadRequest
    │   │   ├── UnsupportedParameter
    │   │   ├── ContextLengthExceeded
    │   │   ├── NoThread
    │   │   ├── PreviousResponseNotFound
    │   │   └── NoImage
    │   ├── Unauthenticated
    │   ├── NotFound
    │   │   ├── NotSupported
    │   │   └── ModelNotFound
    │   │       └── ErrorModel
    │   ├── MethodNotAllowed
    │   ├── RequestTimeout
    │   ├── ForeignOrigin
    │   └── BodyTooLarge
    ├── RateLimited                 not now; ``retry_after_s`` says when
    │   └── QuotaExhausted
    ├── UpstreamError               the answer is at fault
    │   ├── ProtocolError
    │   ├── AnswerCut
    │   ├── InvalidToolCall
    │   ├── InvalidOutput
    │   ├── BotCheck
    │   ├── SessionRejected
    │   ├── UpstreamUnavailable
    │   ├── UpstreamTimeout
    │   ├── ImageFailed
    │   └── ImageTimeout
    ├── Stopping                    the gateway shuts down
    └── InternalError

A class is a kind: status, type and code are facts of the class (OpenAI's words where OpenAI has one),
and a dialect renders them in its own form.  A message is for the caller: it names what was wrong, where,
and what is allowed, and never holds a secret.
"""

from typing import ClassVar


class GatewayError(Exception):
    """A failure with a place in the tree above.

    ``param`` is the path of the offending field in the caller's own body; ``retry_after_s`` the seconds
    after which trying again may help.  Two errors are equal when a client could not tell them apart.
    """

    status: ClassVar[int] = 500
    type: ClassVar[str] = "server_error"
    code: ClassVar[str | None] = None
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, param: str | None = None, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.param = param
        self.retry_after_s = retry_after_s

    def again(self) -> "GatewayError":
        """The same failure anew, for another caller: a raised exception belongs to who catches it."""
        return type(self)(self.message, param=self.param, retry_after_s=self.retry_after_s)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, GatewayError)
            and type(self) is type(other)
            and (self.message, self.param, self.retry_after_s)
            == (other.message, other.param, other.retry_after_s)
        )

    def __hash__(self) -> int:
        return hash((type(self), self.message, self.param))


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


class BodyTooLarge(CallerError):
    """The body exceeds the operator's limit."""

    status = 413
    code = "body_too_large"


class RateLimited(GatewayError):
    """Too many at once, here or upstream."""

    status = 429
    type = "rate_limit_error"
    code = "rate_limit_exceeded"
    retryable = True


class QuotaExhausted(RateLimited):
    """The token quota of this address is spent until the time the message names."""

    type = "insufficient_quota"
    code = "insufficient_quota"
    retryable = False


class UpstreamError(GatewayError):
    """The upstream failed in a way it explained, or in none we know better."""

    status = 502
    code = "upstream_error"
    retryable = True


class ProtocolError(UpstreamError):
    """The upstream sent bytes its protocol does not allow."""

    code = "upstream_protocol_error"


class AnswerCut(UpstreamError):
    """The answer ended before it was complete."""

    code = "upstream_answer_cut"


class InvalidToolCall(UpstreamError):
    """The model did not call the tools as they must be called, asked twice."""

    code = "invalid_tool_call"
    retryable = False


class InvalidOutput(UpstreamError):
    """The model's answer does not have the form that was asked for, asked twice."""

    code = "invalid_output"
    retryable = False


class BotCheck(UpstreamError):
    """A bot check stands before the upstream; only the operator can answer it."""

    status = 503
    code = "upstream_bot_check"
    retryable = False


class SessionRejected(UpstreamError):
    """The upstream refuses our session, also a fresh one."""

    status = 503
    code = "upstream_session_rejected"


class UpstreamUnavailable(UpstreamError):
    """The upstream cannot be reached or says that it is out of service."""

    status = 503
    code = "upstream_unavailable"


class UpstreamTimeout(UpstreamError):
    """The upstream stayed silent longer than allowed."""

    status = 504
    code = "upstream_timeout"


class ImageFailed(UpstreamError):
    """The picture could not be made."""

    code = "image_generation_failed"


class ImageTimeout(UpstreamError):
    """The picture was not ready in the time allowed."""

    status = 504
    code = "image_generation_timeout"


class Stopping(GatewayError):
    """The gateway was stopped while it answered."""

    status = 503
    code = "gateway_stopping"
    retryable = True


class InternalError(GatewayError):
    """A fault of the gateway; the log has the details under the request's id."""

    code = "internal_error"
