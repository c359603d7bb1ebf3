"""What every failure has, and those that are nobody's fault outside."""

from typing import ClassVar


class GatewayError(Exception):
    """A failure with a place in the tree above.

    ``param`` is the path of the offending field in the caller's own body; ``retry_after_s`` the seconds
    after which trying again may help.  Two errors are equal when a client could not tell them apart.

    ``retryable`` tells clients whether asking again may help.  For the gateway's own further tries there are
    two more facts: ``try_again``, whether the same upstream may do better at once or soon, and ``try_elsewhere``,
    whether another one may.
    """

    try_again: ClassVar[bool] = False
    try_elsewhere: ClassVar[bool] = False
    status: ClassVar[int] = 500
    type: ClassVar[str] = "server_error"
    code: ClassVar[str | None] = None
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, param: str | None = None, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.param = param
        self.retry_after_s = retry_after_s

    @property
    def kind(self) -> str:
        """One word for logs and metrics: the code, or the type where there is none."""
        return self.code or self.type

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


class Stopping(GatewayError):
    """The gateway was stopped while it answered."""

    status = 503
    code = "gateway_stopping"
    retryable = True


class DatabaseUnavailable(GatewayError):
    """The gateway's database does not answer, and without it this cannot be done."""

    status = 503
    code = "database_unavailable"
    retryable = True


class InternalError(GatewayError):
    """A fault of the gateway; the log has the details under the request's id."""

    code = "internal_error"
