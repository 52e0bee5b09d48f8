"""Stores judged packages, each in one transaction, exactly once. All of the centre's SQL is here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Engine, Table, func, insert, select, text
from sqlalchemy.dialects import postgresql

from gateway.central.judge import Judged, Sound, Verdict
from gateway.central.receipt import receipt_xml
from gateway.central.tables import OWN, metadata, package, record_table, record_tables
from gateway.clock import local_day
from gateway.messages import GatewayError
from outbox.engine import writing


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
    with writing(engine) as connection:
        metadata.create_all(connection)


def receipt_of(engine: Engine, guid: str, digest: str) -> bytes | None:
    """Give the receipt of a package received before; raises PackageConflict for other content."""
    with engine.connect() as connection:
        return _receipt(connection, guid, digest)


def keep(engine: Engine, judged: Judged, digest: str, now: datetime) -> bytes:
    """Store a package's sound records and its receipt in one transaction; give the receipt.

    `digest` is the SHA-256 of the package's bytes in hexadecimal. A package received before changes nothing and gets its first receipt again. Raises
    PackageConflict when the GUID comes with other content.
    """
    header = judged.header
    table = record_table(header.kind)
    with writing(engine) as connection:
        _one_at_a_time(connection, header.feed)
        before = _receipt(connection, header.guid, digest)
        if before is not None:
            return before
        held = _held(connection, table, header.feed, [record.key for record in judged.sound])
        verdicts = dict(judged.refused)
        stored: list[Sound] = []
        for record in judged.sound:
            verdict = _verdict(record, held.get(record.key), header.sequence)
            verdicts[record.place] = Verdict(record.key, verdict)
            if verdict != "superseded":
                stored.append(record)
        _write(connection, table, judged, stored)
        receipt = receipt_xml(
            header.guid, digest, now, [verdicts[place] for place in range(len(judged.keys))]
        )
        connection.execute(
            insert(package).values(
                guid=header.guid, digest=digest, feed=header.feed,
                department=header.department, kind=header.kind, sequence=header.sequence,
                records=header.records, created_at=header.created_at, received_at=now,
                receipt=receipt,
            )
        )  # fmt: skip
    return receipt


def totals(engine: Engine, feed: str) -> list[DayTotal]:
    """Count a feed's records by day."""
    days: dict[date, list[int]] = {}
    with engine.connect() as connection:
        for table in record_tables().values():
            query = (
                select(table.c.day, table.c.withdrawn, func.count())
                .where(table.c.feed == feed)
                .group_by(table.c.day, table.c.withdrawn)
            )
            for day, withdrawn, count in connection.execute(query):
                days.setdefault(day, [0, 0])[bool(withdrawn)] += int(count)
    return [DayTotal(day, *counts) for day, counts in sorted(days.items())]


def records(engine: Engine, feed: str, after: str, limit: int) -> list[tuple[str, str, date]]:
    """Give key, digest and day of a feed's present records in key order, after a key."""
    found: list[tuple[str, str, date]] = []
    with engine.connect() as connection:
        for table in record_tables().values():
            query = (
                select(table.c.key, table.c.digest, table.c.day)
                .where(table.c.feed == feed, table.c.key > after, ~table.c.withdrawn)
                .order_by(table.c.key)
                .limit(limit)
            )
            found += [tuple(row) for row in connection.execute(query)]
    return sorted(found)[:limit]


def _verdict(record: Sound, held: tuple[int, str, bool] | None, sequence: int) -> str:
    """Tell what a record does to what is held of it: sequence, digest, withdrawn."""
    if held is None:
        return "accepted"
    if held[0] > sequence:
        return "superseded"
    return "duplicate" if held[1:] == (record.digest, record.withdrawal) else "accepted"


def _receipt(connection: Connection, guid: str, digest: str) -> bytes | None:
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


def _held(
    connection: Connection, table: Table, feed: str, keys: Sequence[str]
) -> dict[str, tuple[int, str, bool]]:
    c = table.c
    query = select(c.key, c.sequence, c.digest, c.withdrawn).where(c.feed == feed, c.key.in_(keys))
    return {r.key: (r.sequence, r.digest, r.withdrawn) for r in connection.execute(query)}


def _one_at_a_time(connection: Connection, feed: str) -> None:
    """Let no two packages of a feed be compared at once; SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(feed))))


def _write(connection: Connection, table: Table, judged: Judged, stored: list[Sound]) -> None:
    """Insert or overwrite records, sorted by key so that each index page is touched once."""
    if not stored:
        return
    header = judged.header
    day = local_day(header.created_at).isoformat()
    stored = sorted(stored, key=lambda record: record.key)
    if connection.dialect.name == "postgresql":
        _copy(connection, table, judged, stored, day)
        return
    shared = (header.sequence, header.guid, day)
    connection.exec_driver_sql(
        _upsert(table.name),
        [
            (header.feed, r.key, shared[0], r.digest, shared[1], shared[2], int(r.withdrawal), *r.values)
            for r in stored
        ],
    )  # fmt: skip


@cache
def _upsert(table_name: str) -> str:
    """Write SQLite's statement for one record; an absent field comes as "" and is kept as null."""
    table = metadata.tables[table_name]
    names = ", ".join(c.name for c in table.c)
    marks = ", ".join("?" if c.name in OWN else "nullif(?, '')" for c in table.c)
    sets = ", ".join(f"{c.name} = excluded.{c.name}" for c in table.c if not c.primary_key)
    return f"INSERT INTO {table.name} ({names}) VALUES ({marks}) ON CONFLICT (feed, key) DO UPDATE SET {sets}"  # noqa: S608


def _copy(
    connection: Connection, table: Table, judged: Judged, stored: list[Sound], day: str
) -> None:
    """Stream records by COPY into a temporary table, then merge: PostgreSQL's quickest way in."""
    header = judged.header
    staging = f"incoming_{table.name}"
    names = ", ".join(c.name for c in table.c)
    connection.execute(text(f"CREATE TEMP TABLE IF NOT EXISTS {staging} (LIKE {table.name}) ON COMMIT DELETE ROWS"))  # fmt: skip
    driver: Any = connection.connection.driver_connection
    lines = (
        "\t".join((header.feed, r.key, str(header.sequence), r.digest, header.guid, day, str(r.withdrawal), *r.values))
        for r in stored
    )  # fmt: skip
    data = "\n".join(lines).replace("\\", "\\\\") + "\n"
    with driver.cursor().copy(f"COPY {staging} ({names}) FROM STDIN WITH (NULL '')") as copy:
        copy.write(data)
    fresh = postgresql.insert(table).from_select(
        [c.name for c in table.c], select(text(names)).select_from(text(staging))
    )
    written = {c.name: fresh.excluded[c.name] for c in table.c if not c.primary_key}
    connection.execute(fresh.on_conflict_do_update(index_elements=["feed", "key"], set_=written))
