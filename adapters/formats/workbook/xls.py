"""Rows of an xls sheet by its own records: each cell's type, its format, and a formula's result."""

import struct
from collections.abc import Callable, Iterator
from functools import partial
from typing import BinaryIO

from adapters.formats import FormatError
from adapters.formats.workbook.archive import damaged
from adapters.formats.workbook.biff import BIFF8, Book, Continued, Kind, read_book, records
from adapters.formats.workbook.cells import CellError, shown_number, text_under
from adapters.formats.workbook.markup import Row, check_cells, check_grid
from adapters.formats.workbook.ole import CompoundFile
from adapters.formats.workbook.package import choose_sheet
from adapters.formats.workbook.survey import Spans
from adapters.text import workbook_cells, workbook_things, workbooks

_CELLS = {
    Kind.NUMBER,
    Kind.RK,
    Kind.MULRK,
    Kind.BLANK,
    Kind.MULBLANK,
    Kind.LABELSST,
    Kind.LABEL,
    Kind.RSTRING,
    Kind.BOOLERR,
    Kind.FORMULA,
}
#: Records of cells of Excel 2 to 4, which no sheet of a later edition has: what they hold would be
#: lost.
_OLDER_CELLS = frozenset({0x01, 0x02, 0x03, 0x04, 0x05, 0x0206, 0x0406})
#: Records of cells as the count knows them, which shares no list with the reader: numbers, blanks,
#: texts, booleans and formulas of [MS-XLS] 2.3.
_COUNTED = frozenset({0x0203, 0x027E, 0xBD, 0x0201, 0xBE, 0xFD, 0x0204, 0xD6, 0x0205, 0x0006})
_ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}
#: A formula's result that is no number, and the flag of one to be calculated on opening.
_NO_NUMBER = b"\xff\xff"
_ON_LOAD = 0x02

Read = Callable[[], str | None]
Value = Callable[[], str]


def open_sheet(stream: BinaryIO, name: str) -> tuple["SheetRecords", Spans]:
    """Return the rows of a sheet and what is merged; raises FormatError."""
    book = _open(stream)
    place = int(choose_sheet(book.sheets, name).place)
    return SheetRecords(book, place), _survey(book, place)


def count_rows(stream: BinaryIO, name: str) -> int:
    """Return how many rows have a cell record, by a scan of the sheet's records;
    raises FormatError.
    """
    book = _open(stream)
    data, place = book.data, int(choose_sheet(book.sheets, name).place)
    rows: set[bytes] = set()
    depth = 0
    while place + 6 <= len(data):
        kind, length = (
            int.from_bytes(data[place : place + 2], "little"),
            int.from_bytes(data[place + 2 : place + 4], "little"),
        )
        depth += (kind == 0x0809) - (kind == 0x000A)
        if kind in _COUNTED and depth == 1:
            rows.add(data[place + 4 : place + 6])
        if depth <= 0:
            break
        place += 4 + length
    return len(rows)


def _open(stream: BinaryIO) -> Book:
    stream.seek(0)
    file = CompoundFile(stream.read())
    names = file.names()
    if "encryptedpackage" in names or "encryptioninfo" in names:
        raise FormatError("format.workbook", *workbooks.password())
    for name in ("workbook", "book"):
        if name in names:
            return read_book(file.stream(name))
    if "worddocument" in names:
        raise FormatError("format.workbook", *workbooks.other_file(*workbook_things.doc()))
    if "powerpoint document" in names:
        raise FormatError("format.workbook", *workbooks.other_file(*workbook_things.ppt()))
    raise FormatError("format.workbook", *workbooks.unknown())


def _survey(book: Book, place: int) -> Spans:
    """Return what is merged, having gone to the sheet's end: it is whole,
    and no larger than it may be.
    """
    merged = Spans()
    cells = rows = columns = 0
    try:
        for kind, parts in records(book.data, place):
            part = parts[0]
            if kind == Kind.MERGEDCELLS:
                [count] = struct.unpack_from("<H", part)
                for first, last in struct.iter_unpack("<HH4x", part[2 : 2 + 8 * count]):
                    merged.add(first + 1, last + 1)
            elif kind in _CELLS:
                row, column = struct.unpack_from("<HH", part)
                last = (
                    struct.unpack_from("<H", part, len(part) - 2)[0]
                    if kind in (Kind.MULRK, Kind.MULBLANK)
                    else column
                )
                if last < column:
                    raise damaged(workbooks.bad_records())
                cells += last - column + 1
                rows, columns = max(rows, row + 1), max(columns, last + 1)
            elif kind in _OLDER_CELLS:
                raise damaged(workbooks.older_cells())
    except struct.error:
        raise damaged(workbooks.bad_records()) from None
    check_cells(cells)
    check_grid(max(rows, 1), max(columns, 1))
    merged.settle()
    return merged


