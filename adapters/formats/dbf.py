"""DBF tables: dBase III to Visual FoxPro, read as a stream; no memo file."""

from collections.abc import Iterator
from typing import Annotated, BinaryIO

import polars as pl
from pydantic import AfterValidator, Field

from adapters import Settings
from adapters.formats import Chunk, Counted
from adapters.formats.dbf_header import declared_records, read_columns, read_header
from adapters.formats.dbf_table import Table
from adapters.formats.delimited import DelimitedSettings, DelimitedText
from adapters.formats.encoding import known_encoding
from adapters.text import format_settings


class DbfSettings(Settings):
    """How a table's text is encoded."""

    encoding: Annotated[str, AfterValidator(lambda name: name and known_encoding(name))] = Field(
        default="",
        description=str(format_settings.encoding()),
    )
    ignore: tuple[str, ...] = Field(default=(), description=str(format_settings.ignore()))


class Dbf:
    """Reads every record that is not marked as deleted; its number counts the deleted ones too."""

    Settings = DbfSettings
    answer = ".csv"
    trailer = True

    def __init__(self, settings: DbfSettings) -> None:
        self._settings = settings
        self._encoding = settings.encoding or "gb18030"

    def read(self, stream: BinaryIO, size: int, after: int = 0) -> Iterator[Chunk]:
        """Yield rows as text: dates as YYYYMMDD, numbers as they stand,
        what pads a cell taken away.

        A row is at fault that has a value which its column's type does not know. Raises
        FormatError: no DBF, no code page and no encoding or one that the text is not in, a memo
        column that is not ignored, other records than the header says.
        """
        header = read_header(stream, self._settings.encoding)
        self._encoding = header.encoding
        table = Table(header, read_columns(header, self._settings.ignore))
        yield from table.chunks(stream, size, after)

    def count(self, stream: BinaryIO) -> Counted | None:
        """Return the number of records that the header declares, deleted ones too."""
        records = declared_records(stream)
        return None if records is None else Counted(records)

    def write(self, frames: Iterator[pl.DataFrame], stream: BinaryIO) -> None:
        """Write frames as CSV in the table's encoding:
        a verdict has no place in a table's columns.
        """
        DelimitedText(DelimitedSettings(encoding=self._encoding)).write(frames, stream)
