"""Units as they are taken: each once, in the order of its feed's statements.

A name may come again with other rows (a list that is always called the same): then a new unit takes
it. Whether it does is `offered`'s to say. Every function takes the caller's connection.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from gateway.exchange import acknowledgement_store, contents, unit_store
from gateway.exchange.sums import BESIDE, COUNTS
from gateway.exchange.tables import feed, unit
from gateway.submissions.names import MENDED


class UnitTakenError(Exception):
    """A unit that is over was to be opened again: a unit is taken once."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a unit of an offered name stands; `place` is where it is in its feed's order."""

    id: int
    state: str
    #: False: another unit began before its last batch; None: not known.
    complete: bool | None
    contents: str | None
    place: int

    @property
    def over(self) -> bool:
        """Whether it gets no more batches."""
        return self.state != "open"


def standing(connection: Connection, feed_id: int, name: str) -> Standing | None:
    """Return how the unit stands that has a name now, None where none has."""
    query = select(unit.c.id, unit.c.state, unit.c.complete, unit.c.contents, unit.c.place)
    row = connection.execute(
        query.where(unit.c.feed_id == feed_id, unit.c.name == name)
    ).one_or_none()
    if row is None:
        return None
    place = row.id if row.place is None else row.place
    return Standing(row.id, row.state, row.complete, row.contents, place)


def begin_unit(
    connection: Connection,
    feed_id: int,
    name: str,
    now: datetime,
    *,
    place: int | None = None,
    anew: bool = False,
) -> int:
    """Open a unit, or go on with one that is open; return its id.

    Any other open unit of the feed gets no more batches. Only rows mended by hand and those judged
    again end nothing: they come between the batches of what the source yields. A unit that is over
    is never opened again: raises UnitTakenError. With `anew` a new one takes its name, at `place`
    in the feed's order, and nobody is told by the old one.
    """
    if not name.startswith(MENDED):
        _cut_off_others(connection, feed_id, name, now)
    earlier = standing(connection, feed_id, name)
    if earlier is not None and not earlier.over:
        return earlier.id
    if earlier is not None:
        if not anew:
            raise UnitTakenError(name)
        replaced = update(unit).where(unit.c.id == earlier.id)
        connection.execute(replaced.values(name=f"{name}~{earlier.id}", replaced=True))
    result = connection.execute(
        insert(unit).values(
            feed_id=feed_id,
            name=name,
            state="open",
            started_at=now,
            acknowledge_tries=0,
            place=place,
            **dict.fromkeys((*COUNTS, *BESIDE), 0),
        )
    )
    return int(result.inserted_primary_key[0])  # type: ignore[index]


def _cut_off_others(connection: Connection, feed_id: int, name: str, now: datetime) -> None:
    open_units = select(unit.c.id).where(
        unit.c.feed_id == feed_id, unit.c.state == "open", unit_store.IS_OPEN, unit.c.name != name
    )
    for open_id in connection.execute(open_units).scalars().all():
        cut_off = update(unit).where(unit.c.id == open_id).values(state="whole", complete=False)
        connection.execute(cut_off)
        acknowledgement_store.settle_unit(connection, open_id, now)


def places(connection: Connection, ids: Sequence[int]) -> dict[int, tuple[int, str]]:
    """Return where units stand in their feed's order, and their names, by id."""
    query = select(unit.c.id, func.coalesce(unit.c.place, unit.c.id), unit.c.name)
    by_id: dict[int, tuple[int, str]] = {}
    for part in unit_store.parts(ids):
        rows = connection.execute(query.where(unit.c.id.in_(part)))
        by_id |= {row[0]: (int(row[1]), row[2]) for row in rows}
    return by_id


def newer_list(connection: Connection, feed_id: int, place: int) -> str | None:
    """Return the name of a unit with rows that stands after a place, None where there is none."""
    later = func.coalesce(unit.c.place, unit.c.id) > place
    query = select(unit.c.name).where(unit.c.feed_id == feed_id, later, unit.c.rows > 0)
    return connection.execute(query.order_by(unit.c.id.desc()).limit(1)).scalar_one_or_none()


def newest(connection: Connection, feed_name: str) -> int:
    """Return the id of a feed's newest unit, 0 where it has none."""
    query = select(func.max(unit.c.id)).join(feed, feed.c.id == unit.c.feed_id)
    return connection.execute(query.where(feed.c.name == feed_name)).scalar_one() or 0


def is_cut_off(connection: Connection, unit_id: int) -> bool:
    """Whether a unit lacks its last batch, as far as that is known, or was refused whole."""
    query = select(unit.c.state, unit.c.complete, unit.c.contents).where(unit.c.id == unit_id)
    row = connection.execute(query).one()
    return row.state == "open" or row.complete is False or contents.is_refused(row.contents)
