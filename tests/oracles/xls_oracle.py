"""The first sheet of an xls: sectors, records and cells in turn (BIFF8 as xlwt writes it)."""

import struct
from decimal import Decimal
from math import isnan
from typing import Any

from tests.oracles import NoDocument, Rows
from tests.oracles.workbook_oracle import (
    _REFUSED,
    _UNSURE,
    DAY_OF_1904,
    Cell,
    number_of,
    table,
)

_CODES = {0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 14: "yyyy-mm-dd", 49: "@"}
_FREE = 0xFFFFFFFE
#: Flags of a string in the table that has runs of formats, or phonetic text, behind it.
_RICH = 0x0C
#: No number of a department is larger: what is comes from a broken byte.
_LARGEST = 1e300
_BOF, _EOF, _CONTINUE = 0x0809, 0x0A, 0x3C


def read(data: bytes, _settings: dict[str, Any]) -> Rows:
    """Return the rows under one row of headings, by their numbers in the sheet."""
    try:
        return _read(_workbook(data))
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise NoDocument(str(error)) from None


def _workbook(data: bytes) -> bytes:
    """Return the stream named Workbook of a compound file of 512-byte sectors."""
    sectors = [data[at : at + 512] for at in range(512, len(data), 512)]
    table_of: list[int] = []
    [tables] = struct.unpack("<I", data[44:48])
    for sector in struct.unpack("<109I", data[76:512])[:tables]:
        if sector < _FREE:
            table_of += struct.unpack("<128I", sectors[sector])

    def chain(sector: int) -> bytes:
        parts: list[bytes] = []
        while sector < _FREE:
            parts.append(sectors[sector])
            if len(parts) > len(sectors):
                raise NoDocument("a circle")
            sector = table_of[sector]
        return b"".join(parts)

    [directory] = struct.unpack("<I", data[48:52])
    entries = chain(directory)
    for at in range(0, len(entries), 128):
        entry = entries[at : at + 128]
        [length] = struct.unpack("<H", entry[64:66])
        if entry[: min(length, 64) - 2].decode("utf-16-le", "replace") == "Workbook":
            start, size = struct.unpack("<II", entry[116:124])
            return chain(start)[:size]
    raise NoDocument("no workbook")


def _records(data: bytes, at: int) -> list[tuple[int, bytes]]:
    records: list[tuple[int, bytes]] = []
    while True:
        kind, length = struct.unpack("<HH", data[at : at + 4])
        content = data[at + 4 : at + 4 + length]
        if len(content) < length:
            raise NoDocument("cut off")
        at += 4 + length
        records.append((kind, content))
        if kind == _EOF:
            return records


def _read(data: bytes) -> Rows:
    book = _records(data, 0)
    if any(kind == _CONTINUE for kind, _ in book):
        raise NoDocument("continued: not made here")
    formats = {**_CODES, **_formats(book)}
    epochs = {record for kind, record in book if kind == 0x22}
    if len(epochs) > 1 or not epochs <= {b"\0\0", b"\1\0"}:
        raise NoDocument("date system")
    if epochs == {b"\1\0"}:
        formats = {number: _of_1904(code) for number, code in formats.items()}
    styles = [struct.unpack("<H", record[2:4])[0] for kind, record in book if kind == 0xE0]
    tables = [record for kind, record in book if kind == 0xFC]
    strings = _shared(tables[-1]) if tables else []
    places = [struct.unpack("<I", record[:4])[0] for kind, record in book if kind == 0x85]
    if not places:
        raise NoDocument("no sheet")
    return _rows(data, places[0], [formats.get(number, "?") for number in styles], strings)


def _formats(book: list[tuple[int, bytes]]) -> dict[int, str]:
    """Return the codes of formats; which of two for one number counts nobody knows."""
    codes: dict[int, str] = {}
    for kind, record in book:
        if kind == 0x041E:
            [number] = struct.unpack("<H", record[:2])
            code = _string(record, 2)[0] or "?"
            codes[number] = code if codes.get(number, code) == code else "?"
    return codes


