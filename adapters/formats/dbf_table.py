"""The records of a DBF table as chunks: rows, what is deleted or blank between them, and the end."""

import struct
from collections.abc import Iterator
from typing import BinaryIO

import polars as pl

from adapters import RowFault
from adapters.formats import Chunk, FormatError, check_headings
from adapters.formats.dbf_cells import bits, column_text, variable
from adapters.formats.dbf_header import SYSTEM, Column, Header
from adapters.formats.evidence import Suspicion
from adapters.text import record_files as messages

_LIVE, _DELETED, _END = b" ", b"*", b"\x1a"
#: What may stand after the last record: the mark of the end, and what fills the last block.
_AFTER = b"\x1a\0"
#: What an empty cell consists of; a logical one may hold a question mark.
_EMPTY = b" \0"
#: Records of a block of which the text is held against the encoding.
_LOOKED_AT = 200
_TEXT = "CV"

#: The cells of each column of the header, deletion marks first.
Cells = list[tuple[bytes, ...]]


class Table:
    """The records behind a header."""

    def __init__(self, header: Header, columns: list[Column]) -> None:
        self._header = header
        self._columns = columns
        check_headings([column.name for column in columns])
        widths = "".join(f"{column.width}s" for column in header.columns)
        self._record = struct.Struct(f"<1s{widths}")
        #: Where the cells of each column are.
        self._place = {column.start: place for place, column in enumerate(header.columns, 1)}
        self._system = next((c for c in header.columns if c.kind == SYSTEM), None)
        self._suspicion = Suspicion(header.encoding)
        #: Records since the last row that are none.
        self._deleted = self._blank = 0

    def chunks(self, stream: BinaryIO, size: int, after: int) -> Iterator[Chunk]:
        """Yield the records behind a number; raises FormatError where they are not those declared."""
        count, length = self._header.records, self._header.length
        number = 0
        while number < count:
            data = stream.read(length * min(size, count - number))
            whole = len(data) // length
            end = data[::length].find(_END)
            if len(data) % length or not data or end >= 0:
                before = number + (end if end >= 0 else whole)
                raise FormatError("format.dbf", *messages.dbf_cut_off(count, before))
            skipped = min(max(after - number, 0), whole)
            number += whole
            yield from self._chunk(data[skipped * length :], number - whole + skipped + 1)
        while rest := stream.read(1 << 16):
            if rest.strip(_AFTER):
                raise FormatError("format.dbf", *messages.dbf_goes_on(count))
        if seen := self._suspicion.file():
            raise self._contradicted(seen)
        if self._deleted or self._blank:
            empty = pl.DataFrame(schema=dict.fromkeys((c.name for c in self._columns), pl.String))
            yield Chunk(empty, [], (), blank=self._blank, deleted=self._deleted)

    def _chunk(self, data: bytes, first: int) -> Iterator[Chunk]:
        """Yield the rows of a block, if it has some; what stands behind the last waits for the next."""
        length = self._header.length
        rows: list[bytes] = []
        numbers: list[int] = []
        deleted, blank = self._deleted, self._blank
        for number, at in enumerate(range(0, len(data), length), first):
            record = data[at : at + length]
            if record[:1] == _DELETED:
                self._deleted += 1
            elif self._is_blank(record):
                self._blank += 1
            else:
                rows.append(record)
                numbers.append(number)
                deleted, blank = self._deleted, self._blank
        if rows:
            cells: Cells = [*zip(*self._record.iter_unpack(b"".join(rows)), strict=True)]
            self._suspect(cells)
            frame, faults = self._read(cells)
            yield Chunk(frame, numbers, tuple(faults), blank=blank, deleted=deleted)
            self._deleted -= deleted
            self._blank -= blank

    def _is_blank(self, record: bytes) -> bool:
        """Whether a record has nothing in any column but FoxPro's own, which only marks others."""
        if record[1:21].strip(_EMPTY + b"?"):
            return False
        return not any(
            record[c.start : c.start + c.width].strip(_EMPTY + (b"?" if c.kind == "L" else b""))
            for c in self._header.columns
            if c.kind != SYSTEM
        )

    def _read(self, cells: Cells) -> tuple[pl.DataFrame, list[RowFault]]:
        """Return rows as text, and what is wrong with some."""
        faults = [
            RowFault(place, "format.row", *messages.dbf_mark(mark))
            for place, mark in enumerate(cells[0])
            if mark != _LIVE
        ]
        flags = cells[self._place[self._system.start]] if self._system else ()
        columns = []
        for column in self._columns:
            own = cells[self._place[column.start]]
            nulls = [False] * len(own)
            if column.length_bit is not None:
                own = tuple(variable(own, bits(flags, column.length_bit, len(own))))
            if column.null_bit is not None:
                nulls = bits(flags, column.null_bit, len(own))
            values, wrong = column_text(column, own, self._header.encoding)
            if any(nulls):
                values = pl.Series(column.name, ["" if n else v for n, v in zip(nulls, values, strict=True)])  # fmt: skip
            columns.append(values)
            for place in wrong:
                if not nulls[place]:
                    text = messages.dbf_cell(column.name, column.kind, values[place])
                    faults.append(RowFault(place, "format.cell", *text))
        return pl.DataFrame(columns), sorted(faults, key=lambda fault: fault.row)

    # --- the encoding ----------------------------------------------------------------------------

    def _suspect(self, cells: Cells) -> None:
        """Hold the text of a block against the encoding; raises FormatError where it is another."""
        names = [column.raw for column in self._columns]
        texts = [
            cell
            for column in self._columns
            if column.kind in _TEXT
            for cell in cells[self._place[column.start]][:_LOOKED_AT]
        ]
        sample = b"\n".join([*names, *texts])
        if not sample.isascii() and (seen := self._suspicion.block(sample)):
            raise self._contradicted(seen)

    def _contradicted(self, seen: str) -> FormatError:
        header = self._header
        text = messages.dbf_encoding(header.encoding, seen, header.mark)
        return FormatError("format.encoding", *text)
