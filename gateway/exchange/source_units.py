"""The dead letters of the way in: units at which something unforeseen failed.

Two causes, one rule. A unit that ends its reader (the living gateway saw it end, run out of time or
pass its memory) is set aside after two strikes; one at which anything else fails, in the adapter or
in the line, after as many errors as the settings allow. What was being read when the gateway itself
ended is read alone next time, without a strike. What failed at no unit that can be passed over is
counted for the feed, under the empty name. Every function takes the caller's connection. All SQL of
this table is here.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from adapters.text import Text
from gateway.exchange.tables import feed, source_unit, unit
from gateway.masking import masked_text, source_name
from outbox import among

#: Readers that end on a unit before it is set aside.
STRIKES = 2
#: The name under which is counted what failed at no unit that could be passed over.
NOWHERE = ""
#: States in which a person is to decide: try it again, or give it up.
_UNDECIDED = ("set_aside", "refused", "stuck")
#: States in which a unit is not read: its refusal is kept, and a person decides or has decided.
PASSED_OVER = ("refused", "given_up")
#: States in which a unit is read, or refused, when its source offers it.
_AWAITED_STATES = ("reading", "again", "set_aside")
_AWAITED = source_unit.c.state.in_(_AWAITED_STATES)
#: Columns that are kept of a batch at which something failed.
_COLUMNS = 50


@dataclass(frozen=True, slots=True)
class ReadSoFar:
    """What was read when something failed: the rows of the batch, and its columns."""

    rows: int
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SourceUnit:
    """A unit that is being read, or is set aside; `reason` is what happened at it last."""

    name: str
    state: str
    #: How often a reader ended on it, and how often something else failed.
    strikes: int
    errors: int
    reason: Text
    noted_at: datetime
    #: The unit that was refused, once it is.
    unit_id: int | None
    #: Of what failed at no unit that could be passed over: where the feed stood, and at which unit.
    cursor: str
    unit: str
    read: ReadSoFar | None

    @property
    def label(self) -> str:
        """Return what a person calls it: its name, else where the feed broke off, else "-"."""
        return self.name or source_name(self.unit) or "-"

    @property
    def undecided(self) -> bool:
        """Whether a person is to decide."""
        return self.state in _UNDECIDED


def find(connection: Connection, feed_id: int, name: str) -> SourceUnit | None:
    """Return what is known of a unit, None where nothing is."""
    row = connection.execute(select(source_unit).where(_is_unit(feed_id, name))).one_or_none()
    return None if row is None else _unit(row)


def begin(connection: Connection, feed_id: int, name: str, now: datetime) -> SourceUnit | None:
    """Note that a unit is about to be read; return what was known of it, None where nothing was.

    One that is set aside stays so.
    """
    earlier = find(connection, feed_id, name)
    if earlier is None:
        connection.execute(
            insert(source_unit).values(
                feed_id=feed_id,
                name=name,
                state="reading",
                strikes=0,
                reason_zh="",
                reason_en="",
                noted_at=now,
            )
        )
    return earlier


def strike(
    connection: Connection, feed_id: int, name: str, reason: Text, now: datetime
) -> SourceUnit:
    """Count a reader that ended on a unit, and set the unit aside at the last; return the unit."""
    begin(connection, feed_id, name, now)
    _count(connection, feed_id, name, "strikes", reason, now)
    return _judged(connection, feed_id, name, STRIKES, 0)


def error(
    connection: Connection,
    feed_id: int,
    name: str,
    reason: Text,
    now: datetime,
    limit: int,
    read_so_far: ReadSoFar | None = None,
) -> SourceUnit:
    """Count an error at a unit, and set the unit aside where that was the last; return it."""
    begin(connection, feed_id, name, now)
    _count(connection, feed_id, name, "errors", reason, now)
    _note_read(connection, feed_id, name, read_so_far)
    return _judged(connection, feed_id, name, 0, limit)


def error_nowhere(
    connection: Connection,
    feed_id: int,
    cursor: str,
    unit: str,
    reason: Text,
    now: datetime,
    limit: int,
    read_so_far: ReadSoFar | None = None,
) -> SourceUnit:
    """Count an error that no unit can be set aside for; return how the feed stands with it.

    It is counted anew where the feed has moved on since. `stuck` after `limit` of them.
    """
    earlier = begin(connection, feed_id, NOWHERE, now)
    if earlier is not None and (earlier.cursor != cursor or earlier.state == "given_up"):
        connection.execute(delete(source_unit).where(_is_unit(feed_id, NOWHERE)))
        begin(connection, feed_id, NOWHERE, now)
    _count(connection, feed_id, NOWHERE, "errors", reason, now)
    connection.execute(
        update(source_unit).where(_is_unit(feed_id, NOWHERE)).values(cursor=cursor, unit=unit)
    )
    _note_read(connection, feed_id, NOWHERE, read_so_far)
    current = find(connection, feed_id, NOWHERE)
    assert current is not None  # noqa: S101
    if current.errors >= limit and current.state == "reading":
        _set_state(connection, feed_id, NOWHERE, "stuck")
        current = find(connection, feed_id, NOWHERE)
        assert current is not None  # noqa: S101
    return current


def end(connection: Connection, feed_id: int, name: str) -> None:
    """Forget a unit that was taken, or refused for what is in it."""
    connection.execute(
        delete(source_unit).where(_is_unit(feed_id, name), source_unit.c.state != "given_up")
    )


def refused(connection: Connection, feed_id: int, name: str, unit_id: int) -> None:
    """Note as which unit one that is set aside is refused; forget one that is not."""
    connection.execute(
        update(source_unit)
        .where(_is_unit(feed_id, name), source_unit.c.state == "set_aside")
        .values(state="refused", unit_id=unit_id)
    )
    connection.execute(
        delete(source_unit).where(
            _is_unit(feed_id, name), source_unit.c.state.in_(("reading", "again"))
        )
    )


def begun_again(connection: Connection, feed_id: int, name: str) -> None:
    """Note that a unit which a person wants read again is being read."""
    connection.execute(
        update(source_unit)
        .where(_is_unit(feed_id, name), source_unit.c.state == "again")
        .values(state="reading")
    )


def end_fetch(connection: Connection, feed_id: int) -> None:
    """Forget what a fetch that has ended was reading, and nothing failed at."""
    connection.execute(
        delete(source_unit).where(
            source_unit.c.feed_id == feed_id,
            source_unit.c.name != NOWHERE,
            source_unit.c.state == "reading",
            source_unit.c.strikes == 0,
            source_unit.c.errors == 0,
            source_unit.c.unit_id.is_(None),
        )
    )


def awaited(connection: Connection, feed_id: int) -> frozenset[str]:
    """Return the units of a feed that are to be read again, or refused when met."""
    query = select(source_unit.c.name).where(
        source_unit.c.feed_id == feed_id, source_unit.c.name != NOWHERE, _AWAITED
    )
    return frozenset(connection.execute(query).scalars())


def note_gone(
    connection: Connection, feed_id: int, names: Collection[str], reason: Text, now: datetime
) -> list[str]:
    """Note that awaited units are not at their source any more; return those to report.

    One that was refused waits for a person again, and its department until then. One whose
    department was told goes on waiting: it is read when it is brought again. Of the others nothing
    is kept, and they are forgotten; where that was only an error on the way it is no news.
    """
    news = []
    for name in sorted(names):
        source = find(connection, feed_id, name)
        if source is None or source.state not in _AWAITED_STATES or _was_told(connection, source):
            continue
        if source.state != "reading":
            news.append(name)
        if source.unit_id is None:
            connection.execute(delete(source_unit).where(_is_unit(feed_id, name)))
            continue
        # An error: what was not read here is told to nobody before a person has decided.
        _count(connection, feed_id, name, "errors", reason, now)
        _set_state(connection, feed_id, name, "refused")
    return news


def went_through(connection: Connection, feed_id: int) -> None:
    """Forget what failed at no unit in particular: a fetch went through to its end."""
    connection.execute(delete(source_unit).where(_is_unit(feed_id, NOWHERE)))


def set_aside(connection: Connection, feed_name: str) -> Sequence[SourceUnit]:
    """Return a feed's units for which a person is to decide, the oldest first."""
    query = (
        select(source_unit)
        .join(feed, feed.c.id == source_unit.c.feed_id)
        .where(feed.c.name == feed_name, source_unit.c.state.in_(_UNDECIDED))
        .order_by(source_unit.c.noted_at, source_unit.c.name)
    )
    return [_unit(row) for row in connection.execute(query)]


