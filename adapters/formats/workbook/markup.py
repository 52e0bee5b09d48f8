"""Rows of a worksheet's XML, one by one, by a parser: the way that reads every form of it.

`quick` reads the plainest rows sooner; this is what it must agree with.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache

from adapters.formats import FormatError
from adapters.formats.workbook.archive import damaged, feed, new_parser
from adapters.formats.workbook.cells import (
    CellError,
    Layout,
    boolean_text,
    iso_date_text,
    shown_number,
    text_under,
)
from adapters.input_limits import input_limits
from adapters.text import Text, workbook_cells, workbook_things, workbooks

MAIN = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)
#: In the place of elements that have nothing of a value in them, and of all that is in those.
SKIPPED = "*"
SKIPPED_NAMES = ("extLst", "rPr", "rPh", "phoneticPr")
#: Elements that count, by the names that the parser gives them; all others are "".
_NAMES = {
    f"{main}}}{name}": SKIPPED if name in SKIPPED_NAMES else name
    for main in MAIN
    for name in ("worksheet", "sheetData", "row", "c", "v", "f", "is", "t", "r", *SKIPPED_NAMES)
}
#: What may stand in each element from the rows on. Anything else could hold what a person sees.
_INSIDE: dict[str, tuple[str, ...]] = {
    "sheetData": ("row",),
    "row": ("c", SKIPPED),
    "c": ("f", "v", "is", SKIPPED),
    "is": ("t", "r", SKIPPED),
    "r": ("t", SKIPPED),
    "f": (),
    "v": (),
    "t": (),
}
LAST_ROW, LAST_COLUMN = 1_048_576, 16_384
_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})")
#: Half of a pair alone would be no character.
_ESCAPED = re.compile(r"_x((?![Dd][89A-Fa-f])[0-9A-Fa-f]{4})_")
_SHARED = re.compile(r"[0-9]{1,9}")


@dataclass(slots=True)
class Row:
    """A row that has a cell element: texts by column, from 0, and the first fault of a cell."""

    number: int
    values: dict[int, str] = field(default_factory=dict)
    fault: tuple[str, Text] | None = None

    def refuse(self, rule: str, text: Text) -> None:
        """Note a fault where there is none yet."""
        self.fault = self.fault or (rule, text)


def unescaped(text: str) -> str:
    """Return a text with the characters that workbooks write as _xHHHH_."""
    return _ESCAPED.sub(lambda m: chr(int(m.group(1), 16)), text) if "_x" in text else text


@lru_cache(maxsize=LAST_COLUMN)
def column_number(letters: str) -> int:
    """Return the number, from 0, of a column by its letters."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def check_grid(rows: int, columns: int) -> None:
    """Raise FormatError where the last cell stands further away than anybody may claim."""
    if rows > LAST_ROW or columns > LAST_COLUMN:
        raise damaged(workbooks.bad_reference(f"{workbooks.letters(columns - 1)}{rows}"))
    if rows * columns > (limit := input_limits().grid):
        raise FormatError("format.size", *workbooks.too_wide_apart(rows, columns, limit))


def check_cells(count: int) -> None:
    """Raise FormatError for more cells than a sheet may have."""
    if count > (limit := input_limits().cells):
        raise FormatError("format.size", *workbooks.too_many(*workbook_things.cells(), limit))


@dataclass(slots=True)
class _Cell:
    column: int
    style: str
    type: str
    formula: bool = False
    value: str | None = None
    inline: str | None = None
    too_long: bool = False
    #: What stands in it where nothing may.
    stray: str = ""


