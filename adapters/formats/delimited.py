"""Delimited text: CSV and its relatives, in any encoding that Python knows, exactly as declared."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

import polars as pl
from pydantic import Field, model_validator

from adapters import Settings
from adapters.formats import Chunk, Counted, FormatError, check_headings, text_frame
from adapters.formats.decoding import encoder
from adapters.formats.delimited_count import Layout, count_records
from adapters.formats.delimited_records import Records, RecordSource, joined
from adapters.formats.delimited_rows import RowMaker
from adapters.formats.encoding import KnownEncoding
from adapters.formats.footer import check_count, check_pattern, chunks_of_tail, is_row
from adapters.formats.lone_lines import without_cut_rows
from adapters.formats.quoting import Dialect, QuoteError
from adapters.formats.textfile import Tail, TextFile, open_text, split, tail
from adapters.input_limits import input_limits
from adapters.setting_faults import InvalidSettingsError
from adapters.text import Text, format_settings
from adapters.text import settings as settings_messages
from adapters.text import text_files as messages

#: First records by which the number of fields of all of them is told.
_LIKE_FIRST = 20
#: A cell that begins with one of these runs as a formula in a spreadsheet.
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
_LINE_ENDS = ("\r", "\n")
#: The line by which Excel is told the separator of what follows; it may come quoted. A tab is
#: stripped.
_SEPARATOR_LINE = re.compile(r'"?sep=(.?)"?', re.IGNORECASE)
#: What ends a line elsewhere: a whole file would be its headings.
_OTHER_LINE_ENDS = re.compile("[\v\f\x1c-\x1e\x85\u2028\u2029]")


def _check_dialect(s: "DelimitedSettings") -> None:
    parts = [c for c in (s.separator, s.quote, s.escape) if c]
    if any(end in part for part in parts for end in _LINE_ENDS):
        raise InvalidSettingsError(settings_messages.line_end_in_dialect())
    if any(c and c in s.separator for c in (s.quote, s.escape)):
        raise InvalidSettingsError(settings_messages.separator_holds_quote())


class DelimitedSettings(Settings):
    """How a delimited file is written."""

    encoding: KnownEncoding = Field(
        default="gb18030", description=str(format_settings.delimited_encoding())
    )
    separator: str = Field(
        default=",", min_length=1, max_length=8, description=str(format_settings.separator())
    )
    quote: str = Field(
        default='"',
        max_length=1,
        description=str(format_settings.quote()),
    )
    escape: str = Field(
        default="",
        max_length=1,
        description=str(format_settings.escape()),
    )
    header_row: int = Field(
        default=1,
        ge=0,
        le=100,
        description=str(format_settings.header_row()),
    )
    columns: tuple[str, ...] = Field(default=(), description=str(format_settings.columns()))
    explanation_rows: int = Field(
        default=0,
        ge=0,
        le=100,
        description=str(format_settings.explanation_rows()),
    )
    footer_lines: int = Field(
        default=0,
        ge=0,
        le=100,
        description=str(format_settings.footer_lines()),
    )
    footer_count: str = Field(
        default="",
        description=str(format_settings.footer_count()),
    )

    @model_validator(mode="after")
    def _whole(self) -> "DelimitedSettings":
        if (self.header_row == 0) != bool(self.columns):
            raise InvalidSettingsError(settings_messages.columns_without_headings())
        _check_dialect(self)
        if self.footer_count:
            if not self.footer_lines:
                raise InvalidSettingsError(settings_messages.needs("footer_lines", "footer_count"))
            check_pattern(self.footer_count)
        return self


class DelimitedText:
    """Reads delimited text.

    Row numbers are those that a spreadsheet shows: records, a heading and a blank one among them. A
    record whose quote is not closed has one number, and each line after it one of its own.
    """

    Settings = DelimitedSettings
    answer = ".csv"

    def __init__(self, settings: DelimitedSettings) -> None:
        self._settings = settings
        # An escape that is the quote itself is RFC 4180's doubled quote.
        escape = settings.escape if settings.escape != settings.quote else ""
        self._dialect = Dialect(settings.separator, settings.quote, escape)
        self.trailer = bool(settings.footer_count)

    def read(self, stream: BinaryIO, size: int, after: int = 0) -> Iterator[Chunk]:
        """Yield rows as text, "" where empty.

        A byte that does not decode becomes U+FFFD, which the mapping refuses with its row; a row of
        another length than the header's, or with broken quoting, is a row fault. Raises
        FormatError: another encoding, no header, a repeated or missing heading, a footer that
        counts other rows.
        """
        s = self._settings
        text = open_text(stream, s.encoding)
        end = self._tail(text) if s.footer_lines else None
        characters = input_limits().characters
        source = RecordSource(
            text.blocks(), self._dialect, characters, None if end is None else end.start
        )
        maker, number, explained = self._header(source, characters)
        rows, blank = 0, 0
        left_out = number if after == 0 else 0
        every = _Counted(
            without_cut_rows(source.batches(len(maker.names)), self._dialect, len(maker.names))
        )
        titles = number
        read_before = _Rows(self._dialect.blank) if end is not None else None
        batches = _after(every, after - number, read_before)
        number = max(number, after)
        for records in _in_parts(batches, size):
            made = maker.rows(records)
            count = len(records.texts)
            if made.places:
                behind = count - 1 - made.places[-1]
                blank += count - behind - len(made.places)
                numbers = [number + 1 + place for place in made.places]
                yield Chunk(made.frame, numbers, made.faults, blank=blank, left_out=left_out)
                blank, left_out = behind, 0
            else:
                blank += count
            rows += len(made.places)
            number += count
        if end is not None and after == 0:
            self._check_footer(end, rows)
        if read_before is not None:
            rows += read_before.count
        if not rows and not after and not (end is not None and end.lines):
            if not titles:
                raise FormatError("format.empty", *messages.no_line())
            if explained:
                raise FormatError("format.header", *messages.only_skipped_lines("explanation_rows"))
        first = titles + every.count + 1
        rest = Chunk(text_frame(maker.names, []), [], (), blank=blank, left_out=left_out)
        row_of = self._row_of(end or Tail(0), source.lines_taken, maker, rows)
        yield from chunks_of_tail(
            end or Tail(0), first, after, maker.names, row_of, rest, self._settings.footer_lines
        )

    def count(self, stream: BinaryIO) -> Counted:
        """Return the records of a file and its line ends, by an automaton over its bytes."""
        s = self._settings
        layout = Layout(
            s.encoding,
            s.separator,
            self._dialect.quote,
            self._dialect.escape,
            s.header_row,
            len(s.columns),
            s.footer_lines,
            input_limits().characters,
        )
        return count_records(stream, layout)

    def write(self, frames: Iterator[pl.DataFrame], stream: BinaryIO) -> None:
        """Write frames with one header; a cell that a spreadsheet would run gets an apostrophe."""
        separator = self._settings.separator
        delimiter = separator if len(separator) == 1 else ","
        encode = encoder(self._settings.encoding)
        for index, frame in enumerate(frames):
            text = io.StringIO(newline="")
            # Verdicts hold texts of ours, with any character: they are quoted whatever comes in.
            writer = csv.writer(
                text,
                delimiter=delimiter,
                quotechar=self._settings.quote or _plain_quote(delimiter),
                lineterminator="\r\n",
            )
            if index == 0:
                writer.writerow(frame.columns)
            writer.writerows([inert(cell) for cell in row] for row in frame.iter_rows())
            stream.write(encode(text.getvalue()))

    def _tail(self, text: TextFile) -> Tail:
        blocks = (split(block).lines for block in text.blocks())
        return tail(blocks, self._settings.footer_lines, self._dialect.blank)

    def _check_footer(self, end: Tail, rows: int) -> None:
        if pattern := self._settings.footer_count:
            check_count("".join(line for _, line in end.lines), pattern, rows)

    def _row_of(
        self, end: Tail, titles: int, maker: RowMaker, count: int
    ) -> Callable[[str], list[str] | None]:
        """Return what tells the cells of a line of the footer that may be a row of the file.

        `count` is the number of rows before the footer.
        """
        rows = [(line, *maker.row(line)) for place, line in end.before if place >= titles]
        before = [(line, row) for line, row, fault in rows if fault is None]

        def row_of(line: str) -> list[str] | None:
            # A count that was right is proof of a footer.
            if self._settings.footer_count:
                return None
            row, _ = maker.row(line)
            return row if is_row(line, row, before, count) else None

        return row_of

    def _header(self, source: RecordSource, characters: int) -> tuple[RowMaker, int, bool]:
        """Return what splits rows, how many records stand before them, and whether any explains."""
        s = self._settings
        if s.header_row == 0:
            header, titles = list(s.columns), 0
        else:
            above = source.take(s.header_row - 1, None)
            self._check_separator(above)
            titles = len(above)
            header = self._headings(source.take(1, None), s.header_row)
            titles += 1
        names = _without_empty_end([name.strip() for name in header])
        _check_names(names, len(header))
        explanations = source.take(s.explanation_rows, len(names))
        maker = RowMaker(
            self._dialect, names, len(header), characters, s.header_row == 0, len(header)
        )
        explained = any(not self._dialect.blank(text) for text, _ in explanations)
        first = source.first(_LIKE_FIRST, len(names))
        if first and s.header_row == 0 and not explanations:
            _check_first(first[0], "explanation_rows: 1")
        maker = maker.as_first(first)
        return maker, titles + len(explanations), explained

    def _check_separator(self, above: list[tuple[str, Text | None]]) -> None:
        """Raise FormatError where Excel's line declares another separator than the settings."""
        line = above[0][0].strip() if above else ""
        declared = _SEPARATOR_LINE.fullmatch(line)
        if declared and (declared[1] or "\t") != self._settings.separator:
            text = messages.separator_contradicted(line, self._settings.separator)
            raise FormatError("format.header", *text)

    def _headings(self, records: list[tuple[str, Text | None]], number: int) -> list[str]:
        if not records:
            raise FormatError("format.empty", *messages.no_header())
        [(record, fault)] = records
        if number == 1:
            _check_first(record, "header_row: 2")
        try:
            headings = self._dialect.fields(record)
        except QuoteError:
            raise FormatError("format.header", *messages.header_quoting(number)) from None
        if fault is not None:
            raise FormatError("format.header", *messages.header_quoting(number))
        return headings


