"""Which store this is, when it was restored, and the receipt numbers that it lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select, update

from gateway.generations.tables import identity, lost_receipt, restore
from gateway.text import Text
from outbox import insert_new

#: Receipt numbers of one feed that are remembered as asked for and lost: whoever asks for made-up
#: ones must not fill the store.
MOST_LOST = 10_000


@dataclass(frozen=True, slots=True)
class Identity:
    """Which store this is: its GUID, its generation, how often it was opened, what it stands on."""

    guid: str
    generation: int
    run: int
    stands_on: str

    @property
    def store(self) -> str:
        """Return the first part of the GUID: what is written of it at sources."""
        return self.guid[:8]


@dataclass(frozen=True, slots=True)
class Restore:
    """The beginning of a generation; `as_of` is up to when the restored store knew, if known."""

    generation: int
    at: datetime
    as_of: datetime | None
    why: Text
    person: str


def identity_of(connection: Connection) -> Identity:
    """Return which store this is."""
    row = connection.execute(
        select(identity.c.guid, identity.c.generation, identity.c.run, identity.c.stands_on)
    ).one()
    return Identity(*row)


def begin_run(connection: Connection) -> Identity:
    """Count a start, an end or an hour of a gateway on this store; return which store it is."""
    connection.execute(update(identity).values(run=identity.c.run + 1))
    return identity_of(connection)


def stand_on(connection: Connection, stands_on: str, run: int = 0) -> None:
    """Note what the store stands on, and that it was opened at least so often."""
    values = {"stands_on": stands_on, "run": max(run, identity_of(connection).run)}
    connection.execute(update(identity).values(values))


def latest(connection: Connection) -> Restore | None:
    """Return the last restore; None where there was none."""
    row = connection.execute(
        select(restore).order_by(restore.c.generation.desc()).limit(1)
    ).one_or_none()
    if row is None:
        return None
    return Restore(row.generation, row.at, row.as_of, Text(row.why_zh, row.why_en), row.person)


def first_restored_at(connection: Connection) -> datetime | None:
    """Return when the store was restored first; None where it never was."""
    moment: datetime | None = connection.execute(select(func.min(restore.c.at))).scalar_one()
    return moment


def is_noted(connection: Connection, feed_name: str, receipt: str) -> bool:
    """Whether a lost receipt number is noted, or so many of its feed are that no more will be."""
    same = select(lost_receipt.c.receipt).where(lost_receipt.c.receipt == receipt)
    if connection.execute(same).one_or_none() is not None:
        return True
    of_feed = select(lost_receipt.c.receipt).where(lost_receipt.c.feed == feed_name)
    beyond = connection.execute(of_feed.offset(MOST_LOST - 1).limit(1)).one_or_none()
    return beyond is not None


def note_lost(
    connection: Connection,
    feed_name: str,
    receipt: str,
    fingerprint: str,
    posted_as: str | None,
    now: datetime,
) -> None:
    """Note that a receipt number of before a restore was asked for and is unknown."""
    insert_new(
        connection,
        lost_receipt,
        {
            "receipt": receipt,
            "feed": feed_name,
            "fingerprint": fingerprint,
            "asked_at": now,
            "posted_as": posted_as,
            "person": "",
        },
    )


def note_posted_again(
    connection: Connection, feed_name: str, fingerprint: str, receipt: str
) -> None:
    """Note that the rows of a lost receipt were posted again, and under which number."""
    connection.execute(
        update(lost_receipt)
        .where(
            lost_receipt.c.feed == feed_name,
            lost_receipt.c.fingerprint == fingerprint,
            lost_receipt.c.posted_as.is_(None),
        )
        .values(posted_as=receipt)
    )


def give_up_lost(connection: Connection, feed_name: str, person: str) -> Sequence[str]:
    """Note that a person wants a feed's lost receipts awaited no more; return their numbers."""
    return list(
        connection.execute(
            update(lost_receipt)
            .where(
                lost_receipt.c.feed == feed_name,
                lost_receipt.c.posted_as.is_(None),
                lost_receipt.c.person == "",
            )
            .values(person=person)
            .returning(lost_receipt.c.receipt)
        ).scalars()
    )


#: How far a receipt's moment and the store's may differ.
CLOCKS = timedelta(hours=1)
