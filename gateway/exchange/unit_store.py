"""Units as they come in and travel. All SQL of units, batches and their packages is here.

Every function takes the caller's connection.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import (
    Connection,
    bindparam,
    exists,
    func,
    insert,
    literal_column,
    select,
    update,
)

from adapters import Tally
from gateway.exchange import contents as unit_contents
from gateway.exchange.context import frame_bytes, frame_of
from gateway.exchange.sums import BESIDE
from gateway.exchange.tables import (
    batch,
    feed,
    package,
    unit,
    unit_wait,
    unmarked,
)
from outbox import insert_new


@dataclass(frozen=True, slots=True)
class UnitView:
    """A unit as a person sees it: a file, a page, a submission, with what became of its rows."""

    id: int
    name: str
    state: str
    started_at: datetime
    acknowledged_at: datetime | None
    rows: int
    refused: int
    unchanged: int
    superseded: int
    packed: int
    accepted: int
    turned_down: int
    counted: int | None
    left_out: int
    blank: int
    deleted: int
    #: Rows packed that replace a record sent before.
    changed: int

    @property
    def replaced(self) -> int:
        """Return how often a row replaced another, of its batch or sent before."""
        return self.superseded + self.changed

    @property
    def uneven(self) -> bool:
        """Whether the count apart is not what became of the unit's records."""
        records = self.rows + self.left_out + self.blank + self.deleted
        return self.state != "open" and self.counted not in (None, records)


#: That a unit is not acknowledged, in the words of the index of those: beside any other state asked
#: for it keeps a statement from going through all units that a feed ever had.
IS_OPEN = unit.c.state != literal_column("'acknowledged'")
#: Units asked for in one statement: PostgreSQL takes no more than 65,535 parameters.
_AT_ONCE = 5_000
_VIEW = [unit.c[name] for name in UnitView.__slots__]
#: Statements of each settlement, written once: to write them takes longer than to run them.
_UNIT_OF = (
    select(unit.c.feed_id, package.c.unit_id, package.c.rows)
    .join(unit, unit.c.id == package.c.unit_id)
    .where(package.c.guid == bindparam("of"))
)
_ADD_VERDICTS = (
    update(unit)
    .where(unit.c.id == bindparam("of"))
    .values(
        accepted=unit.c.accepted + bindparam("more_accepted"),
        turned_down=unit.c.turned_down + bindparam("more_turned_down"),
    )
)


def latest(connection: Connection, feed_name: str, limit: int) -> list[UnitView]:
    """Return a feed's newest units, the newest first."""
    feed_id = select(feed.c.id).where(feed.c.name == feed_name).scalar_subquery()
    # Numbers first, from their index alone: for whole rows PostgreSQL goes back through every
    # feed's units.
    newest = (
        select(unit.c.id).where(unit.c.feed_id == feed_id).order_by(unit.c.id.desc()).limit(limit)
    )
    numbers = connection.execute(newest).scalars().all()
    query = select(*_VIEW).where(unit.c.id.in_(numbers)).order_by(unit.c.id.desc())
    return [UnitView(*row) for row in connection.execute(query)]


def unit_by_package(connection: Connection, guid: str) -> UnitView | None:
    """Return the unit from which a package comes, None where it is not ours."""
    query = select(*_VIEW).join(package, package.c.unit_id == unit.c.id)
    row = connection.execute(query.where(package.c.guid == guid)).one_or_none()
    return None if row is None else UnitView(*row)


def add_batch(
    connection: Connection,
    unit_id: int,
    counts: dict[str, int],
    fates: pl.DataFrame,
    *,
    last: bool,
    declared: int | None,
    tally: Tally | None = None,
    contents: str = "",
) -> int:
    """Count a batch into its unit and store the fates of rows left out; return its number.

    Rows left out are those that do not travel. `tally` is the whole unit's, and comes with its last
    batch; `contents` is the batch's own.
    """
    count = select(func.count()).select_from(batch).where(batch.c.unit_id == unit_id)
    number, contents_before = connection.execute(
        select(count.scalar_subquery(), unit.c.contents).where(unit.c.id == unit_id)
    ).one()
    connection.execute(
        insert(batch).values(unit_id=unit_id, number=number, fates=frame_bytes(fates))
    )
    grown: dict[str, Any] = {name: unit.c[name] + count for name, count in counts.items()}
    if number == 0 or contents_before is not None:
        grown["contents"] = unit_contents.joined(contents_before, contents)
    if last:
        grown |= {"state": "whole", "complete": True, "declared": declared, **_grown_by(tally)}
    connection.execute(update(unit).where(unit.c.id == unit_id).values(grown))
    return int(number)


