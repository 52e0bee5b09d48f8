"""Units that are taken once, in the order of their feed, and what is set aside on the way in."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the columns and indexes; of units taken before, nobody knows what they held."""
    op.add_column("unit", sa.Column("complete", sa.Boolean(), nullable=True))
    op.add_column("unit", sa.Column("contents", sa.Text(), nullable=True))
    op.add_column(
        "unit", sa.Column("replaced", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("unit", sa.Column("place", sa.BigInteger(), nullable=True))
    op.add_column("known", sa.Column("seen_in", sa.BigInteger(), nullable=True))
    op.add_column("submission", sa.Column("place", sa.BigInteger(), nullable=True))
    op.add_column(
        "source_unit", sa.Column("errors", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column("source_unit", sa.Column("unit_id", sa.BigInteger(), nullable=True))
    for name in ("cursor", "unit"):
        op.add_column("source_unit", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    op.add_column("source_unit", sa.Column("read_rows", sa.Integer(), nullable=True))
    op.add_column("source_unit", sa.Column("read_columns", sa.Text(), nullable=True))
    op.create_index("ix_refusal_identity", "refusal", ["feed_id", "identity"])
    waiting = sa.text("state = 'waiting'")
    op.create_index(
        "ix_submission_waiting",
        "submission",
        ["feed", "number"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
