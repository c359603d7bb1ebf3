"""``Server-Timing``: where the time went until an answer began.

It stands in the head, so it knows nothing of what comes later; a trailer few clients would read, and no browser
behind HTTP/1.1.  https://www.w3.org/TR/server-timing/
"""

from akashchat.gateway.answer import Timing

_MS = 1000.0


def server_timing(timing: Timing) -> bytes:
    """The header's value, in milliseconds; a queue is named where there was one, an upstream where one answers."""
    admit, total = timing.admit_s * _MS, timing.total_s * _MS
    if timing.upstream_s is None or timing.queue_s:
        queue = b", queue;dur=%.1f" % (timing.queue_s * _MS) if timing.queue_s else b""
        upstream = b"" if timing.upstream_s is None else b", upstream;dur=%.1f" % (timing.upstream_s * _MS)
        return b"admit;dur=%.1f%b%b, total;dur=%.1f" % (admit, queue, upstream, total)
    return b"admit;dur=%.1f, upstream;dur=%.1f, total;dur=%.1f" % (admit, timing.upstream_s * _MS, total)
