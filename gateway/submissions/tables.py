"""The table of submissions."""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    text,
)

from outbox.database import BigId, UtcDateTime

metadata = MetaData()

submission = Table(
    "submission",
    metadata,
    # The order in which they came.
    Column("number", BigId, primary_key=True),
    Column("receipt", String(36), nullable=False, unique=True),
    Column("feed", String(81), nullable=False),
    # The sender's own id, by which a repeat is known; its receipt number where it gave none.
    Column("given_id", String(100), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("rows", Integer, nullable=False),
    # zstd of a JSON array of flat objects, sealed where the store has keys, under the one named.
    Column("content", LargeBinary, nullable=False),
    Column("key_id", String(80), nullable=False, server_default=""),
    Column("received_at", UtcDateTime, nullable=False),
    # The feed's newest unit when it came, of rows mended by hand: what the source gives after that
    # is newer than they are.
    Column("place", BigInteger),
    # waiting, kept (in the gateway, under way), aside (set aside: a person decides), answered
    Column("state", String(8), nullable=False),
    # zstd of a JSON array of verdicts, once answered.
    Column("verdicts", LargeBinary),
    UniqueConstraint("feed", "given_id"),
    Index("ix_submission_feed", "feed", "number"),
    # Those that wait are few, and the state of the others stands behind their content.
    Index(
        "ix_submission_waiting",
        "feed",
        "number",
        sqlite_where=text("state = 'waiting'"),
        postgresql_where=text("state = 'waiting'"),
    ),
)
