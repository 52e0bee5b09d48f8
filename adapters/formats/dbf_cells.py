"""Cells of a DBF column as text, a column at a time, and the places of those that are no value."""

import struct
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from math import isfinite

import polars as pl

from adapters.formats.dbf_header import Column
from adapters.formats.decoding import decode, keeps_ascii, utf8

#: Julian day number of date.min.
_FIRST_DAY = 1_721_426
_DAY = 24 * 60 * 60 * 1000
#: By how many milliseconds FoxPro's times may miss the second that they stand for.
_TIME_ERROR = 2
_PADDING = " \0"
#: What each type of text may hold, apart from nothing.
_PATTERNS = {
    "N": r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)$",
    "F": r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)$",
    "D": r"^[0-9]{8}$",
    "L": r"^[TtYyFfNn?]$",
}
_NUMBERS = {"I": "i", "B": "d", "Y": "q"}


def column_text(
    column: Column, cells: Sequence[bytes], encoding: str
) -> tuple[pl.Series, list[int]]:
    """Return a column's cells as text, and the places of those that are no value of its type."""
    if column.kind == "T":
        return _texts(column.name, (_time(cell) for cell in cells))
    if column.kind in _NUMBERS:
        numbers = struct.unpack(f"<{len(cells)}{_NUMBERS[column.kind]}", b"".join(cells))
        return _texts(column.name, map(_WRITTEN[column.kind], numbers))
    values = _decoded(column.name, cells, encoding)
    if column.kind == "V":
        return values, []
    values = values.str.strip_chars(_PADDING)
    pattern = _PATTERNS.get(column.kind)
    if pattern is None:
        return values, []
    wrong = ~values.str.contains(pattern) & (values != "")
    if column.kind == "L":
        values = values.replace("?", "")
    return values, wrong.arg_true().to_list()


def variable(cells: Iterable[bytes], partial: Iterable[bool]) -> list[bytes]:
    """Return the cells of a column of variable length: in the last byte is how much of one counts."""
    return [cell[: cell[-1]] if part else cell for cell, part in zip(cells, partial, strict=True)]


def bits(flags: Sequence[bytes], bit: int, records: int) -> list[bool]:
    """Return a bit of each record's flags; none is set where a table has no flags."""
    byte, mask = bit >> 3, 1 << (bit & 7)
    if not flags or len(flags[0]) <= byte:
        return [False] * records
    return [bool(some[byte] & mask) for some in flags]


def _decoded(name: str, cells: Sequence[bytes], encoding: str) -> pl.Series:
    """Decode a column at once: no character of these encodings goes on over an end of line."""
    joined = b"\n".join(cells)
    if joined.count(b"\n") == len(cells) - 1 and keeps_ascii(encoding):
        text = pl.Series(name, [utf8(joined, encoding)], dtype=pl.Binary).cast(pl.String)
        return text.str.split("\n").explode()
    return pl.Series(name, [decode(cell, encoding) for cell in cells], dtype=pl.String)


def _texts(name: str, values: Iterable[str | None]) -> tuple[pl.Series, list[int]]:
    """Return values, "" for those that are none, with the places of these."""
    every = list(values)
    wrong = [place for place, value in enumerate(every) if value is None]
    return pl.Series(name, [value or "" for value in every], dtype=pl.String), wrong


def _double(number: float) -> str | None:
    """Return the shortest text that is this number and no other, without an exponent."""
    return f"{Decimal(repr(number)):f}" if isfinite(number) else None


def _currency(number: int) -> str:
    return str(Decimal(number).scaleb(-4))


_WRITTEN: dict[str, Callable[..., str | None]] = {"I": str, "B": _double, "Y": _currency}


def _time(cell: bytes) -> str | None:
    """Return a moment to the second, or as exactly as it is written; "" for none."""
    day, milliseconds = struct.unpack("<ii", cell)
    if not cell.strip(b" \0"):
        return ""
    if not 0 <= milliseconds < _DAY + 1000:
        return None
    nearest = (milliseconds + 500) // 1000 * 1000
    if abs(nearest - milliseconds) <= _TIME_ERROR:
        milliseconds = nearest
    try:
        days = date.min + timedelta(days=day - _FIRST_DAY + milliseconds // _DAY)
    except OverflowError:
        return None
    seconds, rest = divmod(milliseconds % _DAY, 1000)
    fraction = f".{rest:03}" if rest else ""
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{days.isoformat()} {clock}{fraction}"
