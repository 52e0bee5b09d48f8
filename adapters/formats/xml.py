"""XML: elements on one path are rows, what is in them are cells."""

from collections.abc import Iterator
from typing import BinaryIO
from xml.sax.saxutils import escape

import polars as pl
from lxml import etree
from pydantic import Field

from adapters import RowFault, Settings
from adapters.formats import Chunk, FormatError
from adapters.formats.records import Record, broken, chunks
from adapters.xmlstream import events, forget, local


class XmlSettings(Settings):
    """Where the rows are. Names are local: namespaces do not matter."""

    row: str = Field(pattern=r"^[^/\s]+(/[^/\s]+)+$", description="行元素的路径，从根起，如 Data/Rows/Row / path of a row from the root")  # fmt: skip
    columns: tuple[str, ...] = Field(default=(), description="栏名，缺省取首行 / columns; the first row's by default")  # fmt: skip


class Xml:
    """Reads rows as a stream: an attribute is `@name`, a nested element `outer.inner`."""

    Settings = XmlSettings
    answer = ".xml"
    trailer = True

    def __init__(self, settings: XmlSettings) -> None:
        self._path = settings.row.split("/")
        self._columns = settings.columns

    def read(self, stream: BinaryIO, size: int, after: int = 0) -> Iterator[Chunk]:
        """Yield rows as text, in the encoding that the document declares.

        A DTD is refused before anything else is read; nothing outside is ever fetched. An element
        that comes twice in a row is a row fault. Raises FormatError.
        """
        yield from chunks(self._rows(stream), self._columns, size, after)

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

    def _rows(self, stream: BinaryIO) -> Iterator[Record]:
        path: list[str] = []
        number = 0
        try:
            for event, element in events(stream):
                if event == "start":
                    if not path and element.getroottree().docinfo.doctype:
                        raise FormatError("format.xml", "文件含有 DTD，不予读取", "the file has a DTD, so it is not read")  # fmt: skip
                    path.append(local(element.tag))
                    continue
                if path == self._path:
                    number += 1
                    yield number, *_row(element)
                    forget(element)
                path.pop()
        except etree.XMLSyntaxError as error:
            raise FormatError("format.xml", f"第 {number} 行之后不是合格的 XML：{error}", f"after row {number} it is no well-formed XML: {error}") from None  # fmt: skip


def _row(element: etree._Element) -> tuple[dict[str, str], RowFault | None]:
    cells: dict[str, str] = {}
    twice: set[str] = set()
    _gather(element, "", cells, twice)
    if twice:
        names = "、".join(sorted(twice))
        return cells, broken(f"本行有重复的元素：{names}", f"this row has elements that come twice: {names}")  # fmt: skip
    return cells, None


def _gather(element: etree._Element, prefix: str, cells: dict[str, str], twice: set[str]) -> None:
    for key, value in element.attrib.items():
        cells[f"{prefix}@{local(key)}"] = value
    for child in element:
        name = f"{prefix}{local(child.tag)}"
        if len(child):
            _gather(child, f"{name}.", cells, twice)
            continue
        if name in cells:
            twice.add(name)
        cells[name] = child.text or ""
        for key, value in child.attrib.items():
            cells[f"{name}.@{local(key)}"] = value
