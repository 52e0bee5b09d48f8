"""What is kept with records that travel: values that were changed, and warnings. All their SQL is here."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, insert, select

from gateway.exchange.tables import cleaning, feed, unit, warning
from gateway.messages import Text


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

    received: str
    kept: str


@dataclass(frozen=True, slots=True)
class Warned(Note):
    """A rule that warns of a record; the record travels all the same."""

    text: Text


def keep(
    connection: Connection, feed_id: int, unit_id: int,
    changed: Sequence[dict[str, str]], warned: Sequence[dict[str, str]],
) -> None:  # fmt: skip
    """Keep what was changed (key, ref, field, rule, received, kept) and warned of (zh, en instead)."""
    for table, rows in ((cleaning, changed), (warning, warned)):
        if rows:
            shared = {"feed_id": feed_id, "unit_id": unit_id}
            connection.execute(insert(table), [{**shared, **row} for row in rows])


def of_record(
    connection: Connection, feed_name: str, key: str
) -> tuple[tuple[Cleaning, ...], tuple[Warned, ...]]:
    """Give what was changed of a record by cleaning, and warned of, each time it travelled."""

    def mine(table: Table) -> Sequence[Row[Any]]:
        query = _notes_of(table).where(feed.c.name == feed_name, table.c.key == key)
        return connection.execute(query.order_by(table.c.id)).all()

    return (
        tuple(Cleaning(r.id, r.feed, r.unit, r.ref, r.key, r.field, r.rule, r.received, r.kept) for r in mine(cleaning)),
        tuple(Warned(r.id, r.feed, r.unit, r.ref, r.key, r.field, r.rule, Text(r.zh, r.en)) for r in mine(warning)),
    )  # fmt: skip


def cleanings(
    connection: Connection, feed_name: str | None, limit: int, after: int
) -> list[Cleaning]:
    """List changed values in order of id, those after a given one."""
    return [
        Cleaning(r.id, r.feed, r.unit, r.ref, r.key, r.field, r.rule, r.received, r.kept)
        for r in _page(connection, cleaning, feed_name, limit, after)
    ]


def warnings(connection: Connection, feed_name: str | None, limit: int, after: int) -> list[Warned]:
    """List warnings in order of id, those after a given one."""
    return [
        Warned(r.id, r.feed, r.unit, r.ref, r.key, r.field, r.rule, Text(r.zh, r.en))
        for r in _page(connection, warning, feed_name, limit, after)
    ]


def _page(
    connection: Connection, table: Table, feed_name: str | None, limit: int, after: int
) -> Sequence[Row[Any]]:
    query = _notes_of(table).where(table.c.id > after)
    if feed_name is not None:
        query = query.where(feed.c.name == feed_name)
    return connection.execute(query.order_by(table.c.id).limit(limit)).all()


def _notes_of(table: Table) -> Select[Any]:
    return (
        select(table, feed.c.name.label("feed"), unit.c.name.label("unit"))
        .join(feed, feed.c.id == table.c.feed_id)
        .join(unit, unit.c.id == table.c.unit_id)
    )
