"""What the centre holds: receipts, totals, records. What writes it is in keep.py."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, Engine, func, select

from gateway.central.tables import feed, metadata, package, record_tables
from gateway.messages import GatewayError
from outbox import probe
from outbox.engine import create_tables


class PackageConflict(GatewayError):
    """The GUID was used before for a package of other content."""


@dataclass(frozen=True, slots=True)
class DayTotal:
    """Records of a feed that are present, by the day of their package, and withdrawn ones."""

    day: date
    present: int
    withdrawn: int


def create(engine: Engine) -> None:
    """Create the tables that are missing."""
    record_tables()
    create_tables(engine, metadata)
    create_tables(engine, probe.metadata)


def receipt_of(engine: Engine, guid: str, digest: str) -> bytes | None:
    """Give the receipt of a package received before; raises PackageConflict for other content."""
    with engine.connect() as connection:
        return receipt_in(connection, guid, digest)


def totals(engine: Engine, feed_name: str) -> list[DayTotal]:
    """Count a feed's records by day."""
    days: dict[date, list[int]] = {}
    with engine.connect() as connection:
        for table in record_tables().values():
            query = (
                select(table.c.day, table.c.withdrawn, func.count())
                .join(feed, feed.c.id == table.c.feed_id)
                .where(feed.c.name == feed_name)
                .group_by(table.c.day, table.c.withdrawn)
            )
            for day, withdrawn, count in connection.execute(query):
                days.setdefault(day, [0, 0])[bool(withdrawn)] += int(count)
    return [DayTotal(day, *counts) for day, counts in sorted(days.items())]


def records(engine: Engine, feed_name: str, after: str, limit: int) -> list[tuple[str, str, date]]:
    """Give key, digest and day of a feed's present records in key order, after a key."""
    found: list[tuple[str, str, date]] = []
    with engine.connect() as connection:
        for table in record_tables().values():
            query = (
                select(table.c.key, table.c.digest, table.c.day)
                .join(feed, feed.c.id == table.c.feed_id)
                .where(feed.c.name == feed_name, table.c.key > after, ~table.c.withdrawn)
                .order_by(table.c.key)
                .limit(limit)
            )
            found += [tuple(row) for row in connection.execute(query)]
    return sorted(found)[:limit]


def receipt_in(connection: Connection, guid: str, digest: str) -> bytes | None:
    """Give the receipt like `receipt_of`, in a transaction."""
    row = connection.execute(
        select(package.c.digest, package.c.receipt).where(package.c.guid == guid)
    ).one_or_none()
    if row is None:
        return None
    if row.digest != digest:
        raise PackageConflict(
            f"数据包 {guid} 已收到过，内容与本次不同；请用新的 GUID",
            f"package {guid} was received before with other content; use a new GUID",
        )
    return bytes(row.receipt)
