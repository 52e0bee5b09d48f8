"""Cells of a DBF column as text, a column at a time, and the places of those that are no value."""

import struct
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from math import isfinite
from typing import Any

import polars as pl

from adapters.formats.dbf_header import Column
from adapters.formats.decoding import canonical, utf8
from adapters.formats.evidence import utf8_lines
from adapters.formats.textfile import spoiled

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
#: Types of which blanks and NULs around a value are no part of it.
PADDED = "CNFDL"
#: Binary types as `struct` reads them.
_CODES = {"I": "<i", "B": "<d", "Y": "<q", "T": "8s"}


class ColumnCells:
    """The cells of a column, joined by ends of line where no cell has one,
    for that is much quicker.
    """

    def __init__(self, column: Column, *, joined: bool) -> None:
        self.column = column
        self._between = b"" if column.kind in _BINARY else b"\n" if joined else None
        self._pieces: list[bytes] = []

    def add(self, cells: Sequence[bytes]) -> None:
        """Add the cells of some records."""
        if self._between is None:
            self._pieces += cells
        else:
            self._pieces.append(self._between.join(cells))

    def values(self) -> Iterable[Any]:
        """Return what is in a column of a type that is binary."""
        data = b"".join(self._pieces)
        kind = self.column.kind
        return (value for (value,) in struct.iter_unpack(_CODES[kind], data))

    def texts(self, encoding: str) -> pl.Series:
        """Return the text in a column."""
        name = self.column.name
        pieces = [utf8(piece, encoding) for piece in self._without_foreign(encoding)]
        texts = pl.Series(name, pieces, dtype=pl.Binary).cast(pl.String)
        return texts.str.split("\n").explode() if self._between else texts

    def _without_foreign(self, encoding: str) -> list[bytes]:
        """Return the pieces with cells spoiled that are UTF-8 beyond doubt:
        other programs append.
        """
        if canonical(encoding) != "gb18030" or self.column.kind not in "CV":
            return self._pieces
        return [
            piece if piece.isascii() else spoiled(piece, utf8_lines(piece))
            for piece in self._pieces
        ]


def as_text(
    columns: Sequence[ColumnCells], encoding: str
) -> tuple[pl.DataFrame, list[tuple[int, Column, str]]]:
    """Return cells as columns of text, and each one that is no value of its type: place,
    column, text.
    """
    wrong: list[tuple[int, Column, str]] = []
    series = []
    for cells in columns:
        column = cells.column
        if column.kind in _BINARY:
            values = [*map(_BINARY[column.kind], cells.values())]
            wrong += [(place, column, "") for place, value in enumerate(values) if value is None]
            texts = pl.Series(column.name, [v or "" for v in values], dtype=pl.String)
        else:
            texts = cells.texts(encoding)
        series.append(texts)
    # Columns of variable length have no padding: what stands at their edges is text.
    padded = [cells.column.name for cells in columns if cells.column.kind in PADDED]
    frame = pl.DataFrame(series).with_columns(pl.col(padded).str.strip_chars(_PADDING))
    wrong += _wrong(frame, [c.column for c in columns if c.column.kind in _PATTERNS])
    logical = [cells.column.name for cells in columns if cells.column.kind == "L"]
    return frame.with_columns(pl.col(logical).replace("?", "")) if logical else frame, wrong


def _wrong(frame: pl.DataFrame, columns: Sequence[Column]) -> list[tuple[int, Column, str]]:
    """Return the texts that their columns' types do not know."""
    tests = [
        ~pl.col(column.name).str.contains(_PATTERNS[column.kind]) & (pl.col(column.name) != "")
        for column in columns
    ]
    if not tests or not any(frame.select(test.any() for test in tests).row(0)):
        return []
    results = frame.select(tests)
    return [
        (place, column, frame[column.name][place])
        for column in columns
        for place in results[column.name].arg_true()
    ]


def variable(cells: Iterable[bytes], partial: Iterable[bool]) -> list[bytes]:
    """Return the cells of a column of variable length:
    in the last byte is how much of one counts.
    """
    return [cell[: cell[-1]] if part else cell for cell, part in zip(cells, partial, strict=True)]


def bits(flags: Sequence[bytes], bit: int, records: int) -> list[bool]:
    """Return a bit of each record's flags; none is set where a table has no flags."""
    byte, mask = bit >> 3, 1 << (bit & 7)
    if not flags or len(flags[0]) <= byte:
        return [False] * records
    return [bool(flag[byte] & mask) for flag in flags]


def _double(number: float) -> str | None:
    """Return the shortest text that is this number and no other, without an exponent."""
    return f"{Decimal(repr(number)):f}" if isfinite(number) else None


def _currency(number: int) -> str:
    return str(Decimal(number).scaleb(-4))


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


_BINARY: dict[str, Callable[[Any], str | None]] = {
    "I": str,
    "B": _double,
    "Y": _currency,
    "T": _time,
}