def undecided(connection: Connection) -> dict[str, int]:
    """Return by feed how many source units wait for a person's decision."""
    query = (
        select(feed.c.name, func.count())
        .join(feed, feed.c.id == source_unit.c.feed_id)
        .where(source_unit.c.state.in_(_UNDECIDED))
        .group_by(feed.c.name)
    )
    return {row[0]: int(row[1]) for row in connection.execute(query)}


def comes_again() -> ColumnElement[bool]:
    """Return the condition that a unit of the statement around it is to be met as what it was.

    It is set aside or wanted once more, or was given up and its department is not told yet.
    """
    return exists().where(
        source_unit.c.feed_id == unit.c.feed_id,
        source_unit.c.name == unit.c.name,
        or_(
            source_unit.c.state.in_(("set_aside", "refused", "again")),
            and_(source_unit.c.state == "given_up", unit.c.state != "acknowledged"),
        ),
    )


def passed_over(connection: Connection, feed_name: str, names: Collection[str]) -> frozenset[str]:
    """Return those of some units that are not read: they are refused as set aside, or given up."""
    if not names:
        return frozenset()
    query = (
        select(source_unit.c.name)
        .join(feed, feed.c.id == source_unit.c.feed_id)
        .where(
            feed.c.name == feed_name,
            among(connection, source_unit.c.name, sorted(names)),
            source_unit.c.state.in_(PASSED_OVER),
        )
    )
    return frozenset(connection.execute(query).scalars())


