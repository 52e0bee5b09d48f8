"""Rows after a watermark, with a look back for what was committed late;
those without one at each fetch.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, not_, or_, select

from adapters import Fetched, Remark, SourceRefusedError, Tally
from adapters.database.batches import Batches
from adapters.database.columns import asked
from adapters.database.connect import rows_of
from adapters.database.lists import Session, spoken
from adapters.database.pages import (
    Page,
    Position,
    Reading,
    has_key,
    read_page,
    read_without_key,
)
from adapters.database.settings import DatabaseSettings
from adapters.database.source import Source
from adapters.database.watermark import SAMPLED, Reckoning, places, reckoning, values_of
from adapters.text import database as messages

#: Rows without a watermark that are remembered as they were yielded.
_REMEMBERED = 100_000


def reckoned(
    connection: Connection, source: Source, overlap: float
) -> tuple[Reckoning, Sequence[Any]]:
    """Return how the source's watermark is reckoned with, and one row's watermark and key.

    Raises SourceRefusedError where one cannot be looked back from.
    """
    assert source.watermark is not None  # noqa: S101
    columns = [
        asked(column, source.clause, source.dialect) for column in (source.watermark, source.key)
    ]
    there = source.clause.c[source.watermark.name].is_not(None)
    query = select(*columns).select_from(source.clause).where(there).limit(SAMPLED)
    rows = rows_of(connection, query)
    start = reckoning(source.watermark, [row[0] for row in rows], overlap)
    return start, rows[0] if rows else (None, None)


class Watermarked:
    """Follows one source by its watermark; remembers what it yielded, so that none comes twice."""

    def __init__(self, settings: DatabaseSettings) -> None:
        self._settings = settings
        #: Rows that the next fetch will see again, by their content, with their watermarks.
        self._recent: dict[int, Any] = {}
        #: Rows without a watermark that were yielded, by their content.
        self._strays: set[int] = set()
        #: How many there were, and the latest watermark of the future, when last said.
        self._said: tuple[int, str] = (0, "")

    def items(self, session: Session, source: Source, cursor: str) -> Iterator[Fetched]:
        """Yield what is new since the cursor, then rows that have no usable watermark or key."""
        with session() as connection:
            way, example = reckoned(connection, source, self._settings.overlap)
        batches = Batches(self._settings, source)
        held = cursor
        for item in self._pages(session, source, way, example, cursor, batches):
            held = item.cursor if not isinstance(item, Remark) else held
            yield item
        yield from self._without_watermark(session, source, way, held, batches)
        yield from spoken(batches)

    def _pages(
        self,
        session: Session,
        source: Source,
        way: Reckoning,
        example: Sequence[Any],
        cursor: str,
        batches: Batches,
    ) -> Iterator[Any]:
        assert source.watermark is not None  # noqa: S101
        s, order = self._settings, (source.watermark, source.key)
        at = _read_cursor(cursor, order, example) if cursor else None
        after: Position | None = at
        if at is not None and way.kind != "opaque":
            back = way.earlier(at[0], s.overlap)
            after = (back, None) if s.overlap > 0 else at
        reading = Reading(source, order, _usable(source, way), ahead=at)
        now = datetime.now(UTC)
        future: Any = None
        seen_before = dict(self._recent)
        more = True
        while more:
            with session() as connection:
                page = read_page(connection, reading, after, s.page_rows)
            more = page.more
            if not page.rows:
                break
            after = reading.place(page.rows[-1])
            # Looking back must not move the cursor back, nor a mistaken time move it past all
            # others.
            at = next(
                (
                    place
                    for row in reversed(page.rows)
                    if reading.is_ahead(row) and way.serves((place := reading.place(row))[0], now)
                ),
                at,
            )
            if not way.serves(after[0], now):
                future = after[0]
            held = cursor if at is None else json.dumps(places(at, order))
            fresh = [row for row in page.rows if _content(row, reading) not in seen_before]
            if fresh:
                left = len(page.rows) - len(fresh)
                yield batches.unit(fresh, held, Tally(counted=page.counted, left_out=left))
            # Only now: a page that was not kept is read again, and must not look as if it had come.
            self._remember(way, page, reading, at)
        if future is not None and self._said[1] != str(future):
            self._said = (self._said[0], str(future))
            yield Remark("source.watermark", *messages.future_watermark(order[0].name, str(future)))

    def _remember(self, way: Reckoning, page: Page, reading: Reading, at: Position | None) -> None:
        """Remember what the next fetch will see again:
        what lies after the place from which it looks.
        """
        if way.kind == "opaque":
            return
        for row in page.rows:
            self._recent[_content(row, reading)] = way.value(reading.place(row)[0])
        if at is None:
            return
        floor = way.floor(at[0], self._settings.overlap)
        self._recent = {
            content: value
            for content, value in self._recent.items()
            if value is None or value >= floor
        }

    def _without_watermark(
        self, session: Session, source: Source, way: Reckoning, held: str, batches: Batches
    ) -> Iterator[Fetched]:
        """Yield rows that no watermark leads to: each once, and again when it has changed."""
        usable = _usable(source, way)
        where = (*has_key(source), _without(source, way))
        reading = Reading(source, (source.key,), where)
        count = 0
        after: Position | None = None
        more = True
        while more:
            with session() as connection:
                page = read_page(connection, reading, after, self._settings.page_rows)
            more = page.more
            if page.rows:
                after = reading.place(page.rows[-1])
            count += len(page.rows)
            yield from self._strays_of(page, reading, held, batches)
        nameless = 0
        if source.key.nullable and usable:
            with session() as connection:
                page = read_without_key(connection, Reading(source, (source.key,)))
            nameless = len(page.rows)
            yield from self._strays_of(page, reading, held, batches, named=False)
        assert source.watermark is not None  # noqa: S101
        if count + nameless != self._said[0]:
            self._said = (count + nameless, self._said[1])
            if count:
                yield Remark(
                    "source.watermark", *messages.no_watermark(source.watermark.name, count)
                )
            if nameless:
                yield Remark("source.key", *messages.no_key(source.key.name, nameless))

    def _strays_of(
        self, page: Page, reading: Reading, held: str, batches: Batches, *, named: bool = True
    ) -> Iterator[Fetched]:
        fresh = [row for row in page.rows if _content(row, reading) not in self._strays]
        if fresh:
            left = len(page.rows) - len(fresh)
            refs = None if named else batches.without_key(fresh)
            yield batches.unit(fresh, held, Tally(counted=page.counted, left_out=left), refs)
        if len(self._strays) > _REMEMBERED:
            self._strays.clear()
        self._strays |= {_content(row, reading) for row in page.rows}


def _read_cursor(cursor: str, order: tuple[Any, ...], example: Sequence[Any]) -> Position:
    try:
        written = json.loads(cursor)
    except ValueError:
        written = None
    if not isinstance(written, list) or len(written) not in (2, 4):
        raise SourceRefusedError(*messages.cursor_unreadable(order[0].name, cursor))
    return values_of(written, order, example)


def _usable(source: Source, way: Reckoning) -> tuple[ColumnElement[bool], ...]:
    """Return what holds of rows that a watermark leads to."""
    assert source.watermark is not None  # noqa: S101
    there = source.clause.c[source.watermark.name].is_not(None)
    serves = way.usable(source)
    return (there, *(() if serves is None else (serves,)), *has_key(source))


def _without(source: Source, way: Reckoning) -> ColumnElement[bool]:
    """Return what holds of rows that none leads to."""
    assert source.watermark is not None  # noqa: S101
    nothing = source.clause.c[source.watermark.name].is_(None)
    serves = way.usable(source)
    return nothing if serves is None else or_(nothing, not_(serves))


def _content(row: Sequence[Any], reading: Reading) -> int:
    """Return what tells a row's content, without whether it is ahead."""
    plain = tuple(row)[:-1] if reading.ahead is not None else tuple(row)
    try:
        return hash(plain)
    except TypeError:
        return hash(repr(plain))
