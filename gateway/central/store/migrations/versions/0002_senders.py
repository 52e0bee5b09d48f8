"""Senders with their keys, the audit chain, whose each package is, the highest Sequence of each feed.

Also where records of test senders are, apart from all others.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_PACKAGES = sa.table("received_package", sa.column("feed"), sa.column("sequence"))
_FEEDS = sa.table("feed", sa.column("name"), sa.column("highest"))


def upgrade() -> None:
    """Make the tables and columns."""
    op.add_column(
        "received_package",
        sa.Column("sender", sa.String(length=40), nullable=False, server_default=""),
    )
    op.add_column("feed", sa.Column("highest", sa.BigInteger(), nullable=False, server_default="0"))
    # What a feed has reached counts from the first day: else its next package were out of proportion.
    highest = (
        sa.select(sa.func.max(_PACKAGES.c.sequence))
        .where(_PACKAGES.c.feed == _FEEDS.c.name)
        .scalar_subquery()
    )
    op.execute(sa.update(_FEEDS).values(highest=sa.func.coalesce(highest, 0)))
    _test_records()
    _senders()
    _audit()


def _test_records() -> None:
    op.create_table(
        "test_record",
        sa.Column("feed_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.Column("package", sa.String(length=36), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feed.id"]),
        sa.PrimaryKeyConstraint("feed_id", "key"),
    )
    op.create_index("ix_test_record_day", "test_record", ["feed_id", "day", "withdrawn"])


def _senders() -> None:
    op.create_table(
        "sender",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column("feeds", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=True),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("may_relay", sa.Boolean(), nullable=False),
        sa.Column("test", sa.Boolean(), nullable=False),
        sa.Column("exchange", sa.String(length=8), nullable=False),
        sa.Column("revoked_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_digest"),
    )
    op.create_table(
        "sender_key",
        sa.Column("sender", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("pem", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["sender"], ["sender.id"]),
        sa.PrimaryKeyConstraint("sender", "id"),
    )
    op.create_table(
        "sender_change",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("act", sa.String(length=60), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_index("ix_audit_target", "audit", ["target", "number"])
    op.create_index("ix_audit_person", "audit", ["person", "number"])
