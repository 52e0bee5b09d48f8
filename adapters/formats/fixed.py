"""Fixed width text: columns by the number of their characters,
or of their bytes in the file's encoding.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Annotated, Any, BinaryIO, Literal, cast, overload

import polars as pl
from pydantic import Field, model_validator

from adapters import RowFault, Settings
from adapters.formats import (
    RULE_BEGINS,
    Chunk,
    Counted,
    FormatError,
    check_headings,
    is_ruled,
    text_frame,
)
from adapters.formats.decoding import decode, keeps_ascii
from adapters.formats.delimited import DelimitedSettings, DelimitedText
from adapters.formats.encoding import KnownEncoding
from adapters.formats.fixed_cells import BROKEN, CellMaker, Line, Run
from adapters.formats.fixed_count import count_lines
from adapters.formats.fixed_halves import WholeLines
from adapters.formats.fixed_lines import (
    BROKEN_LINES,
    Blanks,
    LineSource,
    Part,
    Some,
    as_broken,
    byte_lines,
    height,
    is_runs,
    without_padding,
)
from adapters.formats.footer import check_count, check_pattern, chunks_of_tail, is_row
from adapters.formats.line_ends import EndedLines, lone_ends
from adapters.formats.textfile import Tail, TextFile, open_text, split, tail
from adapters.input_limits import input_limits
from adapters.setting_faults import InvalidSettingsError
from adapters.text import Text, format_settings
from adapters.text import settings as settings_messages
from adapters.text import text_files as messages

#: Longest line in bytes.
LINE_LIMIT = 1_000_000
#: Ends of lines: CRLF, LF and CR alone.
_LINE_END = re.compile(rb"\r\n|\n|\r")


class FixedSettings(Settings):
    """How a fixed-width file is laid out; it has no headings of its own."""

    columns: dict[str, Annotated[int, Field(ge=1, le=100_000)]] = Field(
        min_length=1, description=str(format_settings.fixed_columns())
    )
    unit: Literal["characters", "bytes"] = Field(
        default="bytes",
        description=str(format_settings.unit()),
    )
    encoding: KnownEncoding = "gb18030"
    skip_first: int = Field(default=0, ge=0, le=1000, description=str(format_settings.skip_first()))
    skip_last: int = Field(
        default=0,
        ge=0,
        le=1000,
        description=str(format_settings.skip_last()),
    )
    footer_count: str = Field(
        default="",
        description=str(format_settings.fixed_footer_count()),
    )

    @model_validator(mode="after")
    def _sensible(self) -> "FixedSettings":
        if self.unit == "bytes" and not keeps_ascii(self.encoding):
            raise InvalidSettingsError(settings_messages.wide_encoding())
        if self.footer_count:
            if not self.skip_last:
                raise InvalidSettingsError(settings_messages.needs("skip_last", "footer_count"))
            check_pattern(self.footer_count)
        return self


class FixedWidth:
    """Reads lines of fixed columns; what pads a cell is taken away."""

    Settings = FixedSettings
    answer = ".csv"

    def __init__(self, settings: FixedSettings) -> None:
        self._settings = settings
        self.trailer = bool(settings.footer_count)
        self._names = list(settings.columns)
        check_headings(self._names)
        self._cells = CellMaker([*settings.columns.values()], settings.encoding)
        self._width = self._cells.width
        self._blanks = Blanks(settings.encoding)

    def read(self, stream: BinaryIO, size: int, after: int = 0) -> Iterator[Chunk]:
        """Yield rows as text.

        A shorter line is one whose trailing blanks were cut; a longer one is a row fault, and so is
        a cell that ends within a character, and a last line that is cut off. Raises FormatError.
        """
        s = self._settings
        limit = input_limits().columns
        if len(self._names) > limit:
            raise FormatError("format.limit", *messages.too_many_columns(len(self._names), limit))
        too_long = FormatError("format.fixed", *messages.not_fixed_width(LINE_LIMIT))
        text = open_text(stream, s.encoding, LINE_LIMIT, too_long, padded_lines=True)
        end = None
        if s.skip_last:
            end = tail(
                (lines for lines, _ in self._blocks(text)), s.skip_last, self._blanks.is_blank
            )
        end_of_line = _LINE_END.search(next(self._bytes(text), b""))
        length = len(end_of_line[0]) if end_of_line else 0
        blocks = WholeLines(self._blocks(text, runs=after == 0), self._width, length, self._blanks)
        lines = LineSource(
            iter(blocks), None if end is None else end.start, self._width, self._blanks
        )
        titles = _taken(lines, s.skip_first)
        number, rows = len(titles), 0
        blank, left_out = 0, number if after == 0 else 0
        while part := lines.take(size):
            count = height(part)
            number += count
            if end is not None and number - count < after:
                # Rows read before count as well: a footer may say how many there are.
                before = cast("list[Line]", part)[: after - number + count]
                rows += sum(not self._blanks.is_blank(line) for line in before)
            numbers, kept = self._filled(part, range(number - count + 1, number + 1), after)
            rows += len(numbers)
            count = min(count, max(number - after, 0))
            if not numbers:
                blank += count
                continue
            behind = number - numbers[-1]
            blank += count - len(numbers) - behind
            last = not lines.waiting and not behind
            if last and lines.unended and not isinstance(kept[-1], Run):
                kept[-1] = without_padding(kept[-1], self._width)
            frame, faults = self._rows(kept, cut_off=last and lines.cut_off)
            yield Chunk(frame, numbers, faults, blank=blank, left_out=left_out)
            blank, left_out = behind, 0
        end = end or Tail(0)
        if not rows and not end.lines:
            self._check_titles(titles)
        if s.footer_count and after == 0:
            trailer = "\n".join(self._text(line) for _, line in end.lines)
            check_count(trailer, s.footer_count, rows)
        rest = Chunk(text_frame(self._names, []), [], (), blank=blank, left_out=left_out)
        row_of = self._row_of(end, rows)
        yield from chunks_of_tail(
            end, number + 1, after, self._names, row_of, rest, self._settings.skip_last
        )

    def count(self, stream: BinaryIO) -> Counted:
        """Return the number of lines by their ends."""
        return count_lines(stream, self._settings.encoding)

    def write(self, frames: Iterator[pl.DataFrame], stream: BinaryIO) -> None:
        """Write frames as CSV in the file's encoding: verdicts have no fixed width."""
        DelimitedText(DelimitedSettings(encoding=self._settings.encoding)).write(frames, stream)

    def _filled(self, part: Part, numbers: range, after: int) -> tuple[list[int], Part]:
        """Return the lines of a part that are not blank, those after a row number, with numbers."""
        if is_runs(part):
            return [*numbers], part
        done = max(after + 1 - numbers.start, 0)
        lines = cast("list[Line]", part)[done:]
        if not self._blanks.among(lines):
            return [*numbers[done:]], lines
        filled = [not self._blanks.is_blank(line) for line in lines]
        return [*compress(numbers[done:], filled)], [*compress(lines, filled)]

    def _bytes(self, text: TextFile) -> Iterator[bytes]:
        """Return blocks of whole lines, as they stand or in UTF-8."""
        return text.raw_blocks() if self._settings.unit == "bytes" else text.blocks()

    @overload
    def _blocks(self, text: TextFile) -> Iterator[tuple[list[Line], bool]]: ...

    @overload
    def _blocks(self, text: TextFile, *, runs: bool) -> Iterator[tuple[Some, bool]]: ...

    def _blocks(self, text: TextFile, *, runs: bool = False) -> Iterator[tuple[Any, bool]]:
        """Yield lines, and whether the last of them has its end."""
        in_bytes = self._settings.unit == "bytes"
        own, previous = b"", ""
        #: Lines of which only those that follow tell whether they are parts of one.
        waiting = _Block([], [])
        ended = True
        for block in self._bytes(text):
            if not own and (first := _LINE_END.search(block)):
                own = first[0]
            if runs and in_bytes and not waiting.lines and (run := self._cells.run(block, own)):
                yield run, True
                ended, previous = True, own.decode()
                continue
            lines = byte_lines(block) if in_bytes else split(block).lines.to_list()
            ended = block.endswith((b"\n", b"\r"))
            if not waiting.lines and not (own and _has_other_ends(block, own)):
                yield lines, ended
                previous = own.decode()
                continue
            ends = [end.decode() for end in _LINE_END.findall(block)]
            both = _Block([*waiting.lines, *lines], [*waiting.ends, *ends])
            decided = self._mark_broken(both, own.decode(), previous, final=False)
            waiting = _Block(both.lines[decided:], both.ends[decided:])
            yield both.lines[:decided], bool(waiting.lines) or ended
            if 0 < decided <= len(both.ends):
                previous = both.ends[decided - 1]
        if waiting.lines:
            self._mark_broken(waiting, own.decode(), previous, final=True)
            yield waiting.lines, ended

    def _mark_broken(self, block: "_Block", own: str, previous: str, *, final: bool) -> int:
        """Mark lines that an end of line within a value has made of one;
        return how many are sure.
        """
        ends = [*block.ends, ""][: len(block.lines)]
        ended = EndedLines(block.lines, ends, own, previous, final, self._blanks.is_blank)
        cuts = lone_ends(ended, self._joins)
        for place in cuts.places:
            block.lines[place] = as_broken(block.lines[place])
        return cuts.decided

    def _joins(self, one: Line, other: Line) -> bool:
        return len(one) < self._width and len(one) + len(other) <= self._width + 2

    def _check_titles(self, titles: list[Line]) -> None:
        """Raise FormatError where a file without rows has no line before them, or a row there."""
        filled = [line for line in titles if not self._blanks.is_blank(line)]
        if not filled:
            raise FormatError("format.empty", *messages.no_line())
        for line in filled:
            cells, sound = self._row(line)
            if sound and all(cell.strip() for cell in cells):
                raise FormatError("format.header", *messages.only_skipped_lines("skip_first"))

    def _row_of(self, end: Tail, count: int) -> Callable[[Line], Sequence[str] | None]:
        """Return what tells the cells of a line of the trailer that may be a row of the file.

        `count` is the number of rows before the trailer.
        """
        titles = self._settings.skip_first
        rows = [(line, *self._row(line)) for place, line in end.before if place >= titles]
        before = [(self._text(line), row) for line, row, sound in rows if sound]

        def row_of(line: Line) -> Sequence[str] | None:
            # A count that was right is proof of a trailer.
            if self._settings.footer_count:
                return None
            row, _ = self._row(line)
            return row if is_row(self._text(line), row, before, count) else None

        return row_of

    def _row(self, line: Line) -> tuple[Sequence[str], bool]:
        """Return the cells of a line, and whether it is without fault."""
        frame, faults = self._rows([line], cut_off=False)
        return frame.row(0), not faults

    def _text(self, line: Line) -> str:
        return decode(line, self._settings.encoding) if isinstance(line, bytes) else line

    def _rows(self, lines: Part, *, cut_off: bool) -> tuple[pl.DataFrame, tuple[RowFault, ...]]:
        faults: dict[int, tuple[str, Text]] = {}
        columns, broken = self._cells.columns(lines)
        limit = input_limits().characters
        for (name, width), column in zip(self._settings.columns.items(), columns, strict=True):
            # A character cut by a column's edge spoils the next column too.
            for row in column.str.contains(BROKEN, literal=True).arg_true() if broken else ():
                faults.setdefault(row, ("format.cell", messages.character_cut(name)))
            for row in (column.str.len_chars() > limit).arg_true() if width > limit else ():
                faults.setdefault(row, ("format.value", messages.value_too_long(limit)))
        for row in columns[0].str.contains(RULE_BEGINS).arg_true():
            if is_ruled(column[row] for column in columns):
                faults[row] = ("format.row", messages.ruled())
        if not is_runs(lines):
            faults |= self._line_faults(cast("list[Line]", lines), cut_off=cut_off)
        row_faults = tuple(
            RowFault(row, rule, *text) for row, (rule, text) in sorted(faults.items())
        )
        return pl.DataFrame(dict(zip(self._names, columns, strict=True))), row_faults

    def _line_faults(self, lines: list[Line], *, cut_off: bool) -> dict[int, tuple[str, Text]]:
        faults: dict[int, tuple[str, Text]] = {}
        longer = max(map(len, lines)) > self._width
        for row, line in enumerate(lines) if longer else ():
            if len(line) > self._width:
                faults[row] = ("format.row", messages.line_longer(len(line), self._width))
        for row, line in enumerate(lines) if {*map(type, lines)} & BROKEN_LINES else ():
            if type(line) in BROKEN_LINES:
                faults[row] = ("format.row", messages.fixed_line_broken())
        for row, line in enumerate(lines):
            if (b"\t" in line) if isinstance(line, bytes) else ("\t" in line):
                faults.setdefault(row, ("format.row", messages.tab_in_line()))
        if cut_off:
            text = messages.line_cut_off(len(lines[-1]), self._width)
            faults[len(lines) - 1] = ("format.cut", text)
        return faults


def _taken(source: LineSource, count: int) -> list[Line]:
    """Return the lines that stand before the rows."""
    lines: list[Line] = []
    while len(lines) < count and (part := source.take(count - len(lines))):
        for some in part:
            lines.extend(some.lines() if isinstance(some, Run) else [some])
    return lines


@dataclass(frozen=True, slots=True)
class _Block:
    """Lines and the ends of those that have one."""

    lines: list[Line]
    ends: list[str]


def _has_other_ends(block: bytes, own: bytes) -> bool:
    """Whether a block has other ends of lines than the file's own."""
    if own == b"\n":
        return b"\r" in block
    if own == b"\r":
        return b"\n" in block
    return not block.count(b"\r") == block.count(b"\n") == block.count(own)
