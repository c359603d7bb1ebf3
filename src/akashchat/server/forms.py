"""Which form errors have, where no dialect is asked yet: by path, as clients of a dialect expect its own."""

import functools
from collections.abc import Callable, Mapping
from typing import TypeAlias

from starlette.types import Scope

from akashchat.errors import GatewayError

RenderError: TypeAlias = Callable[[GatewayError], bytes]
RenderNamed: TypeAlias = Callable[[GatewayError, str], bytes]
"""A form that names the request's id."""


class ErrorForms:
    """``forms`` is path prefix → form; the longest that fits counts, and ``default`` where none does.

    ``named`` are those that name the request's id; they go first.
    """

    def __init__(
        self,
        default: RenderError,
        forms: Mapping[str, RenderError],
        named: Mapping[str, RenderNamed] | None = None,
    ) -> None:
        self._default = default
        self._forms = sorted(forms.items(), key=lambda form: -len(form[0]))
        self._named = sorted((named or {}).items(), key=lambda form: -len(form[0]))

    def of(self, scope: Scope) -> RenderError:
        """The form for a request, which is looked for when it is needed."""
        # Not of the scope itself, which holds it: they would be left to the collector.
        return functools.partial(self._render, scope["path"], scope["state"]["request_id"])

    def _render(self, path: str, request_id: str, error: GatewayError) -> bytes:
        return self._of(path, request_id)(error)

    def _of(self, path: str, request_id: str) -> RenderError:
        for prefix, render in self._named:
            if path.startswith(prefix):
                return functools.partial(_named, render, request_id)
        return next((render for prefix, render in self._forms if path.startswith(prefix)), self._default)


def naming(render: RenderNamed, scope: Scope) -> RenderError:
    """A form that names the id of this request."""
    return functools.partial(_named, render, scope["state"]["request_id"])


def _named(render: RenderNamed, request_id: str, error: GatewayError) -> bytes:
    return render(error, request_id)
