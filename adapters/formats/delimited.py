"""Delimited text: CSV and its relatives, in any encoding that Python knows."""

import codecs
import csv
import io
import re
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import BinaryIO

import polars as pl
from pydantic import Field, model_validator

from adapters import RowFault, Settings
from adapters.formats import Chunk, FormatError, check_headings, text_frame
from adapters.formats.encoding import KnownEncoding

#: Longest field in characters; a longer one means that quoting went wrong.
FIELD_LIMIT = 1_000_000
#: Longest line in characters; a longer one means that the file is no text of lines.
LINE_LIMIT = 4_000_000
#: Bytes decoded together.
_BLOCK = 1 << 20
#: A cell that begins with one of these runs as a formula in a spreadsheet.
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


#: Stands for a separator of several characters while lines are split: ASCII's own unit separator.
_UNIT = "\x1f"


class DelimitedSettings(Settings):
    """How a delimited file is written."""

    encoding: KnownEncoding = Field(
        default="gb18030", description="文件编码 / encoding of the file, never guessed"
    )
    separator: str = Field(
        default=",", min_length=1, max_length=8, description="分隔符 / separator"
    )
    quote: str = Field(default='"', min_length=1, max_length=1, description="引号 / quote")
    header_row: int = Field(default=1, ge=0, le=100, description="标题所在行，0 为没有标题 / row of the headings; 0 where there are none")  # fmt: skip
    columns: tuple[str, ...] = Field(default=(), description="没有标题时的栏名 / columns where there are no headings")  # fmt: skip
    explanation_rows: int = Field(
        default=0, ge=0, le=100, description="标题下说明行的行数 / rows of explanation under the headings",
    )  # fmt: skip
    footer_lines: int = Field(default=0, ge=0, le=100, description="文件尾的行数，如合计 / lines after the rows, totals for instance")  # fmt: skip
    footer_count: str = Field(
        default="", description="文件尾中行数的正则式，如 共(\\d+)条；不符则整份退回 / pattern of the row count in the footer; another count refuses the file",
    )  # fmt: skip

    @model_validator(mode="after")
    def _whole(self) -> "DelimitedSettings":
        if (self.header_row == 0) != bool(self.columns):
            raise ValueError("columns, and only then, where header_row is 0")
        if self.footer_count:
            if not self.footer_lines:
                raise ValueError("footer_count needs footer_lines")
            try:
                groups = re.compile(self.footer_count).groups
                _footer_count("", self.footer_count)
            except (re.error, pl.exceptions.ComputeError) as error:
                raise ValueError(f"footer_count: {error}") from None
            if groups != 1:
                raise ValueError("footer_count needs one group, the count")
        return self


