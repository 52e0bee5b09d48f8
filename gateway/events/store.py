"""Events that a person should see: noted and listed. All SQL of their table is here."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from sqlalchemy import Connection, Engine, false, func, insert, or_, select

from gateway.events.tables import event
from gateway.masking import masked
from gateway.text import MOST_OF_EVENT, Text
from outbox import remove_some, writing

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
    masked_event = replace(event_noted, text=masked(event_noted.text).cut(MOST_OF_EVENT))
    newest = connection.execute(
        select(event.c.zh)
        .where(event.c.name == masked_event.name, event.c.feed == masked_event.feed)
        .order_by(event.c.id.desc())
        .limit(1)
    ).scalar_one_or_none()
    getattr(_log, masked_event.level)(
        masked_event.name, feed=masked_event.feed, text=masked_event.text.en
    )
    if newest == masked_event.text.zh and masked_event.level != "info":
        return
    connection.execute(
        insert(event).values(
            at=masked_event.at,
            level=masked_event.level,
            name=masked_event.name,
            feed=masked_event.feed,
            zh=masked_event.text.zh,
            en=masked_event.text.en,
        )
    )


def say(engine: Engine, event_noted: Event) -> None:
    """Keep an event in a transaction of its own; raises SQLAlchemyError."""
    with writing(engine) as connection:
        note_event(connection, event_noted)


def events(
    connection: Connection,
    limit: int = 50,
    feed: str | None = None,
    departments: Collection[str] | None = None,
) -> list[Event]:
    """Return the newest events first, those of one feed or of some departments if any are named.

    Of departments in the statement: left out behind its limit, a loud one's would hide another's.
    """
    query = select(event).order_by(event.c.id.desc()).limit(limit)
    if departments is not None:
        of_departments = (
            event.c.feed.startswith(f"{name}.", autoescape=True) for name in departments
        )
        query = query.where(or_(false(), event.c.feed.in_(list(departments)), *of_departments))
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
    """Return when one of some events about no feed in particular happened last.

    None where none did.
    """
    query = select(func.max(event.c.at)).where(event.c.feed == "", event.c.name.in_(names))
    moment: datetime | None = connection.execute(query).scalar_one()
    return moment


def purge_before(connection: Connection, moment: datetime, limit: int) -> int:
    """Remove so many events at most that happened before a moment; return how many."""
    return remove_some(connection, event, event.c.at < moment, limit)
