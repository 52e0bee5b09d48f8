"""Rows page by page in the order of a key: none is lost where a page ends inside a key,
each page is counted.

A position is the driver's own values of the ordering columns; all of a page's reads see one state
where the server has such.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    func,
    literal_column,
    or_,
    select,
)

from adapters import SourceRefusedError
from adapters.database.columns import Column, asked, asked_as_shown, sent
from adapters.database.connect import rows_of
from adapters.database.source import Source
from adapters.text import database as messages

#: Most rows that may share a position, or have none: they are read at once.
MOST_ALIKE = 20_000

#: Values of the ordering columns; the key may be None where a read begins at a watermark.
Position: TypeAlias = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """Which rows are read, in which order.

    `ahead` asks of each row whether it lies after a position.
    """

    source: Source
    order: tuple[Column, ...]
    where: tuple[ColumnElement[bool], ...] = ()
    ahead: Position | None = None

    def place(self, row: Sequence[Any]) -> Position:
        """Return where a row stands in the order."""
        return tuple(row[self.column(column)] for column in self.order)

    def column(self, one: Column) -> int:
        """Return the place of the key, version or watermark in the rows that are read."""
        s = self.source
        extra = [column for column in (s.key, s.version, s.watermark) if column is not None]
        return len(s.read) + extra.index(one)

    def is_ahead(self, row: Sequence[Any]) -> bool:
        """Whether a row lies after `ahead`."""
        return self.ahead is None or bool(int(row[-1]))


@dataclass(frozen=True, slots=True)
class Page:
    """Rows with what follows the read columns: key, version, watermark, ahead."""

    rows: list[Any]
    more: bool
    #: The rows of this stretch by the server's own count; None where it could not see the same
    #: state.
    counted: int | None


def read_page(connection: Connection, reading: Reading, after: Position | None, limit: int) -> Page:
    """Read up to `limit` rows after a position, and those more that share the last one's.

    Raises SourceRefusedError.
    """
    query = _query(reading).where(*_after(reading, after)).order_by(*_ordering(reading))
    # One row more than wanted tells whether there are any.
    rows = _rows(connection, reading, query.limit(limit + 1))
    if rows and after is not None and reading.place(rows[0]) == after:
        raise SourceRefusedError(*messages.not_comparable(reading.order[0].name))
    more = len(rows) > limit
    if more:
        rows = _to_the_end(connection, reading, rows)
    upto = reading.place(rows[-1]) if more else None
    return Page(rows, more, _counted(connection, reading, after, upto))


def read_without_key(connection: Connection, reading: Reading) -> Page:
    """Read all rows that have no key.

    Raises SourceRefusedError where they are too many for one page.
    """
    key = reading.source.key
    nothing = reading.source.clause.c[key.name].is_(None)
    rows = _rows(connection, reading, _query(reading).where(nothing).limit(MOST_ALIKE + 1))
    if len(rows) > MOST_ALIKE:
        raise SourceRefusedError(*messages.too_many_alike(key.name, MOST_ALIKE))
    counted = count_rows(connection, reading.source, (*reading.where, nothing))
    return Page(rows, False, counted)


def has_key(source: Source) -> tuple[ColumnElement[bool], ...]:
    """Return what holds of rows with a key; nothing where every row has one."""
    return (source.clause.c[source.key.name].is_not(None),) if source.key.nullable else ()


def count_rows(
    connection: Connection, source: Source, where: Sequence[ColumnElement[bool]]
) -> int | None:
    """Return the number of rows in the state that the transaction sees.

    None where the server has no such state.
    """
    if not source.snapshots:
        return None
    return count_now(connection, source, where)


def count_now(connection: Connection, source: Source, where: Sequence[ColumnElement[bool]]) -> int:
    """Return the number of rows as they are now."""
    counted = select(func.count()).select_from(source.clause).where(*where)
    return int(rows_of(connection, counted)[0][0])


def row_columns(source: Source) -> list[ColumnElement[Any]]:
    """Return what is selected of each row: the read columns, then key, version and watermark."""
    read = [
        asked_as_shown(column, source.clause, source.dialect, as_bytes=source.as_bytes)
        for column in source.read
    ]
    extra = [
        column for column in (source.key, source.version, source.watermark) if column is not None
    ]
    plain = [asked(column, source.clause, source.dialect) for column in extra]
    return [column.label(f"cg_{place}") for place, column in enumerate([*read, *plain])]


def _rows(connection: Connection, reading: Reading, query: Select[Any]) -> list[Any]:
    """Return rows; SQLite's texts as bytes, but for those by which rows are found again."""
    undecoded = reading.source.undecoded
    rows = rows_of(connection, query, undecoded=undecoded)
    start = len(reading.source.read)
    if undecoded and bytes in _types(rows, start):
        return [(*row[:start], *map(_decoded, row[start:])) for row in rows]
    return rows


