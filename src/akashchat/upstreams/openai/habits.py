"""What an upstream turns out not to take, learnt from its refusals.

Two things are asked of every upstream that some refuse: usage in the stream (Mistral, some of Azure) and a limit
called ``max_tokens`` (OpenAI's models that reason).  Who refuses is asked again without, and never so again.
"""

import re

from akashchat.errors import BadRequest
from akashchat.upstreams.openai.request import LimitName

_USAGE = re.compile(r"stream_options|include_usage")
_LIMIT = re.compile(r"max_completion_tokens")
_MOST_MODELS = 1000


class Habits:
    """One upstream's."""

    def __init__(self) -> None:
        self.usage = True
        """Whether it is asked for usage."""
        self._newer: set[str] = set()

    def limit(self, model: str) -> LimitName:
        """What the limit is called for a model."""
        return "max_completion_tokens" if model in self._newer else "max_tokens"

    def learn(self, refusal: BadRequest, model: str) -> bool:
        """Whether a refusal told something new, so that asking once more makes sense."""
        said = f"{refusal.param or ''} {refusal.message}"
        if self.usage and _USAGE.search(said):
            self.usage = False
            return True
        if model not in self._newer and _LIMIT.search(said) and len(self._newer) < _MOST_MODELS:
            self._newer.add(model)
            return True
        return False
