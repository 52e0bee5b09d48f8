"""The records of a DBF table as chunks: rows, what is deleted or blank between them,
and the end.
"""

import struct
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import BinaryIO

import polars as pl

from adapters import RowFault
from adapters.formats import Chunk, FormatError, check_headings
from adapters.formats.dbf_cells import PADDED, ColumnCells, as_text, bits, variable
from adapters.formats.dbf_header import SYSTEM, Column, Header
from adapters.formats.decoding import keeps_ascii
from adapters.formats.evidence import Suspicion
from adapters.text import dbf_files

_LIVE, _DELETED, _END = b" ", b"*", b"\x1a"
#: What may stand after the last record: the mark of the end, what fills the last block, an end of
#: line.
_AFTER = b"\x1a\0\r\n"
#: What an empty cell consists of; a logical one may hold a question mark.
_EMPTY = b" \0"
#: Records of a block of which the text is held against the encoding.
_LOOKED_AT = 64
#: Bytes of text that are held against the encoding at once.
_ENOUGH_TEXT = 1 << 15
_TEXT = "CV"
#: White space that pads nothing: it is part of a value.
_SPACES = (b"\t", b"\n", b"\r", b"\x0b", b"\x0c")

#: Records that are taken apart at once: so few that they stay in the processor's cache.
_TOGETHER = 512

#: The cells of each column of the header by its start, deletion marks at 0.
Cells = dict[int, Sequence[bytes]]


class Table:
    """The records behind a header."""

    def __init__(self, header: Header, columns: list[Column]) -> None:
        self._header = header
        self._columns = columns
        check_headings([column.name for column in columns])
        widths = "".join(f"{column.width}s" for column in header.columns)
        self._record = struct.Struct(f"<1s{widths}")
        self._suspicion = Suspicion(header.encoding)
        #: Text that was held against the encoding last, and text that waits for more.
        self._looked_at, self._waits = b"", b""
        #: Records since the last row that are none.
        self._deleted = self._blank = 0

    def chunks(self, stream: BinaryIO, size: int, after: int) -> Iterator[Chunk]:
        """Yield the records behind a number;
        raises FormatError where they are not those declared.
        """
        count, length = self._header.records, self._header.length
        number = 0
        while number < count:
            data = stream.read(length * min(size, count - number))
            whole = len(data) // length
            end = data[::length].find(_END)
            if len(data) % length or not data or end >= 0:
                before = number + (end if end >= 0 else whole)
                raise FormatError("format.dbf", *dbf_files.cut_off(count, before))
            number += whole
            yield from self._chunk(data, number - whole + 1, after)
        while rest := stream.read(1 << 16):
            if rest.strip(_AFTER):
                raise FormatError("format.dbf", *dbf_files.goes_on(count))
        self._hold_rest()
        if self._deleted or self._blank:
            empty = pl.DataFrame(schema=dict.fromkeys((c.name for c in self._columns), pl.String))
            yield Chunk(empty, [], (), blank=self._blank, deleted=self._deleted)

    def _chunk(self, data: bytes, first: int, after: int) -> Iterator[Chunk]:
        """Yield the rows of a block behind a number, if it has some;
        what stands behind the last waits for the next.
        """
        joined = b"\n" not in data and keeps_ascii(self._header.encoding)
        rows = _Rows(self._header, self._columns, self._record, joined=joined)
        step = _TOGETHER * self._header.length
        deleted, blank = self._deleted, self._blank
        for at in range(0, len(data), step):
            records: list[bytes] = []
            numbers: list[int] = []
            for number, record in self._records(data[at : at + step], first):
                if record[:1] == _DELETED:
                    self._deleted += number > after
                elif self._is_blank(record):
                    self._blank += number > after
                else:
                    records.append(record)
                    numbers.append(number)
                    deleted, blank = self._deleted, self._blank
            first += _TOGETHER
            done = bisect_right(numbers, after)
            if done:
                # The whole table is held against the encoding, wherever a fetch goes on.
                apart = _Rows(self._header, self._columns, self._record, joined=joined)
                self._suspect(apart.add(records, numbers))
                if numbers[done:]:
                    rows.add(records[done:], numbers[done:])
            elif records:
                self._suspect(rows.add(records, numbers))
        if rows.numbers:
            frame, faults = rows.read()
            yield Chunk(frame, rows.numbers, tuple(faults), blank=blank, deleted=deleted)
            self._deleted -= deleted
            self._blank -= blank

    def _records(self, data: bytes, first: int) -> Iterator[tuple[int, bytes]]:
        length = self._header.length
        for number, at in enumerate(range(0, len(data), length), first):
            yield number, data[at : at + length]

    def _is_blank(self, record: bytes) -> bool:
        """Whether a record has nothing in any column but FoxPro's own, which only marks others."""
        if record[1:21].strip(_EMPTY + b"?"):
            return False
        return not any(
            record[c.start : c.start + c.width].strip(_EMPTY + (b"?" if c.kind == "L" else b""))
            for c in self._header.columns
            if c.kind != SYSTEM
        )

    # --- the encoding ----------------------------------------------------------------------------

    def _suspect(self, cells: Cells) -> None:
        """Hold the text of a block against the encoding; raises FormatError where it is another.

        A few records alone prove nothing: one that is odd refuses itself, not the file.
        """
        names = [column.raw for column in self._columns]
        texts = [
            cell
            for column in self._columns
            if column.kind in _TEXT
            for cell in cells[column.start][:_LOOKED_AT]
        ]
        self._waits += b"\n".join([*names, *texts, b""])
        if len(self._waits) >= _ENOUGH_TEXT:
            self._hold(self._waits)
            self._looked_at, self._waits = self._waits, b""

    def _hold_rest(self) -> None:
        """Hold the last records against the encoding, with those before them where they are few."""
        few = len(self._waits) < _ENOUGH_TEXT // 2
        self._hold(self._looked_at[-_ENOUGH_TEXT:] + self._waits if few else self._waits)
        if seen := self._suspicion.file():
            raise self._contradicted(seen)

    def _hold(self, sample: bytes) -> None:
        if not sample.isascii() and (seen := self._suspicion.block(sample)):
            raise self._contradicted(seen)

    def _contradicted(self, seen: str) -> FormatError:
        header = self._header
        text = dbf_files.encoding(header.encoding, seen, header.mark)
        return FormatError("format.encoding", *text)


