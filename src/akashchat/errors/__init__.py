"""Every way a request can fail, and what each failure tells the client.

    GatewayError
    ├── CallerError                 the request, not the answer, is at fault
    │   ├── BadRequest
    │   │   ├── UnsupportedParameter
    │   │   ├── ContextLengthExceeded
    │   │   ├── ContentRefused
    │   │   ├── NoThread
    │   │   ├── PreviousResponseNotFound
    │   │   └── NoImage
    │   ├── IdempotencyKeyReused
    │   ├── Unauthenticated
    │   ├── NotFound
    │   │   ├── NotSupported
    │   │   └── ModelNotFound
    │   │       └── ErrorModel
    │   ├── MethodNotAllowed
    │   ├── RequestTimeout
    │   ├── ForeignOrigin
    │   ├── NotAllowed              the key is good, and does not open this
    │   │   ├── AdminOnly
    │   │   ├── DialectNotAllowed
    │   │   └── ModelNotAllowed
    │   └── BodyTooLarge
    ├── RateLimited                 not now; ``retry_after_s`` says when
    │   ├── QuotaExhausted
    │   │   └── QuotaRefused
    │   ├── LimitReached
    │   │   ├── LimitExceeded
    │   │   └── BudgetSpent
    │   └── QueueFull
    ├── UpstreamError               the answer is at fault
    │   ├── ProtocolError
    │   ├── AnswerCut
    │   ├── InvalidToolCall
    │   ├── InvalidOutput
    │   ├── BotCheck
    │   ├── SessionRejected
    │   ├── KeyRejected
    │   ├── OutOfCredit
    │   ├── UpstreamUnavailable
    │   │   └── CircuitOpen
    │   ├── UpstreamTimeout
    │   │   ├── AnswerOverdue
    │   │   └── UpstreamSlow
    │   ├── ImageFailed
    │   └── ImageTimeout
    ├── LimitsUnknown               nobody can say how much the caller may ask for
    ├── Stopping                    the gateway shuts down
    ├── DatabaseUnavailable
    └── InternalError

A class is a kind: status, type and code are facts of the class (OpenAI's words where OpenAI has one),
and a dialect renders them in its own form.  A message is for the caller: it names what was wrong, where,
and what is allowed, and never holds a secret.
"""

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
    CallerError,
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
    NotAllowed,
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

__all__ = [
    "AdminOnly",
    "AnswerCut",
    "AnswerOverdue",
    "BadRequest",
    "BodyTooLarge",
    "BotCheck",
    "BudgetSpent",
    "CallerError",
    "CircuitOpen",
    "ContentRefused",
    "ContextLengthExceeded",
    "DatabaseUnavailable",
    "DialectNotAllowed",
    "ErrorModel",
    "ForeignOrigin",
    "GatewayError",
    "IdempotencyKeyReused",
    "ImageFailed",
    "ImageTimeout",
    "InternalError",
    "InvalidOutput",
    "InvalidToolCall",
    "KeyRejected",
    "LimitExceeded",
    "LimitReached",
    "LimitsUnknown",
    "MethodNotAllowed",
    "ModelNotAllowed",
    "ModelNotFound",
    "NoImage",
    "NoThread",
    "NotAllowed",
    "NotFound",
    "NotSupported",
    "OutOfCredit",
    "PreviousResponseNotFound",
    "ProtocolError",
    "QueueFull",
    "QuotaExhausted",
    "QuotaRefused",
    "RateLimited",
    "RequestTimeout",
    "SessionRejected",
    "Stopping",
    "Unauthenticated",
    "UnsupportedParameter",
    "UpstreamError",
    "UpstreamSlow",
    "UpstreamTimeout",
    "UpstreamUnavailable",
]
