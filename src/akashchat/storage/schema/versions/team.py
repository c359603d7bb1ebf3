"""What a team needs: keys and what they have used, the ledger, a shelf for what is shared.

Texts that are JSON say so; moments are seconds since the epoch; ``"user"`` and ``"window"`` are words of SQL, so
statements quote them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables."""
    _keys()
    _limits()
    _ledger()
    _shared()


def _keys() -> None:
    op.create_table(
        "keys",
        sa.Column("id", sa.Text, primary_key=True),
        _text("name"),
        _text("prefix"),
        sa.Column("digest", sa.LargeBinary, nullable=False, unique=True),
        _number("admin"),
        _text("scope"),  # JSON
        _text("allowance"),  # JSON
        _real("created_at"),
        _real("expires_at", nullable=True),
        _real("revoked_at", nullable=True),
        _real("last_used_at", nullable=True),
        _text("note"),
    )


def _limits() -> None:
    op.create_table(
        "counters",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("window", sa.BigInteger, primary_key=True, autoincrement=False),
        _number("used"),
        _number("reserved"),
    )
    op.create_table(
        "reservations",
        sa.Column("id", sa.Text, primary_key=True),
        _text("key"),
        _real("expires_at"),
        _number("tokens"),
        _text("windows"),  # JSON
    )
    op.create_index("reservations_key", "reservations", ["key"])
    op.create_index("reservations_expires_at", "reservations", ["expires_at"])


def _ledger() -> None:
    op.create_table(
        "ledger",
        # SQLite counts a primary key up only where its type is this very word.
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        _real("at"),
        _text("request_id"),
        _text("key"),
        _text("caller"),
        _text("user"),
        _text("dialect"),
        _text("model"),
        _text("true_model"),
        _text("upstream"),
        _number("stream"),
        _number("attempts"),
        _number("rescues"),
        _number("input_tokens", nullable=True),
        _number("output_tokens", nullable=True),
        _number("reasoning_tokens"),
        _number("estimated"),
        _real("first_event_ms", nullable=True),
        _real("duration_ms"),
        _text("outcome"),
        _text("error"),
        _real("cost", nullable=True),
    )
    op.create_index("ledger_at", "ledger", ["at"])
    op.create_index("ledger_key_at", "ledger", ["key", "at"])
    op.create_table(
        "bodies",
        sa.Column("request_id", sa.Text, primary_key=True),
        _real("at"),
        sa.Column("request", sa.LargeBinary, nullable=False),
        sa.Column("answer", sa.LargeBinary, nullable=False),
    )
    op.create_index("bodies_at", "bodies", ["at"])


def _shared() -> None:
    op.create_table(
        "shelf",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.LargeBinary, nullable=False),
        _real("ends_at"),
    )
    op.create_index("shelf_ends_at", "shelf", ["ends_at"])
    op.create_table(
        "marks",
        sa.Column("name", sa.Text, primary_key=True),
        _number("number"),
    )


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=nullable, server_default=None if nullable else "0")


def _real(name: str, *, nullable: bool = False) -> sa.Column[float]:
    return sa.Column(name, sa.Double, nullable=nullable)
