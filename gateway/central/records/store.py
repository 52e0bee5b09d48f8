"""What the centre holds: receipts, totals, records. What writes it is in keep.py."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from heapq import merge

from sqlalchemy import Connection, Engine, Select, Table, delete, func, select, update

from gateway.central.records.tables import feed, package, tables_of, test_record
from gateway.errors import GatewayError
from gateway.protocol.digests import DayDigest, day_digests
from gateway.text import central as messages
from outbox.database import writing

#: Records read at a time where all of a feed's are gone through.
_STREAMED = 10_000


class PackageConflictError(GatewayError):
    """The GUID was used before for a package of other content."""


@dataclass(frozen=True, slots=True)
class DayTotal:
    """Records of a feed that are present, by the day of their package, and withdrawn ones."""

    day: date
    present: int
    withdrawn: int


def receipt_of(engine: Engine, guid: str, digest: str) -> bytes | None:
    """Return the receipt of a package received before.

    Raises PackageConflictError for other content.
    """
    with engine.connect() as connection:
        return receipt_in(connection, guid, digest)


def totals(engine: Engine, feed_name: str, *, test: bool = False) -> list[DayTotal]:
    """Return the number of a feed's records by day."""
    days: dict[date, list[int]] = {}
    with engine.connect() as connection:
        for table in tables_of(test=test):
            query = (
                select(table.c.day, table.c.withdrawn, func.count())
                .join(feed, feed.c.id == table.c.feed_id)
                .where(feed.c.name == feed_name)
                .group_by(table.c.day, table.c.withdrawn)
            )
            for day, withdrawn, count in connection.execute(query):
                days.setdefault(day, [0, 0])[bool(withdrawn)] += int(count)
    return [DayTotal(day, *counts) for day, counts in sorted(days.items())]


def records(
    engine: Engine, feed_name: str, after_key: str, limit: int, *, test: bool = False
) -> list[tuple[str, str, date]]:
    """Return key, digest and day of a feed's present records in key order, after a key."""
    rows: list[tuple[str, str, date]] = []
    with engine.connect() as connection:
        for table in tables_of(test=test):
            query = (
                select(table.c.key, table.c.digest, table.c.day)
                .join(feed, feed.c.id == table.c.feed_id)
                .where(feed.c.name == feed_name, table.c.key > after_key, ~table.c.withdrawn)
                .order_by(table.c.key)
                .limit(limit)
            )
            rows += [tuple(row) for row in connection.execute(query)]
    return sorted(rows)[:limit]


def highest_sequence(engine: Engine, feed_name: str) -> int:
    """Return the largest Sequence of a feed's packages; 0 where there is none."""
    with engine.connect() as connection:
        query = select(feed.c.highest).where(feed.c.name == feed_name)
        return int(connection.execute(query).scalar_one_or_none() or 0)


def digests(
    engine: Engine, feed_name: str, day: date | None = None, *, test: bool = False
) -> dict[date, DayDigest]:
    """Return the digests of a feed's present records by day, or those of one day.

    Every record is gone through once, in the order of keys; none is kept.
    """
    with engine.connect() as connection:
        tables = [
            table for table in tables_of(test=test) if _has_records(connection, table, feed_name)
        ]
        streams = [_by_key(connection, table, feed_name, day) for table in tables]
        return day_digests(merge(*streams))


def bucket(
    engine: Engine,
    feed_name: str,
    day: date,
    prefix: str,
    after_key: str,
    limit: int,
    *,
    test: bool = False,
) -> list[tuple[str, str]]:
    """Return key and digest of a feed's present records of a day, by bucket, after a key."""
    rows: list[tuple[str, str]] = []
    with engine.connect() as connection:
        for table in tables_of(test=test):
            query = (
                _present(table, feed_name, day)
                # As a range: the index serves. Behind every hexadecimal character stands "g".
                .where(table.c.key >= prefix, table.c.key < f"{prefix}g", table.c.key > after_key)
                .limit(limit)
            )
            rows += [(row.key, row.digest) for row in connection.execute(query)]
    return sorted(rows)[:limit]


def _by_key(
    connection: Connection, table: Table, feed_name: str, day: date | None
) -> Iterator[tuple[str, str, date]]:
    query = _present(table, feed_name, day)
    rows = connection.execution_options(stream_results=True).execute(query)
    for row in rows.yield_per(_STREAMED):
        yield row.key, row.digest, row.day


def _present(table: Table, feed_name: str, day: date | None) -> Select[tuple[str, str, date]]:
    query = (
        select(table.c.key, table.c.digest, table.c.day)
        .join(feed, feed.c.id == table.c.feed_id)
        .where(feed.c.name == feed_name, ~table.c.withdrawn)
        .order_by(table.c.key)
    )
    return query if day is None else query.where(table.c.day == day)


def _has_records(connection: Connection, table: Table, feed_name: str) -> bool:
    """Whether a table has any record of a feed: of 43 most have none, and need no cursor."""
    query = select(table.c.key).join(feed, feed.c.id == table.c.feed_id)
    result = connection.execute(query.where(feed.c.name == feed_name).limit(1))
    return result.first() is not None


def receipt_in(connection: Connection, guid: str, digest: str) -> bytes | None:
    """Return the receipt like `receipt_of`, in a transaction."""
    row = connection.execute(
        select(package.c.digest, package.c.receipt).where(package.c.guid == guid)
    ).one_or_none()
    if row is None:
        return None
    if row.digest != digest:
        raise PackageConflictError.of(messages.received_before(guid))
    return bytes(row.receipt)


def owner_of(connection: Connection, guid: str) -> tuple[str, str, str] | None:
    """Return sender ("" where none was known), department and feed of a package received before."""
    row = connection.execute(
        select(package.c.sender, package.c.department, package.c.feed).where(package.c.guid == guid)
    ).one_or_none()
    return None if row is None else (row.sender, row.department, row.feed)


def first_receipt(connection: Connection, guid: str) -> tuple[str, bytes]:
    """Return digest and receipt of a package that was received."""
    row = connection.execute(
        select(package.c.digest, package.c.receipt).where(package.c.guid == guid)
    ).one()
    return row.digest, bytes(row.receipt)


def remove_test_records(engine: Engine, feed_name: str) -> None:
    """Take away what a test sender wrote into a feed.

    Its name alone stays, with nothing to its number.
    """
    with writing(engine) as connection:
        feed_ids = select(feed.c.id).where(feed.c.name == feed_name).scalar_subquery()
        connection.execute(delete(test_record).where(test_record.c.feed_id == feed_ids))
        connection.execute(delete(package).where(package.c.feed == feed_name))
        connection.execute(update(feed).where(feed.c.name == feed_name).values(highest=0))