class RowParser:
    """Takes bytes of a worksheet in pieces and gives the rows that are complete.

    Whole rows may be left out between two pieces: they are then for somebody else to read.
    """

    def __init__(self, part: str, layout: Layout, strings: list[str]) -> None:
        self._part, self._layout, self._strings = part, layout, strings
        self._parser = new_parser()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        limits = input_limits()
        self._depth, self._characters_limit = limits.depth, limits.characters
        self._cells_limit = limits.cells
        self._path: list[str] = []
        self._rows: list[Row] = []
        self._row: Row | None = None
        self._cell: _Cell | None = None
        self._text: list[str] | None = None
        #: Characters of the cell, cells of the sheet, columns of the widest row, and of this one.
        self._length = self._cells = self._widest = self._columns = 0
        #: Number of the last row, by this parser or by whoever read those between.
        self.last_number = 0
        self._seen_data = False

    @property
    def between_rows(self) -> bool:
        """Whether the next thing may be a row."""
        return self._path == ["worksheet", "sheetData"]

    def feed(self, data: bytes, last: bool = False) -> list[Row]:
        """Return the rows that end in these bytes."""
        feed(self._parser, self._part, data, last)
        rows, self._rows = self._rows, []
        return rows

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        path = self._path
        parent = path[-1] if path else ""
        if len(path) >= self._depth:
            raise ValueError
        if parent == SKIPPED:
            path.append(SKIPPED)
            return
        name = _NAMES.get(tag, "")
        path.append(name)
        if parent in _INSIDE and name not in _INSIDE[parent]:
            self._stray(tag.rpartition("}")[2])
            path[-1] = SKIPPED
        elif self._cell is not None:
            self._start_part(self._cell, name, parent)
        elif name == "c" and self._row is not None:
            self._start_cell(self._row, attributes)
        elif name == "row" and path == ["worksheet", "sheetData", "row"]:
            self._start_row(attributes)
        elif name == "sheetData" and path == ["worksheet", "sheetData"]:
            if self._seen_data:
                raise ValueError
            self._seen_data = True
        elif name in ("sheetData", "row", "c"):
            self._stray(name)

    def _stray(self, what: str) -> None:
        """Note what stands where no value is read: it refuses its cell's row, or the workbook."""
        if self._cell is None:
            line = self._parser.CurrentLineNumber
            raise damaged(workbooks.stray(self._part, line, what))
        self._cell.stray = self._cell.stray or what

    def _start_row(self, attributes: dict[str, str]) -> None:
        written = attributes.get("r")
        number = self.last_number + 1 if written is None else _row_number(written)
        if number <= self.last_number:
            raise damaged(workbooks.bad_row_order(number))
        self.last_number = number
        self._row, self._columns = Row(number), 0

    def _start_cell(self, row: Row, attributes: dict[str, str]) -> None:
        reference = attributes.get("r")
        column = self._columns if reference is None else _column(reference, row.number)
        self._columns = column + 1
        self._cells += 1
        if self._cells > self._cells_limit:
            check_cells(self._cells)
        if not row.values or column >= self._widest:
            self._widest = max(self._widest, column + 1)
            check_grid(row.number, self._widest)
        self._cell = _Cell(column, attributes.get("s", "0"), attributes.get("t", "n"))

    def _start_part(self, cell: _Cell, name: str, parent: str) -> None:
        if parent == "c":
            if name == "v":
                if cell.value is not None:
                    raise ValueError
                cell.value, self._text, self._length = "", [], 0
            elif name == "is":
                if cell.inline is not None:
                    raise ValueError
                cell.inline, self._length = "", 0
            elif name == "f":
                cell.formula = True
        elif name == "t":
            self._text = []

    def _characters(self, data: str) -> None:
        if self._text is None:
            if self._path[-1] in _INSIDE and self._path[-1] != "f" and data.strip():
                self._stray(data.strip())
            return
        self._length += len(data)
        if self._length <= self._characters_limit:
            self._text.append(data)
        elif self._cell is not None:
            self._cell.too_long = True

    def _end(self, _: str) -> None:
        name = self._path.pop()
        cell = self._cell
        if cell is None:
            if name == "row" and self._row is not None:
                if self._row.values:
                    self._rows.append(self._row)
                self._row = None
        elif self._text is not None and name in ("v", "t"):
            text = "".join(self._text)
            self._text = None
            if name == "v":
                cell.value = text
            else:
                cell.inline = (cell.inline or "") + text
        elif name == "c" and self._row is not None and self._path[-1] == "row":
            self._end_cell(self._row, cell)
            self._cell = None

    def _end_cell(self, row: Row, cell: _Cell) -> None:
        if cell.column in row.values:
            row.refuse("format.cell", workbook_cells.twice(cell.column))
        try:
            row.values[cell.column] = self._value(cell)
        except CellError as fault:
            row.values[cell.column] = (cell.value or cell.inline or "?")[:100]
            row.refuse(fault.rule, fault.text)

    def _value(self, cell: _Cell) -> str:
        column = cell.column
        if cell.stray:
            raise CellError("format.cell", workbooks.stray_in_cell(column, cell.stray))
        if cell.too_long:
            limit = input_limits().characters
            raise CellError("format.cell", workbook_cells.too_long(column, limit))
        if cell.type == "e":
            raise CellError(
                "format.cell_error", workbook_cells.cell_error(column, cell.value or "")
            )
        if cell.formula and self._without_value(cell):
            raise CellError("format.formula", workbook_cells.formula(column))
        style = int(cell.style) if cell.style == "0" or _SHARED.fullmatch(cell.style) else -1
        written = cell.value
        if cell.inline is not None and (cell.type != "inlineStr" or written is not None):
            raise CellError("format.cell", workbook_cells.no_value(column, cell.inline))
        if cell.type == "inlineStr" and written is None:
            text = unescaped(cell.inline or "")
            return text_under(text, self._layout.format(style, column), column) if text else ""
        if written is None or (not written.strip() and cell.type != "str"):
            return ""
        return self._typed(cell, written, style)

    def _without_value(self, cell: _Cell) -> bool:
        """Whether a formula was never calculated; one without text is t="str" with an empty value.

        Programs that never calculate write 0 and say that all is to be calculated on opening.
        """
        if cell.value is None or (not cell.value and cell.type != "str"):
            return True
        return self._layout.uncalculated and cell.value.strip() == "0"

    def _typed(self, cell: _Cell, written: str, style: int) -> str:
        column = cell.column
        match cell.type:
            case "n":
                form = self._layout.format(style, column)
                return shown_number(written, form, self._layout, column)
            case "s":
                text = shared_string(self._strings, written, column)
                return text_under(text, self._layout.format(style, column), column)
            case "str":
                text = unescaped(written)
                return text_under(text, self._layout.format(style, column), column)
            case "b":
                return boolean_text(written, column)
            case "d":
                return iso_date_text(written, column)
            case _:
                raise CellError("format.cell", workbook_cells.no_value(column, written))


def shared_string(strings: list[str], written: str, column: int) -> str:
    """Return the shared string of a number; raises CellError where there is none."""
    number = written.strip()
    if not _SHARED.fullmatch(number) or int(number) >= len(strings):
        raise CellError("format.cell", workbook_cells.no_value(column, written))
    text = strings[int(number)]
    if len(text) > (limit := input_limits().characters):
        raise CellError("format.cell", workbook_cells.too_long(column, limit))
    return text


def _column(reference: str, row: int) -> int:
    """Return the column of a reference, which must be of the row that it stands in."""
    match = _REFERENCE.fullmatch(reference)
    if match is None or int(match.group(2)) != row:
        raise damaged(workbooks.bad_reference(reference))
    return column_number(match.group(1))


def _row_number(written: str) -> int:
    if not _SHARED.fullmatch(written) or not 1 <= int(written) <= LAST_ROW:
        raise damaged(workbooks.bad_reference(written))
    return int(written)
