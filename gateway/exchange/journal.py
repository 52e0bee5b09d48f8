"""Events that a person should see, and due slots that run once. All their SQL is here."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from sqlalchemy import Connection, Engine, false, func, insert, literal, or_, select, update

from gateway.exchange.tables import event, slot
from gateway.masking import masked, masked_text
from gateway.text import MOST_OF_EVENT, Text
from outbox import insert_new, remove_some, writing

#: How a slot ended whose fetch did not succeed, and one that passed without a run.
FAILED = "failed"
MISSED = "missed"
#: How the outcome of a slot begins that ran by a clock that was ahead.
AHEAD = "clock ahead: "

#: The event that a proxy stands before the console of which the settings say nothing.
PROXY_UNNAMED = "web.proxy_unnamed"

_log = structlog.get_logger("creditgate")


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a person should see; level is info, warning or error."""

    at: datetime
    level: str
    name: str
    feed: str
    text: Text


def note_event(connection: Connection, event_noted: Event) -> None:
    """Keep an event, unless it only repeats the newest of its name and feed.

    Numbers in it are masked, and texts that are too long are cut.
    """
    found = replace(event_noted, text=masked(event_noted.text).cut(MOST_OF_EVENT))
    newest = connection.execute(
        select(event.c.zh)
        .where(event.c.name == found.name, event.c.feed == found.feed)
        .order_by(event.c.id.desc())
        .limit(1)
    ).scalar_one_or_none()
    getattr(_log, found.level)(found.name, feed=found.feed, text=found.text.en)
    if newest == found.text.zh and found.level != "info":
        return
    connection.execute(
        insert(event).values(
            at=found.at, level=found.level, name=found.name, feed=found.feed,
            zh=found.text.zh, en=found.text.en,
        )
    )  # fmt: skip


def say(engine: Engine, found: Event) -> None:
    """Keep an event in a transaction of its own; raises SQLAlchemyError."""
    with writing(engine) as connection:
        note_event(connection, found)


def events(
    connection: Connection, limit: int = 50, feed: str | None = None, departments: Collection[str] | None = None
) -> list[Event]:  # fmt: skip
    """List the newest events, those of one feed or of some departments if any are named, newest first.

    Of departments in the statement: left out behind its limit, a loud one's would hide another's.
    """
    query = select(event).order_by(event.c.id.desc()).limit(limit)
    if departments is not None:
        own = (event.c.feed.startswith(f"{name}.", autoescape=True) for name in departments)
        query = query.where(or_(false(), event.c.feed.in_(list(departments)), *own))
    if feed is not None:
        query = query.where(event.c.feed == feed)
    rows = connection.execute(query)
    return [Event(r.at, r.level, r.name, r.feed, Text(r.zh, r.en)) for r in rows]


def newest(connection: Connection, name: str) -> Event | None:
    """Return the newest event of a name; None where there is none."""
    query = select(event).where(event.c.name == name).order_by(event.c.id.desc()).limit(1)
    r = connection.execute(query).one_or_none()
    return None if r is None else Event(r.at, r.level, r.name, r.feed, Text(r.zh, r.en))


def last_at(connection: Connection, names: Collection[str]) -> datetime | None:
    """Return when one of some events about no feed in particular happened last; None where none did."""
    query = select(func.max(event.c.at)).where(event.c.feed == "", event.c.name.in_(names))
    moment: datetime | None = connection.execute(query).scalar_one()
    return moment


def purge_before(connection: Connection, before: datetime, most: int) -> int:
    """Remove so many events at most that happened before a moment; return how many."""
    return remove_some(connection, event, event.c.at < before, most)


@dataclass(frozen=True, slots=True)
class Run:
    """A due slot of a feed that was taken or missed; `outcome` is "" while its run is under way."""

    due_at: datetime
    started_at: datetime
    ended_at: datetime | None
    outcome: str


def slots(connection: Connection, feed_name: str, limit: int) -> list[Run]:
    """List a feed's newest slots, the newest first."""
    query = select(slot.c.due_at, slot.c.started_at, slot.c.ended_at, slot.c.outcome)
    mine = query.where(slot.c.feed == feed_name).order_by(slot.c.due_at.desc()).limit(limit)
    return [Run(*row) for row in connection.execute(mine)]


def take_slot(connection: Connection, feed_name: str, due_at: datetime, now: datetime) -> bool:
    """Take a due slot of a feed; False when it was taken before: a slot runs once."""
    run = {"started_at": now, "outcome": ""}
    if insert_new(connection, slot, {"feed": feed_name, "due_at": due_at, **run}):
        return True
    mine = (slot.c.feed == feed_name) & (slot.c.due_at == due_at)
    ran_ahead = update(slot).where(mine, slot.c.outcome.startswith(AHEAD))
    return bool(connection.execute(ran_ahead.values(**run, ended_at=None)).rowcount)


def unfinished(connection: Connection, feed_name: str, due_at: datetime) -> bool:
    """Tell whether a slot was taken and its run failed or never ended: its process died."""
    found = connection.execute(
        select(slot.c.outcome).where(slot.c.feed == feed_name, slot.c.due_at == due_at)
    ).scalar_one_or_none()
    return found in ("", FAILED)


def last_slot(connection: Connection, feed_name: str) -> datetime | None:
    """Give the newest slot of a feed that was taken or missed."""
    own = slot.c.feed == feed_name
    query = select(func.max(slot.c.due_at)).where(own, ~slot.c.outcome.startswith(AHEAD))
    newest: datetime | None = connection.execute(query).scalar_one()
    return newest


def note_missed(
    connection: Connection, feed_name: str, missed: Sequence[datetime], now: datetime
) -> None:
    """Keep that slots passed without a run; the run that follows makes up for all of them."""
    for due_at in missed:
        passed = {"feed": feed_name, "due_at": due_at, "started_at": now, "ended_at": now, "outcome": MISSED}  # fmt: skip
        insert_new(connection, slot, passed)


def mark_slots_ahead(connection: Connection, now: datetime) -> int:
    """Mark slots that ran although they are due later than now, by a clock that was ahead; count them.

    Their feeds are fetched when they are due, as if they had not run.
    """
    ahead = update(slot).where(slot.c.due_at > now, ~slot.c.outcome.startswith(AHEAD))
    return connection.execute(ahead.values(outcome=literal(AHEAD) + slot.c.outcome)).rowcount


def purge_slots(connection: Connection, before: datetime, most: int) -> int:
    """Remove so many slots at most that were due before a moment; return how many."""
    return remove_some(connection, slot, slot.c.due_at < before, most)


def close_slot(
    connection: Connection, feed_name: str, due_at: datetime, now: datetime, outcome: str
) -> None:
    """Note how a slot's run ended."""
    connection.execute(
        update(slot)
        .where(slot.c.feed == feed_name, slot.c.due_at == due_at)
        .values(ended_at=now, outcome=masked_text(outcome)[:1000])
    )
