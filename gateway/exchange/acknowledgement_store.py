"""Acknowledgements: what a department is still to be told of its units, and when.

A unit is settled once each of its records has a verdict; then its acknowledgement is due. All SQL
of that is here. Every function takes the caller's connection.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl
from sqlalchemy import Connection, and_, bindparam, exists, func, or_, select, update

from adapters import Tally
from gateway.exchange.context import frame_bytes
from gateway.exchange.sums import BESIDE, SUMS
from gateway.exchange.tables import batch, feed, feed_total, source_unit, unit, unit_wait
from gateway.exchange.unit_store import IS_OPEN
from outbox import insert_new
from outbox.waits import hold_moments


@dataclass(frozen=True, slots=True)
class UnitState:
    """A unit whose acknowledgement is due."""

    id: int
    feed_id: int
    name: str
    tries: int
    #: What the unit held beside its rows.
    tally: Tally
    #: It was read once more since: nobody is told by this one.
    replaced: bool


#: Written once: to write the statement takes longer than to run it.
_SETTLE = update(unit).where(
    unit.c.id == bindparam("of"),
    unit.c.state == "whole",
    unit.c.packed == unit.c.accepted + unit.c.turned_down,
)


def settle_unit(connection: Connection, unit_id: int, now: datetime) -> None:
    """Make a whole unit's acknowledgement due once each of its records has a verdict."""
    connection.execute(_SETTLE, {"of": unit_id, "state": "settled", "acknowledge_after": now})


def given_up(connection: Connection, unit_id: int, fates: pl.DataFrame, now: datetime) -> None:
    """Replace what a unit refused whole is told, in its last batch, and tell it again."""
    last = select(func.max(batch.c.number)).where(batch.c.unit_id == unit_id).scalar_subquery()
    connection.execute(
        update(batch)
        .where(batch.c.unit_id == unit_id, batch.c.number == last)
        .values(fates=frame_bytes(fates))
    )
    tell_again(connection, unit_id, now)


def tell_again(connection: Connection, unit_id: int, now: datetime) -> None:
    """Make a unit's acknowledgement due again: a verdict has changed since."""
    _count_closed(connection, unit_id, -1)
    connection.execute(
        update(unit)
        .where(unit.c.id == unit_id, unit.c.state == "acknowledged")
        .values(state="settled", acknowledge_after=now)
    )


def due_acknowledgements(
    connection: Connection, feed_name: str, now: datetime, limit: int = 100
) -> list[UnitState]:
    """Return a feed's units whose acknowledgement is due, oldest first.

    One with rows that another unit sent waits until that one has all its verdicts; one at which
    something failed here, until a person has decided.
    """
    undecided = exists().where(
        source_unit.c.unit_id == unit.c.id,
        or_(
            source_unit.c.state == "again",
            and_(source_unit.c.state == "refused", source_unit.c.errors > 0),
        ),
    )
    other_unit = unit.alias("other")
    waits = exists().where(
        unit_wait.c.unit_id == unit.c.id,
        other_unit.c.id == unit_wait.c.on_unit_id,
        other_unit.c.state.in_(("open", "whole")),
    )
    query = (
        select(
            unit.c.id,
            unit.c.feed_id,
            unit.c.name,
            unit.c.acknowledge_tries,
            unit.c.counted,
            unit.c.lines,
            unit.c.replaced,
            *(unit.c[name] for name in BESIDE),
        )
        .join(feed, feed.c.id == unit.c.feed_id)
        .where(
            feed.c.name == feed_name,
            unit.c.state == "settled",
            IS_OPEN,
            unit.c.acknowledge_after <= now,
            ~waits,
            ~undecided,
        )
        .order_by(unit.c.id)
        .limit(limit)
    )
    return [
        UnitState(
            row.id,
            row.feed_id,
            row.name,
            row.acknowledge_tries,
            Tally(row.counted, row.lines, row.left_out, row.blank, row.deleted),
            row.replaced,
        )
        for row in connection.execute(query)
    ]


def acknowledged(connection: Connection, unit_id: int, now: datetime) -> None:
    """Note that a unit's department has been told."""
    connection.execute(
        update(unit).where(unit.c.id == unit_id).values(state="acknowledged", acknowledged_at=now)
    )
    _count_closed(connection, unit_id, 1)


def acknowledge_later(connection: Connection, unit_id: int, now: datetime, wait: timedelta) -> None:
    """Note that an acknowledgement failed, and when it is tried again."""
    connection.execute(
        update(unit)
        .where(unit.c.id == unit_id)
        .values(acknowledge_after=now + wait, acknowledge_tries=unit.c.acknowledge_tries + 1)
    )


def hold_acknowledgements(connection: Connection, now: datetime, cap: timedelta) -> int:
    """Cap the waits of acknowledgements that a clock ahead has stored; return how many."""
    late = unit.c.acknowledge_after
    return hold_moments(connection, late, now, unit.c.acknowledge_tries == 0) + hold_moments(
        connection, late, now + cap
    )


def _count_closed(connection: Connection, unit_id: int, sign: int) -> None:
    """Add an acknowledged unit to its feed's sums, or take it out before it is open again."""
    row = connection.execute(
        select(unit.c.feed_id, *(value.label(name) for name, value in SUMS.items())).where(
            unit.c.id == unit_id, unit.c.state == "acknowledged"
        )
    ).one_or_none()
    if row is None:
        return
    insert_new(connection, feed_total, {"feed_id": row.feed_id, **dict.fromkeys(SUMS, 0)})
    connection.execute(
        update(feed_total)
        .where(feed_total.c.feed_id == row.feed_id)
        .values({name: feed_total.c[name] + sign * row._mapping[name] for name in SUMS})
    )