def try_again(connection: Connection, feed_id: int, name: str) -> None:
    """Reset a unit's strikes and errors, so that it is read once more."""
    if name == NOWHERE:
        went_through(connection, feed_id)
        return
    connection.execute(
        update(source_unit)
        .where(_is_unit(feed_id, name))
        .values(state="again", strikes=0, errors=0)
    )


def give_up(connection: Connection, feed_id: int, name: str) -> None:
    """Note that a unit is never read: what it held is refused for good."""
    _set_state(connection, feed_id, name, "given_up")


def _count(
    connection: Connection, feed_id: int, name: str, column: str, reason: Text, now: datetime
) -> None:
    connection.execute(
        update(source_unit)
        .where(_is_unit(feed_id, name))
        .values(
            {
                column: source_unit.c[column] + 1,
                "reason_zh": masked_text(reason.zh),
                "reason_en": masked_text(reason.en),
                "noted_at": now,
            }
        )
    )


def _note_read(
    connection: Connection, feed_id: int, name: str, read_so_far: ReadSoFar | None
) -> None:
    rows = None if read_so_far is None else read_so_far.rows
    columns = (
        None
        if read_so_far is None
        else json.dumps(read_so_far.columns[:_COLUMNS], ensure_ascii=False)
    )
    connection.execute(
        update(source_unit)
        .where(_is_unit(feed_id, name))
        .values(read_rows=rows, read_columns=columns)
    )


def _judged(
    connection: Connection, feed_id: int, name: str, strikes: int, errors: int
) -> SourceUnit:
    """Set a unit aside where it has as many strikes or errors as may be; return it."""
    current = find(connection, feed_id, name)
    assert current is not None  # noqa: S101
    over = (strikes and current.strikes >= strikes) or (errors and current.errors >= errors)
    if over and current.state in ("reading", "again"):
        _set_state(connection, feed_id, name, "set_aside")
        current = find(connection, feed_id, name)
        assert current is not None  # noqa: S101
    return current


def _was_told(connection: Connection, source: SourceUnit) -> bool:
    """Whether the department of a unit that was refused was told so."""
    query = select(unit.c.state).where(unit.c.id == source.unit_id)
    return connection.execute(query).scalar_one_or_none() == "acknowledged"


def _set_state(connection: Connection, feed_id: int, name: str, state: str) -> None:
    connection.execute(update(source_unit).where(_is_unit(feed_id, name)).values(state=state))


def _is_unit(feed_id: int, name: str) -> ColumnElement[bool]:
    return (source_unit.c.feed_id == feed_id) & (source_unit.c.name == name)


def _unit(row: Row[Any]) -> SourceUnit:
    read_so_far = None
    if row.read_rows is not None:
        read_so_far = ReadSoFar(row.read_rows, tuple(json.loads(row.read_columns or "[]")))
    return SourceUnit(
        row.name,
        row.state,
        row.strikes,
        row.errors,
        Text(row.reason_zh, row.reason_en),
        row.noted_at,
        row.unit_id,
        row.cursor,
        row.unit,
        read_so_far,
    )
