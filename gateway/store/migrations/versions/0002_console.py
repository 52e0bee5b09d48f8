"""What the console needs: accounts, alerts, requests, marks to find packages by, totals kept, lists by index."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_COUNTS = "rows, refused, unchanged, superseded, packed, accepted, turned_down"


def upgrade() -> None:
    """Make the tables, columns and indexes; sum up what is acknowledged, and list what has no marks."""
    op.create_table(
        "drop_request",
        sa.Column("guid", sa.String(length=36), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("guid"),
    )
    op.create_table(
        "feed_request",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("feed", sa.String(length=81), nullable=False),
        sa.Column("what", sa.String(length=8), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("feed", "what"),
    )
    op.create_table(
        "mark",
        sa.Column("digest", sa.LargeBinary(length=8), nullable=False),
        sa.Column("guid", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("digest", "guid"),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_mark_guid"), "mark", ["guid"], unique=False)
    op.create_table(
        "unmarked",
        sa.Column("guid", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("guid"),
    )
    op.create_table(
        "feed_total",
        sa.Column("feed_id", sa.Integer(), nullable=False),
        sa.Column("declared", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("refused", sa.BigInteger(), nullable=False),
        sa.Column("unchanged", sa.BigInteger(), nullable=False),
        sa.Column("superseded", sa.BigInteger(), nullable=False),
        sa.Column("packed", sa.BigInteger(), nullable=False),
        sa.Column("accepted", sa.BigInteger(), nullable=False),
        sa.Column("turned_down", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["feed_id"],
            ["feed.id"],
        ),
        sa.PrimaryKeyConstraint("feed_id"),
    )
    op.create_table(
        "adapter_draft",
        sa.Column("feed", sa.String(length=81), nullable=False),
        sa.Column("mapping", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["feed"],
            ["adapter.feed"],
        ),
        sa.PrimaryKeyConstraint("feed"),
    )
    op.create_table(
        "adapter_sample",
        sa.Column("feed", sa.String(length=81), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(length=80), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["feed"],
            ["adapter.feed"],
        ),
        sa.PrimaryKeyConstraint("feed"),
    )
    op.create_table(
        "account",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=13), nullable=False),
        sa.Column("departments", sa.Text(), nullable=False),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("second", sa.LargeBinary(), nullable=True),
        sa.Column("second_key_id", sa.String(length=40), nullable=False),
        sa.Column("second_step", sa.BigInteger(), nullable=False),
        sa.Column("recovery", sa.Text(), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=True),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("signed_in_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("name"),
        sa.UniqueConstraint("subject"),
    )
    op.create_table(
        "account_failure",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("who", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_account_failure_source", "account_failure", ["source", "at"], unique=False)
    op.create_index("ix_account_failure_who", "account_failure", ["who", "at"], unique=False)
    op.create_table(
        "account_origin",
        sa.Column("who", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("who", "source"),
    )
    op.create_table(
        "account_session",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=True),
        sa.Column("stage", sa.String(length=8), nullable=False),
        sa.Column("csrf", sa.String(length=43), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account"],
            ["account.name"],
        ),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index(
        op.f("ix_account_session_account"), "account_session", ["account"], unique=False
    )
    op.create_table(
        "account_token",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("label", sa.String(length=60), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("rights", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("ends_at", sa.DateTime(), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account"],
            ["account.name"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest"),
    )
    op.create_index(op.f("ix_account_token_account"), "account_token", ["account"], unique=False)
    op.create_table(
        "alert",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("feed", sa.String(length=81), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=False),
        sa.Column("closed_at", sa.DateTime(), nullable=True),
        sa.Column("zh", sa.Text(), nullable=False),
        sa.Column("en", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("acknowledged_by", sa.Text(), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ix_alert_open",
        "alert",
        ["kind", "feed"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "alert_rule",
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("threshold", sa.Float(), nullable=False),
        sa.Column("channels", sa.Text(), nullable=False),
        sa.Column("quiet_from", sa.String(length=5), nullable=False),
        sa.Column("quiet_to", sa.String(length=5), nullable=False),
        sa.Column("repeat_hours", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("kind"),
    )
    op.create_table(
        "alert_notice",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("alert_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("what", sa.String(length=8), nullable=False),
        sa.Column("channel", sa.String(length=60), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.DateTime(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["alert_id"],
            ["alert.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_alert_notice_alert_id"), "alert_notice", ["alert_id"], unique=False)
    op.create_index(
        "ix_alert_notice_waiting",
        "alert_notice",
        ["not_before"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.add_column("adapter", sa.Column("submitted_version", sa.Integer(), nullable=True))
    op.add_column("adapter", sa.Column("submitted_by", sa.Text(), nullable=True))
    op.create_index("ix_audit_person", "audit", ["person", "number"], unique=False)
    op.create_index("ix_audit_target", "audit", ["target", "number"], unique=False)
    op.create_index("ix_event_feed", "event", ["feed", "name", "id"], unique=False)
    op.create_index(
        "ix_outbox_attempt_ended", "outbox_attempt", ["ended_at", "outcome"], unique=False
    )
    op.create_index("ix_outbox_created", "outbox_message", ["created_at", "guid"], unique=False)
    op.create_index(
        "ix_outbox_lane", "outbox_message", ["lane", "created_at", "guid"], unique=False
    )
    op.create_index(
        "ix_refusal_list",
        "refusal",
        ["feed_id", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index("ix_unit_feed", "unit", ["feed_id", "id"], unique=False)
    op.create_index("ix_unit_started", "unit", ["started_at"], unique=False)
    sums = ", ".join(f"sum({name})" for name in _COUNTS.split(", "))
    op.execute(
        f"INSERT INTO feed_total (feed_id, declared, {_COUNTS})"  # noqa: S608
        f" SELECT feed_id, sum(coalesce(declared, rows)), {sums} FROM unit"
        " WHERE state = 'acknowledged' GROUP BY feed_id"
    )
    op.execute(
        "INSERT INTO unmarked (guid) SELECT package.guid FROM package"
        " JOIN outbox_content ON outbox_content.guid = package.guid"
    )
