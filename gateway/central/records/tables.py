"""The central database's tables: packages received, and one table a record kind from the XSD."""

import re
from functools import cache
from typing import Any

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
)

from gateway.standard import load_standard
from outbox.database import UtcDateTime

metadata = MetaData()

#: Records name their feed by number: the key's index stays small, and each package touches all of
#: it.
feed = Table(
    "feed",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(81), nullable=False, unique=True),
    # The largest Sequence of any package taken: how far the next may be beyond it is policy.
    Column("highest", BigInteger, nullable=False, server_default="0"),
)

package = Table(
    "received_package",
    metadata,
    Column("guid", String(36), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("feed", String(81), nullable=False),
    Column("department", String(40), nullable=False),
    Column("kind", String(60), nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("records", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    # The receipt's own bytes: a repeat gets the same answer for ever.
    Column("receipt", LargeBinary, nullable=False),
    # The sender's signature of the package; "" where none is asked for.
    Column("signature", Text, nullable=False),
    # Whose it is, and who alone gets its receipt again; "" for one of before senders were known.
    Column("sender", String(40), nullable=False, server_default=""),
)

#: Columns that every record table has before its fields.
OWN = ("feed_id", "key", "sequence", "digest", "package", "day", "withdrawn")


def _own_columns() -> list[Column[Any]]:
    return [
        Column("feed_id", ForeignKey("feed.id"), primary_key=True),
        Column("key", String(32), primary_key=True),
        Column("sequence", BigInteger, nullable=False),
        Column("digest", String(32), nullable=False),
        Column("package", String(36), nullable=False),
        Column("day", Date, nullable=False),
        Column("withdrawn", Boolean, nullable=False),
    ]


#: Records of senders marked `test`: keys and digests, by which the suite sees what became of them,
#: and none of their fields. Nothing that looks for subjects, reports or publishes reads it.
test_record = Table(
    "test_record",
    metadata,
    *_own_columns(),
    Index("ix_test_record_day", "feed_id", "day", "withdrawn"),
)


@cache
def record_table(kind_name: str) -> Table:
    """Return the table of a record kind: OWN, then the newest version's fields as text columns.

    Values keep the lexical form that the XSD has checked, null where absent.
    """
    kind = load_standard().kind(kind_name)
    name = snake(kind.name)
    return Table(
        name,
        metadata,
        *_own_columns(),
        *(Column(snake(field.name), Text, comment=field.zh) for field in kind.fields),
        Index(f"ix_{name}_day", "feed_id", "day", "withdrawn"),
    )


def record_tables() -> dict[str, Table]:
    """Return the table of every record kind by the kind's name."""
    return {name: record_table(name) for name in load_standard().kinds}


def tables_of(*, test: bool) -> list[Table]:
    """Return the tables in which the records of a real sender are, or those of a test's."""
    return [test_record] if test else list(record_tables().values())


@cache
def snake(name: str) -> str:
    """Return an element name as a column name: UnifiedCode becomes unified_code."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
