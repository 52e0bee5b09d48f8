"""What is stored with records that travel: changed values and warnings.

All their SQL is here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, bindparam, insert, select, update

from gateway.exchange.tables import cleaning, feed, unit, warning
from gateway.masking import Personal, masked
from gateway.text import Text
from outbox import DecryptionError, seal_of

#: Columns of a changed value that are sealed where the store has keys.
_SEALED = ("received", "kept")


@dataclass(frozen=True, slots=True)
class Note:
    """Something said of a field of a record that travels; `ref` names its row in the unit."""

    id: int
    feed: str
    unit: str
    ref: str
    key: str
    field: str
    rule: str


@dataclass(frozen=True, slots=True)
class Cleaning(Note):
    """A value that does not travel as it was received."""

    received: Personal[str]
    kept: Personal[str]


@dataclass(frozen=True, slots=True)
class Warned(Note):
    """A rule that warns of a record; the record travels all the same."""

    text: Text


def keep(
    connection: Connection,
    feed_id: int,
    unit_id: int,
    changed: Sequence[dict[str, str]],
    warned: Sequence[dict[str, str]],
) -> None:
    """Store changed values (key, ref, field, rule, received, kept) and warnings.

    Warnings have zh and en in place of the last two.
    """
    shared = {"feed_id": feed_id, "unit_id": unit_id}
    if changed:
        sealed = [_sealed(connection, {**shared, **row}) for row in changed]
        connection.execute(insert(cleaning), sealed)
    if warned:
        connection.execute(insert(warning), [{**shared, **row} for row in warned])


def seal_anew(connection: Connection, limit: int) -> int:
    """Seal up to `limit` changed values anew that are not under the current key; return how many.

    Raises DecryptionError.
    """
    current = seal_of(connection).current
    query = select(cleaning).where(cleaning.c.key_id != current).order_by(cleaning.c.id)
    sealed = []
    for row in connection.execute(query.limit(limit)).mappings().all():
        values = {name: _value(connection, row, name) for name in _SEALED}
        sealed_row = _sealed(connection, {**row, **values})
        sealed.append(
            {"of": row["id"], **{name: sealed_row[name] for name in (*_SEALED, "key_id")}}
        )
    if sealed:
        connection.execute(update(cleaning).where(cleaning.c.id == bindparam("of")), sealed)
    return len(sealed)


def _owner(row: Mapping[Any, Any]) -> str:
    """Return the place in which a changed value is sealed."""
    return "\x1f".join(
        str(row[name]) for name in ("feed_id", "unit_id", "key", "ref", "field", "rule")
    )


def _sealed(connection: Connection, row: dict[str, Any]) -> dict[str, Any]:
    seal, owner = seal_of(connection), _owner(row)
    values = {name: seal.close_text(row[name], owner, f"cleaning.{name}") for name in _SEALED}
    return {**row, **values, "key_id": seal.current}


def _value(connection: Connection, row: Mapping[Any, Any], name: str) -> str:
    seal = seal_of(connection)
    return seal.open_text(row[name], _owner(row), f"cleaning.{name}", row["key_id"])


def _cleaning(connection: Connection, row: Row[Any]) -> Cleaning:
    try:
        values = [_value(connection, row._mapping, name) for name in _SEALED]
    except DecryptionError:
        # Its key is not here.
        values = ["…", "…"]
    return Cleaning(
        row.id, row.feed, row.unit, row.ref, row.key, row.field, row.rule, *map(Personal, values)
    )


def _warned(row: Row[Any]) -> Warned:
    text = masked(Text(row.zh, row.en))
    return Warned(row.id, row.feed, row.unit, row.ref, row.key, row.field, row.rule, text)


def of_record(
    connection: Connection, feed_name: str, key: str
) -> tuple[tuple[Cleaning, ...], tuple[Warned, ...]]:
    """Return what cleaning changed of a record, and its warnings, each time it travelled."""

    def rows_of(table: Table) -> Sequence[Row[Any]]:
        query = _notes_of(table).where(feed.c.name == feed_name, table.c.key == key)
        return connection.execute(query.order_by(table.c.id)).all()

    return (
        tuple(_cleaning(connection, row) for row in rows_of(cleaning)),
        tuple(_warned(row) for row in rows_of(warning)),
    )


def cleanings(
    connection: Connection, feed_name: str | None, limit: int, last_id: int
) -> list[Cleaning]:
    """Return changed values in order of id, those after a given one."""
    return [
        _cleaning(connection, r) for r in _page(connection, cleaning, feed_name, limit, last_id)
    ]


def warnings(
    connection: Connection, feed_name: str | None, limit: int, last_id: int
) -> list[Warned]:
    """Return warnings in order of id, those after a given one."""
    return [_warned(r) for r in _page(connection, warning, feed_name, limit, last_id)]


def _page(
    connection: Connection, table: Table, feed_name: str | None, limit: int, last_id: int
) -> Sequence[Row[Any]]:
    query = _notes_of(table).where(table.c.id > last_id)
    if feed_name is not None:
        query = query.where(feed.c.name == feed_name)
    return connection.execute(query.order_by(table.c.id).limit(limit)).all()


def _notes_of(table: Table) -> Select[Any]:
    return (
        select(table, feed.c.name.label("feed"), unit.c.name.label("unit"))
        .join(feed, feed.c.id == table.c.feed_id)
        .join(unit, unit.c.id == table.c.unit_id)
    )
