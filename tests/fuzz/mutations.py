"""Mutations of bytes anywhere, and of rows and columns as people and programs make them."""

import io
import random
import re
import zipfile
from collections.abc import Callable

from tests.fuzz.ways import Way

#: Share of mutations that move whole rows and columns.
_BY_ROWS = 0.4
#: Share of documents, where values can be told from the rest, in which only values are others.
_BY_VALUE = 0.6
#: Pieces of a document of which the first and the last have its frame.
_FRAMED = 3
_SHEET = "xl/worksheets/sheet1.xml"


def mutated(data: bytes, way: Way, chance: random.Random, foreign: Callable[[], bytes]) -> bytes:
    """Return a document with one to four mutations; `foreign` makes a document of any other way."""
    if way.value and chance.random() < _BY_VALUE:
        # Formats that are refused whole for most changes of bytes: the document stays one.
        for _ in range(chance.randint(1, 3)):
            data = _other_value(data, way, chance)
        return data
    for _ in range(chance.randint(1, 4)):
        if chance.random() < _BY_ROWS:
            data = _by_rows(data, way, chance, foreign)
        else:
            data = _by_bytes(data, way, chance)
    return data


def workbook_mutated(data: bytes, way: Way, chance: random.Random) -> bytes:
    """Return a workbook with one mutated part: others nearly always break the archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(buffer, "w") as target:
        names = source.namelist()
        chosen = _SHEET if chance.random() < 0.8 else chance.choice(names)
        for name in names:
            part = source.read(name)
            if name == chosen:
                part = mutated(part, way, chance, lambda: b"")
            target.writestr(name, part)
    return buffer.getvalue()


def _by_bytes(data: bytes, way: Way, chance: random.Random) -> bytes:
    changed = bytearray(data)
    at = chance.randrange(len(changed) + 1)
    end = min(len(changed), at + chance.randint(1, 12))
    match chance.randrange(6):
        case 0 if at < len(changed):
            changed[at] = chance.randrange(256)
        case 1:
            changed[at:at] = chance.choice(way.tokens)
        case 2:
            del changed[at:end]
        case 3:
            changed[at:at] = changed[at:end]
        case 4:
            changed[at:end] = chance.choice(way.tokens)
        case _:
            if chance.random() < 0.2:
                del changed[at:]
    return bytes(changed)


def _other_value(data: bytes, way: Way, chance: random.Random) -> bytes:
    """Return a document in which another value stands in the place of one, or rows are moved."""
    places = [match.span() for match in re.finditer(way.value, data, re.DOTALL)]
    if not places:
        return data
    if chance.random() < _BY_ROWS / 2:
        rows = way.rows_of(data)
        if len(rows) > _FRAMED:
            at, other = chance.randrange(1, len(rows) - 1), chance.randrange(1, len(rows) - 1)
            moved = chance.choice((rows[other:other], [rows[at], rows[at]], [rows[other]]))
            return b"".join([*rows[:at], *moved, *rows[at + 1 :]])
    start, end = chance.choice(places)
    kind = chance.randrange(4)
    old = data[start:end]
    if kind == 0 and len(old) > 1:
        at = chance.randrange(len(old))
        new = old[:at] + bytes((chance.randrange(256),)) + old[at + 1 :]
    elif kind == 1:
        other_start, other_end = chance.choice(places)
        new = data[other_start:other_end]
    else:
        new = chance.choice(way.values)
    if way.format == "dbf":
        # Its header says how long each record is.
        new = new[: len(old)].ljust(len(old))
    return data[:start] + new + data[end:]


def _by_rows(data: bytes, way: Way, chance: random.Random, foreign: Callable[[], bytes]) -> bytes:
    rows = way.rows_of(data)
    if not rows:
        return data
    at = chance.randrange(len(rows))
    match chance.randrange(9):
        case 0:
            other = chance.randrange(len(rows))
            rows[at], rows[other] = rows[other], rows[at]
        case 1:
            # Headings again, as files that were put together have them.
            rows.insert(at, rows[0])
        case 2:
            del rows[at]
        case 3:
            rows.insert(at, rows[at])
        case 4:
            rows[at] = _cut_column(rows[at], way, chance)
        case 5:
            rows[at] = _doubled_column(rows[at], way, chance)
        case 6:
            other_rows = way.rows_of(way.make(chance))
            rows[at:at] = other_rows if chance.random() < 0.5 else other_rows[:1]
        case 7:
            return data + way.make(chance)
        case _:
            strange = foreign() if chance.random() < 0.3 else way.make(chance)
            begin = chance.randrange(len(strange) + 1)
            rows[at:at] = [strange[begin : begin + chance.randint(1, 200)]]
    return b"".join(rows)


def _cut_column(row: bytes, way: Way, chance: random.Random) -> bytes:
    columns = row.split(way.between)
    del columns[chance.randrange(len(columns))]
    return way.between.join(columns)


def _doubled_column(row: bytes, way: Way, chance: random.Random) -> bytes:
    columns = row.split(way.between)
    at = chance.randrange(len(columns))
    columns.insert(at, columns[at])
    return way.between.join(columns)
