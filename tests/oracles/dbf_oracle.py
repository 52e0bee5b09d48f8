"""DBF, a record at a time: GBK, numbers, dates, logical and integer columns, NULL."""

import struct
from dataclasses import dataclass
from typing import Any

from tests.oracles import NoDocument, Rows
from tests.oracles.text_oracle import decoded

_NULLABLE = 2


@dataclass
class _Column:
    name: str
    kind: str
    start: int
    end: int
    null_bit: int | None


def read(data: bytes, settings: dict[str, Any]) -> Rows:
    """Return the rows that are not marked as deleted, numbered with those that are."""
    if len(data) < 33:
        raise NoDocument("short")
    count, head, length = struct.unpack("<IHH", data[4:12])
    columns = _columns(data, head, settings["encoding"])
    if not columns or columns[-1].end != length:
        raise NoDocument("columns")
    body = data[head:]
    if len(body) < count * length or body[count * length :].strip(b"\x1a\x00\r\n"):
        raise NoDocument("other records than are declared")
    rows: Rows = {}
    for number in range(1, count + 1):
        record = body[(number - 1) * length : number * length]
        if record[:1] == b"\x1a":
            raise NoDocument("end")
        if record[:1] == b"*" or _blank(record, columns):
            continue
        rows[number] = _row(record, columns, settings["encoding"])
    return rows


def _columns(data: bytes, head: int, encoding: str) -> list[_Column]:
    columns: list[_Column] = []
    at, start, bits = 32, 1, 0
    while at + 32 <= head and data[at : at + 1] != b"\r":
        field = data[at : at + 32]
        if len(field) < 32:
            raise NoDocument("header")
        kind = chr(field[11])
        width = field[16] + (field[17] * 256 if kind == "C" else 0)
        bit = None
        if field[18] & _NULLABLE:
            bit, bits = bits, bits + 1
        name = decoded(field[:11].split(b"\0")[0], encoding).strip()
        columns.append(_Column(name, kind, start, start + width, bit))
        start += width
        at += 32
    return columns


def _blank(record: bytes, columns: list[_Column]) -> bool:
    """Whether no column has anything, but for FoxPro's own one."""
    for column in columns:
        cell = record[column.start : column.end].strip(b" \0")
        if column.kind != "0" and (cell.strip(b" \0?") if column.kind == "L" else cell):
            return False
    return True


def _row(record: bytes, columns: list[_Column], encoding: str) -> dict[str, str] | None:
    if record[:1] != b" ":
        return None
    flags = b"".join(record[c.start : c.end] for c in columns if c.kind == "0")
    row = {}
    for column in columns:
        if column.kind == "0":
            continue
        bit = column.null_bit
        if bit is not None and bit // 8 < len(flags) and flags[bit // 8] >> bit % 8 & 1:
            row[column.name] = ""
            continue
        text = _cell(column.kind, record[column.start : column.end], encoding)
        if text is None or "\ufffd" in text:
            return None
        row[column.name] = text
    return row


def _cell(kind: str, value: bytes, encoding: str) -> str | None:
    """Return a cell's text, None where it is no value of its type."""
    if kind == "I":
        return str(int.from_bytes(value, "little", signed=True))
    text = decoded(value, encoding).strip(" \0")
    if not text:
        return ""
    if kind in "NF":
        body = text[1:] if text[0] in "+-" else text
        digits = body.replace(".", "", 1)
        return text if digits.isascii() and digits.isdigit() else None
    if kind == "D":
        return text if len(text) == 8 and text.isascii() and text.isdigit() else None
    if kind == "L":
        return "" if text == "?" else text if text in "TtYyFfNn" and len(text) == 1 else None
    return text if kind == "C" else None
