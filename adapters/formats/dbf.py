"""DBF tables: dBase III to Visual FoxPro, read as a stream; no memo file."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, BinaryIO

import polars as pl
from pydantic import AfterValidator, Field

from adapters import RowFault, Settings
from adapters.formats import Chunk, FormatError, check_headings, text_frame
from adapters.formats.delimited import DelimitedSettings, DelimitedText
from adapters.formats.encoding import known_encoding

#: Code page marks (byte 29 of the header) that Chinese offices meet.
_CODE_PAGES = {0x01: "cp437", 0x02: "cp850", 0x03: "cp1252", 0x4D: "gbk", 0x4F: "big5", 0x57: "cp1252", 0x7A: "gbk"}  # fmt: skip
#: Types whose bytes are text, and those of Visual FoxPro that are numbers in binary.
_TEXT, _BINARY = "CNFDL", {"I": 4, "B": 8, "Y": 8, "T": 8}
_DELETED, _END = b"*", b"\x1a"
#: Julian day number of date.min.
_FIRST_DAY = 1_721_426


class DbfSettings(Settings):
    """How a table's text is encoded."""

    encoding: Annotated[str, AfterValidator(lambda name: name and known_encoding(name))] = Field(
        default="", description="文本编码；缺省按文件头的代码页 / encoding of text; the file's own code page by default"
    )  # fmt: skip
    ignore: tuple[str, ...] = Field(default=(), description="不读的栏，如备注 / columns not read, memos for instance")  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    kind: str
    start: int
    end: int


class Dbf:
    """Reads every record that is not marked as deleted; its number counts the deleted ones too."""

    Settings = DbfSettings
    answer = ".csv"
    trailer = True

    def __init__(self, settings: DbfSettings) -> None:
        self._settings = settings
        self._encoding = settings.encoding or "gb18030"

    def read(self, stream: BinaryIO, size: int, after: int = 0) -> Iterator[Chunk]:
        """Yield rows as text: dates as YYYYMMDD, numbers as they stand, what pads a cell taken away.

        Raises FormatError: no DBF, no code page and no encoding, a memo column that is not
        ignored, fewer records than the header says.
        """
        count, length, columns = self._header(stream)
        number = 0
        while number < count:
            data = stream.read(length * min(size, count - number))
            if len(data) % length or not data:
                raise FormatError("format.dbf", f"文件头声明 {count} 条记录，第 {number + len(data) // length} 条之后文件中断", f"the header declares {count} records and the file breaks off after {number + len(data) // length}")  # fmt: skip
            records = [data[at : at + length] for at in range(0, len(data), length)]
            numbered = list(enumerate(records, number + 1))
            number += len(records)
            kept = [(n, r) for n, r in numbered if n > after and r[:1] != _DELETED]
            if kept:
                yield self._chunk(columns, kept)
        if stream.read(2) not in (b"", _END):
            raise FormatError("format.dbf", f"文件头声明 {count} 条记录，文件在其后还有内容", f"the header declares {count} records and the file goes on after them")  # fmt: skip

    def write(self, frames: Iterator[pl.DataFrame], stream: BinaryIO) -> None:
        """Write frames as CSV in the table's encoding: a verdict has no place in a table's columns."""
        DelimitedText(DelimitedSettings(encoding=self._encoding)).write(frames, stream)

    def _header(self, stream: BinaryIO) -> tuple[int, int, list[_Column]]:
        head = stream.read(32)
        if len(head) < 32:
            raise _no_table()
        count, head_length, length = struct.unpack("<IHH", head[4:12])
        rest = stream.read(max(head_length - 32, 0))
        if len(rest) != head_length - 32 or b"\r" not in rest[::32]:
            raise _no_table()
        self._encoding = self._settings.encoding or _CODE_PAGES.get(head[29], "")
        if not self._encoding:
            raise FormatError("format.encoding", "文件头没有代码页，请在设置中写明 encoding（通常为 gbk）", "the file names no code page; set `encoding` (most often gbk)")  # fmt: skip
        columns: list[_Column] = []
        start = 1
        for at in range(0, len(rest), 32):
            if rest[at : at + 1] == b"\r":
                break
            field = rest[at : at + 32]
            name = field[:11].partition(b"\0")[0].decode(self._encoding, "replace").strip()
            width = field[16] + (field[17] << 8 if field[11:12] == b"C" else 0)
            columns.append(_Column(name, chr(field[11]), start, start + width))
            start += width
        if start != length or not columns:
            raise _no_table()
        # A column of kind 0 holds FoxPro's own marks.
        columns = [c for c in columns if c.kind != "0" and c.name not in self._settings.ignore]
        check_headings([column.name for column in columns])
        for column in columns:
            if column.kind not in _TEXT and _BINARY.get(column.kind) != column.end - column.start:
                raise FormatError("format.dbf", f"栏 {column.name} 的类型 {column.kind!a} 无法读取；请导出为文本，或列入 ignore", f"the column {column.name} has the type {column.kind!a}, which cannot be read; export it as text, or list it in `ignore`")  # fmt: skip
        return count, length, columns

    def _chunk(self, columns: list[_Column], kept: list[tuple[int, bytes]]) -> Chunk:
        rows, faults = [], []
        for place, (_, record) in enumerate(kept):
            cells = []
            for column in columns:
                value = record[column.start : column.end]
                try:
                    cells.append(self._cell(column.kind, value))
                except (ValueError, OverflowError):
                    cells.append("")
                    faults.append(RowFault(place, "format.cell", f"栏 {column.name} 的内容不是其类型 {column.kind} 的值", f"the column {column.name} has no value of its type {column.kind}"))  # fmt: skip
            rows.append(cells)
        return Chunk(
            text_frame([c.name for c in columns], rows), [n for n, _ in kept], tuple(faults)
        )

    def _cell(self, kind: str, value: bytes) -> str:
        if kind in _TEXT:
            text = value.decode(self._encoding, "replace").strip(" \0")
            return "" if kind == "L" and text == "?" else text
        if kind == "I":
            return str(struct.unpack("<i", value)[0])
        if kind == "B":
            return repr(struct.unpack("<d", value)[0])
        if kind == "Y":
            return str(Decimal(struct.unpack("<q", value)[0]).scaleb(-4))
        day, milliseconds = struct.unpack("<ii", value)
        if not day:
            return ""
        found = date.min + timedelta(days=day - _FIRST_DAY)
        seconds = milliseconds // 1000
        return f"{found.isoformat()} {seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _no_table() -> FormatError:
    return FormatError("format.dbf", "不是 DBF 文件，或文件头已损坏", "this is no DBF file, or its header is damaged")  # fmt: skip
