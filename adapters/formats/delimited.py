"""Delimited text: CSV and its relatives, in any encoding that Python knows."""

import codecs
import csv
import io
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Annotated, BinaryIO

import polars as pl
from pydantic import AfterValidator, Field

from adapters import RowFault, Settings
from adapters.formats import Chunk, FormatError, check_headings, text_frame

#: Longest field in characters; a longer one means that quoting went wrong.
FIELD_LIMIT = 1_000_000
#: Longest line in characters; a longer one means that the file is no text of lines.
LINE_LIMIT = 4_000_000
#: A cell that begins with one of these runs as a formula in a spreadsheet.
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def known_encoding(name: str) -> str:
    """Give back the name of an encoding; raises ValueError when Python knows none of it."""
    try:
        codecs.lookup(name)
    except LookupError:
        raise ValueError(f"unknown encoding {name}") from None
    return name


class DelimitedSettings(Settings):
    """How a delimited file is written."""

    encoding: Annotated[str, AfterValidator(known_encoding)] = Field(
        default="gb18030", description="文件编码 / encoding of the file, never guessed"
    )
    separator: str = Field(default=",", min_length=1, max_length=1)
    quote: str = Field(default='"', min_length=1, max_length=1)


class DelimitedText:
    """Reads delimited text with one header row."""

    Settings = DelimitedSettings

    def __init__(self, settings: DelimitedSettings) -> None:
        self._settings = settings

    def read(self, stream: BinaryIO, size: int, after: int = 0) -> Iterator[Chunk]:
        """Yield rows as text, "" where empty.

        A byte that does not decode becomes U+FFFD, which the mapping refuses with its row; a row
        of another length than the header's is a row fault. Raises FormatError (no header, a
        repeated heading, a field without end).
        """
        csv.field_size_limit(FIELD_LIMIT)
        text = io.TextIOWrapper(stream, self._settings.encoding, errors="replace", newline="")
        source = _lines(text)
        reader = self._reader(source)
        number = 1
        try:
            header = self._header(reader)
            number += sum(1 for _ in islice(reader, max(after - 1, 0)))
            while lines := list(islice(source, size)):
                if self._settings.quote in "".join(lines):
                    # A quoted field may go on beyond these lines: from here the reader decides.
                    yield from self._quoted(chain(lines, source), header, size, number)
                    return
                yield self._plain(lines, header, number + 1)
                number += len(lines)
        except csv.Error as error:
            raise FormatError(
                "format.delimited",
                f"第 {number} 行之后无法按分隔文本读取（{error}），请检查引号",
                f"cannot be read as delimited text somewhere after row {number} ({error}); check the quotes",
            ) from None
        finally:
            # The caller owns the stream; closing the wrapper would close it too.
            text.detach()

    def _reader(self, lines: Iterable[str]) -> Iterator[list[str]]:
        return csv.reader(lines, delimiter=self._settings.separator, quotechar=self._settings.quote)

    def _quoted(
        self, lines: Iterable[str], header: list[str], size: int, number: int
    ) -> Iterator[Chunk]:
        reader = self._reader(lines)
        while rows := list(islice(reader, size)):
            yield _chunk(header, rows, number + 1)
            number += len(rows)

    def _plain(self, lines: list[str], header: list[str], first: int) -> Chunk:
        """Split lines without a quote as columns; odd ones go the way of quoted text."""
        separator, width = self._settings.separator, len(header)
        column = pl.Series("line", lines, dtype=pl.String).str.strip_chars_end("\r\n")
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
        writer = csv.writer(text, delimiter=self._settings.separator, lineterminator="\r\n")
        for index, frame in enumerate(frames):
            if index == 0:
                writer.writerow(frame.columns)
            writer.writerows([_inert(cell) for cell in row] for row in frame.iter_rows())
        text.flush()
        text.detach()

    @staticmethod
    def _header(reader: Iterator[list[str]]) -> list[str]:
        header = [name.strip().lstrip("\ufeff") for name in next(reader, [])]
        if not any(header):
            raise FormatError("format.empty", "文件为空，没有标题行", "the file is empty: it has no header row")  # fmt: skip
        check_headings(header)
        return header


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    """Yield lines, none longer than memory should hold."""
    while line := text.readline(LINE_LIMIT):
        if len(line) == LINE_LIMIT:
            raise csv.Error(f"a line is longer than {LINE_LIMIT} characters")
        yield line


def _inert(cell: str | None) -> str:
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
