"""What the gateway remembers of feeds, units and records sent. All SQL of these tables is here.

Refusals and events have modules of their own. Every method takes the caller's connection.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
from sqlalchemy import Connection, case, exists, func, insert, select, update

from gateway.exchange.frames import frame_bytes, frame_of
from gateway.exchange.line import KNOWN_SCHEMA
from gateway.exchange.tables import batch, feed, known, package, unit, unit_wait
from gateway.messages import GatewayError, Text
from outbox import among, insert_new

_REMEMBER = "INSERT INTO known (feed_id, key, digest, day, present, unit_id) VALUES "
_REMEMBER_ANEW = (
    " ON CONFLICT (feed_id, key) DO UPDATE SET digest = excluded.digest, day = excluded.day,"
    " present = excluded.present, unit_id = excluded.unit_id"
)
COUNTS = ("rows", "refused", "unchanged", "superseded", "packed", "accepted", "turned_down")


class FetchOvertaken(GatewayError):
    """Another fetch of the same feed has kept a batch meanwhile; this one keeps nothing."""


@dataclass(frozen=True, slots=True)
class FeedState:
    """Where a feed stands; `hold` says why it stopped and asks, if it did."""

    id: int
    name: str
    cursor: str
    version: int
    hold: Text | None
    fetched_at: datetime | None
    problem: Text | None


@dataclass(frozen=True, slots=True)
class UnitState:
    """A unit whose acknowledgement is due."""

    id: int
    feed_id: int
    name: str
    tries: int


@dataclass(frozen=True, slots=True)
class FeedTotals:
    """Counts of one feed over all its units, and acknowledgements still owed."""

    feed: str
    declared: int
    rows: int
    refused: int
    unchanged: int
    superseded: int
    packed: int
    accepted: int
    turned_down: int
    unacknowledged: int

    @property
    def waiting(self) -> int:
        """Records packed for which there is no verdict yet."""
        return self.packed - self.accepted - self.turned_down


def feed_state(connection: Connection, name: str) -> FeedState:
    """Give a feed's state, beginning it where it is new."""
    query = select(feed).where(feed.c.name == name)
    row = connection.execute(query).one_or_none()
    if row is None:
        blank = dict.fromkeys(("cursor", "hold_zh", "hold_en", "problem_zh", "problem_en"), "")
        insert_new(connection, feed, {"name": name, "version": 0, **blank})
        row = connection.execute(query).one()
    return FeedState(
        row.id, row.name, row.cursor, row.version,
        Text(row.hold_zh, row.hold_en) if row.hold_zh else None,
        row.fetched_at,
        Text(row.problem_zh, row.problem_en) if row.problem_zh else None,
    )  # fmt: skip


def feed_states(connection: Connection) -> list[FeedState]:
    """Give every feed that was ever fetched, by name."""
    names = connection.execute(select(feed.c.name).order_by(feed.c.name)).scalars().all()
    return [feed_state(connection, name) for name in names]


def advance(connection: Connection, state: FeedState, cursor: str) -> FeedState:
    """Move the cursor; raises FetchOvertaken when another fetch moved it since `state` was read."""
    changed = connection.execute(
        update(feed)
        .where(feed.c.id == state.id, feed.c.version == state.version)
        .values(cursor=cursor, version=state.version + 1)
    ).rowcount
    if not changed:
        raise FetchOvertaken(
            f"{state.name} 正由另一进程采集，本次作罢",
            f"{state.name} is being fetched by another process; this fetch stops",
        )
    return FeedState(
        state.id, state.name, cursor, state.version + 1, state.hold, state.fetched_at, state.problem
    )


def note_fetch(connection: Connection, name: str, now: datetime, problem: Text | None) -> None:
    """Keep when a feed was fetched last and what went wrong, if anything did."""
    connection.execute(
        update(feed)
        .where(feed.c.name == name)
        .values(
            fetched_at=now,
            problem_zh=problem.zh if problem else "",
            problem_en=problem.en if problem else "",
        )
    )


