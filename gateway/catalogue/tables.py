"""The table of catalogues that were taken."""

from sqlalchemy import Column, Integer, LargeBinary, MetaData, Table

from outbox.database import UtcDateTime

metadata = MetaData()


catalogue = Table(
    "catalogue",
    metadata,
    Column("serial", Integer, primary_key=True),
    Column("document", LargeBinary, nullable=False),
    Column("taken_at", UtcDateTime, nullable=False),
)
