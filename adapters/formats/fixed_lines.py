"""Lines of fixed width in parts: as they stand, or whole blocks of them taken apart already."""

from collections.abc import Iterator, Sequence
from typing import TypeGuard

from adapters.formats.decoding import decode
from adapters.formats.fixed_cells import PAD, Line, Run, wide_blank

#: What DOS programs and block-wise copies leave at the end of a file.
_END = "\0\x1a"
#: What a blank line is made of, beside the wide blank of its encoding.
_BLANKS = b" \0\t"

#: Lines one by one, or a block of them.
Some = list[Line] | Run
#: Some lines, all of them blocks or none.
Part = list[Line] | list[Run]


def is_runs(part: Part) -> TypeGuard[list[Run]]:
    """Whether a part is of blocks."""
    return bool(part) and isinstance(part[0], Run)


def height(part: Part) -> int:
    """Return the number of lines of a part."""
    return sum(run.count for run in part) if is_runs(part) else len(part)


class BrokenBytes(bytes):
    """Part of a line that an end of line within a value has cut."""


class BrokenText(str):
    """The same of a line of characters."""


BROKEN_LINES: frozenset[type] = frozenset((BrokenBytes, BrokenText))


def as_broken(line: Line) -> Line:
    """Return a line marked as broken, in bytes or characters as it was."""
    return BrokenBytes(line) if isinstance(line, bytes) else BrokenText(line)


class LineSource:
    """Hands out lines in parts, up to the one where the file's own tail begins."""

    def __init__(
        self, blocks: Iterator[tuple[Some, bool]], stop: int | None, width: int, blanks: "Blanks"
    ) -> None:
        self._blocks, self._left, self._width, self._blanks = blocks, stop, width, blanks
        self._waiting: list[Some] = []
        self._count = 0
        #: Whether the last line of all is short, for a whole line of this file, and has no end.
        self.cut_off = False
        #: Whether the last line of all has no end: only that one may have padding behind it.
        self.unended = False
        self._shortest: int | None = None
        self._full = False

    @property
    def waiting(self) -> bool:
        """Whether a line is left."""
        return self._count > 0

    def take(self, count: int) -> Part:
        """Return the next lines, up to so many; none at the end.

        `cut_off` is right once the last one is out.
        """
        while self._count <= count and (block := next(self._blocks, None)) is not None:
            self._add(*block)
        runs = self._runs(count)
        if runs:
            return runs
        lines: list[Line] = []
        while self._waiting and len(lines) < count:
            some = self._waiting[0]
            if lines and isinstance(some, Run) and some.count <= count:
                break
            del self._waiting[0]
            listed: list[Line] = [*some.lines()] if isinstance(some, Run) else some
            room = count - len(lines)
            lines += listed[:room]
            if len(listed) > room:
                self._waiting.insert(0, listed[room:])
        self._count -= len(lines)
        return lines

    def _runs(self, count: int) -> list[Run]:
        """Return the blocks that stand before all lines, as many as there is room for."""
        runs: list[Run] = []
        while self._waiting and isinstance(run := self._waiting[0], Run) and run.count <= count:
            del self._waiting[0]
            runs.append(run)
            count -= run.count
            self._count -= run.count
        return runs

    def _add(self, some: Some, ended: bool) -> None:
        if isinstance(some, Run) and (self._left is None or self._left >= some.count):
            self._left = None if self._left is None else self._left - some.count
            self._full, self.unended = True, False
            self._shortest = min(self._shortest or self._width, self._width)
            self._waiting.append(some)
            self._count += some.count
            return
        self._add_lines([*some.lines()] if isinstance(some, Run) else some, ended)

    def _add_lines(self, lines: list[Line], ended: bool) -> None:
        if self._left is not None:
            lines, ended = lines[: self._left], ended or len(lines) > self._left
            self._left -= len(lines)
        if lines:
            self._waiting.append(lines)
        self._count += len(lines)
        whole = lines if ended else lines[:-1]
        if self._blanks.among(whole):
            whole = [line for line in whole if not self._blanks.is_blank(line)]
        sizes = {*map(len, whole)}
        self._full = self._full or max(sizes, default=0) >= self._width
        if sizes:
            shortest = min(sizes)
            self._shortest = min(self._shortest or shortest, shortest)
        self.unended = not ended and bool(lines)
        if self.unended:
            # NULs that fill the line up are blanks; those beyond it pad the file.
            line = lines[-1]
            bare = line if len(line) <= self._width else without_padding(line, 0)
            short = len(bare) < self._width
            # Where trailing blanks are cut, only a line shorter than every other gives itself away.
            shorter = self._shortest is None or len(bare) < self._shortest
            self.cut_off = short and (self._full or shorter)


def byte_lines(block: bytes) -> list[Line]:
    """Return the lines of a block without their ends: CR LF, LF or CR."""
    if b"\r" in block:
        if block.count(b"\r") == block.count(b"\n"):
            lines = block.split(b"\n")
            last = lines.pop()
            if all(line.endswith(b"\r") for line in lines):
                whole: list[Line] = [line[:-1] for line in lines]
                return [*whole, last] if last else whole
        block = block.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    parts: list[Line] = [*block.split(b"\n")]
    if not parts[-1]:
        parts.pop()
    return parts


class Blanks:
    """Recognises blank lines, in bytes of an encoding or in characters."""

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding
        self._wide = wide_blank(encoding)
        starts = {b"", *(_BLANKS[n : n + 1] for n in range(len(_BLANKS))), self._wide[:1]}
        self._starts: frozenset[Line] = frozenset((*starts, "", *PAD, "\t"))

    def among(self, lines: Sequence[Line]) -> bool:
        """Whether any line begins as a blank one does: looking at all of them costs more."""
        return not self._starts.isdisjoint([line[:1] for line in lines])

    def is_blank(self, line: Line) -> bool:
        """Whether a line has no character but blanks."""
        if isinstance(line, str):
            return not line.strip(PAD + "\t")
        if line[:1] not in self._starts:
            return False
        rest = line.strip(_BLANKS)
        if not rest or not self._wide or not rest.startswith(self._wide):
            return not rest
        return not decode(rest, self._encoding).strip(PAD + "\t")


def without_padding(line: Line, width: int) -> Line:
    """Return a file's last line without the Ctrl-Z and NULs that stand beyond its width."""
    bare = line.rstrip(_END) if isinstance(line, str) else line.rstrip(_END.encode())
    return bare if len(bare) >= width else line[:width] if len(line) > width else line
