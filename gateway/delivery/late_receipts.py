"""Receipts that the centre brings by itself, some time after it took a package."""

from datetime import datetime

import zstandard
from sqlalchemy import Connection, delete, select

from gateway.delivery.tables import arrival
from outbox import insert_new


def keep(connection: Connection, guid: str, receipt: bytes, signature: str, now: datetime) -> None:
    """Store a package's receipt until its worker looks for it; a later one replaces it."""
    connection.execute(delete(arrival).where(arrival.c.guid == guid))
    row = {
        "guid": guid,
        "receipt": zstandard.compress(receipt),
        "signature": signature,
        "arrived_at": now,
    }
    insert_new(connection, arrival, row)


def has_come(connection: Connection, guid: str) -> bool:
    """Whether a package's receipt has come."""
    query = select(arrival.c.guid).where(arrival.c.guid == guid)
    return connection.execute(query).first() is not None


def take(connection: Connection, guid: str) -> tuple[bytes, str] | None:
    """Take a package's receipt out of the store; return it with its signature, or None.

    The signature is "" where there is none.
    """
    row = connection.execute(select(arrival).where(arrival.c.guid == guid)).one_or_none()
    if row is None:
        return None
    connection.execute(delete(arrival).where(arrival.c.guid == guid))
    return zstandard.decompress(row.receipt), row.signature
