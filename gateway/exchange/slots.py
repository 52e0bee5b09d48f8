"""Due slots of feeds, each of which runs once. All SQL of their table is here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, literal, select, update

from gateway.exchange.tables import slot
from gateway.masking import masked_text
from outbox import insert_new, remove_some

#: How a slot ended whose fetch did not succeed, and one that passed without a run.
FAILED = "failed"
MISSED = "missed"
#: How the outcome of a slot begins that ran by a clock that was ahead.
AHEAD = "clock ahead: "


@dataclass(frozen=True, slots=True)
class Run:
    """A due slot of a feed that was taken or missed; `outcome` is "" while its run is under way."""

    due_at: datetime
    started_at: datetime
    ended_at: datetime | None
    outcome: str


def slots(connection: Connection, feed_name: str, limit: int) -> list[Run]:
    """Return a feed's newest slots, the newest first."""
    query = select(slot.c.due_at, slot.c.started_at, slot.c.ended_at, slot.c.outcome)
    newest = query.where(slot.c.feed == feed_name).order_by(slot.c.due_at.desc()).limit(limit)
    return [Run(*row) for row in connection.execute(newest)]


def take_slot(connection: Connection, feed_name: str, due_at: datetime, now: datetime) -> bool:
    """Take a due slot of a feed; return False when it was taken before: a slot runs once."""
    run = {"started_at": now, "outcome": ""}
    if insert_new(connection, slot, {"feed": feed_name, "due_at": due_at, **run}):
        return True
    this = (slot.c.feed == feed_name) & (slot.c.due_at == due_at)
    ran_ahead = update(slot).where(this, slot.c.outcome.startswith(AHEAD))
    return bool(connection.execute(ran_ahead.values(**run, ended_at=None)).rowcount)


def unfinished(connection: Connection, feed_name: str, due_at: datetime) -> bool:
    """Whether a slot was taken and its run failed or never ended, as its process died."""
    outcome = connection.execute(
        select(slot.c.outcome).where(slot.c.feed == feed_name, slot.c.due_at == due_at)
    ).scalar_one_or_none()
    return outcome in ("", FAILED)


def last_slot(connection: Connection, feed_name: str) -> datetime | None:
    """Return the newest slot of a feed that was taken or missed, or None."""
    of_feed = slot.c.feed == feed_name
    query = select(func.max(slot.c.due_at)).where(of_feed, ~slot.c.outcome.startswith(AHEAD))
    newest: datetime | None = connection.execute(query).scalar_one()
    return newest


def note_missed(
    connection: Connection, feed_name: str, missed: Sequence[datetime], now: datetime
) -> None:
    """Store that slots passed without a run; the next run makes up for all of them."""
    for due_at in missed:
        passed = {
            "feed": feed_name,
            "due_at": due_at,
            "started_at": now,
            "ended_at": now,
            "outcome": MISSED,
        }
        insert_new(connection, slot, passed)


def mark_slots_ahead(connection: Connection, now: datetime) -> int:
    """Mark slots that ran although they are due later than now; return how many.

    The clock was ahead. Their feeds are fetched when they are due, as if they had not run.
    """
    ahead = update(slot).where(slot.c.due_at > now, ~slot.c.outcome.startswith(AHEAD))
    return connection.execute(ahead.values(outcome=literal(AHEAD) + slot.c.outcome)).rowcount


def purge_slots(connection: Connection, moment: datetime, limit: int) -> int:
    """Remove up to `limit` slots that were due before a moment; return how many."""
    return remove_some(connection, slot, slot.c.due_at < moment, limit)


def close_slot(
    connection: Connection, feed_name: str, due_at: datetime, now: datetime, outcome: str
) -> None:
    """Note how a slot's run ended."""
    connection.execute(
        update(slot)
        .where(slot.c.feed == feed_name, slot.c.due_at == due_at)
        .values(ended_at=now, outcome=masked_text(outcome)[:1000])
    )
