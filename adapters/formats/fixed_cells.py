"""Lines of fixed width as columns of text, without what pads their cells.

Lines of the whole width are taken apart a hundred together, and their cells are decoded in one
piece. A piece that does not come apart again as it was put together is decoded cell by cell.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, chain
from struct import Struct
from typing import cast

import polars as pl

from adapters.formats.decoding import canonical, decode, text_and_utf8

Line = bytes | str

#: What pads a cell.
PAD = " \u3000\0"
#: What a cell has that does not decode.
BROKEN = "\ufffd"
#: Rows split together: few enough to stay in the processor's own memory.
_TOGETHER = 100
#: What a line that may be blank, or pads the end of a file, begins with, beside a wide blank.
_BLANKS = frozenset(b" \0\t\x1a")
#: White space that pads nothing and may stand in a line: it is part of a value.
_SPACES = (b"\t", b"\x0b", b"\x0c")


@dataclass(frozen=True, slots=True)
class Run:
    """Lines that stand one behind the other, all of the whole width, and their cells, joined."""

    block: bytes
    width: int
    #: Bytes from the beginning of one line to that of the next.
    stride: int
    cells: bytes

    @property
    def count(self) -> int:
        """Return the number of lines."""
        return len(self.block) // self.stride

    def lines(self) -> list[bytes]:
        """Return the lines without their ends."""
        starts = range(0, len(self.block), self.stride)
        return [self.block[start : start + self.width] for start in starts]


def wide_blank(encoding: str) -> bytes:
    """Return the blank of the width of a Chinese character in an encoding,
    none where it has none.
    """
    try:
        return "\u3000".encode(canonical(encoding))
    except UnicodeEncodeError:
        return b""


class CellMaker:
    """Takes lines apart at the edges of their columns."""

    def __init__(self, widths: Sequence[int], encoding: str) -> None:
        ends = list(accumulate(widths))
        self.width = ends[-1]
        self._places = list(zip([0, *ends[:-1]], ends, strict=True))
        self._encoding = encoding
        self._blanks = _BLANKS | {*wide_blank(encoding)[:1]}
        self._row = "".join(f"{width}s" for width in widths)

    def run(self, block: bytes, end: bytes) -> Run | None:
        """Return a block as a run, None where it has other lines than of the whole width.

        A line that may be blank, or that has other white space than blanks, is no part of one.
        """
        stride = self.width + len(end)
        count, rest = divmod(len(block), stride)
        if not end or rest or not count or not _ends_regularly(block, self.width, end):
            return None
        if any(space in block for space in _SPACES) or not self._blanks.isdisjoint(block[::stride]):
            return None
        parts = []
        for start in range(0, count, _TOGETHER):
            rows = min(_TOGETHER, count - start)
            cells = _struct(f"{self._row}{len(end)}x", rows).unpack_from(block, start * stride)
            parts.append(b"\n".join(map(bytes.strip, cells)))
        return Run(block, self.width, stride, b"\n".join(parts))

    def columns(self, lines: Sequence[Line] | Sequence[Run]) -> tuple[list[pl.Series], bool]:
        """Return the cells of each column, and whether any may have what does not decode."""
        if isinstance(lines[0], Run):
            runs = cast("Sequence[Run]", lines)
            return self._split([run.cells for run in runs], sum(run.count for run in runs))
        if isinstance(lines[0], str):
            return self._of_texts(cast("Sequence[str]", lines)), True
        return self._split([*self._stripped(cast("Sequence[bytes]", lines))], len(lines))

    def _of_texts(self, lines: Sequence[str]) -> list[pl.Series]:
        return [
            pl.Series([line[start:end] for line in lines], dtype=pl.String).str.strip_chars(PAD)
            for start, end in self._places
        ]

    def _stripped(self, lines: Sequence[bytes]) -> Iterator[bytes]:
        """Yield the cells of some lines at a time, row by row, joined by newlines.

        Most of a line are blanks: they need not be decoded. Where they are the only white space,
        Python takes them away much faster.
        """
        for start in range(0, len(lines), _TOGETHER):
            some = lines[start : start + _TOGETHER]
            whole = self._padded(some)
            cells = _struct(self._row, len(some)).unpack(whole)
            if any(space in whole for space in _SPACES):
                yield b"\n".join([cell.strip(b" ") for cell in cells])
            else:
                yield b"\n".join(map(bytes.strip, cells))

    def _split(self, parts: list[bytes], rows: int) -> tuple[list[pl.Series], bool]:
        """Return stripped cells, joined row by row, as columns."""
        count = len(self._places)
        text, encoded = text_and_utf8(b"\n".join(parts), self._encoding)
        cells = pl.Series([encoded], dtype=pl.Binary).cast(pl.String).str.split("\n").explode()
        broken = BROKEN in text
        if len(cells) != count * rows:
            every = chain.from_iterable(part.split(b"\n") for part in parts)
            texts = [decode(cell, self._encoding) for cell in every]
            cells, broken = pl.Series(texts, dtype=pl.String), True
        if broken or any(pad in text for pad in PAD[1:]):
            cells = cells.str.strip_chars(PAD)
        return [cells.gather_every(count, place) for place in range(count)], broken

    def _padded(self, lines: Sequence[bytes]) -> bytes:
        width = self.width
        if {*map(len, lines)} == {width}:
            return b"".join(lines)
        return b"".join(line if len(line) == width else line.ljust(width)[:width] for line in lines)


def _ends_regularly(block: bytes, width: int, end: bytes) -> bool:
    """Whether ends of lines stand where they would in lines of one width, and nowhere else."""
    stride = width + len(end)
    for character in end:
        place = end.index(character) + width
        for expected in range(place, len(block), stride):
            if block.find(character, expected - place) != expected:
                return False
    return all(other in end or other not in block for other in b"\r\n")


@cache
def _struct(row: str, count: int) -> Struct:
    return Struct(row * count)
