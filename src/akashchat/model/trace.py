"""The trace a request is part of, as W3C Trace Context has it.

https://www.w3.org/TR/trace-context/
"""

from msgspec import Struct


class Trace(Struct, frozen=True):
    """One request's part of a trace; ids are hexadecimal.

    ``span`` is the gateway's own part, ``parent`` the caller's, empty where the trace begins here.  ``state`` is what
    others put beside it, handed on unread.
    """

    id: str
    span: str
    parent: str = ""
    sampled: bool = True
    state: str = ""

    def headers(self, span: str) -> dict[str, str]:
        """What tells an upstream that it is asked on behalf of a span."""
        told = {"traceparent": f"00-{self.id}-{span}-{self.sampled:02x}"}
        return {**told, "tracestate": self.state} if self.state else told
