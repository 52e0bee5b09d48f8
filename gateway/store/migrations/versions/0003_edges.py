"""Counts of their own beside each unit's rows, and units on the way in that ended their reader."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the table and the columns; of units read before, nothing was counted apart."""
    for name in ("counted", "lines"):
        op.add_column("unit", sa.Column(name, sa.Integer(), nullable=True))
    for name in ("left_out", "blank", "deleted"):
        op.add_column("unit", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    for name in ("counted", "left_out", "blank", "deleted", "uneven", "uncounted"):
        op.add_column(
            "feed_total", sa.Column(name, sa.BigInteger(), nullable=False, server_default="0")
        )
    # What was acknowledged before was not counted apart: it goes by its own rows, and says so.
    op.execute("UPDATE feed_total SET counted = rows")
    op.execute(
        "UPDATE feed_total SET uncounted = (SELECT count(*) FROM unit WHERE unit.feed_id ="
        " feed_total.feed_id AND unit.state = 'acknowledged' AND unit.rows > 0)"
    )
    op.create_table(
        "source_unit",
        sa.Column("feed_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("strikes", sa.Integer(), nullable=False),
        sa.Column("reason_zh", sa.Text(), nullable=False),
        sa.Column("reason_en", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feed.id"]),
        sa.PrimaryKeyConstraint("feed_id", "name"),
    )
