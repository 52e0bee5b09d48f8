"""Units on the way in that may end their reader: noted before each is read, set aside after two strikes.

A strike is what the living gateway saw: the reader ended, ran out of time or passed its memory. A unit
that was being read when the gateway itself ended is read alone next time, without one. Every
function takes the caller's connection. All SQL of this table is here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select, update

from adapters.text import Text
from gateway.exchange.tables import feed, source_unit

#: Strikes after which a unit is set aside.
STRIKES = 2


@dataclass(frozen=True, slots=True)
class SourceUnit:
    """A unit that is being read, or is set aside; `reason` is how its reader last ended."""

    name: str
    state: str
    strikes: int
    reason: Text
    noted_at: datetime


def begin(connection: Connection, feed_id: int, name: str, now: datetime) -> SourceUnit | None:
    """Note that a unit is about to be read; return what was known of it, None where nothing was.

    One that is set aside stays so.
    """
    row = connection.execute(select(source_unit).where(_one(feed_id, name))).one_or_none()
    if row is None:
        connection.execute(
            insert(source_unit).values(
                feed_id=feed_id, name=name, state="reading", strikes=0, reason_zh="", reason_en="",
                noted_at=now,
            )
        )  # fmt: skip
        return None
    return _unit(row)


def strike(
    connection: Connection, feed_id: int, name: str, reason: Text, now: datetime
) -> SourceUnit:
    """Count a reader that ended on a unit, and set the unit aside where that was the last; return it."""
    begin(connection, feed_id, name, now)
    strikes = connection.execute(
        update(source_unit)
        .where(_one(feed_id, name))
        .values(
            strikes=source_unit.c.strikes + 1, reason_zh=reason.zh, reason_en=reason.en,
            noted_at=now,
        )
        .returning(source_unit.c.strikes)
    ).scalar_one()  # fmt: skip
    state = "set_aside" if strikes >= STRIKES else "reading"
    connection.execute(update(source_unit).where(_one(feed_id, name)).values(state=state))
    return SourceUnit(name, state, strikes, reason, now)


def end(connection: Connection, feed_id: int, name: str) -> None:
    """Forget a unit that was read, or refused for what is in it; one set aside stays known, as refused."""
    connection.execute(
        delete(source_unit).where(_one(feed_id, name), source_unit.c.state == "reading")
    )
    connection.execute(
        update(source_unit)
        .where(_one(feed_id, name), source_unit.c.state == "set_aside")
        .values(state="refused")
    )


def end_fetch(connection: Connection, feed_id: int) -> None:
    """Forget what a fetch that has ended was reading and no reader ended on."""
    connection.execute(
        delete(source_unit).where(
            source_unit.c.feed_id == feed_id,
            source_unit.c.state == "reading",
            source_unit.c.strikes == 0,
        )
    )


def set_aside(connection: Connection, feed_name: str) -> Sequence[SourceUnit]:
    """Return a feed's units that are set aside, the oldest first."""
    query = (
        select(source_unit)
        .join(feed, feed.c.id == source_unit.c.feed_id)
        .where(feed.c.name == feed_name, source_unit.c.state != "reading")
        .order_by(source_unit.c.noted_at, source_unit.c.name)
    )
    return [_unit(row) for row in connection.execute(query)]


def try_again(connection: Connection, feed_name: str, name: str) -> bool:
    """Take a unit's strikes back, so that it is read once more; whether it was set aside."""
    own = select(feed.c.id).where(feed.c.name == feed_name).scalar_subquery()
    return bool(
        connection.execute(
            delete(source_unit).where(
                source_unit.c.feed_id == own,
                source_unit.c.name == name,
                source_unit.c.state != "reading",
            )
        ).rowcount
    )


def _one(feed_id: int, name: str) -> ColumnElement[bool]:
    return (source_unit.c.feed_id == feed_id) & (source_unit.c.name == name)


def _unit(row: Row[Any]) -> SourceUnit:
    return SourceUnit(
        row.name, row.state, row.strikes, Text(row.reason_zh, row.reason_en), row.noted_at
    )
