"""Holds stored waits against the longest that they can be meant to last: `min(stored, now + cap)`.

A machine whose clock is ahead stores moments ahead. When the clock is put right, and the process
starts again (or its store's time goes back), each of them would last as long as the clock was
wrong. A clock that was behind stores moments that are over by now: nothing waits for those.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select, func, select, update

from outbox.breaker import Breaker
from outbox.reader import LAST_OUTCOME, OPEN
from outbox.retry import RETRY_AFTER_CAP, RetryPolicy
from outbox.tables import breaker, message, transition

#: The longest that a message waits after an attempt, by how that ended: only who answers can ask
#: for a wait of its own.
_LONGEST = {
    "failed": timedelta(seconds=RETRY_AFTER_CAP),
    "pending": timedelta(seconds=RETRY_AFTER_CAP),
}
_OWN_LONGEST = timedelta(seconds=RetryPolicy().cap)


def meant(until: datetime, now: datetime, cap: timedelta, began: datetime) -> datetime:
    """Return when a wait ends that was begun at a moment and lasts no longer than `cap`.

    Where it seems to have begun later than now, the clock was ahead, and it lasts from now as long
    as it was meant to.
    """
    meant_to_last = min(until - began, cap) if began > now else cap
    return min(until, now + meant_to_last)


def hold_moments(
    connection: Connection, column: Column[datetime], limit: datetime, *which: ColumnElement[bool]
) -> int:
    """Bring every later moment of a column back to a limit; return how many were."""
    later = update(column.table).where(column > limit, *which)
    return connection.execute(later.values({column.name: limit})).rowcount


def hold_messages(connection: Connection, now: datetime, lease: timedelta) -> int:
    """Cap the waits, leases, ages and due times of open messages; return how many changed."""
    changed: dict[str, dict[str, datetime | None]] = {}
    for row in connection.execute(_put()).all():
        # Put later than now, it was put now: its age counts, and it is due as long after as it
        # was. What was taken for that by a clock that was behind gets its own moment back.
        put_at = min(row.put_at or row.created_at, now)
        if row.created_at > now or row.created_at < put_at:
            due_at = None if row.due_at is None else put_at + (row.due_at - row.created_at)
            changed[row.guid] = {"created_at": put_at, "due_at": due_at}
    for row in connection.execute(_waiting(now)).all():
        cap = _LONGEST.get(row.outcome, _OWN_LONGEST)
        until = meant(row.not_before, now, cap, row.began)
        if until < row.not_before:
            changed.setdefault(row.guid, {})["not_before"] = until
    for guid, values in changed.items():
        connection.execute(update(message).where(message.c.guid == guid).values(**values))
    sending = message.c.state == "sending"
    return len(changed) + hold_moments(connection, message.c.lease_until, now + lease, sending)


def hold_breakers(connection: Connection, now: datetime) -> int:
    """Cap how long destinations are left alone and probed; return how many moments changed."""
    return hold_moments(connection, breaker.c.opened_until, now + Breaker().cap) + hold_moments(
        connection, breaker.c.probing_since, now
    )


def _put() -> Select[Any]:
    """Return the query of open messages, with the moment at which each was put by its history."""
    first = (
        select(transition.c.at)
        .where(transition.c.guid == message.c.guid)
        .order_by(transition.c.id)
        .limit(1)
        .scalar_subquery()
    )
    columns = (message.c.guid, message.c.created_at, message.c.due_at, first.label("put_at"))
    return select(*columns).where(OPEN)


def _waiting(now: datetime) -> Select[Any]:
    """Return the query of messages that wait, how their last attempt ended, and since when."""
    newest = (
        select(func.max(transition.c.id))
        .where(transition.c.guid == message.c.guid)
        .correlate(message)
        .scalar_subquery()
    )
    return (
        select(
            message.c.guid,
            message.c.not_before,
            transition.c.at.label("began"),
            LAST_OUTCOME.label("outcome"),
        )
        .join(transition, transition.c.id == newest)
        .where(message.c.state.in_(("waiting", "held")), OPEN, message.c.not_before > now)
    )
