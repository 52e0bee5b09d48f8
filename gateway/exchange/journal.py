"""Events that a person should see, and due slots that run once. All their SQL is here."""

from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from gateway.exchange.tables import event, slot
from gateway.messages import Text

_log = structlog.get_logger("creditgate")


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a person should see; level is info, warning or error."""

    at: datetime
    level: str
    name: str
    feed: str
    text: Text


def note_event(connection: Connection, found: Event) -> None:
    """Keep an event, unless it only repeats the newest of its name and feed."""
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


def events(connection: Connection, limit: int = 50) -> list[Event]:
    """List the newest events, newest first."""
    rows = connection.execute(select(event).order_by(event.c.id.desc()).limit(limit))
    return [Event(r.at, r.level, r.name, r.feed, Text(r.zh, r.en)) for r in rows]


def take_slot(connection: Connection, feed_name: str, due_at: datetime, now: datetime) -> bool:
    """Take a due slot of a feed; False when it was taken before: a slot runs once."""
    try:
        connection.execute(
            insert(slot).values(feed=feed_name, due_at=due_at, started_at=now, outcome="")
        )
    except IntegrityError:
        return False
    return True


def close_slot(
    connection: Connection, feed_name: str, due_at: datetime, now: datetime, outcome: str
) -> None:
    """Note how a slot's run ended."""
    connection.execute(
        update(slot)
        .where(slot.c.feed == feed_name, slot.c.due_at == due_at)
        .values(ended_at=now, outcome=outcome[:1000])
    )
