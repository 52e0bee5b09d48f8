"""At how many ends of its process a message was being sent, and a row that readiness writes."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the column and the table; no message has been seen at an end of its process yet."""
    op.add_column(
        "outbox_message", sa.Column("ends", sa.Integer(), nullable=False, server_default="0")
    )
    op.create_table(
        "outbox_probe",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
