"""What is looked for at the sources after a restore, feed by feed.

A promise that was made elsewhere (a marker, a state in a column, a receipt number) outlives the
store that made it. Each restore begins a new generation, in which every feed's source is looked
through for what is marked there and unknown here. All SQL of these tables is here; every function
takes the caller's connection.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, or_, select, update

from gateway.exchange import source_units
from gateway.exchange.tables import feed, restored_feed, unit
from gateway.generations.store import Restore, identity_of, latest
from gateway.generations.tables import identity, lost_receipt, restore
from gateway.text import Text
from outbox import among, insert_new


@dataclass(frozen=True, slots=True)
class FeedAfterRestore:
    """What was found at a feed's source in the present generation, and what is still unsure."""

    #: Whether its source was looked through since the restore; True where there was none.
    looked: bool = True
    #: Units and rows that stood marked there and were unknown here: fetched again.
    units: int = 0
    rows: int = 0
    #: Receipt numbers whose senders were told to post again, and have not.
    lost: tuple[str, ...] = ()
    #: How many were posted again, or were given up by a person.
    posted_again: int = 0

    @property
    def sure(self) -> bool:
        """Whether nothing is known to be missing."""
        return self.looked and not self.lost


def begin_generation(
    connection: Connection,
    reason: Text,
    person: str,
    feeds: Collection[str],
    now: datetime,
    beyond: int = 0,
    copied_at: datetime | None = None,
) -> Restore:
    """Begin a new generation, one after `beyond` at least, and return it.

    Every feed's source is to be read again: `feeds` are those in use, and those that the store
    knows are read with them. `copied_at` is when the store was copied, if it says: it can know of
    nothing later.
    """
    generation = max(identity_of(connection).generation, beyond) + 1
    connection.execute(update(identity).values(generation=generation))
    as_of = _known_until(connection, min(now, copied_at or now))
    new_restore = Restore(generation, now, as_of, reason, person)
    connection.execute(
        insert(restore).values(
            generation=generation,
            at=now,
            as_of=new_restore.as_of,
            why_zh=reason.zh,
            why_en=reason.en,
            person=person,
        )
    )
    feeds_known = connection.execute(select(feed.c.name)).scalars()
    for name in sorted({*feeds, *feeds_known}):
        insert_new(connection, restored_feed, _blank(generation, name))
    return new_restore


def pending(connection: Connection, feed_name: str) -> Restore | None:
    """Return the restore since which a feed's source was not looked through; None where it was."""
    last = latest(connection)
    if last is None:
        return None
    looked_at = connection.execute(
        select(restored_feed.c.looked_at).where(
            restored_feed.c.generation == last.generation, restored_feed.c.feed == feed_name
        )
    ).scalar_one_or_none()
    # A feed that the restored store does not know has no row yet.
    return last if looked_at is None else None


def any_looked(connection: Connection, generation: int) -> bool:
    """Whether the source of any feed was looked through in a generation."""
    query = select(restored_feed.c.feed).where(
        restored_feed.c.generation == generation, restored_feed.c.looked_at.is_not(None)
    )
    return connection.execute(query.limit(1)).one_or_none() is not None


def note_looked(
    connection: Connection, feed_name: str, generation: int, now: datetime, person: str = ""
) -> bool:
    """Note that a feed's source was read in a generation; return whether that is news."""
    if generation <= 1:
        return False
    insert_new(connection, restored_feed, _blank(generation, feed_name))
    changed = connection.execute(
        update(restored_feed)
        .where(
            restored_feed.c.generation == generation,
            restored_feed.c.feed == feed_name,
            restored_feed.c.looked_at.is_(None),
        )
        .values(looked_at=now, person=person)
    ).rowcount
    return bool(changed)


def count_again(connection: Connection, feed_name: str, units: int, rows: int) -> None:
    """Count units and rows that were marked at a source, unknown here, and fetched again."""
    generation = identity_of(connection).generation
    insert_new(connection, restored_feed, _blank(generation, feed_name))
    connection.execute(
        update(restored_feed)
        .where(restored_feed.c.generation == generation, restored_feed.c.feed == feed_name)
        .values(units=restored_feed.c.units + units, rows=restored_feed.c.rows + rows)
    )


def after_restore(connection: Connection) -> Mapping[str, FeedAfterRestore]:
    """Return how every feed stands since the last restore.

    Feeds that need nothing have no word of it.
    """
    generation = identity_of(connection).generation
    rows = {
        row.feed: row
        for row in connection.execute(
            select(restored_feed).where(restored_feed.c.generation == generation)
        )
    }
    receipts_lost: dict[str, list[str]] = {}
    posted_again: dict[str, int] = {}
    query = select(lost_receipt).order_by(lost_receipt.c.asked_at, lost_receipt.c.receipt)
    for row in connection.execute(query):
        if row.posted_as is None and not row.person:
            receipts_lost.setdefault(row.feed, []).append(row.receipt)
        else:
            posted_again[row.feed] = posted_again.get(row.feed, 0) + 1
    return {
        name: FeedAfterRestore(
            looked=name not in rows or generation == 1 or rows[name].looked_at is not None,
            units=rows[name].units if name in rows else 0,
            rows=rows[name].rows if name in rows else 0,
            lost=tuple(receipts_lost.get(name, ())),
            posted_again=posted_again.get(name, 0),
        )
        for name in sorted({*rows, *receipts_lost, *posted_again})
    }


def fully_read(connection: Connection, feed_name: str, names: Collection[str]) -> frozenset[str]:
    """Return those of some units that the store has whole: read to their end, or refused.

    One that was left in the middle is not among them: it is to be read on. Nor is one that is set
    aside, before a person has decided and its department was told: it comes again as what it was.
    """
    if not names:
        return frozenset()
    query = (
        select(unit.c.name)
        .join(feed, feed.c.id == unit.c.feed_id)
        .where(
            feed.c.name == feed_name,
            among(connection, unit.c.name, sorted(names)),
            unit.c.state != "open",
            # The count comes with the last batch, and a unit without rows has only one.
            or_(unit.c.declared.is_not(None), unit.c.rows == 0),
            ~source_units.comes_again(),
        )
    )
    return frozenset(connection.execute(query).scalars())


def _known_until(connection: Connection, limit: datetime) -> datetime | None:
    """Return the newest moment of which the store knows.

    It is the earlier restore's, where that is still open. What is later than `limit` was written by
    a clock that was ahead, and proves nothing.
    """
    moments: list[datetime] = []
    for column in (feed.c.fetched_at, unit.c.started_at):
        query = select(func.max(column)).where(column <= limit)
        moment = connection.execute(query).scalar_one()
        moments += [] if moment is None else [moment]
    earlier = latest(connection)
    if earlier is not None and earlier.as_of is not None:
        waits = connection.execute(
            select(func.count())
            .select_from(restored_feed)
            .where(
                restored_feed.c.generation == earlier.generation,
                restored_feed.c.looked_at.is_(None),
            )
        ).scalar_one()
        if waits:
            return min([earlier.as_of, *moments])
    return max(moments, default=None)


def _blank(generation: int, name: str) -> dict[str, object]:
    return {
        "generation": generation,
        "feed": name,
        "looked_at": None,
        "person": "",
        "units": 0,
        "rows": 0,
    }
