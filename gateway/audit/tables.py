"""The table of the audit log."""

from sqlalchemy import BigInteger, Column, Index, MetaData, String, Table, Text

from outbox.database import UtcDateTime

metadata = MetaData()

audit = Table(
    "audit",
    metadata,
    # From 1, without a gap: given by hand, in order.
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("person", Text, nullable=False),
    Column("act", String(60), nullable=False),
    # A feed, a package's GUID, an account; empty where it is about the whole.
    Column("target", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Index("ix_audit_target", "target", "number"),
    Index("ix_audit_person", "person", "number"),
)