class _Rows:
    """Collects the cells of records that are rows; `joined` where no cell has an end of line."""

    def __init__(
        self, header: Header, columns: list[Column], record: struct.Struct, *, joined: bool
    ) -> None:
        self.numbers: list[int] = []
        self._header, self._columns, self._record = header, columns, record
        self._starts = [0, *(column.start for column in header.columns)]
        self._system = next((c.start for c in header.columns if c.kind == SYSTEM), None)
        self._cells = {c.start: ColumnCells(c, joined=joined) for c in columns}
        self._joined = joined
        self._nulls: dict[str, list[bool]] = {c.name: [] for c in columns if c.null_bit is not None}
        self._faults: list[RowFault] = []

    def add(self, records: list[bytes], numbers: list[int]) -> Cells:
        """Take records apart; return their cells."""
        whole = b"".join(records)
        values = zip(*self._record.iter_unpack(whole), strict=True)
        cells: Cells = dict(zip(self._starts, values, strict=True))
        plain = self._joined and not any(space in whole for space in _SPACES)
        self._faults += [
            RowFault(place, "format.row", *dbf_files.mark(mark))
            for place, mark in enumerate(cells[0], len(self.numbers))
            if mark != _LIVE
        ]
        flags = cells[self._system] if self._system else ()
        for column in self._columns:
            own = cells[column.start]
            if column.length_bit is not None:
                own = variable(own, bits(flags, column.length_bit, len(own)))
            elif plain and column.kind in PADDED:
                # Most of a table are blanks: taken away here they are not decoded.
                own = cells[column.start] = [*map(bytes.rstrip, own)]
            if column.null_bit is not None:
                self._nulls[column.name] += bits(flags, column.null_bit, len(own))
            self._cells[column.start].add(own)
        self.numbers += numbers
        return cells

    def read(self) -> tuple[pl.DataFrame, list[RowFault]]:
        """Return the rows as text, and what is wrong with some."""
        frame, wrong = as_text([*self._cells.values()], self._header.encoding)
        for place, column, value in wrong:
            if column.null_bit is None or not self._nulls[column.name][place]:
                text = dbf_files.cell(column.name, column.kind, value)
                self._faults.append(RowFault(place, "format.cell", *text))
        if any(map(any, self._nulls.values())):
            frame = frame.with_columns(
                pl.when(pl.Series(null)).then(pl.lit("")).otherwise(pl.col(name)).alias(name)
                for name, null in self._nulls.items()
            )
        return frame, sorted(self._faults, key=lambda fault: fault.row)
