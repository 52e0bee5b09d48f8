"""Workbooks put together part by part, so that any layout and any markup can be tried."""

import io
import struct
import zipfile
from typing import Any

from adapters.formats import Chunk
from adapters.formats.spreadsheet import Spreadsheet, SpreadsheetSettings

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STRICT_OFFICE = "http://purl.oclc.org/ooxml/officeDocument/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def sheet_xml(rows: str, tail: str = "", main: str = MAIN, prefix: str = "") -> str:
    """Return a worksheet around some rows."""
    name = f":{prefix[:-1]}" if prefix else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><{prefix}worksheet xmlns{name}="{main}">'
        f"<{prefix}sheetData>{rows}</{prefix}sheetData>{tail}</{prefix}worksheet>"
    )


def _escaped(code: str) -> str:
    return code.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")


def styles_xml(*codes: str) -> str:
    """Return styles: 0 is General, and one for each format code."""
    formats = "".join(
        f'<numFmt numFmtId="{164 + n}" formatCode="{_escaped(code)}"/>'
        for n, code in enumerate(codes)
    )
    numbers = "".join(f'<xf numFmtId="{164 + n}"/>' for n in range(len(codes)))
    return (
        f'<styleSheet xmlns="{MAIN}"><numFmts>{formats}</numFmts>'
        f'<cellXfs><xf numFmtId="0"/>{numbers}</cellXfs></styleSheet>'
    )


def strings_xml(items: str) -> str:
    """Return a table of shared strings."""
    return f'<?xml version="1.0" encoding="UTF-8"?><sst xmlns="{MAIN}">{items}</sst>'


def parts(
    sheet: str | bytes,
    strings: str = "",
    styles: str = "",
    workbook: str = "",
    book_tail: str = "",
    strict: bool = False,
) -> dict[str, str | bytes]:
    """Return the parts of a workbook with one sheet."""
    office, main = (_STRICT_OFFICE, STRICT) if strict else (_OFFICE, MAIN)
    links = [("rId1", "worksheet", "worksheets/sheet1.xml")]
    links += [("rId2", "sharedStrings", "sharedStrings.xml")] if strings else []
    links += [("rId3", "styles", "styles.xml")] if styles else []

    def relationships(entries: list[tuple[str, str, str]]) -> str:
        inner = "".join(
            f'<Relationship Id="{i}" Type="{office}/{kind}" Target="{target}"/>'
            for i, kind, target in entries
        )
        return f'<Relationships xmlns="{_PACKAGE}">{inner}</Relationships>'

    made: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": relationships([("rId1", "officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": workbook
        or f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
        f'<sheet name="数据" sheetId="1" r:id="rId1"/></sheets>{book_tail}</workbook>',
        "xl/_rels/workbook.xml.rels": relationships(links),
        "xl/worksheets/sheet1.xml": sheet,
    }
    if strings:
        made["xl/sharedStrings.xml"] = strings
    if styles:
        made["xl/styles.xml"] = styles
    return made


def packed(made: dict[str, str | bytes]) -> bytes:
    """Return parts as an archive."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in made.items():
            archive.writestr(name, content)
    return data.getvalue()


def read(data: bytes, size: int = 100, after: int = 0, **settings: Any) -> list[Chunk]:
    """Return the chunks of a workbook; every row with a cell is counted exactly once."""
    spreadsheet = Spreadsheet(SpreadsheetSettings(**settings))
    chunks = list(spreadsheet.read(io.BytesIO(data), size, after))
    if after == 0:
        counted = spreadsheet.count(io.BytesIO(data))
        assert counted is not None
        assert counted.records == sum(len(c.numbers) + c.blank + c.left_out for c in chunks)
    return chunks


def outcome(data: bytes, size: int = 100, **settings: Any) -> tuple[Any, ...]:
    """Return rows with their numbers, faults by row, blank rows and rows left out."""
    chunks = read(data, size, **settings)
    rows = {n: row for c in chunks for n, row in zip(c.numbers, c.rows.rows(), strict=True)}
    faults = {c.numbers[f.row]: (f.rule, f.zh) for c in chunks for f in c.faults}
    return rows, faults, sum(c.blank for c in chunks), sum(c.left_out for c in chunks)


def record(kind: int, data: bytes = b"") -> bytes:
    """Return a record of an xls."""
    return struct.pack("<HH", kind, len(data)) + data


def compound(streams: dict[str, bytes]) -> bytes:
    """Return a compound file with some streams, each padded to sectors of its own."""
    body, table = b"", [0xFFFFFFFD, 0xFFFFFFFE]
    entries = [_entry("Root Entry", 5, 0xFFFFFFFE, 0, child=1)]
    for number, (name, content) in enumerate(streams.items(), start=1):
        data = content.ljust(max(4096, -(-len(content) // 512) * 512), b"\0")
        start = 2 + len(body) // 512
        count = len(data) // 512
        table += [*range(start + 1, start + count), 0xFFFFFFFE]
        body += data
        after = number + 1 if number < len(streams) else -1
        entries.append(_entry(name, 2, start, len(data), right=after))
    fat = struct.pack(f"<{len(table)}I", *table).ljust(512, b"\xff")
    header = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(16)
        + struct.pack(
            "<5H6x9I", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0
        )
    )
    header += struct.pack("<I", 0) + b"\xff" * (4 * 108)
    return header + fat + b"".join(entries).ljust(512, b"\0") + body


def _entry(name: str, kind: int, start: int, size: int, right: int = -1, child: int = -1) -> bytes:
    text = f"{name}\0".encode("utf-16-le")
    rest = struct.pack("<HBBiii36xII4x", len(text), kind, 1, -1, right, child, start, size)
    return text.ljust(64, b"\0") + rest
