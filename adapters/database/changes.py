"""A log of changes followed page by page: each changed row once, as it is now;
deletions are said.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, or_, select

from adapters import Fetched, Remark, Tally
from adapters.database.batches import Batches
from adapters.database.columns import Column, asked, native_value, sent
from adapters.database.connect import rows_of
from adapters.database.lists import Session, spoken
from adapters.database.pages import Position, Reading, count_rows, has_key, read_page, row_columns
from adapters.database.settings import ChangeLog, DatabaseSettings
from adapters.database.source import Source, demand, of_table
from adapters.database.values import exact_text
from adapters.database.watermark import places, values_of
from adapters.text import database as messages

#: Keys that one statement asks for.
_CHUNK = 500


def changes(
    session: Session, engine: Engine, source: Source, settings: DatabaseSettings, cursor: str
) -> Iterator[Fetched]:
    """Yield the rows that the log names after the cursor, each page of the log a unit."""
    spoken_of = settings.log
    assert spoken_of is not None  # noqa: S101
    with session() as connection:
        log = _log(engine, connection, source, settings, spoken_of)
        after = _place(connection, log, cursor) if cursor else None
    batches = Batches(settings, source)
    reading = Reading(log, (log.key,), has_key(log))
    more = True
    while more:
        with session() as connection:
            page = read_page(connection, reading, after, settings.page_rows)
            if not page.rows:
                return
            named = [exact_text(log.read[0], row[0]) for row in page.rows]
            keys = list(dict.fromkeys(key for key in named if key is not None))
            rows, counted = _rows(connection, source, keys)
        more = page.more
        after = reading.place(page.rows[-1])
        if nameless := named.count(None):
            yield Remark("source.log", *messages.log_without_key(nameless))
        if gone := _gone(source, keys, rows):
            yield Remark("source.deleted", *messages.deleted(gone))
        yield batches.unit(rows, json.dumps(places(after, (log.key,))), Tally(counted=counted))
    yield from spoken(batches)


def _log(
    engine: Engine,
    connection: Connection,
    source: Source,
    settings: DatabaseSettings,
    spoken_of: ChangeLog,
) -> Source:
    """Return the log as a source whose key is its sequence."""
    clause, columns = of_table(engine, connection, spoken_of.table, settings.db_schema)
    demand(columns, spoken_of.table, [spoken_of.sequence, spoken_of.key])
    return replace(
        source,
        name=spoken_of.table,
        clause=clause,
        columns=columns,
        read=(columns[spoken_of.key],),
        key=columns[spoken_of.sequence],
        unique=False,
        watermark=None,
        version=None,
        as_bytes=False,
        undecoded=False,
    )


def _place(connection: Connection, log: Source, cursor: str) -> Position:
    query = select(asked(log.key, log.clause, log.dialect)).select_from(log.clause)
    rows = rows_of(connection, query.where(log.clause.c[log.key.name].is_not(None)).limit(1))
    return values_of(json.loads(cursor), (log.key,), rows[0] if rows else (None,))


def _rows(
    connection: Connection, source: Source, keys: Sequence[str]
) -> tuple[list[Any], int | None]:
    """Return the rows of some keys as they are now, and their number by the server's own count."""
    rows: list[Any] = []
    counted: int | None = 0
    for start in range(0, len(keys), _CHUNK):
        among = _among(source, source.key, keys[start : start + _CHUNK])
        query = select(*row_columns(source)).select_from(source.clause).where(among)
        rows += rows_of(connection, query.order_by(source.clause.c[source.key.name]))
        some = count_rows(connection, source, (among,))
        counted = None if counted is None or some is None else counted + some
    return rows, counted


def _among(source: Source, key: Column, keys: Sequence[str]) -> ColumnElement[bool]:
    plain = source.clause.c[key.name]
    return or_(
        *(
            plain == sent(key, f"key_{place}", native_value(key, value, source.dialect))
            for place, value in enumerate(keys)
        )
    )


def _gone(source: Source, keys: Sequence[str], rows: Sequence[Any]) -> int:
    """Count keys of the log that no row has;
    a collation may call equal what differs in case or blanks.
    """
    place = len(source.read)
    there = {(exact_text(source.key, row[place]) or "").strip().casefold() for row in rows}
    return sum(key.strip().casefold() not in there for key in keys)
