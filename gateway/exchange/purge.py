"""What of the exchange's memory is removed when its time is over; `retention` says when.

Never removed: open refusals, what was sent of each record (it tells a repeat), units' counts, and
what of a unit its department is still to be told. Every function takes the caller's connection,
removes `most` rows at most and returns how many.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, delete, select

from gateway.exchange.tables import (
    batch,
    cleaning,
    drop_request,
    fault,
    mark,
    package,
    refusal,
    unit,
    unmarked,
    warning,
)
from outbox import among, maintenance, remove_some


def batches(connection: Connection, moment: datetime, limit: int) -> int:
    """Remove batches of units whose departments were told before a moment; return how many."""
    return remove_some(connection, batch, batch.c.unit_id.in_(_units_told(moment)), limit)


def cleanings(connection: Connection, moment: datetime, limit: int) -> int:
    """Remove notes of changed values, of such units; return how many."""
    return _notes(connection, cleaning, moment, limit)


def warnings(connection: Connection, moment: datetime, limit: int) -> int:
    """Remove warnings, of such units; return how many."""
    return _notes(connection, warning, moment, limit)


def faults(connection: Connection, moment: datetime, limit: int) -> int:
    """Remove faults of refusals that were closed before a moment; return how many."""
    closed_ids = select(refusal.c.id).where(_is_closed(moment))
    return remove_some(connection, fault, fault.c.refusal_id.in_(closed_ids), limit)


def refusals(connection: Connection, moment: datetime, limit: int) -> int:
    """Remove refusals that were closed before a moment, after their faults; return how many."""
    return remove_some(connection, refusal, _is_closed(moment), limit)


def packages(connection: Connection, guids: Sequence[str]) -> int:
    """Remove packages with their messages and index entries; return how many messages."""
    for table in (mark, unmarked, drop_request, package):
        connection.execute(delete(table).where(among(connection, table.c.guid, guids)))
    return maintenance.purge_messages(connection, guids)


def untold(connection: Connection, guids: Sequence[str]) -> set[str]:
    """Return the packages whose unit is not acknowledged: their rows are still needed."""
    query = (
        select(package.c.guid)
        .join(unit, unit.c.id == package.c.unit_id)
        .where(among(connection, package.c.guid, guids), unit.c.state != "acknowledged")
    )
    return set(connection.execute(query).scalars())


def _units_told(moment: datetime) -> Select[tuple[int]]:
    return select(unit.c.id).where(unit.c.state == "acknowledged", unit.c.acknowledged_at < moment)


def _notes(connection: Connection, table: Table, moment: datetime, limit: int) -> int:
    return remove_some(connection, table, table.c.unit_id.in_(_units_told(moment)), limit)


def _is_closed(moment: datetime) -> ColumnElement[bool]:
    return and_(refusal.c.state != "open", refusal.c.closed_at < moment)