def _rows(data: bytes, place: int, codes: list[str], strings: list[Cell]) -> Rows:
    grid: dict[int, dict[int, Cell]] = {}
    merged: list[tuple[int, int]] = []
    for kind, record in _records(data, place):
        if kind == 0xE5:
            for first, last in struct.iter_unpack("<HH4x", record[2:]):
                merged.append((first + 1, last + 1))
        for row, column, cell in _cells(kind, record, codes, strings):
            cells = grid.setdefault(row + 1, {})
            cells[column + 1] = _REFUSED if column + 1 in cells else cell
    filled = {
        number
        for number, cells in grid.items()
        if any(not isinstance(cell, str) or cell.strip() for cell in cells.values())
    }
    return table(grid, filled, merged)


def _of_1904(code: str) -> str:
    return DAY_OF_1904 if code == "yyyy-mm-dd" else code


def _cells(
    kind: int, record: bytes, codes: list[str], strings: list[Cell]
) -> list[tuple[int, int, Cell]]:
    if kind not in (0x0203, 0x027E, 0xBD, 0x0201, 0xBE, 0xFD, 0x0205, 0x06, 0x0204, 0xD6):
        return []
    row, column, style = struct.unpack("<HHH", record[:6])
    code = codes[style] if style < len(codes) else "?"
    match kind:
        case 0x0203:
            return [(row, column, _double(record[6:14], code))]
        case 0x027E:
            return [(row, column, _rk(record[6:10], code))]
        case 0xBD:
            pairs = struct.iter_unpack("<H4s", record[4:-2])
            return [
                (row, column + n, _rk(rk, codes[style] if style < len(codes) else "?"))
                for n, (style, rk) in enumerate(pairs)
            ]
        case 0x0201:
            return [(row, column, "")]
        case 0xBE:
            return [(row, column + n, "") for n in range((len(record) - 6) // 2)]
        case 0xFD:
            [number] = struct.unpack("<I", record[6:10])
            return [(row, column, strings[number] if number < len(strings) else _REFUSED)]
        case 0x0205:
            value = {0: "FALSE", 1: "TRUE"}.get(record[6], _REFUSED)
            return [(row, column, _REFUSED if record[7] else value)]
    return [(row, column, _UNSURE)]


def _double(data: bytes, code: str) -> Cell:
    [number] = struct.unpack("<d", data)
    if isnan(number) or abs(number) > _LARGEST:
        return _REFUSED
    return number_of(f"{Decimal(repr(number)):f}".removesuffix(".0"), code)


def _rk(data: bytes, code: str) -> Cell:
    [bits] = struct.unpack("<I", data)
    if bits & 2:
        number = Decimal(struct.unpack("<i", data)[0] >> 2)
    else:
        [double] = struct.unpack("<d", b"\0\0\0\0" + struct.pack("<I", bits & ~3))
        if isnan(double) or abs(double) > _LARGEST:
            return _REFUSED
        number = Decimal(repr(double))
    if bits & 1:
        number /= 100
    return number_of(f"{number:f}", code)


def _shared(record: bytes) -> list[Cell]:
    [count] = struct.unpack("<I", record[4:8])
    strings, at = [], 8
    for _ in range(count):
        if record[at + 2 : at + 3] and record[at + 2] & _RICH:
            raise NoDocument("rich text: not made here")
        text, at = _string(record, at)
        strings.append(_REFUSED if text is None else text)
    return strings


def _string(record: bytes, at: int) -> tuple[str | None, int]:
    # All other bits are reserved, and ignored ([MS-XLS] 2.5.293 and 2.5.294).
    length, flags = struct.unpack("<HB", record[at : at + 3])
    end = at + 3 + length * (2 if flags & 1 else 1)
    if end > len(record):
        raise NoDocument("string")
    try:
        return record[at + 3 : end].decode("utf-16-le" if flags & 1 else "latin-1"), end
    except UnicodeDecodeError:
        return None, end
