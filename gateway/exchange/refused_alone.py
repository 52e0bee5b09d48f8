"""Refusals for one rule alone, which another day may judge otherwise.

Beside `refusal_store`, their SQL is here.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, exists, func, select

from gateway.exchange.refusal_store import is_open
from gateway.exchange.refused_rows import opened_row
from gateway.exchange.tables import fault, known, refusal, unit


@dataclass(frozen=True, slots=True)
class Waiting:
    """A refused row as received, and when it was judged; `latest_before` is the latest moment that
    was recorded before: later than `seen_at` where the clock had been set back in between."""

    id: int
    identity: str
    ref: str
    row: dict[str, Any]
    seen_at: datetime
    latest_before: datetime


def refused_by_rule_alone(connection: Connection, feed_id: int, rule: str) -> list[Waiting]:
    """Return the open refusals of rows at which the gateway found nothing but one rule broken.

    Not those of which a unit that stands later in the feed's order had another version, sent then
    or unchanged since before.
    """
    of_rule = exists().where(fault.c.refusal_id == refusal.c.id, fault.c.rule == rule)
    of_another = exists().where(fault.c.refusal_id == refusal.c.id, fault.c.rule != rule)
    refusing, last = unit.alias("refusing"), unit.alias("last")
    seen_in = func.coalesce(known.c.seen_in, known.c.unit_id)
    newer = (
        select(known.c.key)
        # A unit may be kept no longer that had the record last.
        .join(last, last.c.id == seen_in, isouter=True)
        .where(
            known.c.feed_id == feed_id,
            known.c.key == refusal.c.identity,
            func.coalesce(last.c.place, seen_in)
            > func.coalesce(refusing.c.place, refusal.c.unit_id),
        )
        .correlate(refusal, refusing)
        .exists()
    )
    earlier = unit.alias()
    latest = select(func.max(earlier.c.started_at)).where(earlier.c.id <= refusal.c.unit_id)
    query = (
        select(refusal, latest.scalar_subquery().label("latest"))
        .join(refusing, refusing.c.id == refusal.c.unit_id)
        .where(is_open(feed_id), refusal.c.refused_by == "gateway", of_rule, ~of_another, ~newer)
        .order_by(refusal.c.id)
    )
    return [
        Waiting(
            row.id,
            row.identity,
            row.ref,
            opened_row(connection, row),
            row.seen_at,
            row.latest or row.seen_at,
        )
        for row in connection.execute(query)
    ]
