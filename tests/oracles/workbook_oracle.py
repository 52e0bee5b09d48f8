"""The first sheet of an xlsx by zipfile and the standard library's ElementTree: texts, numbers, booleans."""

import io
import re
import zipfile
from typing import Any
from xml.etree import ElementTree

from tests.oracles import NoDocument, Rows

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})$")


def read(data: bytes, _settings: dict[str, Any]) -> Rows:
    """Return the rows under one row of headings, by their numbers in the sheet."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            shared = _shared(archive)
            sheet = ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))
    except (zipfile.BadZipFile, KeyError, ElementTree.ParseError, OSError, ValueError) as error:
        raise NoDocument(str(error)) from None
    grid: dict[int, dict[int, str | None]] = {}
    number = 0
    for row in sheet.iter(f"{_MAIN}row"):
        number = int(row.get("r", number + 1))
        place = 0
        for cell in row.iter(f"{_MAIN}c"):
            matched = _PLACE.match(cell.get("r", ""))
            place = _column(matched[1]) if matched else place + 1
            value = _value(cell, shared)
            if value != "":
                grid.setdefault(number, {})[place] = value
    header = grid.pop(1, {})
    if not header or None in header.values():
        raise NoDocument("headings")
    names = {place: str(name).strip() for place, name in header.items()}
    if sorted(names) != list(range(1, len(names) + 1)) or len({*names.values()}) != len(names):
        raise NoDocument("headings")
    return {number: _row(cells, names) for number, cells in grid.items()}


def _row(cells: dict[int, str | None], names: dict[int, str]) -> dict[str, str] | None:
    if None in cells.values() or cells.keys() - names.keys():
        return None
    return {name: str(cells.get(place, "")) for place, name in names.items()}


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _shared(archive: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in archive.namelist():
        return []
    root = ElementTree.fromstring(archive.read("xl/sharedStrings.xml"))
    return [_text(item) for item in root.iter(f"{_MAIN}si")]


def _text(item: ElementTree.Element) -> str:
    parts = [item.find(f"{_MAIN}t"), *(run.find(f"{_MAIN}t") for run in item.findall(f"{_MAIN}r"))]
    return "".join(part.text or "" for part in parts if part is not None)


def _value(cell: ElementTree.Element, shared: list[str]) -> str | None:
    """Return a cell's text, None for one that must not be accepted."""
    kind = cell.get("t", "n")
    value = cell.find(f"{_MAIN}v")
    text = "" if value is None else value.text or ""
    if cell.find(f"{_MAIN}f") is not None and not text:
        return None
    match kind:
        case "inlineStr":
            inline = cell.find(f"{_MAIN}is")
            return "" if inline is None else _text(inline)
        case "s":
            return shared[int(text)] if text.isdigit() and int(text) < len(shared) else None
        case "str":
            return text
        case "b":
            return {"1": "TRUE", "0": "FALSE"}.get(text)
        case "n":
            return text if re.fullmatch(r"|-?[0-9]{1,15}(\.[0-9]{1,9})?", text) else None
    return None
