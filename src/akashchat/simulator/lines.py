"""The lines of the AI SDK's data stream, version 1, as the app writes them.

``<code>:<JSON>`` and a newline each; ``x-vercel-ai-data-stream: v1``. Nothing here reads a line.
"""

import secrets
import string
from typing import Any, Final

from akashchat.simulator.javascript import stringify

HEADERS: Final = {"content-type": "text/plain; charset=utf-8", "x-vercel-ai-data-stream": "v1"}

_ALPHABET: Final = string.ascii_letters + string.digits


def write(code: str, payload: Any) -> bytes:
    """One line of any code."""
    return f"{code}:{stringify(payload)}\n".encode()


def start() -> bytes:
    """The first line of a step."""
    return write("f", {"messageId": "msg-" + "".join(secrets.choice(_ALPHABET) for _ in range(24))})


def text(delta: str) -> bytes:
    """A piece of the answer."""
    return write("0", delta)


def reasoning(delta: str) -> bytes:
    """A piece of the model's thoughts, as newer apps may send them."""
    return write("g", delta)


def error(message: str) -> bytes:
    """An error, whenever it happens."""
    return write("3", message)


def finish_step(
    reason: str, prompt_tokens: int | None, completion_tokens: int | None, *, is_continued: bool = False
) -> bytes:
    """The end of a step; more follow when it is continued."""
    usage = {"promptTokens": prompt_tokens, "completionTokens": completion_tokens}
    return write("e", {"finishReason": reason, "usage": usage, "isContinued": is_continued})


def finish_message(reason: str, prompt_tokens: int | None, completion_tokens: int | None) -> bytes:
    """The last line of an answer that came to its end."""
    usage = {"promptTokens": prompt_tokens, "completionTokens": completion_tokens}
    return write("d", {"finishReason": reason, "usage": usage})


def image(job_id: str, prompt: str, negative: str) -> bytes:
    r"""The line that announces a picture, which is *not* JSON: ``'`` becomes ``\'``, the rest stays raw."""

    def quoted(value: str) -> str:
        return value.replace("'", "\\'")

    tag = (
        f"<image_generation> jobId='{job_id}' prompt='{quoted(prompt)}'"
        f" negative='{quoted(negative)}'</image_generation>"
    )
    return f'0:"{tag}"\n'.encode("utf-8", "replace")