def hold(connection: Connection, feed_id: int, why: Text | None) -> None:
    """Stop a feed until a person decides, or let it go on (None)."""
    connection.execute(
        update(feed)
        .where(feed.c.id == feed_id)
        .values(hold_zh=why.zh if why else "", hold_en=why.en if why else "")
    )


def find_unit(connection: Connection, feed_id: int, name: str) -> int | None:
    """Give the id of a unit that the feed has begun, or None."""
    query = select(unit.c.id).where(unit.c.feed_id == feed_id, unit.c.name == name)
    return connection.execute(query).scalar_one_or_none()


def begin_unit(connection: Connection, feed_id: int, name: str, now: datetime) -> int:
    """Open a unit, or open it again; any other open unit of the feed will get no more batches."""
    others = select(unit.c.id).where(
        unit.c.feed_id == feed_id, unit.c.state == "open", unit.c.name != name
    )
    for other in connection.execute(others).scalars().all():
        connection.execute(update(unit).where(unit.c.id == other).values(state="whole"))
        settle_unit(connection, other, now)
    found = find_unit(connection, feed_id, name)
    if found is not None:
        connection.execute(update(unit).where(unit.c.id == found).values(state="open"))
        return found
    made = connection.execute(
        insert(unit).values(
            feed_id=feed_id, name=name, state="open", started_at=now, acknowledge_tries=0,
            **dict.fromkeys(COUNTS, 0),
        )
    )  # fmt: skip
    return int(made.inserted_primary_key[0])  # type: ignore[index]


def add_batch(
    connection: Connection, unit_id: int, counts: dict[str, int], fates: pl.DataFrame,
    *, last: bool, declared: int | None,
) -> int:  # fmt: skip
    """Count a batch into its unit and keep the fates of rows that do not travel; give its number."""
    number = connection.execute(
        select(func.count()).select_from(batch).where(batch.c.unit_id == unit_id)
    ).scalar_one()
    connection.execute(
        insert(batch).values(unit_id=unit_id, number=number, fates=frame_bytes(fates))
    )
    grown: dict[str, Any] = {name: unit.c[name] + count for name, count in counts.items()}
    if last:
        grown |= {"state": "whole", "declared": declared}
    connection.execute(update(unit).where(unit.c.id == unit_id).values(grown))
    return int(number)


def add_packages(
    connection: Connection, unit_id: int, number: int, packages: Sequence[tuple[str, int]]
) -> None:
    """Link packages (GUID, count of rows) to the unit and batch that they come from."""
    if packages:
        connection.execute(
            insert(package),
            [
                {"guid": g, "unit_id": unit_id, "batch": number, "rows": rows}
                for g, rows in packages
            ],
        )


def known_records(connection: Connection, feed_id: int, keys: pl.Series) -> pl.DataFrame:
    """Give those of the keys that were sent before, as KNOWN_SCHEMA."""
    query = select(known.c.key, known.c.digest, known.c.present, known.c.unit_id).where(
        known.c.feed_id == feed_id, among(connection, known.c.key, keys.to_list())
    )
    found = [tuple(row) for row in connection.execute(query)]
    return pl.DataFrame(found, schema=KNOWN_SCHEMA, orient="row")


def remember(
    connection: Connection, feed_id: int, unit_id: int, day: date,
    records: Sequence[tuple[str, str]], *, present: bool = True,
) -> None:  # fmt: skip
    """Note records (key, digest) as sent; those known already get the new digest and day."""
    if not records:
        return
    postgresql = connection.dialect.name == "postgresql"
    mark = "%s" if postgresql else "?"
    # SQLite's driver is slow with any type but its own, and has no Boolean.
    shared = (day.isoformat(), present if postgresql else int(present), unit_id)
    # In tuples by the driver: a fifth of the cost of SQLAlchemy's parameter dictionaries. Sorted
    # keys touch each page of the index once.
    connection.exec_driver_sql(
        _REMEMBER + f"({', '.join([mark] * 6)})" + _REMEMBER_ANEW,
        [(feed_id, key, digest, *shared) for key, digest in sorted(records)],
    )


