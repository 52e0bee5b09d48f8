"""Brings a sealed column of any table of the store under the current key."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Column, Connection, select, update

from outbox.database import seal_of

#: The owner and the name of the place to which the seal of a row is bound.
Place = tuple[str, str]


def seal_column_anew(
    connection: Connection,
    sealed: Column[Any],
    key_id: Column[Any],
    place: Callable[[Any], Place],
    limit: int,
) -> int:
    """Seal up to `limit` rows of a column anew that are not under the current key; return how many.

    `place` returns of a row the place of its seal. Raises DecryptionError.
    """
    seal, table = seal_of(connection), sealed.table
    rows = connection.execute(
        select(table).where(sealed.is_not(None), key_id != seal.current).limit(limit)
    ).all()
    for row in rows:
        values, where = row._mapping, place(row)
        data = seal.open(values[sealed.key], *where, values[key_id.key])
        connection.execute(
            update(table)
            .where(*(key == values[key.key] for key in table.primary_key))
            .values({sealed: seal.close(data, *where), key_id: seal.current})
        )
    return len(rows)
