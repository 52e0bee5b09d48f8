"""JSON: an array of objects somewhere in a document, read as a stream, or one object a line."""

import json
from collections.abc import Iterator
from typing import BinaryIO, Self

import msgspec
import polars as pl
from pydantic import Field, model_validator

from adapters import Settings
from adapters.formats import Chunk, Counted, FormatError
from adapters.formats.envelope import Expected
from adapters.formats.json_bytes import blocks
from adapters.formats.json_count import count_elements, count_lines
from adapters.formats.json_document import Document
from adapters.formats.json_rows import decode, exact_row, plain_rows
from adapters.formats.json_values import MalformedError
from adapters.formats.records import RecordList, Records, chunks, row_fault
from adapters.result_codes import GOOD_VALUES, Codes
from adapters.setting_faults import InvalidSettingsError
from adapters.text import format_settings, json_files
from adapters.text import record_files as messages
from adapters.text import settings as settings_messages

#: Longest line of JSON lines, in bytes.
LINE_LIMIT = 4_000_000
#: What JSON knows as white space.
_SPACE = b" \t\r\n"


class JsonSettings(Settings):
    """Where the rows are."""

    lines: bool = Field(default=False, description=str(format_settings.lines()))
    rows: str = Field(
        default="",
        description=str(format_settings.rows()),
    )
    columns: tuple[str, ...] = Field(
        default=(),
        description=str(format_settings.json_columns()),
    )
    total: str = Field(
        default="",
        description=str(format_settings.total()),
    )
    ok_path: str = Field(
        default="",
        description=str(format_settings.ok_path()),
    )
    ok_values: Codes = Field(
        default=GOOD_VALUES,
        description=str(format_settings.ok_values()),
    )

    @model_validator(mode="after")
    def _no_document(self) -> Self:
        if self.lines and (self.rows or self.total or self.ok_path):
            raise InvalidSettingsError(settings_messages.lines_have_no_paths())
        if self.ok_path and not self.rows:
            raise InvalidSettingsError(settings_messages.code_without_rows())
        return self


class Json:
    """Reads objects as rows: nested ones as `outer.inner`, every value as it is written."""

    Settings = JsonSettings
    answer = ".json"
    trailer = True

    def __init__(self, settings: JsonSettings) -> None:
        self._settings = settings

    def read(self, stream: BinaryIO, size: int, after: int = 0) -> Iterator[Chunk]:
        """Yield rows as text, "" for null; JSON is UTF-8 (RFC 8259). Raises FormatError.

        A row is at fault that is no object or has no value, has a key twice, a list, half a
        character, or a number that JSON does not know; as JSON lines also one that is no JSON. A
        document that tells of an error is refused.
        """
        s = self._settings
        expected = Expected(s.ok_path, s.ok_values, s.total)
        records = _lines(stream) if s.lines else Document(stream, s.rows, expected).rows()
        records = _with_rows(records) if s.lines and not s.columns else records
        yield from chunks(records, s.columns, size, after)

    def count(self, stream: BinaryIO) -> Counted | None:
        """Return the lines, or the elements of the array of rows, by a tokenizer of its own."""
        if self._settings.lines:
            return count_lines(stream)
        return count_elements(stream, self._settings.rows)

    def write(self, frames: Iterator[pl.DataFrame], stream: BinaryIO) -> None:
        """Write frames as one object a line, or as one array."""
        rows = (row for frame in frames for row in frame.iter_rows(named=True))
        if self._settings.lines:
            for row in rows:
                stream.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
            return
        stream.write(b"[")
        for number, row in enumerate(rows):
            stream.write(
                (b",\n" if number else b"\n") + json.dumps(row, ensure_ascii=False).encode()
            )
        stream.write(b"\n]\n")


def _with_rows(records: Iterator[Records]) -> Iterator[Records]:
    """Yield records; raises FormatError at the end where there was no row."""
    rows = 0
    for part in records:
        rows += len(part)
        yield part
    if not rows:
        raise FormatError("format.empty", *messages.no_rows())


def _lines(stream: BinaryIO) -> Iterator[Records]:
    """Yield the lines, numbered from 1: one that is no JSON is a row at fault like any other."""
    number = 1
    rest = b""
    for block in blocks(stream):
        complete, newline, tail = block.rpartition(b"\n")
        if newline:
            lines = (rest + complete).split(b"\n")
            yield _records(lines, number)
            number += len(lines)
            rest = tail
        else:
            rest += block
        if len(rest) > LINE_LIMIT:
            raise FormatError("format.limit", *json_files.line_too_long(number, LINE_LIMIT))
    if rest:
        yield _records([rest], number)


def _records(lines: list[bytes], number: int) -> Records:
    """Return some lines as rows: all at once where they are plain, else each for itself."""
    records = _plain(lines, number)
    if records is not None:
        return records
    rows = RecordList()
    for place, line in enumerate(lines, number):
        if not line.strip(_SPACE):
            rows.add_blank(place)
        else:
            _add(rows, place, line)
    return rows.records()


def _plain(lines: list[bytes], number: int) -> Records | None:
    try:
        return plain_rows(b"\n".join(lines), [decode(line) for line in lines], number)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None


def _add(rows: RecordList, number: int, line: bytes) -> None:
    try:
        rows.add(number, *exact_row(line))
    except MalformedError as error:
        rows.add(number, {}, row_fault("format.row", json_files.row_malformed(str(error))))
