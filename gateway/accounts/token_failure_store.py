"""How many wrong tokens came from an address at a door. All SQL of the table.

One row a door and address, and a bounded number of rows: a flood can fill neither.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, select, update

from gateway.accounts.model import WINDOW
from gateway.accounts.tables import token_failure
from outbox import insert_new

#: Doors and addresses that are counted at once; whose window began first is forgotten first.
MOST_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class Count:
    """Wrong tokens since a moment, which is when their window began."""

    since: datetime
    count: int

    def over(self, now: datetime) -> bool:
        """Whether the window is over: what was counted in it counts no more."""
        return now - self.since >= WINDOW


def add(
    connection: Connection, counts: Mapping[str, int], now: datetime
) -> dict[str, tuple[int, Count]]:
    """Add to the counts of digests; return each count before and after.

    Before is what it was within its window.
    """
    added: dict[str, tuple[int, Count]] = {}
    # In one order, so that two processes never wait for one another's rows crosswise.
    for digest, added_count in sorted(counts.items()):
        new = insert_new(connection, token_failure, {"digest": digest, "since": now, "failures": 0})
        condition = token_failure.c.digest == digest
        row = connection.execute(select(token_failure).where(condition).with_for_update()).one()
        earlier = Count(row.since, row.failures)
        if new or earlier.over(now):
            earlier = Count(now, 0)
        later = Count(earlier.since, earlier.count + added_count)
        values = {"since": later.since, "failures": later.count}
        connection.execute(update(token_failure).where(condition).values(**values))
        added[digest] = (earlier.count, later)
    _forget(connection, now)
    return added


def _forget(connection: Connection, now: datetime) -> None:
    """Remove counts whose window is over, and the oldest of too many."""
    connection.execute(delete(token_failure).where(token_failure.c.since <= now - WINDOW))
    rows = connection.execute(select(func.count()).select_from(token_failure)).scalar_one()
    if rows > MOST_ROWS:
        oldest = select(token_failure.c.digest).order_by(token_failure.c.since)
        excess = oldest.limit(rows - MOST_ROWS)
        connection.execute(delete(token_failure).where(token_failure.c.digest.in_(excess)))
