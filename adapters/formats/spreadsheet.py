"""Spreadsheets: xlsx and xls, read by calamine, answered as xlsx. Every cell becomes text, or its row a fault."""

import io
import math
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any, BinaryIO

import polars as pl
import xlsxwriter
from lxml import etree
from pydantic import Field
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetVisibleEnum

from adapters import RowFault, Settings
from adapters.formats import Chunk, FormatError, check_headings, text_frame
from adapters.xmlstream import tree

#: Largest file, and largest sum of its parts once unpacked, in bytes.
FILE_LIMIT = 64_000_000
OPENED_LIMIT = 512_000_000
#: Excel keeps 15 digits of a number: from here on the last ones are made up.
EXACT = 10**15
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_FAULTS = {
    "format.precision": (
        "有超过 15 位的数字，Excel 已丢失末位；请把该列设为文本后重新填写",
        "has a number of more than 15 digits, of which Excel has lost the last; format the column as text and enter it again",
    ),
    "format.cell_error": (
        "有公式错误的单元格，请改正公式或改为值",
        "has a cell whose formula failed; mend the formula or enter the value",
    ),
    "format.merged": (
        "有合并的单元格，请取消合并并逐行填写",
        "has merged cells; unmerge them and fill in each row",
    ),
}  # fmt: skip


class SpreadsheetSettings(Settings):
    """How a workbook is laid out."""

    sheet: str = Field(
        default="", description="工作表名，缺省为第一张可见的表 / name of the sheet; the first visible one by default",
    )  # fmt: skip
    header_row: int = Field(default=1, ge=1, le=100, description="标题所在行 / row of the headings")
    explanation_rows: int = Field(
        default=0, ge=0, le=100, description="标题下说明行的行数 / rows of explanation under the headings",
    )  # fmt: skip


class Spreadsheet:
    """Reads one sheet of a workbook with one header row."""

    Settings = SpreadsheetSettings
    answer = ".xlsx"
    trailer = False

    def __init__(self, settings: SpreadsheetSettings) -> None:
        self._settings = settings

    def read(self, stream: BinaryIO, size: int, after: int = 0) -> Iterator[Chunk]:
        """Yield rows as text, "" where empty; whole numbers without a point, dates as YYYY-MM-DD.

        A row with a number too long for Excel, a failed formula or merged cells is a row fault.
        Hidden sheets are never taken by themselves. Raises FormatError for what is no workbook, is
        too large once unpacked, or has no such sheet or headings.
        """
        data = stream.read(FILE_LIMIT + 1)
        archive = _archive(data)
        try:
            with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
                sheet = self._sheet(book)
                # calamine gives a failed formula as empty, which would be a silent repair.
                errors = set() if archive is None else _failed_rows(archive, sheet.name)
                rows: list[list[Any]] = sheet.to_python(skip_empty_area=False)
                merged = {
                    row for first, last in sheet.merged_cell_ranges or () for row in range(first[0], last[0] + 1)
                }  # fmt: skip
        except CalamineError as error:
            raise FormatError(
                "format.workbook", f"不是可读的工作簿：{error}", f"is no workbook that can be read: {error}"
            ) from None  # fmt: skip
        header = _header(rows[self._settings.header_row - 1 : self._settings.header_row])
        first = max(self._settings.header_row + self._settings.explanation_rows, after)
        numbers = [n for n in range(first, len(rows)) if any(cell != "" for cell in rows[n])]
        for start in range(0, len(numbers), size):
            part = numbers[start : start + size]
            yield _chunk(header, [(n, rows[n]) for n in part], merged, errors)

    def write(self, frames: Iterator[pl.DataFrame], stream: BinaryIO) -> None:
        """Write frames as one sheet of text cells, in which nothing runs as a formula."""
        book = xlsxwriter.Workbook(
            stream, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        )  # fmt: skip
        sheet = book.add_worksheet()
        row = 0
        for frame in frames:
            for line in (*([frame.columns] if row == 0 else []), *frame.iter_rows()):
                for column, cell in enumerate(line):
                    sheet.write_string(row, column, "" if cell is None else str(cell))
                row += 1
        book.close()

    def _sheet(self, book: CalamineWorkbook) -> CalamineSheet:
        visible = [m.name for m in book.sheets_metadata if m.visible == SheetVisibleEnum.Visible]
        name = self._settings.sheet or (visible[0] if visible else "")
        if name not in book.sheet_names:
            names = "、".join(book.sheet_names)
            raise FormatError("format.sheet", f"没有工作表 {name}，已有：{names}", f"there is no sheet {name}; there are: {names}")  # fmt: skip
        return book.get_sheet_by_name(name)


