"""What to do about each failure, for people."""

from akashchat.errors.base import (
    DatabaseUnavailable,
    GatewayError,
    InternalError,
    Stopping,
)
from akashchat.errors.caller import (
    AdminOnly,
    BadRequest,
    BodyTooLarge,
    ContentRefused,
    ContextLengthExceeded,
    DialectNotAllowed,
    ErrorModel,
    ForeignOrigin,
    IdempotencyKeyReused,
    MethodNotAllowed,
    ModelNotAllowed,
    ModelNotFound,
    NoImage,
    NotFound,
    NoThread,
    NotSupported,
    PreviousResponseNotFound,
    RequestTimeout,
    Unauthenticated,
    UnsupportedParameter,
)
from akashchat.errors.upstream import (
    AnswerCut,
    AnswerOverdue,
    BotCheck,
    BudgetSpent,
    CircuitOpen,
    ImageFailed,
    ImageTimeout,
    InvalidOutput,
    InvalidToolCall,
    KeyRejected,
    LimitExceeded,
    LimitReached,
    LimitsUnknown,
    OutOfCredit,
    ProtocolError,
    QueueFull,
    QuotaExhausted,
    QuotaRefused,
    RateLimited,
    SessionRejected,
    UpstreamError,
    UpstreamSlow,
    UpstreamTimeout,
    UpstreamUnavailable,
)

_LATER = "Try again later."

_REMEDIES: dict[type[GatewayError], str] = {
    BadRequest: "Mend the field that `param` names.",
    UnsupportedParameter: "Leave the parameter out, or unset `AKASHCHAT_STRICT`.",
    ContextLengthExceeded: "Shorten the conversation, or take a model with a longer context.",
    PreviousResponseNotFound: "Send the whole conversation as `input`; responses are kept for "
    "`AKASHCHAT_STORAGE_RETENTION_DAYS`, and only where `store` is not `false`.",
    ContentRefused: "Ask otherwise; no other upstream is asked, as that would be a way around the filter.",
    NoThread: "Send the whole conversation; Anthropic's own clients do so by themselves.",
    NoImage: "Describe a picture; the message tells what the model said instead.",
    IdempotencyKeyReused: "Take a new key for a new request.",
    Unauthenticated: "Send `Authorization: Bearer <key>` with the gateway's `BEARER_TOKEN`, or a key issued there.",
    NotFound: "Check the address; OpenAI clients want a base URL that ends in `/v1`.",
    NotSupported: "Do as the message says.",
    ModelNotFound: "Take one that `GET /v1/models` lists, in exactly that spelling.",
    ErrorModel: "As above; seen only with `AKASHCHAT_COMPAT=akashchat-api-go`.",
    MethodNotAllowed: "Use a method the message names.",
    RequestTimeout: "Send the body at once, or raise `AKASHCHAT_SERVER_BODY_TIMEOUT_S`.",
    ForeignOrigin: "Add the page's origin to `AKASHCHAT_SERVER_CORS_ORIGINS`, if you trust it.",
    AdminOnly: "Show `BEARER_TOKEN`, or a key issued with `--admin`.",
    DialectNotAllowed: "Use an endpoint that the key opens, or ask the operator for one that opens this.",
    ModelNotAllowed: "Take one that `GET /v1/models` lists for this key.",
    BodyTooLarge: "Send less, or raise `AKASHCHAT_SERVER_MAX_BODY_BYTES`.",
    RateLimited: "Wait as long as `retry-after` says.",
    QuotaExhausted: "Wait until the time in the message: Akash counts tokens per address.",
    QuotaRefused: "As above; seen only with `AKASHCHAT_AKASH_QUOTA=refuse`.",
    LimitReached: "Wait as long as `retry-after` says, as the official clients do by themselves; the operator may give "
    "the key more.",
    LimitExceeded: "Shorten the conversation; the operator may give the key more.",
    BudgetSpent: "Wait until the time in the message, or ask the operator for more.",
    LimitsUnknown: "Look after the database or Redis; with `AKASHCHAT_LIMITS_WHEN_DOWN=local` callers are answered "
    "meanwhile.",
    QueueFull: "Wait as long as `retry-after` says; the operator may raise the upstream's `waiting`.",
    UpstreamError: _LATER,
    ProtocolError: "Try again; if it stays, Akash has changed: look for a newer version.",
    AnswerCut: "Try again.",
    InvalidToolCall: "Try again, or with another model; describe the tools more plainly, or offer fewer.",
    InvalidOutput: "Try again, or with another model; a simpler schema is easier to follow.",
    Stopping: "Try again when it runs, or let it take longer to stop: `AKASHCHAT_SERVER_SHUTDOWN_S`.",
    BotCheck: "Give the gateway the `AKASHCHAT_AKASH_COOKIE` and `AKASHCHAT_AKASH_USER_AGENT` of a "
    "browser that passed it, or an `AKASHCHAT_AKASH_PROXY`.",
    SessionRejected: "Try again later; with `AKASHCHAT_AKASH_COOKIE`, give it a fresh one.",
    KeyRejected: "Give the gateway a key that the upstream takes, such as `AKASHCHAT_AKASHML_KEY`.",
    OutOfCredit: "Add credit to the operator's account there.",
    CircuitOpen: "Wait as long as `retry-after` says; the log tells what it failed with.",
    UpstreamSlow: _LATER,
    AnswerOverdue: "Ask for a shorter answer, or raise the upstream's time-out, such as "
    "`AKASHCHAT_AKASH_TOTAL_TIMEOUT_S`.",
    UpstreamUnavailable: "Try again later; check `AKASH_BASE_URL` and the proxy.",
    UpstreamTimeout: "Try again, or raise the time-out that the message tells of, such as "
    "`AKASHCHAT_AKASH_FIRST_TOKEN_TIMEOUT_S` or `AKASHCHAT_AKASH_IDLE_TIMEOUT_S`.",
    ImageFailed: "Try again, or describe it otherwise.",
    ImageTimeout: "Try again, or raise `AKASHCHAT_AKASH_IMAGE_TIMEOUT_S`.",
    DatabaseUnavailable: "Try again; the operator looks after the database, the log tells what is wrong.",
    InternalError: "Look into the log under the request's id, and report it.",
}


def remedy(kind: type[GatewayError]) -> str:
    """One sentence or two, in Markdown."""
    return _REMEDIES[kind]
