"""The tables of a delivery's evidence and of receipts that came late."""

from sqlalchemy import Column, LargeBinary, MetaData, String, Table, Text

from outbox.database import UtcDateTime

metadata = MetaData()


proof = Table(
    "proof",
    metadata,
    Column("guid", String(36), primary_key=True),
    # Ours of the package, and the centre's receipt (zstd) with its own.
    Column("package_signature", Text, nullable=False),
    Column("receipt", LargeBinary, nullable=False),
    Column("receipt_signature", Text, nullable=False),
    Column("kept_at", UtcDateTime, nullable=False),
)

#: Receipts that came by callback, until a worker looks.
arrival = Table(
    "arrival",
    metadata,
    Column("guid", String(36), primary_key=True),
    Column("receipt", LargeBinary, nullable=False),
    Column("signature", Text, nullable=False),
    Column("arrived_at", UtcDateTime, nullable=False),
)
