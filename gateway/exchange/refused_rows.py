"""Refused rows as they are stored: sealed where the store has keys, opened, sealed anew.

A row is sealed in its place: by its feed, its identity and the moment of its refusal. The other SQL
of the table is in `refusals`.
"""

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from gateway.exchange.tables import refusal
from outbox import seal_of

_COLUMN = "refusal.row_json"


def _owner(feed_id: int, identity: str, opened_at: datetime) -> str:
    return f"{feed_id} {opened_at.astimezone(UTC).isoformat()} {identity}"


def row_json(row: dict[str, Any]) -> str:
    """Return a row as received as JSON, as it is stored before it is sealed."""
    return json.dumps(row, ensure_ascii=False, sort_keys=True)


def sealed_row(
    connection: Connection, feed_id: int, identity: str, opened_at: datetime, text: str
) -> dict[str, str]:
    """Return the columns of a refusal that have its row, of the row as JSON."""
    seal = seal_of(connection)
    owner = _owner(feed_id, identity, opened_at)
    return {"row_json": seal.close_text(text, owner, _COLUMN), "key_id": seal.current}


def row_text(connection: Connection, row: Any) -> str:
    """Return the row of a refusal (a line of the table) as JSON; raises DecryptionError."""
    owner = _owner(row.feed_id, row.identity, row.opened_at)
    return seal_of(connection).open_text(row.row_json, owner, _COLUMN, row.key_id)


def opened_row(connection: Connection, refused: Any) -> dict[str, Any]:
    """Return the row of a refusal (a line of the table); raises DecryptionError."""
    row: dict[str, Any] = json.loads(row_text(connection, refused))
    return row


def seal_anew(connection: Connection, limit: int) -> int:
    """Seal up to `limit` rows anew that are not under the current key; return how many.

    Raises DecryptionError.
    """
    current = seal_of(connection).current
    query = select(refusal).where(refusal.c.key_id != current).order_by(refusal.c.id).limit(limit)
    sealed = [
        {
            "of": row.id,
            **sealed_row(
                connection,
                row.feed_id,
                row.identity,
                row.opened_at,
                row_text(connection, row),
            ),
        }
        for row in connection.execute(query).all()
    ]
    if sealed:
        connection.execute(update(refusal).where(refusal.c.id == bindparam("of")), sealed)
    return len(sealed)