def see(connection: Connection, feed_id: int, unit_id: int, keys: pl.Series) -> None:
    """Note that the full list of a unit still has these records."""
    here = among(connection, known.c.key, keys.to_list())
    connection.execute(
        update(known).where(known.c.feed_id == feed_id, here).values(unit_id=unit_id)
    )


def unseen(connection: Connection, feed_id: int, unit_id: int) -> tuple[list[tuple[str, str]], int]:
    """Give the present records (key, digest) that a full list no longer has, and how many there were."""
    here = (known.c.feed_id == feed_id) & known.c.present
    gone = connection.execute(
        select(known.c.key, known.c.digest).where(here, known.c.unit_id != unit_id)
    )
    lost = [(row.key, row.digest) for row in gone]
    total = connection.execute(select(func.count()).select_from(known).where(here)).scalar_one()
    return lost, int(total)


def forget(
    connection: Connection, feed_id: int, unit_id: int, added: Sequence[str], others: Sequence[str]
) -> None:
    """Take back what was noted of records that the centre turned down, so that they travel again.

    Of a record that was not new the centre keeps the version before: its digest is unknown here.
    """
    mine = (known.c.feed_id == feed_id) & (known.c.unit_id == unit_id)
    connection.execute(known.delete().where(mine, known.c.key.in_(added)))
    connection.execute(
        update(known).where(mine, known.c.key.in_(others)).values(digest="", present=True)
    )


def last_unit(connection: Connection, feed_id: int) -> int:
    """Give the id of the feed's newest unit."""
    return int(
        connection.execute(
            select(func.max(unit.c.id)).where(unit.c.feed_id == feed_id)
        ).scalar_one()
    )


