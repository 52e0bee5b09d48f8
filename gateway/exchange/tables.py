"""The tables of the exchange: feeds, units, what was sent, refusals, due slots."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from outbox.database import BigId, UtcDateTime

metadata = MetaData()

feed = Table(
    "feed",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(81), nullable=False, unique=True),
    Column("cursor", Text, nullable=False),
    # Grows with every batch kept: of two fetches at once only one can keep.
    Column("version", Integer, nullable=False),
    # Why the feed stopped and asks; empty while it runs.
    Column("hold_zh", Text, nullable=False),
    Column("hold_en", Text, nullable=False),
    # What a person is to decide: list (its list shrank), other; "" of a feed that goes on.
    Column("hold_kind", String(8), nullable=False, server_default=""),
    # What the source looked like at the last fetch: drift.Shape as JSON, empty at first.
    Column("shape", Text, nullable=False),
    Column("fetched_at", UtcDateTime),
    Column("problem_zh", Text, nullable=False),
    Column("problem_en", Text, nullable=False),
)

unit = Table(
    "unit",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("feed_id", ForeignKey("feed.id"), nullable=False),
    Column("name", Text, nullable=False),
    # open, whole, settled, acknowledged
    Column("state", String(12), nullable=False),
    # Its last batch was kept; false where another unit began before that. NULL: not known.
    Column("complete", Boolean),
    # What it held, to know it by when it is offered again (exchange.contents). NULL: not known.
    Column("contents", Text),
    # Read or taken once more since, under a name of its own: nobody is told by this one.
    Column("replaced", Boolean, nullable=False, server_default=false()),
    # The unit beside which it stands in the order of its feed's statements; NULL: its own id.
    Column("place", BigInteger),
    Column("declared", Integer),
    Column("rows", Integer, nullable=False),
    # rows = refused + unchanged + superseded + packed; packed = accepted + turned_down + waiting
    Column("refused", Integer, nullable=False),
    Column("unchanged", Integer, nullable=False),
    Column("superseded", Integer, nullable=False),
    Column("packed", Integer, nullable=False),
    # Of those packed: they replace a record that was sent before.
    Column("changed", Integer, nullable=False, server_default="0"),
    Column("accepted", Integer, nullable=False),
    Column("turned_down", Integer, nullable=False),
    # counted = rows + left_out + blank + deleted, by a count that is not the reader's; NULL: not
    # counted
    Column("counted", Integer),
    Column("lines", Integer),
    Column("left_out", Integer, nullable=False, server_default="0"),
    Column("blank", Integer, nullable=False, server_default="0"),
    Column("deleted", Integer, nullable=False, server_default="0"),
    Column("started_at", UtcDateTime, nullable=False),
    Column("acknowledge_after", UtcDateTime),
    Column("acknowledge_tries", Integer, nullable=False),
    Column("acknowledged_at", UtcDateTime),
    UniqueConstraint("feed_id", "name"),
    Index("ix_unit_started", "started_at"),
    Index("ix_unit_feed", "feed_id", "id"),
    Index(
        "ix_unit_open",
        "feed_id",
        "state",
        sqlite_where=text("state <> 'acknowledged'"),
        postgresql_where=text("state <> 'acknowledged'"),
    ),
)

#: The sums of a feed's acknowledged units, so that totals need only the others summed up.
feed_total = Table(
    "feed_total",
    metadata,
    Column("feed_id", ForeignKey("feed.id"), primary_key=True),
    Column("declared", BigInteger, nullable=False),
    *(
        Column(name, BigInteger, nullable=False)
        for name in (
            "rows",
            "refused",
            "unchanged",
            "superseded",
            "packed",
            "accepted",
            "turned_down",
        )
    ),
    *(
        Column(name, BigInteger, nullable=False, server_default="0")
        for name in ("counted", "left_out", "blank", "deleted", "uneven", "uncounted")
    ),
)

#: Units that are being read, at which something failed that nobody foresaw, or that are set aside
#: for it: one that is read without trouble is not here. (The dead letters of the way in, as the
#: outbox has them on the way out.) The name is empty for what failed at no unit that could be
#: passed over.
source_unit = Table(
    "source_unit",
    metadata,
    Column("feed_id", ForeignKey("feed.id"), primary_key=True),
    Column("name", Text, primary_key=True),
    # reading, set_aside, refused (set aside, and its refusal is kept), again (a person wants it
    # read once more), given_up; of the empty name: reading, stuck, given_up
    Column("state", String(10), nullable=False),
    # How often the living gateway saw a reader end on it, and how often something else failed.
    Column("strikes", Integer, nullable=False),
    Column("errors", Integer, nullable=False, server_default="0"),
    # The unit that was refused; where it stands in the feed's order should it be read again.
    Column("unit_id", BigInteger),
    # Of the empty name: the feed's cursor, and the unit at which it failed, as far as that is
    # known.
    Column("cursor", Text, nullable=False, server_default=""),
    Column("unit", Text, nullable=False, server_default=""),
    # What was read when it failed: the rows of the batch, and its columns as JSON. NULL: nothing.
    Column("read_rows", Integer),
    Column("read_columns", Text),
    Column("reason_zh", Text, nullable=False),
    Column("reason_en", Text, nullable=False),
    Column("noted_at", UtcDateTime, nullable=False),
)

#: A unit has rows that were sent before, from another unit that has no verdict on them yet.
unit_wait = Table(
    "unit_wait",
    metadata,
    Column("unit_id", ForeignKey("unit.id"), primary_key=True),
    Column("on_unit_id", ForeignKey("unit.id"), primary_key=True),
)

batch = Table(
    "batch",
    metadata,
    Column("unit_id", ForeignKey("unit.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    # Arrow IPC of the rows that went into no package, with their verdicts.
    Column("fates", LargeBinary, nullable=False),
)

package = Table(
    "package",
    metadata,
    Column("guid", String(36), primary_key=True),
    Column("unit_id", ForeignKey("unit.id"), nullable=False, index=True),
    Column("batch", Integer, nullable=False),
    # Records that stand for a row of the unit; a package of withdrawals has none.
    Column("rows", Integer, nullable=False),
)

#: By what a package may be found: keyed digests of record keys, numbers of documents and subjects.
mark = Table(
    "mark",
    metadata,
    Column("digest", LargeBinary(8), primary_key=True),
    Column("guid", String(36), primary_key=True, index=True),
    sqlite_with_rowid=False,
)

#: Packages whose marks are still to be made.
unmarked = Table("unmarked", metadata, Column("guid", String(36), primary_key=True))

#: A person wants a package dropped, and a second one must agree.
drop_request = Table(
    "drop_request",
    metadata,
    Column("guid", String(36), primary_key=True),
    Column("person", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

#: What a person wants the scheduler to do with a feed.
feed_request = Table(
    "feed_request",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("feed", String(81), nullable=False),
    # run, confirm
    Column("what", String(8), nullable=False),
    Column("person", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    UniqueConstraint("feed", "what"),
)

known = Table(
    "known",
    metadata,
    Column("feed_id", ForeignKey("feed.id"), primary_key=True),
    Column("key", String(32), primary_key=True),
    Column("digest", String(32), nullable=False),
    Column("day", Date, nullable=False),
    Column("present", Boolean, nullable=False),
    # The unit that sent it last.
    Column("unit_id", BigInteger, nullable=False),
    # The last unit that had it, sent or unchanged: tells what is gone from a full list, and what is
    # newer than a unit that is read again. NULL: the one that sent it. Of a record that is not
    # present, the one that sent it: a version is under way, and none is at the centre.
    Column("seen_in", BigInteger),
    sqlite_with_rowid=False,
)

refusal = Table(
    "refusal",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("feed_id", ForeignKey("feed.id"), nullable=False),
    # What makes the refused row the same one next time: record key, stable ref, or unit and row.
    Column("identity", Text, nullable=False),
    Column("unit_id", ForeignKey("unit.id"), nullable=False, index=True),
    Column("ref", Text, nullable=False),
    # gateway or centre
    Column("refused_by", String(8), nullable=False),
    Column("guid", String(36), index=True),
    # Sealed (refused_rows) under the key named, "" where it is clear.
    Column("row_json", Text, nullable=False),
    Column("key_id", String(80), nullable=False, server_default=""),
    # open, mended (a later fetch brought it right), replaced (refused again, otherwise)
    Column("state", String(8), nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
    Column("mended_by", String(36)),
    Index(
        "ix_refusal_open",
        "feed_id",
        "identity",
        sqlite_where=text("state = 'open'"),
        postgresql_where=text("state = 'open'"),
    ),
    # In which unit a record was refused last, open or closed.
    Index("ix_refusal_identity", "feed_id", "identity"),
    Index(
        "ix_refusal_list",
        "feed_id",
        "id",
        sqlite_where=text("state = 'open'"),
        postgresql_where=text("state = 'open'"),
    ),
)

fault = Table(
    "fault",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("refusal_id", ForeignKey("refusal.id"), nullable=False, index=True),
    Column("field", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("zh", Text, nullable=False),
    Column("en", Text, nullable=False),
)


def _note(name: str, *says: str, sealed: bool = False) -> Table:
    """Return a table of notes on records that travel: record, row and what is noted."""
    return Table(
        name,
        metadata,
        Column("id", BigId, primary_key=True),
        Column("feed_id", ForeignKey("feed.id"), nullable=False),
        Column("key", String(32), nullable=False),
        Column("unit_id", ForeignKey("unit.id"), nullable=False),
        *(
            Column(text_column, Text, nullable=False)
            for text_column in ("ref", "field", "rule", *says)
        ),
        # Under which key what it says is sealed, "" where it is clear.
        *([Column("key_id", String(80), nullable=False, server_default="")] if sealed else ()),
        Index(f"ix_{name}_key", "feed_id", "key"),
    )


cleaning = _note("cleaning", "received", "kept", sealed=True)
warning = _note("warning", "zh", "en")


slot = Table(
    "slot",
    metadata,
    Column("feed", String(81), primary_key=True),
    Column("due_at", UtcDateTime, primary_key=True),
    Column("started_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("outcome", Text, nullable=False),
)


#: Of each generation and feed: when its source was looked through for what this store has marked
#: there and does not know, and how much of that was fetched again.
restored_feed = Table(
    "restored_feed",
    metadata,
    Column("generation", Integer, primary_key=True, autoincrement=False),
    Column("feed", String(81), primary_key=True),
    Column("looked_at", UtcDateTime),
    # Who said that nothing is missing, where a person did.
    Column("person", Text, nullable=False),
    Column("units", Integer, nullable=False),
    Column("rows", BigInteger, nullable=False),
)
