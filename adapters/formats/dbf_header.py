"""The header of a DBF table: how many records there are, their columns,
and the code page of texts.
"""

import struct
from dataclasses import dataclass
from typing import BinaryIO

from adapters.formats import FormatError
from adapters.formats.decoding import decode
from adapters.input_limits import input_limits
from adapters.text import dbf_files
from adapters.text import record_files as messages

#: Code page marks (byte 29) that Chinese offices meet.
_CODE_PAGES = {
    0x01: "cp437",
    0x02: "cp850",
    0x03: "cp1252",
    0x4D: "gb18030",
    0x4F: "big5",
    0x57: "cp1252",
    0x58: "cp1252",
    0x59: "cp1252",
    0x78: "big5",
    0x7A: "gb18030",
}
#: First bytes of tables that are read: dBase III to V, FoxBASE+, FoxPro, Visual FoxPro, with a memo
#: file or an SQL table's or without. Others have their columns or their values elsewhere.
_VERSIONS = frozenset(
    {0x03, 0x04, 0x05, 0x30, 0x31, 0x32, 0x43, 0x63, 0x83, 0x87, 0x8B, 0x8E, 0xCB, 0xE5, 0xF5, 0xFB}
)
#: Widths of the types that are numbers in binary, and types whose bytes are text.
_BINARY = {"I": 4, "B": 8, "Y": 8, "T": 8}
_TEXT = "CNFDLV"
#: Types of which only a pointer is in the table, the value in a file beside it.
_MEMO = "MGPBW"
#: FoxPro's own column: a bit for each value that is NULL or shorter than its column.
SYSTEM = "0"
_NULLABLE = 0x02
_FIELD = 32


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its place in a record, and its bits in FoxPro's own column, where it has some."""

    name: str
    #: The name as it stands in the header.
    raw: bytes
    kind: str
    start: int
    width: int
    #: Bit that is set where a value is NULL, and where one of variable length is not full.
    null_bit: int | None = None
    length_bit: int | None = None


@dataclass(frozen=True, slots=True)
class Header:
    """What a table says of itself."""

    records: int
    #: Bytes of a record with its deletion mark.
    length: int
    #: All columns in order, those that are not read and FoxPro's own among them.
    columns: tuple[Column, ...]
    encoding: str
    #: The code page mark where it says the encoding, None where a setting does.
    mark: int | None


def read_header(stream: BinaryIO, encoding: str) -> Header:
    """Return the header, read up to the first record; `encoding` is "" for the table's own.

    Raises FormatError for what is no table, for an encrypted one, one of dBase 7 or of no version
    that is known, and where nothing says in which encoding texts are.
    """
    head = stream.read(_FIELD)
    if len(head) < _FIELD:
        raise FormatError("format.dbf", *dbf_files.no_table())
    records, head_length, length = struct.unpack("<IHH", head[4:12])
    rest = stream.read(max(head_length - _FIELD, 0))
    if head[0] & 0x07 == 0x04 and head_length >= 68 and b"\r" in rest[36::48]:
        raise FormatError("format.dbf", *dbf_files.version("dBase 7"))
    if head[0] not in _VERSIONS:
        raise FormatError("format.dbf", *dbf_files.version(f"DBF {head[0]:#04x}"))
    if len(rest) != head_length - _FIELD or b"\r" not in rest[::_FIELD]:
        raise FormatError("format.dbf", *dbf_files.no_table())
    if head[15] == 1:
        raise FormatError("format.dbf", *dbf_files.encrypted())
    used = encoding or _CODE_PAGES.get(head[29], "")
    if not used:
        raise FormatError("format.encoding", *dbf_files.no_code_page(head[29]))
    columns = _columns(rest, used)
    if (
        not all(c.name for c in columns)
        or not columns
        or 1 + sum(column.width for column in columns) != length
    ):
        raise FormatError("format.dbf", *dbf_files.no_table())
    return Header(records, length, columns, used, None if encoding else head[29])


def declared_records(stream: BinaryIO) -> int | None:
    """Return the number of records that a header declares, deleted ones too."""
    head = stream.read(8)
    return struct.unpack("<I", head[4:8])[0] if len(head) == 8 else None


def read_columns(header: Header, ignore: tuple[str, ...]) -> list[Column]:
    """Return the columns that are read; raises FormatError for one of a type that cannot be."""
    columns = [c for c in header.columns if c.kind != SYSTEM and c.name not in ignore]
    flags = sum(column.width for column in header.columns if column.kind == SYSTEM)
    limit = input_limits().columns
    if len(columns) > limit:
        raise FormatError("format.limit", *messages.too_many_columns(limit))
    for column in columns:
        if not column.width:
            raise FormatError("format.dbf", *dbf_files.no_width(column.name))
        if column.length_bit is not None and column.length_bit >= 8 * flags:
            raise FormatError("format.dbf", *dbf_files.no_length(column.name))
        if column.kind in _TEXT or _BINARY.get(column.kind) == column.width:
            continue
        if column.kind in _MEMO:
            raise FormatError("format.dbf", *dbf_files.memo(column.name, column.kind))
        raise FormatError("format.dbf", *dbf_files.unknown_type(column.name, column.kind))
    return columns


def _columns(fields: bytes, encoding: str) -> tuple[Column, ...]:
    columns: list[Column] = []
    start, bit = 1, 0
    for at in range(0, len(fields), _FIELD):
        field = fields[at : at + _FIELD]
        if field[:1] == b"\r" or len(field) < _FIELD:
            break
        kind = chr(field[11])
        width = field[16] + (field[17] << 8 if kind == "C" else 0)
        null_bit = length_bit = None
        if kind in "VQ":
            length_bit, bit = bit, bit + 1
        if field[18] & _NULLABLE:
            null_bit, bit = bit, bit + 1
        raw = field[:11].partition(b"\0")[0]
        name = decode(raw, encoding).strip()
        columns.append(Column(name, raw, kind, start, width, null_bit, length_bit))
        start += width
    return tuple(columns)