def _check_first(line: str, setting: str) -> None:
    """Raise FormatError for Excel's line about the separator
    where headings or rows should begin.
    """
    if _SEPARATOR_LINE.fullmatch(line.strip()):
        raise FormatError("format.header", *messages.separator_line(line.strip(), setting))


def _in_parts(batches: Iterator[Records], size: int) -> Iterator[Records]:
    """Yield the records of batches in parts of one size, but for the last."""
    waiting: list[Records] = []
    count = 0
    for batch in batches:
        waiting.append(batch)
        count += len(batch.texts)
        if count < size:
            continue
        records = joined(waiting)
        whole = count - count % size
        for start in range(0, whole, size):
            yield records.part(start, size)
        waiting, count = [records.part(whole, count - whole)], count - whole
    if count:
        yield joined(waiting)


class _Counted:
    """Passes batches on and counts their records."""

    def __init__(self, batches: Iterator[Records]) -> None:
        self._batches = batches
        self.count = 0

    def __iter__(self) -> Iterator[Records]:
        for records in self._batches:
            self.count += len(records.texts)
            yield records


class _Rows:
    """Counts rows among records that were read before."""

    def __init__(self, blank: Callable[[str], bool]) -> None:
        self._blank = blank
        self.count = 0

    def add(self, texts: pl.Series) -> None:
        self.count += sum(not self._blank(text) for text in texts.to_list())


