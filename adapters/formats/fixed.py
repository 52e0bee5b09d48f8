"""Fixed width text: columns by the number of their characters, or of their bytes in the file's encoding."""

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate
from struct import Struct
from typing import Annotated, BinaryIO, Literal, cast

import polars as pl
from pydantic import Field, model_validator

from adapters import RowFault, Settings
from adapters.formats import Chunk, Counted, FormatError, check_headings, text_frame
from adapters.formats.decoding import decode, keeps_ascii, utf8
from adapters.formats.delimited import DelimitedSettings, DelimitedText
from adapters.formats.encoding import KnownEncoding
from adapters.formats.fixed_count import count_lines
from adapters.formats.textfile import TextFile, open_text, split, tail
from adapters.reader.limits import input_limits
from adapters.setting_faults import SettingsFault
from adapters.text import Text
from adapters.text import settings as settings_messages
from adapters.text import text_files as messages

#: Longest line in bytes.
LINE_LIMIT = 1_000_000
#: What pads a cell.
#: Ends of lines: CRLF, LF and CR alone.
_LINE_END = re.compile(rb"\r\n|\n|\r")
_PAD = " \u3000\0"
#: What DOS programs and block-wise copies leave at the end of a file.
_END = "\0\x1a"

#: Rows split together: few enough to stay in the processor's own memory.
_TOGETHER = 100
#: White space that pads nothing: it is part of a value.
_SPACES = (b"\t", b"\n", b"\r", b"\x0b", b"\x0c")
#: What a blank line of bytes begins with.
_BLANK_STARTS = (b"", b" ", b"\0", b"\t", b"\xa1", b"\x1a")

Line = bytes | str


class FixedSettings(Settings):
    """How a fixed-width file is laid out; it has no headings of its own."""

    columns: dict[str, Annotated[int, Field(ge=1, le=100_000)]] = Field(
        min_length=1, description="栏名与宽度，按次序 / columns and their widths, in order"
    )
    unit: Literal["characters", "bytes"] = Field(
        default="bytes",
        description="宽度的单位；GBK 下一个汉字为两个字节 / what widths count; a Chinese character of "
        "GBK is two bytes",
    )
    encoding: KnownEncoding = "gb18030"
    skip_first: int = Field(
        default=0, ge=0, le=1000, description="文件头的行数 / lines before the rows"
    )
    skip_last: int = Field(
        default=0,
        ge=0,
        le=1000,
        description="文件尾的行数，空行不计 / lines after the rows, blank ones not counted",
    )

    @model_validator(mode="after")
    def _sensible(self) -> "FixedSettings":
        if self.unit == "bytes" and not keeps_ascii(self.encoding):
            raise SettingsFault(settings_messages.wide_encoding())
        return self


