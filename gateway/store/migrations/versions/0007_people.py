"""Past passwords and their term, known browsers, proofs of who signs in anew, requests to a second administrator."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the tables and columns; the term of a password that is there begins now."""
    op.add_column("account", sa.Column("password_at", sa.DateTime(), nullable=True))
    op.add_column("account_token", sa.Column("proved_at", sa.DateTime(), nullable=True))
    op.add_column("account_session", sa.Column("proved_at", sa.DateTime(), nullable=True))
    op.add_column(
        "account_session",
        sa.Column("agent", sa.String(length=200), nullable=False, server_default=""),
    )
    op.create_table(
        "account_past_password",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("password", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.name"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ix_account_past_password_account", "account_past_password", ["account"], unique=False
    )
    op.create_table(
        "account_request",
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("act", sa.String(length=8), nullable=False),
        sa.Column("role", sa.String(length=13), nullable=False),
        sa.Column("departments", sa.Text(), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=True),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("half", sa.LargeBinary(), nullable=True),
        sa.Column("half_key_id", sa.String(length=40), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("account"),
    )
    op.create_table(
        "account_device",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.name"]),
        sa.PrimaryKeyConstraint("digest", "account"),
    )
    op.create_index("ix_account_device_account", "account_device", ["account"], unique=False)
    account = sa.table("account", sa.column("password", sa.Text()), sa.column("password_at"))
    now = datetime.now(UTC).replace(tzinfo=None)
    op.execute(account.update().where(account.c.password != "").values(password_at=now))
