"""Lines of fixed width that an end of line within a value has cut,
in a file that ends all lines alike.

Where trailing blanks are not cut, each line has the whole width; a few shorter ones that stand
together, and lack as much of that width as the ends between them have, are one line in pieces.
"""

from collections.abc import Iterator
from itertools import groupby

from adapters.formats.fixed_cells import Line, Run
from adapters.formats.fixed_lines import Blanks, Some, as_broken

#: Most pieces of one line. Many short lines that stand together are ones whose blanks were cut.
_PIECES = 6


class WholeLines:
    """Passes blocks of lines on, those marked as broken that are pieces of one line."""

    def __init__(
        self, blocks: Iterator[tuple[Some, bool]], width: int, end: int, blanks: Blanks
    ) -> None:
        self._blocks, self._width, self._end, self._blanks = blocks, width, end, blanks
        #: Short lines that more of them may follow, and whether a whole line precedes them.
        self._pieces: list[Line] = []
        self._behind_whole = False
        #: Whether the last lines were too many short ones.
        self._many = False

    def __iter__(self) -> Iterator[tuple[Some, bool]]:
        """Yield the blocks, and whether the last line of each has its end."""
        last = True
        for some, ended in self._blocks:
            if isinstance(some, Run):
                if self._pieces:
                    yield self._judged(self._pieces, beside=True), True
                self._pieces, self._many, self._behind_whole = [], False, True
                yield some, ended
            elif lines := self._settled([*self._pieces, *some]):
                yield lines, ended or bool(self._pieces)
            last = ended
        if self._pieces:
            yield self._judged(self._pieces, beside=self._behind_whole), last

    def _settled(self, lines: list[Line]) -> list[Line]:
        """Return the lines of which it is certain whether they are pieces."""
        sizes = [*map(len, lines)]
        if min(sizes, default=0) >= self._width:
            self._pieces, self._many, self._behind_whole = [], False, True
            return lines
        start = 0
        for short, some in groupby(sizes, self._width.__gt__):
            end = start + len([*some])
            if not short:
                self._many, self._behind_whole = False, True
            elif self._many or end - start > _PIECES:
                self._many, self._behind_whole = True, False
            elif end == len(lines):
                self._pieces = lines[start:]
                return lines[:start]
            else:
                lines[start:end] = self._judged(lines[start:end], beside=True)
            start = end
        self._pieces = []
        return lines

    def _judged(self, lines: list[Line], *, beside: bool) -> list[Line]:
        """Return short lines that stand together, marked where they are one line in pieces."""
        missing = self._width - sum(map(len, lines))
        if not beside or len(lines) < 2 or missing != (len(lines) - 1) * self._end:
            return lines
        return [line if self._blanks.is_blank(line) else as_broken(line) for line in lines]
