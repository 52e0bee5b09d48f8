"""The outbox's tables."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    text,
)

from outbox.database import BigId, UtcDateTime

metadata = MetaData()


lane = Table(
    "outbox_lane",
    metadata,
    Column("name", String(120), primary_key=True),
    Column("ordered", Boolean, nullable=False),
    Column("next_sequence", BigInteger, nullable=False),
)

message = Table(
    "outbox_message",
    metadata,
    Column("guid", String(36), primary_key=True),
    Column("lane", String(120), ForeignKey("outbox_lane.name"), nullable=False),
    Column("sequence", BigInteger, nullable=False),
    # Among the parts of a message that was split, the place of its first record; 0 of a whole one.
    Column("part", Integer, nullable=False),
    Column("records", Integer, nullable=False),
    # waiting, held (until a person lets it go), sending, dead; settled and dropped are closed.
    Column("state", String(8), nullable=False),
    Column("why", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("strikes", Integer, nullable=False),
    # At how many ends of its process in a row it was being sent (outbox/suspects.py).
    Column("ends", Integer, nullable=False, server_default="0"),
    # How often it was sent again although it was settled.
    Column("replays", Integer, nullable=False, server_default="0"),
    Column("created_at", UtcDateTime, nullable=False),
    Column("not_before", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime),
    Column("settled_at", UtcDateTime),
    Column("lease_token", String(36)),
    Column("lease_until", UtcDateTime),
    Index(
        "ix_outbox_open",
        "lane",
        "sequence",
        "part",
        unique=True,
        sqlite_where=text("state <> 'settled' AND state <> 'dropped'"),
        postgresql_where=text("state <> 'settled' AND state <> 'dropped'"),
    ),
    Index(
        "ix_outbox_settled",
        "settled_at",
        sqlite_where=text("state = 'settled' OR state = 'dropped'"),
        postgresql_where=text("state = 'settled' OR state = 'dropped'"),
    ),
    # For lists of what people have dropped: few among all that are closed.
    Index(
        "ix_outbox_dropped",
        "lane",
        "created_at",
        "guid",
        sqlite_where=text("state = 'dropped'"),
        postgresql_where=text("state = 'dropped'"),
    ),
    # For lists by age, of all lanes and of one.
    Index("ix_outbox_created", "created_at", "guid"),
    Index("ix_outbox_lane", "lane", "created_at", "guid"),
)

#: Apart from the message: a change of state must not write these bytes anew.
content = Table(
    "outbox_content",
    metadata,
    Column("guid", String(36), ForeignKey("outbox_message.guid"), primary_key=True),
    # The key under which both are sealed; "" of plain ones.
    Column("key_id", String(40), nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("context", LargeBinary, nullable=False),
)

#: The breaker of a destination that several nodes share (outbox/breaker.py says what it means).
breaker = Table(
    "outbox_breaker",
    metadata,
    Column("name", String(120), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("opened_until", UtcDateTime),
    Column("wait_seconds", Float, nullable=False),
    Column("probing_since", UtcDateTime),
)

attempt = Table(
    "outbox_attempt",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("guid", String(36), ForeignKey("outbox_message.guid"), nullable=False, index=True),
    Column("started_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    # settled, failed, unreachable, pending, refused, lost
    Column("outcome", String(12)),
    Column("detail", Text, nullable=False),
    # For counts by time.
    Index("ix_outbox_attempt_ended", "ended_at", "outcome"),
)

transition = Table(
    "outbox_transition",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("guid", String(36), ForeignKey("outbox_message.guid"), nullable=False, index=True),
    Column("state", String(8), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("why", Text, nullable=False),
)
