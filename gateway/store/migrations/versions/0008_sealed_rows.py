"""Under which key refused rows, changed values and submissions are sealed; so far none was."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the columns; `creditgate store upgrade` then seals what is clear, where there are keys."""
    for table in ("refusal", "cleaning", "submission"):
        op.add_column(table, sa.Column("key_id", sa.String(80), nullable=False, server_default=""))
