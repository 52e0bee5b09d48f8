"""The store's generation, and what was fetched again since a restore."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the tables and columns; a store of before is of the first generation."""
    op.add_column(
        "identity", sa.Column("generation", sa.Integer(), nullable=False, server_default="1")
    )
    op.add_column("identity", sa.Column("run", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("identity", sa.Column("stands_on", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "restore",
        sa.Column("generation", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("as_of", sa.DateTime(), nullable=True),
        sa.Column("why_zh", sa.Text(), nullable=False),
        sa.Column("why_en", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("generation"),
    )
    op.create_table(
        "restored_feed",
        sa.Column("generation", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("feed", sa.String(length=81), nullable=False),
        sa.Column("looked_at", sa.DateTime(), nullable=True),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("generation", "feed"),
    )
    op.create_table(
        "lost_receipt",
        sa.Column("receipt", sa.String(length=36), nullable=False),
        sa.Column("feed", sa.String(length=81), nullable=False),
        sa.Column("fingerprint", sa.String(length=8), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("posted_as", sa.String(length=36), nullable=True),
        sa.Column("person", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("receipt"),
    )
    op.create_index("ix_lost_receipt_feed", "lost_receipt", ["feed", "fingerprint"], unique=False)
