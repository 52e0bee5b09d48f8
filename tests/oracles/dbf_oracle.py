"""DBF, a byte at a time: character, numeric, date and logical columns of GBK text."""

import struct
from typing import Any

from tests.oracles import NoDocument, Rows


def read(data: bytes, settings: dict[str, Any]) -> Rows:
    """Return the rows that are not marked as deleted, numbered with those that are."""
    if len(data) < 33:
        raise NoDocument("short")
    count, head, length = struct.unpack("<IHH", data[4:12])
    columns = []
    at, start = 32, 1
    while at < head - 1 and data[at : at + 1] != b"\r":
        field = data[at : at + 32]
        if len(field) < 32:
            raise NoDocument("header")
        name = field[:11].split(b"\0")[0].decode(settings["encoding"], "replace").strip()
        columns.append((name, chr(field[11]), start, start + field[16]))
        start += field[16]
        at += 32
    body = data[head:]
    if len(body) < count * length:
        raise NoDocument("cut off")
    if body[count * length :].strip(b"\x1a\x00"):
        raise NoDocument("more")
    rows: Rows = {}
    for number in range(count):
        record = body[number * length : (number + 1) * length]
        if record[:1] == b"*":
            continue
        cells = {
            name: _cell(kind, record[begin:end], settings["encoding"])
            for name, kind, begin, end in columns
        }
        if not any(cells.values()) and None not in cells.values():
            continue
        rows[number + 1] = None if None in cells.values() else cells  # type: ignore[assignment]
    return rows


def _cell(kind: str, value: bytes, encoding: str) -> str | None:
    """Return a cell's text, None where it is no value of its type."""
    try:
        text = value.decode(encoding).strip(" \0")
    except UnicodeDecodeError:
        return None
    if kind == "N":
        body = text.lstrip("+-")
        sound = not text or (body.replace(".", "", 1).isdigit() and body.isascii())
        return text if sound else None
    if kind == "D":
        return text if not text or (len(text) == 8 and text.isdigit() and text.isascii()) else None
    if kind == "L":
        return {"?": "", "": ""}.get(text, text if text in "TtYyFfNn" else None)
    return text
