"""What people ask of the scheduler, and drops that wait for a second person. All their SQL is here.

A page may be served by another process than the one that fetches: the store is what both see.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, delete, select

from gateway.exchange.tables import drop_request, feed_request
from outbox import insert_new

#: run: fetch now; confirm: withdraw what a shrunk list no longer has.
Ask = Literal["run", "confirm"]


@dataclass(frozen=True, slots=True)
class DropRequest:
    """A package that a person wants dropped."""

    guid: str
    person: str
    why: str
    at: datetime


def ask(connection: Connection, feed: str, request: Ask, person: str, now: datetime) -> bool:
    """Ask for something to be done with a feed; return False where that is asked for already."""
    values = {"feed": feed, "what": request, "person": person, "at": now}
    return insert_new(connection, feed_request, values)


def take(connection: Connection) -> list[tuple[str, Ask]]:
    """Take the requests off the list; return feed and request of each, in the order asked."""
    query = select(feed_request.c.id, feed_request.c.feed, feed_request.c.what)
    rows = connection.execute(query.order_by(feed_request.c.id)).all()
    if rows:
        ids = [row.id for row in rows]
        connection.execute(delete(feed_request).where(feed_request.c.id.in_(ids)))
    return [(row.feed, row.what) for row in rows]


def any_asked(connection: Connection) -> bool:
    """Whether anything is asked for."""
    return connection.execute(select(feed_request.c.id).limit(1)).first() is not None


def want_drop(connection: Connection, guid: str, person: str, reason: str, now: datetime) -> bool:
    """Store that a person wants a package dropped; return False where somebody does already."""
    values = {"guid": guid, "person": person, "why": reason, "at": now}
    return insert_new(connection, drop_request, values)


def drop_wanted(connection: Connection, guid: str) -> DropRequest | None:
    """Return who wants a package dropped and why, or None."""
    row = connection.execute(select(drop_request).where(drop_request.c.guid == guid)).one_or_none()
    return None if row is None else DropRequest(row.guid, row.person, row.why, row.at)


def drops_wanted(connection: Connection) -> list[DropRequest]:
    """Return the drops that wait for a second person, the oldest first."""
    rows = connection.execute(select(drop_request).order_by(drop_request.c.at))
    return [DropRequest(row.guid, row.person, row.why, row.at) for row in rows]


def forget_drop(connection: Connection, guid: str) -> None:
    """Remove the request to drop a package, which is done or withdrawn."""
    connection.execute(delete(drop_request).where(drop_request.c.guid == guid))
