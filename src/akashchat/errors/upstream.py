"""Failures by what is answered, and by what is not answered now."""

from akashchat.errors.base import GatewayError


class RateLimited(GatewayError):
    """Too many at once, here or upstream."""

    status = 429
    type = "rate_limit_error"
    code = "rate_limit_exceeded"
    retryable = True
    try_again = True
    try_elsewhere = True


class QuotaExhausted(RateLimited):
    """The token quota of this address is spent until the time the message names."""

    type = "insufficient_quota"
    code = "insufficient_quota"
    retryable = False
    try_again = False


class QuotaRefused(QuotaExhausted):
    """The token quota is spent, and the operator wants that told and nobody else asked."""

    try_elsewhere = False


class LimitReached(RateLimited):
    """The caller has asked for as much as its key may, for now."""

    try_again = False
    try_elsewhere = False

    @property
    def kind(self) -> str:
        """A word of its own: upstreams that refuse are the operator's business, and this is the caller's."""
        return "limit_reached"


class LimitExceeded(LimitReached):
    """The request asks for more than the caller's key may at once, however long it waits."""

    retryable = False


class BudgetSpent(LimitReached):
    """The tokens that the caller's key has for a day or a month are spent, until the time the message names."""

    type = "insufficient_quota"
    code = "insufficient_quota"
    retryable = False


class LimitsUnknown(GatewayError):
    """What the caller has asked for is counted elsewhere, where nobody answers; the operator wants no answer then."""

    status = 503
    code = "limits_unknown"
    retryable = True


class QueueFull(RateLimited):
    """Too many wait here already."""

    code = "queue_full"
    try_again = False


class UpstreamError(GatewayError):
    """The upstream failed in a way it explained, or in none we know better."""

    status = 502
    code = "upstream_error"
    retryable = True
    try_again = True
    try_elsewhere = True


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
    try_again = False


class InvalidOutput(UpstreamError):
    """The model's answer does not have the form that was asked for, asked twice."""

    code = "invalid_output"
    retryable = False
    try_again = False


class BotCheck(UpstreamError):
    """A bot check stands before the upstream; only the operator can answer it."""

    status = 503
    code = "upstream_bot_check"
    retryable = False
    try_again = False


class SessionRejected(UpstreamError):
    """The upstream refuses our session, also a fresh one."""

    status = 503
    code = "upstream_session_rejected"
    try_again = False


class KeyRejected(UpstreamError):
    """The upstream refuses the operator's key; the caller's own is not at fault."""

    code = "upstream_key_rejected"
    retryable = False
    try_again = False


class OutOfCredit(UpstreamError):
    """The operator's account at the upstream is out of credit."""

    status = 402
    type = "insufficient_quota"
    code = "upstream_out_of_credit"
    retryable = False
    try_again = False


class UpstreamUnavailable(UpstreamError):
    """The upstream cannot be reached or says that it is out of service."""

    status = 503
    code = "upstream_unavailable"


class CircuitOpen(UpstreamUnavailable):
    """The upstream has failed too often and is left alone for a while."""

    code = "upstream_circuit_open"
    try_again = False


class UpstreamTimeout(UpstreamError):
    """The upstream stayed silent longer than allowed."""

    status = 504
    code = "upstream_timeout"
    try_again = False


class UpstreamSlow(UpstreamTimeout):
    """The upstream says that what stands behind it did not answer in time."""

    try_again = True


class AnswerOverdue(UpstreamTimeout):
    """The upstream's answer was not complete in the time that a whole one may take."""


class ImageFailed(UpstreamError):
    """The picture could not be made."""

    code = "image_generation_failed"
    try_again = False


class ImageTimeout(UpstreamError):
    """The picture was not ready in the time allowed."""

    status = 504
    code = "image_generation_timeout"
    try_again = False