class DelimitedText:
    """Reads delimited text."""

    Settings = DelimitedSettings
    answer = ".csv"

    def __init__(self, settings: DelimitedSettings) -> None:
        self._settings = settings
        self._separator = settings.separator if len(settings.separator) == 1 else _UNIT
        self.trailer = bool(settings.footer_count)

    def read(self, stream: BinaryIO, size: int, after: int = 0) -> Iterator[Chunk]:
        """Yield rows as text, "" where empty.

        A byte that does not decode becomes U+FFFD, which the mapping refuses with its row; a row
        of another length than the header's is a row fault. Raises FormatError (no header, a
        repeated heading, a field without end, a footer that counts other rows).
        """
        csv.field_size_limit(FIELD_LIMIT)
        footer: deque[str] = deque()
        source = self._held_back(self._split(_lines(stream, self._settings.encoding)), footer)
        number, rows = 0, 0
        try:
            reader = self._reader(source)
            header = self._header(reader)
            first = self._settings.header_row + self._settings.explanation_rows
            number = first + sum(1 for _ in islice(reader, max(after - first, 0)))
            for chunk in self._chunks(source, header, size, number):
                number, rows = (
                    chunk.numbers[-1] if chunk.numbers else number,
                    rows + chunk.rows.height,
                )
                yield chunk
            if after == 0:
                self._check_footer("".join(footer), rows)
        except csv.Error as error:
            raise FormatError(
                "format.delimited",
                f"第 {number} 行之后无法按分隔文本读取（{error}），请检查引号",
                f"cannot be read as delimited text somewhere after row {number} ({error}); check the quotes",
            ) from None

    def _split(self, lines: Iterator[str]) -> Iterator[str]:
        """Put one sign in the place of a separator of several."""
        separator = self._settings.separator
        return lines if len(separator) == 1 else (line.replace(separator, _UNIT) for line in lines)

    def _held_back(self, lines: Iterator[str], footer: deque[str]) -> Iterator[str]:
        """Pass lines on, but keep the last ones that are not blank."""
        count = self._settings.footer_lines
        if not count:
            yield from lines
            return
        for line in lines:
            if not line.strip():
                continue
            footer.append(line)
            if len(footer) > count:
                yield footer.popleft()

    def _check_footer(self, footer: str, rows: int) -> None:
        pattern = self._settings.footer_count
        if not pattern:
            return
        found = _footer_count(footer, pattern)
        if found is None:
            raise FormatError("format.footer", "文件尾没有行数，文件可能不完整；请重新导出", "the footer has no count: the file may be cut off; export it again")  # fmt: skip
        if not found.isdecimal() or int(found) != rows:
            raise FormatError("format.footer", f"文件尾声明 {found} 行，文件有 {rows} 行；请重新导出", f"the footer counts {found} rows and the file has {rows}; export it again")  # fmt: skip

    def _chunks(
        self, source: Iterator[str], header: list[str], size: int, number: int
    ) -> Iterator[Chunk]:
        while lines := list(islice(source, size)):
            joined = "".join(lines)
            if self._settings.quote in joined:
                # A quoted field may go on beyond these lines: from here the reader decides.
                yield from self._quoted(chain(lines, source), header, size, number)
                return
            yield self._plain(lines, header, number + 1, returns="\r" in joined)
            number += len(lines)

    def _reader(self, lines: Iterable[str]) -> Iterator[list[str]]:
        # A quoted field may hold the end of a line.
        whole = (f"{line}\n" for line in lines)
        return csv.reader(whole, delimiter=self._separator, quotechar=self._settings.quote)

    def _quoted(
        self, lines: Iterable[str], header: list[str], size: int, number: int
    ) -> Iterator[Chunk]:
        reader = self._reader(lines)
        while rows := list(islice(reader, size)):
            yield _chunk(header, rows, number + 1)
            number += len(rows)

    def _plain(self, lines: list[str], header: list[str], first: int, *, returns: bool) -> Chunk:
        """Split lines without a quote as columns; odd ones go the way of quoted text."""
        separator, width = self._separator, len(header)
        column = pl.Series("line", lines, dtype=pl.String)
        if returns:
            column = column.str.strip_chars_end("\r")
        regular = (column.str.count_matches(separator, literal=True) == width - 1).all()
        if not regular or width == 1:
            return _chunk(header, list(self._reader(lines)), first)
        rows = column.str.split_exact(separator, width - 1).struct.rename_fields(header).struct.unnest()  # fmt: skip
        return Chunk(rows, list(range(first, first + len(lines))), ())

    def write(self, frames: Iterator[pl.DataFrame], stream: BinaryIO) -> None:
        """Write frames with one header; a cell that a spreadsheet would run gets an apostrophe."""
        text = io.TextIOWrapper(
            stream, self._settings.encoding, errors="xmlcharrefreplace", newline=""
        )
        separator = self._settings.separator
        delimiter = separator if len(separator) == 1 else ","
        writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
        for index, frame in enumerate(frames):
            if index == 0:
                writer.writerow(frame.columns)
            writer.writerows([inert(cell) for cell in row] for row in frame.iter_rows())
        text.flush()
        text.detach()

    def _header(self, reader: Iterator[list[str]]) -> list[str]:
        s = self._settings
        header = list(s.columns)
        for _ in range(s.header_row):
            header = [name.strip().lstrip("\ufeff") for name in next(reader, [])]
        if not any(header):
            raise FormatError("format.empty", "文件为空，没有标题行", "the file is empty: it has no header row")  # fmt: skip
        check_headings(header)
        for _ in range(s.explanation_rows):
            next(reader, None)
        return header


def _footer_count(footer: str, pattern: str) -> str | None:
    """Find the count in a footer by polars' patterns, whose time is bounded whatever the pattern says."""
    found: str | None = pl.Series([footer]).str.extract(pattern, 1).item()
    return found


def _lines(stream: BinaryIO, encoding: str) -> Iterator[str]:
    """Yield lines without the newline that ends them, none longer than memory should hold."""
    decode = codecs.getincrementaldecoder(encoding)("replace").decode
    rest, ended = "", False
    while not ended:
        data = stream.read(_BLOCK)
        ended = not data
        block = rest + decode(data, ended)
        if block.endswith("\r") and not ended:
            # Its newline may stand in the next block.
            lines, rest = [], block
        else:
            lines = block.split("\n")
            if block.count("\r") != block.count("\r\n"):
                lines = [part for line in lines for part in _lone_returns(line)]
            rest = lines.pop()
        if len(rest) > LINE_LIMIT:
            raise csv.Error(f"a line is longer than {LINE_LIMIT} characters")
        yield from lines
    if rest:
        yield rest


def _lone_returns(line: str) -> list[str]:
    """Split a line at returns that no newline follows: old systems end lines with them."""
    inner, end = (line[:-1], "\r") if line.endswith("\r") else (line, "")
    *parts, last = inner.split("\r")
    return [*parts, last + end]


def inert(cell: str | None) -> str:
    """Write a cell so that no spreadsheet runs it as a formula."""
    if cell is None:
        return ""
    return f"'{cell}" if cell.startswith(_FORMULA_SIGNS) else cell


def _chunk(header: list[str], rows: list[list[str]], first: int) -> Chunk:
    width = len(header)
    numbers = list(range(first, first + len(rows)))
    if set(map(len, rows)) - {width}:
        # An empty line between rows is not a row.
        kept = [(number, row) for number, row in zip(numbers, rows, strict=True) if row]
        numbers, rows = [number for number, _ in kept], [row for _, row in kept]
    faults = []
    for index, row in enumerate(rows):
        if len(row) != width:
            faults.append(
                RowFault(
                    index, "format.row",
                    f"本行有 {len(row)} 栏，标题行有 {width} 栏，请检查分隔符和引号",
                    f"this row has {len(row)} fields and the header {width}; check separators and quotes",
                )
            )  # fmt: skip
            rows[index] = (row + [""] * width)[:width]
    return Chunk(text_frame(header, rows), numbers, tuple(faults))
