"""Lines of fixed width as columns of text, without what pads their cells.

Lines of the whole width are taken apart a hundred together, and their cells are decoded in one piece. A
piece that does not come apart again as it was put together is decoded cell by cell.
"""

from collections.abc import Sequence
from functools import cache
from itertools import accumulate, chain
from struct import Struct
from typing import cast

import polars as pl

from adapters.formats.decoding import decode, text_and_utf8

Line = bytes | str

#: What pads a cell.
PAD = " \u3000\0"
#: What a cell has that does not decode.
BROKEN = "\ufffd"
#: Rows split together: few enough to stay in the processor's own memory.
_TOGETHER = 100
#: White space that pads nothing and may stand in a line: it is part of a value.
_SPACES = (b"\t", b"\x0b", b"\x0c")


class CellMaker:
    """Takes lines apart at the edges of their columns."""

    def __init__(self, widths: Sequence[int], encoding: str) -> None:
        ends = list(accumulate(widths))
        self.width = ends[-1]
        self._places = list(zip([0, *ends[:-1]], ends, strict=True))
        self._encoding = encoding
        self._row = "".join(f"{width}s" for width in widths)

    def columns(self, lines: Sequence[Line]) -> tuple[list[pl.Series], bool]:
        """Return the cells of each column, and whether any may have what does not decode."""
        if isinstance(lines[0], str):
            return self._of_texts(cast("Sequence[str]", lines)), True
        return self._of_bytes(cast("Sequence[bytes]", lines))

    def _of_texts(self, lines: Sequence[str]) -> list[pl.Series]:
        return [
            pl.Series([line[start:end] for line in lines], dtype=pl.String).str.strip_chars(PAD)
            for start, end in self._places
        ]

    def _of_bytes(self, lines: Sequence[bytes]) -> tuple[list[pl.Series], bool]:
        parts = []
        for start in range(0, len(lines), _TOGETHER):
            some = lines[start : start + _TOGETHER]
            whole = self._padded(some)
            unpacked = _struct(self._row, len(some)).unpack(whole)
            # Most of a line are blanks: they need not be decoded. Where they are the only white
            # space, Python takes them away much faster.
            if any(space in whole for space in _SPACES):
                parts.append(b"\n".join([cell.strip(b" ") for cell in unpacked]))
            else:
                parts.append(b"\n".join(map(bytes.strip, unpacked)))
        text, encoded = text_and_utf8(b"\n".join(parts), self._encoding)
        cells = pl.Series([encoded], dtype=pl.Binary).cast(pl.String).str.split("\n").explode()
        count = len(self._places)
        if len(cells) != count * len(lines):
            every = chain.from_iterable(part.split(b"\n") for part in parts)
            texts = [decode(cell, self._encoding) for cell in every]
            cells = pl.Series(texts, dtype=pl.String).str.strip_chars(PAD)
            return [cells.gather_every(count, place) for place in range(count)], True
        if any(pad in text for pad in PAD[1:]):
            cells = cells.str.strip_chars(PAD)
        return [cells.gather_every(count, place) for place in range(count)], BROKEN in text

    def _padded(self, lines: Sequence[bytes]) -> bytes:
        width = self.width
        if {*map(len, lines)} == {width}:
            return b"".join(lines)
        return b"".join(line if len(line) == width else line.ljust(width)[:width] for line in lines)


@cache
def _struct(row: str, count: int) -> Struct:
    return Struct(row * count)
