"""XML: elements on one path are rows, what is in them are cells."""

from collections.abc import Iterator
from typing import BinaryIO
from xml.sax.saxutils import escape

import polars as pl
from pydantic import Field

from adapters import Settings
from adapters.formats import Chunk, Counted, FormatError
from adapters.formats.envelope import Expected
from adapters.formats.records import chunks
from adapters.formats.xml_count import count_rows
from adapters.formats.xml_document import Document
from adapters.formats.xml_encoding import XmlEncodingError
from adapters.result_codes import GOOD_VALUES, Codes
from adapters.text import format_settings, xml_files


class XmlSettings(Settings):
    """Where the rows are. Names are local: namespaces do not matter."""

    row: str = Field(
        pattern=r"^[^/\s]+(/[^/\s]+)+$",
        description=str(format_settings.row()),
    )
    columns: tuple[str, ...] = Field(
        default=(),
        description=str(format_settings.json_columns()),
    )
    total: str = Field(
        default="",
        description=str(format_settings.xml_total()),
    )
    ok_path: str = Field(
        default="",
        description=str(format_settings.xml_ok_path()),
    )
    ok_values: Codes = Field(
        default=GOOD_VALUES,
        description=str(format_settings.ok_values()),
    )


class Xml:
    """Reads rows as a stream: an attribute is `@name`, a nested element `outer.inner`."""

    Settings = XmlSettings
    answer = ".xml"
    trailer = True

    def __init__(self, settings: XmlSettings) -> None:
        self._path = settings.row.split("/")
        self._columns = settings.columns
        self._expected = Expected(settings.ok_path, settings.ok_values, settings.total)

    def read(self, stream: BinaryIO, size: int, after: int = 0) -> Iterator[Chunk]:
        """Yield rows as text, in the encoding that the document declares.

        A DTD is refused before anything else is read; nothing outside is ever fetched. A row is at
        fault that has no value, an element twice, or text beside its elements. Attributes of the
        elements around the rows are no part of a row. A document that tells of an error is refused.
        Raises FormatError.
        """
        try:
            document = Document(stream, self._path, self._expected)
            yield from chunks(document.rows(), self._columns, size, after)
        except XmlEncodingError as error:
            text = xml_files.encoding(error.declared, error.seen)
            raise FormatError("format.encoding", *text) from None

    def count(self, stream: BinaryIO) -> Counted | None:
        """Return how many row elements there are, by a plain scan of tags."""
        try:
            return Counted(count_rows(stream, self._path))
        except XmlEncodingError:
            return None

    def write(self, frames: Iterator[pl.DataFrame], stream: BinaryIO) -> None:
        """Write frames as rows of one document."""
        stream.write(b'<?xml version="1.0" encoding="UTF-8"?>\n<Results>\n')
        for frame in frames:
            for row in frame.iter_rows(named=True):
                cells = "".join(
                    f"<{name}>{escape(value or '')}</{name}>" for name, value in row.items()
                )
                stream.write(f"<Result>{cells}</Result>\n".encode())
        stream.write(b"</Results>\n")