class FixedWidth:
    """Reads lines of fixed columns; what pads a cell is taken away."""

    Settings = FixedSettings
    answer = ".csv"
    trailer = False

    def __init__(self, settings: FixedSettings) -> None:
        self._settings = settings
        self._names = list(settings.columns)
        check_headings(self._names)
        ends = list(accumulate(settings.columns.values()))
        self._places = list(zip([0, *ends[:-1]], ends, strict=True))
        self._width = ends[-1]
        self._struct = Struct("".join(f"{width}s" for width in settings.columns.values()))

    def read(self, stream: BinaryIO, size: int, after: int = 0) -> Iterator[Chunk]:
        """Yield rows as text. A shorter line is one whose trailing blanks were cut; a longer one is a
        row fault, and so is a cell that ends within a character, and a last line that is cut off.
        Raises FormatError.
        """
        s = self._settings
        limit = input_limits().columns
        if len(self._names) > limit:
            raise FormatError("format.limit", *messages.too_many_columns(len(self._names), limit))
        too_long = FormatError("format.fixed", *messages.not_fixed_width(LINE_LIMIT))
        text = open_text(stream, s.encoding, LINE_LIMIT, too_long, padded_lines=True)
        end = None
        if s.skip_last:
            end = tail((block for block, _ in self._blocks(text)), s.skip_last, _is_blank)
        lines = _Lines(self._blocks(text), None if end is None else end.start, self._width)
        number = len(lines.take(s.skip_first))
        blank, left_out = 0, number if after == 0 else 0
        while part := lines.take(size):
            number += len(part)
            part = part[max(len(part) - max(number - after, 0), 0) :]
            first = number - len(part) + 1
            rows = [*enumerate(part, first)]
            if any(map(_is_blank, part)):
                rows = [(n, line) for n, line in rows if not _is_blank(line)]
            if not rows:
                blank += len(part)
                continue
            behind = number - rows[-1][0]
            blank += len(part) - len(rows) - behind
            last = not lines.waiting and not behind
            kept = [line for _, line in rows]
            if last and lines.unended:
                kept[-1] = _without_padding(kept[-1], self._width)
            frame, faults = self._rows(kept, cut_off=last and lines.cut_off)
            yield Chunk(frame, [n for n, _ in rows], faults, blank=blank, left_out=left_out)
            blank, left_out = behind, 0
        if end is not None:
            blank, left_out = blank + end.blank, left_out + len(end.lines)
        if blank or left_out:
            yield Chunk(text_frame(self._names, []), [], (), blank=blank, left_out=left_out)

    def count(self, stream: BinaryIO) -> Counted:
        """Return the number of lines by their ends."""
        return count_lines(stream, self._settings.encoding)

    def write(self, frames: Iterator[pl.DataFrame], stream: BinaryIO) -> None:
        """Write frames as CSV in the file's encoding: verdicts have no fixed width."""
        DelimitedText(DelimitedSettings(encoding=self._settings.encoding)).write(frames, stream)

    def _blocks(self, text: TextFile) -> Iterator[tuple[list[Line], bool]]:
        """Yield lines, and whether the last of them has its end."""
        in_bytes = self._settings.unit == "bytes"
        own: bytes | None = None
        for block in text.raw_blocks() if in_bytes else text.blocks():
            ended = block.endswith((b"\n", b"\r"))
            if own is None and (first := _LINE_END.search(block)):
                own = first[0]
            lines = _byte_lines(block) if in_bytes else split(block).lines.to_list()
            if own is not None and _has_other_ends(block, own):
                self._mark_broken(lines, _LINE_END.findall(block), own)
            yield lines, ended

    def _mark_broken(self, lines: list[Line], ends: list[bytes], own: bytes) -> None:
        """Mark lines that an end of line within a value has made of one.

        One such end alone between lines that end as the file's do, and two lines that make one: a
        file put together of others goes on with its other ends.
        """
        ends = [*ends, b""]
        for place in range(len(lines) - 1):
            one, rest = lines[place], lines[place + 1]
            odd = ends[place] != own and ends[place + 1] in (own, b"")
            if odd and len(one) < self._width and len(one) + len(rest) <= self._width + 2:
                lines[place], lines[place + 1] = _broken(one), _broken(rest)

    def _rows(
        self, lines: list[Line], *, cut_off: bool
    ) -> tuple[pl.DataFrame, tuple[RowFault, ...]]:
        faults: dict[int, tuple[str, Text]] = {}
        columns = []
        for name, column in zip(self._names, self._columns(lines), strict=True):
            columns.append(column.alias(name))
            # A character cut by a column's edge spoils the next column too.
            for row in column.str.contains("\ufffd", literal=True).arg_true():
                faults.setdefault(row, ("format.cell", messages.character_cut(name)))
            limit = input_limits().characters
            if self._settings.columns[name] > limit:
                for row in (column.str.len_chars() > limit).arg_true():
                    faults.setdefault(row, ("format.value", messages.value_too_long(limit)))
        longer = max(map(len, lines)) > self._width
        for row, line in enumerate(lines) if longer else ():
            if len(line) > self._width:
                faults[row] = ("format.row", messages.line_longer(len(line), self._width))
        for row, line in enumerate(lines) if {*map(type, lines)} & _BROKEN else ():
            if type(line) in _BROKEN:
                faults[row] = ("format.row", messages.fixed_line_broken())
        if cut_off:
            text = messages.line_cut_off(len(lines[-1]), self._width)
            faults[len(lines) - 1] = ("format.cut", text)
        made = tuple(RowFault(row, rule, *text) for row, (rule, text) in sorted(faults.items()))
        return pl.DataFrame(columns), made

    def _columns(self, lines: list[Line]) -> Iterator[pl.Series]:
        """Yield the cells of each column without what pads them."""
        if self._settings.unit == "characters":
            for start, end in self._places:
                texts = [line[start:end] for line in lines]
                yield pl.Series(texts, dtype=pl.String).str.strip_chars(_PAD)
            return
        columns: list[list[bytes]] = [[] for _ in self._names]
        for start in range(0, len(lines), _TOGETHER):
            whole = self._padded(lines[start : start + _TOGETHER])
            rows = self._struct.iter_unpack(whole)
            plain = not any(space in whole for space in _SPACES)
            for place, values in enumerate(zip(*rows, strict=True)):
                # Most of a line are blanks: they need not be decoded. Where they are the only white
                # space, Python takes them away much faster.
                columns[place] += (
                    map(bytes.rstrip, values) if plain else [v.rstrip(b" ") for v in values]
                )
        for column in columns:
            yield self._decoded(column).str.strip_chars(_PAD)

    def _padded(self, lines: list[Line]) -> bytes:
        width = self._width
        if {*map(len, lines)} == {width}:
            return b"".join(cast("list[bytes]", lines))
        return b"".join(
            line if len(line) == width else line.ljust(width)[:width]
            for line in lines
            if isinstance(line, bytes)
        )

    def _decoded(self, cells: Sequence[bytes]) -> pl.Series:
        """Return cells as text, all of them decoded together where that can be told apart again."""
        encoding = self._settings.encoding
        whole = utf8(b"\n".join(cells), encoding)
        column = pl.Series([whole], dtype=pl.Binary).cast(pl.String).str.split("\n").explode()
        if len(column) == len(cells):
            return column
        return pl.Series([decode(cell, encoding) for cell in cells], dtype=pl.String)