def unit_of(connection: Connection, guid: str) -> tuple[int, int, int] | None:
    """Give the feed id, unit id and row count of a package, or None when it is not ours."""
    query = (
        select(unit.c.feed_id, package.c.unit_id, package.c.rows)
        .join(unit, unit.c.id == package.c.unit_id)
        .where(package.c.guid == guid)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else (row.feed_id, row.unit_id, row.rows)


def split_package(connection: Connection, guid: str, parts: Sequence[tuple[str, int]]) -> None:
    """Let parts (GUID, records) stand for the rows that a package stood for."""
    whole = connection.execute(select(package).where(package.c.guid == guid)).one_or_none()
    if whole is None:
        return
    connection.execute(package.delete().where(package.c.guid == guid))
    connection.execute(
        insert(package),
        [
            {"guid": part, "unit_id": whole.unit_id, "batch": whole.batch, "rows": records if whole.rows else 0}
            for part, records in parts
        ],
    )  # fmt: skip


def add_verdicts(connection: Connection, unit_id: int, accepted: int, turned_down: int) -> None:
    """Count verdicts into a unit."""
    connection.execute(
        update(unit)
        .where(unit.c.id == unit_id)
        .values(accepted=unit.c.accepted + accepted, turned_down=unit.c.turned_down + turned_down)
    )


def wait_for(connection: Connection, unit_id: int, others: Sequence[int]) -> None:
    """Let a unit's acknowledgement wait for the verdicts of other units, and for what those wait for.

    Its rows were sent from there before; what has all its verdicts is not waited for.
    """
    if not others:
        return
    lacking = unit.c.state.in_(("open", "whole"))
    own = select(unit.c.id).where(unit.c.id.in_(others), lacking)
    theirs = (
        select(unit_wait.c.on_unit_id)
        .join(unit, unit.c.id == unit_wait.c.on_unit_id)
        .where(unit_wait.c.unit_id.in_(others), lacking)
    )
    for other in connection.execute(own.union(theirs)).scalars().all():
        if other != unit_id:
            insert_new(connection, unit_wait, {"unit_id": unit_id, "on_unit_id": other})


def settle_unit(connection: Connection, unit_id: int, now: datetime) -> None:
    """Make a whole unit's acknowledgement due once each of its records has a verdict."""
    connection.execute(
        update(unit)
        .where(
            unit.c.id == unit_id,
            unit.c.state == "whole",
            unit.c.packed == unit.c.accepted + unit.c.turned_down,
        )
        .values(state="settled", acknowledge_after=now)
    )


def tell_again(connection: Connection, unit_id: int, now: datetime) -> None:
    """Make the acknowledgement of a unit due once more: a verdict has changed since."""
    connection.execute(
        update(unit)
        .where(unit.c.id == unit_id, unit.c.state == "acknowledged")
        .values(state="settled", acknowledge_after=now)
    )


def due_acknowledgements(
    connection: Connection, feed_name: str, now: datetime, limit: int = 100
) -> list[UnitState]:
    """List a feed's units whose acknowledgement is due, oldest first.

    One with rows that another unit sent waits until that one has all its verdicts.
    """
    other = unit.alias("other")
    waits = exists().where(
        unit_wait.c.unit_id == unit.c.id,
        other.c.id == unit_wait.c.on_unit_id,
        other.c.state.in_(("open", "whole")),
    )
    query = (
        select(unit.c.id, unit.c.feed_id, unit.c.name, unit.c.acknowledge_tries)
        .join(feed, feed.c.id == unit.c.feed_id)
        .where(
            feed.c.name == feed_name,
            unit.c.state == "settled",
            unit.c.acknowledge_after <= now,
            ~waits,
        )
        .order_by(unit.c.id)
        .limit(limit)
    )
    return [UnitState(*row) for row in connection.execute(query)]


def acknowledged(connection: Connection, unit_id: int, now: datetime) -> None:
    """Note that the department has been told."""
    connection.execute(
        update(unit).where(unit.c.id == unit_id).values(state="acknowledged", acknowledged_at=now)
    )


def acknowledge_later(connection: Connection, unit_id: int, now: datetime, wait: timedelta) -> None:
    """Note that telling the department failed, and when to try again."""
    connection.execute(
        update(unit)
        .where(unit.c.id == unit_id)
        .values(acknowledge_after=now + wait, acknowledge_tries=unit.c.acknowledge_tries + 1)
    )


def unit_batches(connection: Connection, unit_id: int) -> Iterator[tuple[pl.DataFrame, list[str]]]:
    """Yield each batch of a unit: fates of rows that did not travel, GUIDs of those that did."""
    guids: dict[int, list[str]] = {}
    for row in connection.execute(
        select(package.c.batch, package.c.guid).where(package.c.unit_id == unit_id)
    ):
        guids.setdefault(row.batch, []).append(row.guid)
    numbers = select(batch.c.number).where(batch.c.unit_id == unit_id).order_by(batch.c.number)
    for number in connection.execute(numbers).scalars().all():
        data = connection.execute(
            select(batch.c.fates).where(batch.c.unit_id == unit_id, batch.c.number == number)
        ).scalar_one()
        yield frame_of(data), guids.get(number, [])


def totals(connection: Connection) -> list[FeedTotals]:
    """Sum up every feed over all its units."""
    declared = func.sum(func.coalesce(unit.c.declared, unit.c.rows))
    owed = func.sum(case((unit.c.state == "acknowledged", 0), else_=1))
    query = (
        select(feed.c.name, declared, *(func.sum(unit.c[name]) for name in COUNTS), owed)
        .join(unit, unit.c.feed_id == feed.c.id)
        .group_by(feed.c.name)
        .order_by(feed.c.name)
    )
    return [FeedTotals(row[0], *map(int, row[1:])) for row in connection.execute(query)]


def sent_by_day(connection: Connection, feed_name: str) -> dict[date, int]:
    """Count the records that should be present at the centre, by day of their package."""
    query = (
        select(known.c.day, func.count())
        .join(feed, feed.c.id == known.c.feed_id)
        .where(feed.c.name == feed_name, known.c.present)
        .group_by(known.c.day)
    )
    return {row[0]: int(row[1]) for row in connection.execute(query)}


def sent_records(connection: Connection, feed_name: str) -> dict[str, str]:
    """Give the key and digest of each record that should be present at the centre."""
    query = (
        select(known.c.key, known.c.digest)
        .join(feed, feed.c.id == known.c.feed_id)
        .where(feed.c.name == feed_name, known.c.present)
    )
    return {row.key: row.digest for row in connection.execute(query)}
