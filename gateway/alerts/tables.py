"""The tables of alert rules, alerts, and what is still to be sent of them."""

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    text,
)

from outbox.database import BigId, UtcDateTime

metadata = MetaData()

alert_rule = Table(
    "alert_rule",
    metadata,
    # late, near, refused, waiting, breaker, held, failing, aside, dead, disk, locked
    Column("kind", String(12), primary_key=True),
    Column("enabled", Boolean, nullable=False),
    Column("threshold", Float, nullable=False),
    # Names of channels of gateway.yaml, as a JSON array.
    Column("channels", Text, nullable=False),
    # HH:MM in Asia/Shanghai; nothing is sent between them. Equal: never quiet.
    Column("quiet_from", String(5), nullable=False),
    Column("quiet_to", String(5), nullable=False),
    # Until somebody acknowledges; 0: told once.
    Column("repeat_hours", Float, nullable=False),
)

alert = Table(
    "alert",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("kind", String(12), nullable=False),
    # "" where it is about the whole gateway.
    Column("feed", String(81), nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
    Column("zh", Text, nullable=False),
    Column("en", Text, nullable=False),
    # The page where a person does something about it.
    Column("link", Text, nullable=False),
    Column("acknowledged_by", Text),
    Column("acknowledged_at", UtcDateTime),
    Index(
        "ix_alert_open",
        "kind",
        "feed",
        unique=True,
        sqlite_where=text("closed_at IS NULL"),
        postgresql_where=text("closed_at IS NULL"),
    ),
)

#: One alert to one channel, until it is sent.
alert_notice = Table(
    "alert_notice",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("alert_id", ForeignKey("alert.id"), nullable=False, index=True),
    # opened, again, over
    Column("what", String(8), nullable=False),
    Column("channel", String(60), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("not_before", UtcDateTime, nullable=False),
    # waiting, sent, failed (given up)
    Column("state", String(8), nullable=False),
    Column("detail", Text, nullable=False),
    Index(
        "ix_alert_notice_waiting",
        "not_before",
        sqlite_where=text("state = 'waiting'"),
        postgresql_where=text("state = 'waiting'"),
    ),
)