def _after(batches: Iterable[Records], done: int, before: _Rows | None) -> Iterator[Records]:
    """Leave out the first records: so many were read before."""
    for records in batches:
        count = len(records.texts)
        if before is not None and done > 0:
            before.add(records.texts.head(done))
        if done <= 0:
            yield records
        elif done < count:
            yield records.part(done, count - done)
        done -= count


def _without_empty_end(names: list[str]) -> list[str]:
    count = len(names)
    while count and not names[count - 1]:
        count -= 1
    return names[:count]


def _check_names(names: list[str], fields: int) -> None:
    if not names:
        raise FormatError("format.empty", *messages.no_header())
    limit = input_limits().columns
    if fields > limit:
        raise FormatError("format.limit", *messages.too_many_columns(fields, limit))
    if empty := [place for place, name in enumerate(names, 1) if not name]:
        raise FormatError("format.header", *messages.empty_headings(empty))
    for place, name in enumerate(names, 1):
        if match := _OTHER_LINE_ENDS.search(name):
            code = f"U+{ord(match[0]):04X}"
            raise FormatError("format.header", *messages.heading_with_line_end(place, code))
    check_headings(names)


def _plain_quote(delimiter: str) -> str:
    return "'" if delimiter == '"' else '"'


def inert(cell: str | None) -> str:
    """Return a cell so that no spreadsheet runs it as a formula."""
    if cell is None:
        return ""
    return f"'{cell}" if cell.startswith(_FORMULA_SIGNS) else cell
