"""Spreadsheets: xlsx and xls, read cell by cell, answered as xlsx. Every cell becomes text,
or its row a fault.
"""

import io
from collections.abc import Iterator
from typing import BinaryIO

import polars as pl
import xlsxwriter
from pydantic import Field

from adapters import Settings
from adapters.formats import Chunk, Counted, FormatError
from adapters.formats.workbook import xls, xlsx
from adapters.formats.workbook.archive import Archive
from adapters.formats.workbook.counting import count_rows
from adapters.formats.workbook.kinds import check_archive, kind_of
from adapters.formats.workbook.package import choose_sheet, read_book
from adapters.formats.workbook.strings import read_strings
from adapters.formats.workbook.survey import Spans, survey_sheet
from adapters.formats.workbook.table import Headings, Rows, read_table
from adapters.text import format_settings, workbooks

#: Largest file, and largest sum of its parts once unpacked, in bytes.
FILE_LIMIT = 64_000_000
OPENED_LIMIT = 512_000_000


class SpreadsheetSettings(Settings):
    """How a workbook is laid out."""

    sheet: str = Field(
        default="",
        description=str(format_settings.sheet()),
    )
    header_row: int = Field(
        default=1, ge=1, le=100, description=str(format_settings.spreadsheet_header_row())
    )
    explanation_rows: int = Field(
        default=0,
        ge=0,
        le=100,
        description=str(format_settings.explanation_rows()),
    )


class Spreadsheet:
    """Reads one sheet of a workbook with one header row."""

    Settings = SpreadsheetSettings
    answer = ".xlsx"
    trailer = False

    def __init__(self, settings: SpreadsheetSettings) -> None:
        self._settings = settings

    def read(self, stream: BinaryIO, size: int, after: int = 0) -> Iterator[Chunk]:
        """Yield rows as text, "" where empty: numbers as plain digits, dates as YYYY-MM-DD.

        Text stays as it is. A number keeps what is stored, whatever its format rounds to; under a
        format of zeros only it is the text that is shown. A row is a fault where a cell holds a
        number too long for Excel, an error or a formula without its value, or where its format
        shows
        more than it holds; and where cells are merged or stand beyond the headings. Hidden rows and
        columns are read, hidden sheets only where one is named. Raises FormatError for what is no
        workbook, is too large once unpacked, or has no such sheet or headings.
        """
        stream = _sought(stream)
        rows, merged = self._open(stream)
        headings = Headings(self._settings.header_row, self._settings.explanation_rows)
        yield from read_table(rows, merged, headings, size, after)

    def _open(self, stream: BinaryIO) -> tuple[Rows, Spans]:
        if kind_of(stream) == "xls":
            return xls.open_sheet(stream, self._settings.sheet)
        archive = Archive(stream, OPENED_LIMIT)
        check_archive(archive)
        book = read_book(archive)
        part = choose_sheet(book.sheets, self._settings.sheet).place
        merged = survey_sheet(archive, part)
        strings = read_strings(archive, book.strings)
        return xlsx.SheetRows(archive, part, book.layout, strings), merged

    def count(self, stream: BinaryIO) -> Counted | None:
        """Return how many rows of the sheet have a cell, by a scan of its tags or records."""
        try:
            stream = _sought(stream)
            if kind_of(stream) == "xls":
                return Counted(xls.count_rows(stream, self._settings.sheet))
            archive = Archive(stream, OPENED_LIMIT)
            sheet = choose_sheet(read_book(archive).sheets, self._settings.sheet)
            count = count_rows(archive.blocks(sheet.place))
        except FormatError:
            return None
        return None if count is None else Counted(count)

    def write(self, frames: Iterator[pl.DataFrame], stream: BinaryIO) -> None:
        """Write frames as one sheet of text cells, in which nothing runs as a formula."""
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        book = xlsxwriter.Workbook(stream, options)
        sheet = book.add_worksheet()
        row = 0
        for frame in frames:
            for line in (*([frame.columns] if row == 0 else []), *frame.iter_rows()):
                for column, cell in enumerate(line):
                    sheet.write_string(row, column, "" if cell is None else str(cell))
                row += 1
        book.close()


def _sought(stream: BinaryIO) -> BinaryIO:
    """Return a stream in which one can go to and fro; raises FormatError where it is too large."""
    if not stream.seekable():
        stream = io.BytesIO(stream.read(FILE_LIMIT + 1))
    if stream.seek(0, io.SEEK_END) > FILE_LIMIT:
        raise FormatError("format.size", *workbooks.file_size(FILE_LIMIT))
    stream.seek(0)
    return stream