def _grown_by(tally: Tally | None) -> dict[str, Any]:
    """Return what a tally adds to a unit."""
    if tally is None:
        return {}
    grown: dict[str, Any] = {name: unit.c[name] + getattr(tally, name) for name in BESIDE}
    for name in ("counted", "lines"):
        if (count := getattr(tally, name)) is not None:
            grown[name] = func.coalesce(unit.c[name], 0) + count
    return grown


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
        connection.execute(insert(unmarked), [{"guid": guid} for guid, _ in packages])


def last_unit(connection: Connection, feed_id: int) -> int:
    """Return the id of the feed's newest unit."""
    return int(
        connection.execute(
            select(func.max(unit.c.id)).where(unit.c.feed_id == feed_id)
        ).scalar_one()
    )


def unit_of(connection: Connection, guid: str) -> tuple[int, int, int] | None:
    """Return the feed id, unit id and row count of a package, or None when it is not ours."""
    row = connection.execute(_UNIT_OF, {"of": guid}).one_or_none()
    return None if row is None else (row.feed_id, row.unit_id, row.rows)


def split_package(connection: Connection, guid: str, parts: Sequence[tuple[str, int]]) -> None:
    """Let parts (GUID, records) stand for the rows that a package stood for."""
    package_row = connection.execute(select(package).where(package.c.guid == guid)).one_or_none()
    if package_row is None:
        return
    connection.execute(package.delete().where(package.c.guid == guid))
    connection.execute(unmarked.delete().where(unmarked.c.guid == guid))
    connection.execute(insert(unmarked), [{"guid": part} for part, _ in parts])
    connection.execute(
        insert(package),
        [
            {
                "guid": part,
                "unit_id": package_row.unit_id,
                "batch": package_row.batch,
                "rows": records if package_row.rows else 0,
            }
            for part, records in parts
        ],
    )


def add_verdicts(connection: Connection, unit_id: int, accepted: int, turned_down: int) -> None:
    """Count verdicts into a unit that is not acknowledged; its feed's sums have the others."""
    connection.execute(
        _ADD_VERDICTS, {"of": unit_id, "more_accepted": accepted, "more_turned_down": turned_down}
    )


def wait_for(connection: Connection, unit_id: int, unit_ids: Sequence[int]) -> None:
    """Let a unit's acknowledgement wait for other units' verdicts, and what those wait for.

    Its rows were sent from there before; what has all its verdicts is not waited for.
    """
    lacking = unit.c.state.in_(("open", "whole"))
    for part in parts(unit_ids):
        these = select(unit.c.id).where(unit.c.id.in_(part), lacking)
        their_waits = (
            select(unit_wait.c.on_unit_id)
            .join(unit, unit.c.id == unit_wait.c.on_unit_id)
            .where(unit_wait.c.unit_id.in_(part), lacking)
        )
        for other_id in connection.execute(these.union(their_waits)).scalars().all():
            if other_id != unit_id:
                insert_new(connection, unit_wait, {"unit_id": unit_id, "on_unit_id": other_id})


def parts(ids: Sequence[int]) -> Iterator[list[int]]:
    """Yield ids in as many parts as statements need."""
    for start in range(0, len(ids), _AT_ONCE):
        yield list(ids[start : start + _AT_ONCE])


def guids_of(connection: Connection, unit_id: int) -> list[str]:
    """Return the GUIDs of a unit's packages."""
    return list(
        connection.execute(select(package.c.guid).where(package.c.unit_id == unit_id)).scalars()
    )


def has_fates(connection: Connection, unit_id: int) -> bool:
    """Whether what became of a unit's rows is still kept."""
    return bool(connection.execute(select(exists().where(batch.c.unit_id == unit_id))).scalar_one())


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