class SheetRecords:
    """The rows of one sheet, from first to last."""

    def __init__(self, book: Book, place: int) -> None:
        self._book, self._place = book, place
        self.width: int | None = None
        #: A formula whose text comes in a record of its own.
        self._awaits: tuple[int, int] | None = None

    def items(self) -> Iterator[Row]:
        """Yield the rows that have a cell; raises FormatError."""
        row: Row | None = None
        try:
            for kind, parts in records(self._book.data, self._place):
                if kind == Kind.STRING and self._awaits is not None and row is not None:
                    self._put(row, *self._awaits, partial(self._string, parts))
                    self._awaits = None
                if kind not in _CELLS:
                    continue
                number = struct.unpack_from("<H", parts[0])[0] + 1
                if row is None or number != row.number:
                    if row is not None:
                        yield self._whole(row)
                        if number < row.number:
                            raise damaged(workbooks.bad_row_order(number))
                    row = Row(number)
                self._end_formula(row)
                self._add(row, kind, parts)
        except (struct.error, IndexError):
            raise damaged(workbooks.bad_records()) from None
        if row is not None:
            yield self._whole(row)

    def _whole(self, row: Row) -> Row:
        self._end_formula(row)
        return row

    def _end_formula(self, row: Row) -> None:
        if self._awaits is not None:
            column, _ = self._awaits
            self._awaits = None
            row.values[column] = "?"
            row.refuse("format.formula", workbook_cells.formula(column))

    def _add(self, row: Row, kind: int, parts: list[bytes]) -> None:
        part = parts[0]
        _, column, style = struct.unpack_from("<HHH", part)
        match kind:
            case Kind.NUMBER:
                self._number(row, column, style, repr(struct.unpack_from("<d", part, 6)[0]))
            case Kind.RK:
                self._number(row, column, style, _rk(struct.unpack_from("<I", part, 6)[0]))
            case Kind.MULRK:
                for place, (style, rk) in enumerate(struct.iter_unpack("<HI", part[4:-2])):
                    self._number(row, column + place, style, _rk(rk))
            case Kind.BLANK:
                self._blank(row, column)
            case Kind.MULBLANK:
                for place in range((len(part) - 6) // 2):
                    self._blank(row, column + place)
            case Kind.LABELSST:
                index = struct.unpack_from("<I", part, 6)[0]
                strings = self._book.strings
                text = strings[index] if index < len(strings) else None
                self._put(row, column, style, lambda: text)
            case Kind.LABEL | Kind.RSTRING:
                self._put(row, column, style, lambda: self._string([part[6:], *parts[1:]]))
            case Kind.BOOLERR:
                self._boolean(row, column, part[6], part[7])
            case Kind.FORMULA:
                self._formula(row, column, style, part)

    def _blank(self, row: Row, column: int) -> None:
        if column in row.values:
            row.refuse("format.cell", workbook_cells.twice(column))
        row.values.setdefault(column, "")

    def _number(self, row: Row, column: int, style: int, written: str) -> None:
        layout = self._book.layout

        def value() -> str:
            return shown_number(written, layout.format(style, column), layout, column)

        self._set(row, column, written, value)

    def _put(self, row: Row, column: int, style: int, read: Read) -> None:
        def value() -> str:
            text = read()
            if text is None:
                raise CellError("format.cell", workbook_cells.no_value(column, "?"))
            return text_under(text, self._book.layout.format(style, column), column) if text else ""

        self._set(row, column, "?", value)

    def _set(self, row: Row, column: int, written: str, value: Value) -> None:
        if column in row.values:
            row.refuse("format.cell", workbook_cells.twice(column))
        try:
            row.values[column] = value()
        except CellError as fault:
            row.values[column] = written[:100]
            row.refuse(fault.rule, fault.text)

    def _string(self, parts: list[bytes]) -> str | None:
        """Return a string with its length in front, one that may go on in the next records."""
        reader = Continued(parts)
        [length] = struct.unpack("<H", reader.take(2))
        if self._book.version == BIFF8:
            flags = reader.take(1)[0]
            return reader.text(length, bool(flags & 1)) if length else ""
        try:
            return reader.take(length).decode(self._book.code_page)
        except UnicodeDecodeError:
            return None

    def _boolean(self, row: Row, column: int, value: int, is_error: int) -> None:
        self._blank(row, column)
        if is_error:
            error = _ERRORS.get(value, f"#{value}")
            row.values[column] = error
            row.refuse("format.cell_error", workbook_cells.cell_error(column, error))
        elif value > 1:
            row.refuse("format.cell", workbook_cells.no_value(column, str(value)))
        else:
            row.values[column] = "TRUE" if value else "FALSE"

    def _formula(self, row: Row, column: int, style: int, part: bytes) -> None:
        result, flags = part[6:14], struct.unpack_from("<H", part, 14)[0]
        uncalculated = self._book.layout.uncalculated or flags & _ON_LOAD
        if result[6:] != _NO_NUMBER:
            [number] = struct.unpack("<d", result)
            if number == 0 and uncalculated:
                self._blank(row, column)
                row.values[column] = "?"
                row.refuse("format.formula", workbook_cells.formula(column))
            else:
                self._number(row, column, style, repr(number))
        elif result[0] == 0:
            self._awaits = (column, style)
        elif result[0] in (1, 2):
            self._boolean(row, column, result[2], result[0] - 1)
        elif result[0] == 3 and not uncalculated:
            self._blank(row, column)
        else:
            self._blank(row, column)
            row.values[column] = "?"
            row.refuse("format.formula", workbook_cells.formula(column))


def _rk(rk: int) -> str:
    """Return the digits of a number in 30 bits: an integer or the front of a double,
    or a hundredth of it.
    """
    if rk & 2:
        number = (rk >> 2) - (1 << 30 if rk & 0x80000000 else 0)
        return f"{number}e-2" if rk & 1 else str(number)
    [double] = struct.unpack("<d", b"\x00\x00\x00\x00" + struct.pack("<I", rk & 0xFFFFFFFC))
    return repr(double / 100 if rk & 1 else double)
