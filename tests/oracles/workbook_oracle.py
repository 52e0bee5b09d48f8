"""The first sheet of an xlsx by zipfile and the standard library's ElementTree, cell by cell."""

import io
import re
import zipfile
import zlib
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

from tests.oracles import UNJUDGED, NoDocument, Rows

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})$")
_WORKSHEET = "xl/worksheets/sheet1.xml"
_GENERAL = "General"
#: The code of days in a workbook that counts them from 1904.
DAY_OF_1904 = "yyyy-mm-dd of 1904"
_FIRST_DAYS = {"yyyy-mm-dd": date(1899, 12, 30), DAY_OF_1904: date(1904, 1, 1)}
_CODES = {0: _GENERAL, 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 14: "yyyy-mm-dd", 49: "@"}
#: A cell whose row is refused, and one of which this oracle does not know what it holds.
_REFUSED, _UNSURE = object(), object()
Cell = Any
Merged = list[tuple[int, int]]


def read(data: bytes, _settings: dict[str, Any]) -> Rows:
    """Return the rows under one row of headings, by their numbers in the sheet."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            shared = _shared(archive)
            styles = _styles(archive)
            sheet = ElementTree.fromstring(archive.read(_WORKSHEET))
    except (
        zipfile.BadZipFile,
        KeyError,
        ElementTree.ParseError,
        OSError,
        ValueError,
        zlib.error,
        NotImplementedError,
        RuntimeError,
        LookupError,
        EOFError,
    ) as error:
        raise NoDocument(str(error)) from None
    grid, empty = _grid(sheet, shared, styles)
    return table(grid, empty, _merged(sheet))


def table(grid: dict[int, dict[int, Cell]], filled: set[int], merged: Merged) -> Rows:
    """Return the rows of a grid under its first row, which has the headings."""
    header = grid.pop(1, {})
    names = {place: str(name).strip() for place, name in header.items() if name not in ("",)}
    names = {place: name for place, name in names.items() if name}
    if not names or _REFUSED in map(_kind, header.values()):
        raise NoDocument("headings")
    if _UNSURE in map(_kind, header.values()):
        return dict.fromkeys(sorted(filled - {1}), UNJUDGED)
    if sorted(names) != list(range(1, len(names) + 1)) or len({*names.values()}) != len(names):
        raise NoDocument("headings")
    rows: Rows = {}
    for number, cells in grid.items():
        if number not in filled:
            continue
        rows[number] = _row(cells, names)
        if any(first <= number <= last for first, last in merged):
            rows[number] = None
    return rows


def _kind(cell: Cell) -> Cell:
    return cell if cell is _REFUSED or cell is _UNSURE else ""


def _row(cells: dict[int, Cell], names: dict[int, str]) -> dict[str, str] | None:
    kinds = {*map(_kind, cells.values())}
    if _REFUSED in kinds:
        return None
    if _UNSURE in kinds:
        return UNJUDGED
    if any(place not in names and cell.strip() for place, cell in cells.items()):
        return None
    return {name: str(cells.get(place, "")) for place, name in names.items()}


def _grid(
    sheet: ElementTree.Element, shared: list[str], styles: list[str]
) -> tuple[dict[int, dict[int, Cell]], set[int]]:
    grid: dict[int, dict[int, Cell]] = {}
    filled: set[int] = set()
    number = 0
    data = sheet.find(f"{_MAIN}sheetData")
    for row in data.findall(f"{_MAIN}row") if data is not None else ():
        written = row.get("r", str(number + 1))
        if not written.isascii() or not written.isdigit() or int(written) <= number:
            raise NoDocument("rows out of order")
        number = int(written)
        place = 0
        for cell in row.findall(f"{_MAIN}c"):
            reference = cell.get("r")
            matched = _PLACE.match(reference or "")
            if reference is not None and (matched is None or int(matched[2]) != number):
                raise NoDocument("reference")
            place = _column(matched[1]) if matched else place + 1
            cells = grid.setdefault(number, {})
            value: Cell = _REFUSED if place in cells else value_of(cell, shared, styles)
            cells[place] = value
            if _kind(value) or value.strip():
                filled.add(number)
    return grid, filled


def _merged(sheet: ElementTree.Element) -> Merged:
    """Return the first and last row of each merged range."""
    ranges = []
    for merge in sheet.iter(f"{_MAIN}mergeCell"):
        places = [_PLACE.match(part) for part in merge.get("ref", "").split(":")]
        rows = [int(place[2]) for place in places if place]
        if rows:
            ranges.append((min(rows), max(rows)))
    return ranges


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _shared(archive: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in archive.namelist():
        return []
    root = ElementTree.fromstring(archive.read("xl/sharedStrings.xml"))
    return [_text(item) for item in root.findall(f"{_MAIN}si")]


def _styles(archive: zipfile.ZipFile) -> list[str]:
    """Return the format code of each style."""
    root = ElementTree.fromstring(archive.read("xl/styles.xml"))
    codes = {
        int(one.get("numFmtId", "0")): one.get("formatCode", "")
        for one in root.iter(f"{_MAIN}numFmt")
    }
    return [
        {**_CODES, **codes}.get(int(one.get("numFmtId", "0")), "?")
        for cells in root.iter(f"{_MAIN}cellXfs")
        for one in cells.iter(f"{_MAIN}xf")
    ]


def _text(item: ElementTree.Element) -> str:
    texts = [
        part.text or ""
        for child in item
        for part in ([child] if child.tag == f"{_MAIN}t" else child.findall(f"{_MAIN}t"))
        if child.tag in (f"{_MAIN}t", f"{_MAIN}r")
    ]
    return _escaped("".join(texts))


def _escaped(text: str) -> str:
    def character(match: re.Match[str]) -> str:
        code = int(match[1], 16)
        return match[0] if 0xD800 <= code < 0xE000 else chr(code)

    return re.sub("_x([0-9A-Fa-f]{4})_", character, text)


def value_of(cell: ElementTree.Element, shared: list[str], styles: list[str]) -> Cell:
    """Return a cell's text, or that its row is refused, or that nobody knows."""
    kind, style = cell.get("t", "n"), cell.get("s", "0")
    values = cell.findall(f"{_MAIN}v")
    text = "" if not values else values[0].text or ""
    formula, inline = cell.find(f"{_MAIN}f"), cell.find(f"{_MAIN}is")
    if kind == "e" or len(values) > 1 or len(cell.findall(f"{_MAIN}is")) > 1:
        return _REFUSED
    if formula is not None and (not values or (not text and kind != "str")):
        return _REFUSED
    if inline is not None:
        if kind != "inlineStr" or values:
            return _REFUSED
        return _text(inline)
    if not values or (not text.strip() and kind != "str"):
        return ""
    code = styles[int(style)] if style.isdigit() and int(style) < len(styles) else "?"
    match kind:
        case "s":
            number = text.strip()
            sound = number.isascii() and number.isdigit() and int(number) < len(shared)
            return shared[int(number)] if sound else _REFUSED
        case "str":
            return _escaped(text)
        case "b":
            return {"1": "TRUE", "0": "FALSE", "true": "TRUE", "false": "FALSE"}.get(
                text.strip().lower(), _REFUSED
            )
        case "n":
            return number_of(text.strip(), code)
    if kind == "d" and re.fullmatch("20[0-9]{2}-0[1-9]-[0-2][1-8]", text):
        return text
    return _UNSURE if kind == "d" else _REFUSED


def number_of(text: str, code: str) -> Cell:
    """Return a number under a format as text: as it is stored, with the zeros shown, or a day."""
    if not re.fullmatch(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?", text):
        return _UNSURE if re.fullmatch(r"[0-9.eE+-]+", text) else _REFUSED
    number = Decimal(text)
    plain = f"{number.normalize():f}" if number else "0"
    if len(plain.strip("-0.").replace(".", "")) > 15:
        return _UNSURE
    if code in (_GENERAL, "0", "0.00", "#,##0", "#,##0.00", "@"):
        return plain
    if set(code) == {"0"}:
        sign, digits = ("-", plain[1:]) if plain[0] == "-" else ("", plain)
        if "." in digits:
            return plain if len(digits.partition(".")[0]) >= len(code) else _REFUSED
        return sign + digits.rjust(len(code), "0")
    if code in _FIRST_DAYS and re.fullmatch("[0-9]{3,5}", plain):
        return (_FIRST_DAYS[code] + timedelta(days=int(plain))).isoformat()
    return _UNSURE
