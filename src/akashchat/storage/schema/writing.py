"""SQL of the revisions, as Alembic writes it for a database that it does not see.

https://alembic.sqlalchemy.org/en/latest/offline.html
"""

import pathlib
from typing import Any, TextIO, cast

_HERE = str(pathlib.Path(__file__).parent)


class _Statements(list[str]):
    """Takes what Alembic would print: each statement at once, and remarks between them."""

    def write(self, text: str) -> None:
        """One of either."""
        statement = text.strip().removesuffix(";")
        if not statement.startswith("--"):
            self.append(statement)

    def flush(self) -> None:
        """Nothing is held back."""


def written(kind: str, found: str | None) -> list[str]:
    """The statements that lead from a revision, or from nothing, to the last."""
    # Loaded when an earlier schema is found: most starts find their own.
    from alembic.operations import Operations  # noqa: PLC0415
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    script = ScriptDirectory(_HERE)
    statements = _Statements()

    def revisions(at: Any, _: Any) -> Any:
        return script._upgrade_revs("head", at)  # noqa: SLF001  as its own ``command.upgrade`` does

    context = MigrationContext.configure(
        dialect_name=kind,
        opts={
            "as_sql": True,
            "output_buffer": cast("TextIO", statements),
            "starting_rev": found,
            "fn": revisions,
        },
    )
    with Operations.context(context):
        context.run_migrations()
    return list(statements)
