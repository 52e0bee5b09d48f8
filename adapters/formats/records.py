"""What the formats share in which a row names its own columns: XML, JSON, JSON lines."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

import polars as pl

from adapters import RowFault
from adapters.formats import Chunk, FormatError, check_headings
from adapters.input_limits import input_limits
from adapters.text import Text
from adapters.text import record_files as messages

#: Rows that are read ahead to learn the columns where the setting `columns` is empty.
HEAD_ROWS = 1_000

#: Values by name, of one row or (each a sequence) of many rows that have the same names.
Cells = dict[str, str]
Columns = Mapping[str, Sequence[str]]


@dataclass(slots=True)
class Records:
    """Some rows as they were read: number and cells of each, and what is wrong with some.

    The cells are in `columns` where all rows have the same ones, else row by row in `rows`.
    `faults` is by place; a row may be at fault and have cells. `blank` has the numbers of the
    records in between that hold nothing.
    """

    numbers: Sequence[int] = ()
    rows: list[Cells] = field(default_factory=list)
    columns: Columns | None = None
    faults: dict[int, RowFault] = field(default_factory=dict)
    blank: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.numbers)

    def column(self, name: str) -> Sequence[str]:
        """Return the values of a column, "" where a row does not have it."""
        if self.columns is None:
            return [row.get(name, "") for row in self.rows]
        return self.columns.get(name) or [""] * len(self)

    def names(self, *, sound: bool) -> Iterator[str]:
        """Yield the names of the columns of all rows, or of those that are not at fault."""
        if self.columns is not None:
            yield from self.columns if len(self.faults) < len(self) or not sound else ()
            return
        for place, row in enumerate(self.rows):
            if not sound or place not in self.faults:
                yield from row

    def unknown(self, known: set[str]) -> Iterator[tuple[int, set[str]]]:
        """Yield the place of each row that has other columns, with these."""
        if self.columns is not None:
            if names := self.columns.keys() - known:
                yield from ((place, names) for place in range(len(self)))
            return
        for place, row in enumerate(self.rows):
            if not row.keys() <= known:
                yield place, row.keys() - known

    def part(self, start: int, end: int) -> "Records":
        """Return some of the rows with the blank records before the last of them.

        Those after the last of all rows go with a part that reaches beyond it.
        """
        numbers = self.numbers[start:end]
        first = self.numbers[start - 1] if start else -1
        last = self.numbers[end - 1] if end <= len(self) else None
        return Records(
            numbers,
            self.rows[start:end],
            self.columns and {name: cells[start:end] for name, cells in self.columns.items()},
            {place - start: fault for place, fault in self.faults.items() if start <= place < end},
            [n for n in self.blank if n > first and (last is None or n < last)],
        )

    def after(self, number: int) -> "Records":
        """Return the rows and blank records that stand after a row number."""
        if number <= 0 or (not self.numbers and not self.blank):
            return self
        start = sum(1 for place in self.numbers if place <= number)
        if not start and not self.blank:
            return self
        rest = self.part(start, len(self) + 1)
        return replace(rest, blank=[place for place in self.blank if place > number])


class RecordList:
    """Collects rows one after the other."""

    def __init__(self) -> None:
        self._numbers: list[int] = []
        self._records = Records(self._numbers)

    def add(self, number: int, cells: Cells, fault: RowFault | None = None) -> None:
        """Add a row with what is wrong with it."""
        if fault is not None:
            self._records.faults[len(self._numbers)] = fault
        self._numbers.append(number)
        self._records.rows.append(cells)

    def add_blank(self, number: int) -> None:
        """Add a record that holds nothing."""
        self._records.blank.append(number)

    def records(self) -> Records:
        """Return what was added."""
        return self._records


def row_fault(rule: str, text: Text) -> RowFault:
    """Return a fault of a row; its place is filled in with its chunk."""
    return RowFault(0, rule, *text)


def chunks(
    records: Iterable[Records], columns: Sequence[str], size: int, after: int
) -> Iterator[Chunk]:
    """Yield records in chunks of up to `size` rows, those after a row number.

    The columns are those given, else those of the first rows together in order of appearance: what
    writes these files leaves out what is empty, in the first row as in any other. A row that has
    another column is at fault: nothing of it is dropped in silence. Raises FormatError when there
    are rows and none of the first can be read, so that no column is known.
    """
    source = iter(records)
    check_headings(columns)
    head = [] if columns else _head(source)
    header = list(columns) or _columns(head)
    pending: list[Records] = []
    rows = 0
    for some in chain(head, source):
        pending.append(some.after(after))
        rows += len(pending[-1])
        while rows >= size:
            parts, pending = _split(pending, size)
            rows -= size
            yield _chunk(header, parts)
    if rows:
        parts, pending = _split(pending, rows)
        yield _chunk(header, parts)
    if blank := sum(len(some.blank) for some in pending):
        yield Chunk(_frame(header, []), [], (), blank=blank)


def _split(pending: list[Records], size: int) -> tuple[list[Records], list[Records]]:
    """Split so many rows off, with the blank records before the last of them."""
    taken: list[Records] = []
    for place, some in enumerate(pending):
        if len(some) < size:
            taken.append(some)
            size -= len(some)
            continue
        return [*taken, some.part(0, size)], [some.part(size, len(some) + 1), *pending[place + 1 :]]
    return taken, []


def _head(source: Iterator[Records]) -> list[Records]:
    head: list[Records] = []
    rows = 0
    while rows < HEAD_ROWS and (some := next(source, None)) is not None:
        head.append(some)
        rows += len(some)
    return head


def _columns(head: list[Records]) -> list[str]:
    """Return the columns of the first rows: of the sound ones, or where there is none of all."""
    (parts, _) = _split(head, HEAD_ROWS)
    rows = sum(map(len, parts))
    names = dict.fromkeys(name for part in parts for name in part.names(sound=True))
    names = names or dict.fromkeys(name for part in parts for name in part.names(sound=False))
    if rows and not names:
        fault = next((part.faults[0] for part in parts if 0 in part.faults), None)
        first = Text(fault.zh, fault.en) if fault else messages.row_empty()
        raise FormatError("format.empty", *messages.no_columns(rows, first))
    limit = input_limits().columns
    if len(names) > limit:
        raise FormatError("format.limit", *messages.too_many_columns(limit))
    return list(names)


def _chunk(header: list[str], parts: list[Records]) -> Chunk:
    known = set(header)
    faults: dict[int, RowFault] = {}
    start = 0
    for part in parts:
        faults |= {start + place: fault for place, fault in part.faults.items()}
        for place, names in part.unknown(known):
            fault = row_fault("format.row", messages.columns_unknown(names))
            faults.setdefault(start + place, fault)
        start += len(part)
    frame = _frame(header, parts)
    for place in _empty(frame):
        faults.setdefault(place, row_fault("row.empty", messages.row_empty()))
    return Chunk(
        frame,
        [number for part in parts for number in part.numbers],
        tuple(replace(faults[place], row=place) for place in sorted(faults)),
        blank=sum(len(part.blank) for part in parts),
    )


def _frame(header: list[str], parts: list[Records]) -> pl.DataFrame:
    columns = []
    for name in header:
        values: list[str] = []
        for part in parts:
            values += part.column(name)
        columns.append(pl.Series(name, values, dtype=pl.String))
    return pl.DataFrame(columns)


def _empty(frame: pl.DataFrame) -> Sequence[int]:
    """Return the places of the rows of which no cell has more than white space."""
    places: list[int] = [*range(frame.height)]
    for column in frame.iter_columns():
        values = column if len(places) == frame.height else column.gather(places)
        empty = (values.str.strip_chars() == "").arg_true().to_list()
        places = [places[at] for at in empty]
        if not places:
            break
    return places
