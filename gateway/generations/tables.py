"""The tables of the store's identity, its restores and lost receipt numbers."""

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, String, Table, Text

from outbox.database import UtcDateTime

metadata = MetaData()


#: One row: which store this is. The file beside a SQLite store says the same.
identity = Table(
    "identity",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("guid", String(36), nullable=False),
    # Grows whenever the store was restored: what it promised since the backup is unknown to it.
    Column("generation", Integer, nullable=False, server_default="1"),
    # How often a gateway has opened it.
    Column("run", BigInteger, nullable=False, server_default="0"),
    # What it stands on, as `restore_watch` tells it; empty before a gateway has opened it.
    Column("stands_on", Text, nullable=False, server_default=""),
)

#: The store was restored: which generation began then, up to when it knew, and why it is thought
#: so.
restore = Table(
    "restore",
    metadata,
    Column("generation", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("as_of", UtcDateTime),
    Column("why_zh", Text, nullable=False),
    Column("why_en", Text, nullable=False),
    Column("person", Text, nullable=False),
)

#: Receipt numbers that were asked for and are unknown since a restore: their senders were told to
#: post again. `posted_as` is the receipt of the same rows posted again.
lost_receipt = Table(
    "lost_receipt",
    metadata,
    Column("receipt", String(36), primary_key=True),
    Column("feed", String(81), nullable=False),
    # Of the rows that it was given for; empty where the number does not tell.
    Column("fingerprint", String(8), nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("posted_as", String(36)),
    # Who said that it need not be posted again, where a person did.
    Column("person", Text, nullable=False),
    Index("ix_lost_receipt_feed", "feed", "fingerprint"),
)
