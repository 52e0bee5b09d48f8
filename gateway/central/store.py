"""Stores judged packages, each in one transaction, exactly once. All of the centre's SQL is here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Engine, Table, func, insert, select, text
from sqlalchemy.dialects import postgresql

from gateway.central.judge import Judged, Verdict
from gateway.central.receipt import receipt_xml
from gateway.central.tables import OWN, feed, metadata, package, record_table, record_tables, snake
from gateway.clock import local_day
from gateway.messages import GatewayError
from gateway.standard.digest import line_digests
from outbox.engine import among, create_tables, insert_new, writing


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


def receipt_of(engine: Engine, guid: str, digest: str) -> bytes | None:
    """Give the receipt of a package received before; raises PackageConflict for other content."""
    with engine.connect() as connection:
        return _receipt(connection, guid, digest)


def keep(engine: Engine, judged: Judged, digest: str, now: datetime, signature: str = "") -> bytes:
    """Store a package's sound records and its receipt in one transaction; give the receipt.

    `digest` is the SHA-256 of the package's bytes in hexadecimal. A package received before
    changes nothing and gets its first receipt again. Raises PackageConflict when the GUID comes
    with other content.
    """
    header = judged.header
    table = record_table(header.kind)
    keys, sound, digests = judged.records.keys, judged.sound, line_digests(judged.records.lines)
    with writing(engine) as connection:
        _one_at_a_time(connection, header.feed)
        before = _receipt(connection, header.guid, digest)
        if before is not None:
            return before
        feed_id = _feed_id(connection, header.feed)
        held = _held(connection, table, feed_id, [keys[place] for place in sound])
        verdicts = dict(judged.refused)
        stored: list[int] = []
        for place in sound:
            new = (digests[place], judged.withdrawal(place))
            verdict = _verdict(new, held.get(keys[place]), header.sequence)
            verdicts[place] = Verdict(keys[place], verdict)
            if verdict != "superseded":
                stored.append(place)
        _write(connection, table, feed_id, judged, digests, stored)
        receipt = receipt_xml(
            header.guid, digest, now, [verdicts[place] for place in range(len(keys))]
        )
        connection.execute(
            insert(package).values(
                guid=header.guid, digest=digest, feed=header.feed,
                department=header.department, kind=header.kind, sequence=header.sequence,
                records=header.records, created_at=header.created_at, received_at=now,
                receipt=receipt, signature=signature,
            )
        )  # fmt: skip
    return receipt


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


def _verdict(new: tuple[str, bool], held: tuple[int, str, bool] | None, sequence: int) -> str:
    """Tell what a record (digest, withdrawn) does to what is held of it (sequence before these)."""
    if held is None:
        return "accepted"
    if held[0] > sequence:
        return "superseded"
    return "duplicate" if held[1:] == new else "accepted"


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


def _feed_id(connection: Connection, name: str) -> int:
    query = select(feed.c.id).where(feed.c.name == name)
    found = connection.execute(query).scalar_one_or_none()
    if found is None:
        insert_new(connection, feed, {"name": name})
        found = connection.execute(query).scalar_one()
    return int(found)


def _held(
    connection: Connection, table: Table, feed_id: int, keys: Sequence[str]
) -> dict[str, tuple[int, str, bool]]:
    c = table.c
    query = select(c.key, c.sequence, c.digest, c.withdrawn).where(
        c.feed_id == feed_id, among(connection, c.key, keys)
    )
    return {r.key: (r.sequence, r.digest, r.withdrawn) for r in connection.execute(query)}


def _one_at_a_time(connection: Connection, feed_name: str) -> None:
    """Let no two packages of a feed be compared at once; SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(feed_name))))


def _write(
    connection: Connection, table: Table, feed_id: int, judged: Judged, digests: list[str],
    places: list[int],
) -> None:  # fmt: skip
    """Insert or overwrite records, sorted by key so that each index page is touched once."""
    if not places:
        return
    header, records = judged.header, judged.records
    day = local_day(header.created_at).isoformat()
    places = sorted(places, key=records.keys.__getitem__)

    def own(place: int) -> tuple[int | str, ...]:
        key, withdrawn = records.keys[place], int(judged.withdrawal(place))
        return feed_id, key, header.sequence, digests[place], header.guid, day, withdrawn

    if connection.dialect.name == "postgresql":
        names = [*OWN, *map(snake, judged.kind.field_names)]
        _copy(connection, table, names, [(*own(place), *records.rows[place]) for place in places])
        return
    # A statement for each shape: to bind what is absent takes SQLite's driver the longest.
    shapes: dict[tuple[str, ...], list[tuple[int | str, ...]]] = {}
    for place in places:
        shapes.setdefault(records.shapes[place], []).append((*own(place), *records.texts[place]))
    for shape, rows in shapes.items():
        connection.exec_driver_sql(_upsert(table.name, shape), rows)


@lru_cache(maxsize=1000)
def _upsert(table_name: str, shape: tuple[str, ...]) -> str:
    """Write SQLite's statement for a record that has the fields of a shape and no others."""
    table = metadata.tables[table_name]
    names = [*OWN, *(snake(name) for name in shape)]
    marks = ", ".join("?" * len(names))
    sets = ", ".join(f'"{c.name}" = excluded."{c.name}"' for c in table.c if not c.primary_key)
    return f"INSERT INTO {table.name} ({_quoted(names)}) VALUES ({marks}) ON CONFLICT (feed_id, key) DO UPDATE SET {sets}"  # noqa: S608


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _copy(
    connection: Connection, table: Table, columns: Sequence[str], rows: list[tuple[int | str, ...]]
) -> None:
    """Stream records by COPY into a temporary table, then merge: PostgreSQL's quickest way in.

    A column that is not named becomes empty: a sender of an older version does not know it.
    """
    staging = f"incoming_{table.name}"
    names = _quoted(columns)
    connection.execute(text(f"CREATE TEMP TABLE IF NOT EXISTS {staging} (LIKE {table.name}) ON COMMIT DELETE ROWS"))  # fmt: skip
    driver: Any = connection.connection.driver_connection
    data = "\n".join(["\t".join(map(str, row)) for row in rows]).replace("\\", "\\\\") + "\n"
    with driver.cursor().copy(f"COPY {staging} ({names}) FROM STDIN WITH (NULL '')") as copy:
        copy.write(data)
    whole = [c.name for c in table.c]
    fresh = postgresql.insert(table).from_select(
        whole, select(text(_quoted(whole))).select_from(text(staging))
    )
    written = {c.name: fresh.excluded[c.name] for c in table.c if not c.primary_key}
    connection.execute(fresh.on_conflict_do_update(index_elements=["feed_id", "key"], set_=written))
