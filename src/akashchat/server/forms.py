"""Which form errors have, where no dialect is asked yet: by path, as clients of a dialect expect its own."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from starlette.types import Scope

from akashchat.errors import GatewayError

RenderError: TypeAlias = Callable[[GatewayError], bytes]


class ErrorForms:
    """``forms`` is path prefix → form; the longest that fits counts, and ``default`` where none does."""

    def __init__(self, default: RenderError, forms: Mapping[str, RenderError]) -> None:
        self._default = default
        self._forms = sorted(forms.items(), key=lambda form: -len(form[0]))

    def of(self, scope: Scope) -> RenderError:
        """The form for a request."""
        path = scope["path"]
        return next((render for prefix, render in self._forms if path.startswith(prefix)), self._default)
