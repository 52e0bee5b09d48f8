"""The table of events."""

from sqlalchemy import Column, Index, MetaData, String, Table, Text

from outbox.database import BigId, UtcDateTime

metadata = MetaData()


event = Table(
    "event",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    # info, warning, error
    Column("level", String(8), nullable=False),
    Column("name", String(40), nullable=False),
    Column("feed", String(81), nullable=False),
    Column("zh", Text, nullable=False),
    Column("en", Text, nullable=False),
    Index("ix_event_feed", "feed", "name", "id"),
)