def _header(rows: list[list[Any]]) -> list[str]:
    header = [str(cell).strip() for cell in rows[0]] if rows else []
    while header and not header[-1]:
        header.pop()
    if not any(header):
        raise FormatError("format.empty", "没有标题行", "there is no header row")
    if not all(header):
        raise FormatError("format.header", "标题行有空的标题，请补上或删除该列", "a heading is empty; fill it in or remove the column")  # fmt: skip
    check_headings(header)
    return header


def _chunk(
    header: list[str], rows: list[tuple[int, list[Any]]], merged: set[int], errors: set[int]
) -> Chunk:
    faults = []
    lines = []
    for index, (number, row) in enumerate(rows):
        cells = (row + [""] * len(header))[: len(header)]
        lines.append([_text(cell) for cell in cells])
        beyond = [cell for cell in row[len(header) :] if cell != ""]
        if any(_inexact(cell) for cell in cells):
            faults.append(_fault(index, "format.precision"))
        elif number in errors:
            faults.append(_fault(index, "format.cell_error"))
        elif number in merged:
            faults.append(_fault(index, "format.merged"))
        elif beyond:
            faults.append(RowFault(index, "format.row", "标题之外还有内容，请补标题或删除", "has cells beyond the headings; give them a heading or remove them"))  # fmt: skip
    return Chunk(text_frame(header, lines), [number + 1 for number, _ in rows], tuple(faults))


def _fault(index: int, rule: str) -> RowFault:
    return RowFault(index, rule, *_FAULTS[rule])


def _inexact(cell: Any) -> bool:
    return isinstance(cell, float) and (not math.isfinite(cell) or abs(cell) >= EXACT)


def _text(cell: Any) -> str:
    """Give a cell as text without loss: what Excel keeps as a number has no leading zeros anyway."""
    match cell:
        case bool():
            return "TRUE" if cell else "FALSE"
        case float() if cell.is_integer() and abs(cell) < EXACT:
            return str(int(cell))
        case datetime() if cell.time() == time():
            return cell.date().isoformat()
        case datetime():
            return cell.isoformat(sep=" ", timespec="seconds")
        case date() | time():
            return cell.isoformat()
        case _:
            return str(cell)


def _archive(data: bytes) -> zipfile.ZipFile | None:
    """Refuse what is too large; open an xlsx as the archive that it is, None for an xls."""
    if len(data) > FILE_LIMIT:
        raise FormatError("format.size", f"文件超过 {FILE_LIMIT} 字节", f"the file is larger than {FILE_LIMIT} bytes")  # fmt: skip
    if not data.startswith(b"PK"):
        return None
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        opened = sum(part.file_size for part in archive.infolist())
    except zipfile.BadZipFile as error:
        raise FormatError("format.workbook", f"工作簿损坏：{error}", f"the workbook is damaged: {error}") from None  # fmt: skip
    if opened > OPENED_LIMIT:
        raise FormatError("format.size", f"解压后超过 {OPENED_LIMIT} 字节", f"it unpacks to more than {OPENED_LIMIT} bytes")  # fmt: skip
    return archive


def _failed_rows(archive: zipfile.ZipFile, sheet: str) -> set[int]:
    """Find the rows (from 0) of an xlsx sheet that hold a cell of type error."""
    try:
        book = tree(archive.read("xl/workbook.xml"))
        links = tree(archive.read("xl/_rels/workbook.xml.rels"))
        target = {link.get("Id"): link.get("Target", "") for link in links}
        [relation] = [s.get(_REL) for s in book.iter(f"{_MAIN}sheet") if s.get("name") == sheet]
        path = target[relation].lstrip("/")
        data = archive.read(path if path.startswith("xl/") else f"xl/{path}")
        if b't="e"' not in data:
            return set()
        return {
            int(cell.getparent().get("r")) - 1 for cell in tree(data).iter(f"{_MAIN}c") if cell.get("t") == "e"
        }  # fmt: skip
    except (KeyError, ValueError, TypeError, etree.XMLSyntaxError, zipfile.BadZipFile) as error:
        raise FormatError("format.workbook", f"工作簿损坏：{error}", f"the workbook is damaged: {error}") from None  # fmt: skip
