"""The tables of who may send. A token is here as its digest alone."""

from sqlalchemy import Boolean, Column, ForeignKey, Integer, MetaData, String, Table, Text

from outbox.database import UtcDateTime

metadata = MetaData()

sender = Table(
    "sender",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("node", Text, nullable=False),
    # SHA-256 of the token in hexadecimal.
    Column("token_digest", String(64), nullable=False, unique=True),
    # Patterns with a blank between: none has one.
    Column("feeds", Text, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("until", UtcDateTime),
    Column("added_by", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("may_relay", Boolean, nullable=False),
    Column("test", Boolean, nullable=False),
    Column("exchange", String(8), nullable=False),
    Column("revoked_at", UtcDateTime),
)

sender_key = Table(
    "sender_key",
    metadata,
    Column("sender", ForeignKey("sender.id"), primary_key=True),
    Column("id", String(40), primary_key=True),
    Column("pem", Text, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("until", UtcDateTime),
    Column("revoked_at", UtcDateTime),
)

#: One row, whose number grows by every change: what has read the senders knows whether to read
#: again.
sender_change = Table(
    "sender_change",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, nullable=False),
)
