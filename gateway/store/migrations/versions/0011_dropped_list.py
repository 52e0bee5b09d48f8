"""An index of dropped packages: few among all that are closed, and listed as quickly as open ones."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_DROPPED = sa.text("state = 'dropped'")


def upgrade() -> None:
    """Make the index."""
    op.create_index(
        "ix_outbox_dropped",
        "outbox_message",
        ["lane", "created_at", "guid"],
        sqlite_where=_DROPPED,
        postgresql_where=_DROPPED,
    )