def _types(rows: Sequence[Sequence[Any]], start: int) -> set[type]:
    """Return the types of what follows some columns; column by column, which is quick."""
    places = range(start, len(rows[0]) if rows else start)
    return {kind for place in places for kind in {*map(type, map(itemgetter(place), rows))}}


def _decoded(value: Any) -> Any:
    try:
        return value.decode() if isinstance(value, bytes) else value
    except UnicodeDecodeError:
        return value


def _query(reading: Reading) -> Select[Any]:
    columns = row_columns(reading.source)
    if reading.ahead is not None:
        beyond = _beyond(reading, reading.ahead, "ahead")
        columns.append(
            case((beyond, literal_column("1")), else_=literal_column("0")).label("cg_ahead")
        )
    return select(*columns).select_from(reading.source.clause).where(*reading.where)


def _to_the_end(connection: Connection, reading: Reading, rows: list[Any]) -> list[Any]:
    """Return a page that ends where a key ends:
    what the server calls equal may look different here.
    """
    *page, following = rows
    last = reading.place(page[-1])
    if reading.source.unique:
        return page
    if reading.place(following) != last and not any(
        isinstance(value, str | bytes) for value in last
    ):
        return page
    alike = _rows(
        connection, reading, _query(reading).where(_equal(reading, last)).limit(MOST_ALIKE + 1)
    )
    if len(alike) > MOST_ALIKE:
        raise SourceRefusedError(*messages.too_many_alike(reading.order[-1].name, MOST_ALIKE))
    group = Counter(map(repr, alike))
    while page and group[repr(page[-1])]:
        group[repr(page[-1])] -= 1
        page.pop()
    if len(page) == len(rows) - 1 and reading.source.snapshots:
        raise SourceRefusedError(*messages.not_comparable(reading.order[0].name))
    return page + alike


def _counted(
    connection: Connection, reading: Reading, after: Position | None, upto: Position | None
) -> int | None:
    stretch = [*reading.where, *_after(reading, after)]
    if upto is not None:
        stretch.append(_within(reading, upto))
    return count_rows(connection, reading.source, stretch)


def _ordering(reading: Reading) -> list[ColumnElement[Any]]:
    return [reading.source.clause.c[column.name] for column in reading.order]


def _after(reading: Reading, after: Position | None) -> list[ColumnElement[bool]]:
    if after is None:
        return []
    if after[-1] is None:
        first = reading.order[0]
        return [reading.source.clause.c[first.name] >= sent(first, "from_0", after[0])]
    return [_beyond(reading, after, "after")]


def _beyond(reading: Reading, place: Position, name: str) -> ColumnElement[bool]:
    """Return what holds of rows after a position: many may share a watermark,
    the key tells them apart.
    """
    [*firsts, last] = _pairs(reading, place, name)
    beyond: ColumnElement[bool] = last[0] > last[1]
    for column, value in reversed(firsts):
        beyond = or_(column > value, and_(column == value, beyond))
    return beyond


def _within(reading: Reading, place: Position) -> ColumnElement[bool]:
    """Return what holds of rows up to a position, itself too."""
    [*firsts, last] = _pairs(reading, place, "upto")
    within: ColumnElement[bool] = last[0] <= last[1]
    for column, value in reversed(firsts):
        within = or_(column < value, and_(column == value, within))
    return within


def _equal(reading: Reading, place: Position) -> ColumnElement[bool]:
    return and_(*(column == value for column, value in _pairs(reading, place, "equal")))


def _pairs(
    reading: Reading, place: Position, name: str
) -> list[tuple[ColumnElement[Any], ColumnElement[Any]]]:
    return [
        (reading.source.clause.c[column.name], sent(column, f"{name}_{number}", value))
        for number, (column, value) in enumerate(zip(reading.order, place, strict=True))
    ]