class _BrokenBytes(bytes):
    """Part of a line that an end of line within a value has cut."""


class _BrokenText(str):
    """The same of a line of characters."""


_BROKEN: frozenset[type] = frozenset((_BrokenBytes, _BrokenText))


def _has_other_ends(block: bytes, own: bytes) -> bool:
    """Whether a block has other ends of lines than the file's own."""
    returns = block.count(b"\r")
    if own == b"\n":
        return returns > 0
    newlines = block.count(b"\n")
    return newlines > 0 if own == b"\r" else not returns == newlines == block.count(own)


def _broken(line: Line) -> Line:
    return _BrokenBytes(line) if isinstance(line, bytes) else _BrokenText(line)


class _Lines:
    """Gives lines out in parts, up to the one where the file's own tail begins."""

    def __init__(
        self, blocks: Iterator[tuple[list[Line], bool]], stop: int | None, width: int
    ) -> None:
        self._blocks, self._left, self._width = blocks, stop, width
        self.waiting: list[Line] = []
        #: Whether the last line of all is short, for a whole line of this file, and has no end.
        self.cut_off = False
        #: Whether the last line of all has no end: only that one may have padding behind it.
        self.unended = False
        self._shortest: int | None = None
        self._full = False

    def take(self, count: int) -> list[Line]:
        """Return the next lines, fewer at the end; `cut_off` is right once the last one is out."""
        while len(self.waiting) <= count and (block := next(self._blocks, None)) is not None:
            self._add(*block)
        taken, self.waiting = self.waiting[:count], self.waiting[count:]
        return taken

    def _add(self, lines: list[Line], ended: bool) -> None:
        if self._left is not None:
            lines, ended = lines[: self._left], ended or len(lines) > self._left
            self._left -= len(lines)
        self.waiting += lines
        sizes = [len(line) for line in (lines if ended else lines[:-1]) if not _is_blank(line)]
        self._full = self._full or max(sizes, default=0) >= self._width
        if sizes:
            self._shortest = min(sizes if self._shortest is None else (self._shortest, *sizes))
        self.unended = not ended and bool(lines)
        if self.unended:
            # NULs that fill the line up are blanks; those beyond it pad the file.
            line = lines[-1]
            bare = line if len(line) <= self._width else _without_padding(line, 0)
            short = len(bare) < self._width
            # Where trailing blanks are cut, only a line shorter than every other gives itself away.
            shorter = self._shortest is None or len(bare) < self._shortest
            self.cut_off = short and (self._full or shorter)


def _byte_lines(block: bytes) -> list[Line]:
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


def _is_blank(line: Line) -> bool:
    if isinstance(line, str):
        return not line.strip(_PAD + "\t")
    if line[:1] not in _BLANK_STARTS:
        return False
    return not line.strip(b" \0\t") or not line.replace(b"\xa1\xa1", b"").strip(b" \0\t")


def _without_padding(line: Line, width: int) -> Line:
    """Return a file's last line without the Ctrl-Z and NULs that stand beyond its width."""
    bare = line.rstrip(_END) if isinstance(line, str) else line.rstrip(_END.encode())
    return bare if len(bare) >= width else line[:width] if len(line) > width else line
