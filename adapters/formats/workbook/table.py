"""Rows under headings: what is heading, explanation, blank or row, and which rows are refused."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

import polars as pl

from adapters import RowFault
from adapters.formats import Chunk, FormatError, are_headings, check_headings
from adapters.formats.workbook.markup import Row
from adapters.formats.workbook.quick import Block
from adapters.formats.workbook.survey import Spans
from adapters.input_limits import input_limits
from adapters.text import Text, text_files, workbook_cells, workbook_things, workbooks


class Rows(Protocol):
    """Rows of a sheet by one of its readers."""

    width: int | None

    def items(self) -> Iterator[Row | Block]:
        """Yield the rows that have a cell, in order."""
        ...


@dataclass(frozen=True, slots=True)
class Headings:
    """Where the headings stand and how many rows of explanation follow."""

    row: int
    explanations: int


@dataclass(slots=True)
class _Pending:
    """Rows that are read and not yet in a chunk."""

    header: list[str]
    numbers: list[int]
    columns: list[list[str]]
    faults: dict[int, tuple[str, Text]]
    #: How many rows stand before each blank row and each one that is left out.
    blank: list[int] = field(default_factory=list)
    left_out: list[int] = field(default_factory=list)

    def take(self, size: int) -> Chunk:
        """Return a chunk of the first `size` rows and forget them."""
        rows = pl.DataFrame(
            [
                pl.Series(name, column[:size], dtype=pl.String)
                for name, column in zip(self.header, self.columns, strict=True)
            ]
        )
        faults = tuple(
            RowFault(place, rule, *text)
            for place, (rule, text) in sorted(self.faults.items())
            if place < size
        )
        numbers = self.numbers[:size]
        # What stands after the last row of all comes in a chunk without rows.
        reached = len(numbers) if numbers else 1
        chunk = Chunk(
            rows,
            numbers,
            faults,
            blank=sum(place < reached for place in self.blank),
            left_out=sum(place < reached for place in self.left_out),
        )
        del self.numbers[:size]
        for column in self.columns:
            del column[:size]
        self.faults = {p - size: fault for p, fault in self.faults.items() if p >= size}
        self.blank = [place - size for place in self.blank if place >= reached]
        self.left_out = [place - size for place in self.left_out if place >= reached]
        return chunk


def read_table(
    rows: Rows, merged: Spans, headings: Headings, size: int, after: int
) -> Iterator[Chunk]:
    """Yield chunks of a sheet; raises FormatError where its headings cannot be used."""
    pending: _Pending | None = None
    left_out: list[int] = []
    blank: list[int] = []
    for item in rows.items():
        if pending is None:
            if not isinstance(item, Row) or item.number > headings.row:
                break
            if item.number == headings.row:
                header = _header(item)
                rows.width = len(header)
                pending = _Pending(header, [], [[] for _ in header], {}, blank, left_out)
            if item.number > after:
                (left_out if _filled(item) else blank).append(0)
            continue
        if isinstance(item, Row):
            _add_row(pending, item, merged, headings, after)
        else:
            _add_block(pending, item, merged, headings, after)
        while len(pending.numbers) >= size:
            yield pending.take(size)
    if pending is None:
        raise FormatError("format.empty", *workbooks.no_header())
    if pending.numbers:
        yield pending.take(size)
    if pending.blank or pending.left_out:
        yield pending.take(size)


def _filled(row: Row) -> bool:
    return row.fault is not None or any(value.strip() for value in row.values.values())


def _header(row: Row) -> list[str]:
    columns = [column for column, value in row.values.items() if value.strip()]
    width = max(columns, default=-1) + 1
    if width > (limit := input_limits().columns):
        raise FormatError("format.size", *workbooks.too_many(*workbook_things.headings(), limit))
    if not width:
        raise FormatError("format.empty", *workbooks.no_header())
    if row.fault is not None:
        raise FormatError("format.header", *workbooks.bad_heading(row.number, row.fault[1]))
    header = [row.values.get(column, "").strip() for column in range(width)]
    if "" in header:
        raise FormatError("format.header", *workbooks.empty_heading(header.index(""), row.number))
    check_headings(header)
    return header


def _add_row(pending: _Pending, row: Row, merged: Spans, headings: Headings, after: int) -> None:
    if row.number <= after:
        return
    place = len(pending.numbers)
    if not _filled(row):
        pending.blank.append(place)
        return
    if row.number <= headings.row + headings.explanations:
        pending.left_out.append(place)
        return
    for column, values in enumerate(pending.columns):
        values.append(row.values.get(column, ""))
    pending.numbers.append(row.number)
    if fault := row.fault or _row_fault(row, merged, pending.header):
        pending.faults[place] = fault


def _row_fault(row: Row, merged: Spans, header: list[str]) -> tuple[str, Text] | None:
    if row.number in merged:
        return "format.merged", workbook_cells.merged()
    for column, value in row.values.items():
        if column >= len(header) and value.strip():
            return "format.row", workbook_cells.beyond(column)
    cells = (row.values.get(column, "") for column in range(len(header)))
    if header[0] in row.values.get(0, "") and are_headings(cells, header):
        return "format.row", text_files.headings_again()
    return None


def _add_block(
    pending: _Pending, block: Block, merged: Spans, headings: Headings, after: int
) -> None:
    """Take the rows of a block; those few that are no plain rows go one by one."""
    start = bisect_right(block.numbers, after)
    end_of_headings = headings.row + headings.explanations
    heading = pending.header[0]
    apart = {
        place
        for place, value in enumerate(block.columns[0])
        if not value or heading in value or value.isspace()
    }
    apart.update(block.slow, range(bisect_right(block.numbers, end_of_headings)))
    if merged.ranges:
        apart.update(p for p, number in enumerate(block.numbers) if number in merged)
    for place in (*sorted(p for p in apart if p >= start), len(block.numbers)):
        _add_plain(pending, block, start, place)
        if place < len(block.numbers):
            _add_row(pending, _row_of(block, place), merged, headings, after)
        start = place + 1


def _row_of(block: Block, place: int) -> Row:
    if place in block.slow:
        return block.slow[place]
    values = {column: values[place] for column, values in enumerate(block.columns)}
    return Row(block.numbers[place], values, block.faults.get(place))


def _add_plain(pending: _Pending, block: Block, start: int, end: int) -> None:
    if start >= end:
        return
    base = len(pending.numbers) - start
    for place, fault in block.faults.items():
        if start <= place < end:
            pending.faults[base + place] = fault
    pending.numbers += block.numbers[start:end]
    whole = start == 0 and end == len(block.numbers)
    for column, values in zip(pending.columns, block.columns, strict=True):
        column += values if whole else values[start:end]  # noqa: PLW2901
