"""Inputs that cost a reader more than their size; they are made, not stored."""

import io
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import xlsxwriter

_MAIN = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_HEAD = b'<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row>'
_CSV = {"encoding": "utf-8"}
_GBK = {"encoding": "gbk", "columns": {"a": 4}}
_ESCAPED = {"encoding": "utf-8", "escape": "\\"}
_XML = {"row": "a/b"}
#: Bytes of an input, and of one in which each row is refused with a text of its own.
_LARGE, _FAULTY = 400_000, 40_000


@dataclass(frozen=True)
class Bomb:
    """A format with settings, and an input of about so many bytes."""

    format: str
    settings: dict[str, Any]
    make: Callable[[int], bytes]
    size: int = _LARGE


def _repeated(before: bytes, piece: bytes, behind: bytes = b"") -> Callable[[int], bytes]:
    """Return what makes an input of one piece over and over."""
    return lambda size: before + piece * (size // len(piece)) + behind


def _numbered(before: bytes, piece: bytes, between: bytes, behind: bytes) -> Callable[[int], bytes]:
    """Return what makes an input of one piece over and over, each time with another number."""

    def make(size: int) -> bytes:
        times = range(size // len(piece))
        return before + between.join(piece.replace(b"%d", b"%d" % n) for n in times) + behind

    return make


def _sheet(inside: Callable[[int], bytes], strings: bool = False) -> Callable[[int], bytes]:
    """Return what makes a workbook with such a sheet, or with such shared strings."""

    def make(size: int) -> bytes:
        plain, made = io.BytesIO(), io.BytesIO()
        with xlsxwriter.Workbook(plain) as book:
            book.add_worksheet().write(0, 0, "a")
        parts = {
            "xl/worksheets/sheet1.xml": b"<worksheet %b>%b</worksheet>" % (_MAIN, inside(size))
        }
        if strings:
            parts = {"xl/sharedStrings.xml": b"<sst %b>%b</sst>" % (_MAIN, inside(size))}
        with zipfile.ZipFile(plain) as source, zipfile.ZipFile(made, "w") as target:
            for name in source.namelist():
                target.writestr(name, parts.get(name, source.read(name)))
        return made.getvalue()

    return make


def _dbf(size: int) -> bytes:
    columns, records = 2_000, max(size // 2_000, 1)
    fields = b"".join(
        (b"c%d" % n).ljust(11, b"\0") + b"C\0\0\0\0\x01".ljust(21, b"\0") for n in range(columns)
    )
    head = bytearray(32)
    head[0], head[29] = 3, 0x4D
    head[4:12] = struct.pack("<IHH", records, 32 + len(fields) + 1, columns + 1)
    return bytes(head) + fields + b"\r" + (b" " + b"x" * columns) * records


def _around(size: int) -> bytes:
    """Return rows in an element whose attribute is as long as all of them."""
    return b'<a x="%b">%b</a>' % (b"y" * size, b'<b c="1"/>' * (size // 10))


def _namespaces(size: int) -> bytes:
    names = b" ".join(b'xmlns:a%d="u"' % n for n in range(2_000))
    return b"<a %b>%b</a>" % (names, b'<b c="1"/>' * (size // 10))


BOMBS = {
    "quotes that never close": Bomb("delimited", _CSV, _repeated(b"a,b\n", b'"x,y\n'), _FAULTY),
    "quotes that never close, one column": Bomb(
        "delimited", _CSV, _repeated(b"a\n", b'"x\n'), _FAULTY
    ),
    "one quote that never closes": Bomb("delimited", _CSV, _repeated(b'a\n"x\n', b"y\n")),
    "quotes that open again": Bomb("delimited", _CSV, _repeated(b"a,b\n", b'"x\n"z,"\n'), _FAULTY),
    "doubled quotes": Bomb("delimited", _CSV, _repeated(b'a,b\n"', b'""', b'",1\n')),
    "escaped quotes": Bomb("delimited", _ESCAPED, _repeated(b'a,b\n"', b'\\"', b'",1\n')),
    "escaped ends of line": Bomb("delimited", _ESCAPED, _repeated(b'a,b\n"', b"\\\n"), _FAULTY),
    "escaped separators": Bomb("delimited", _ESCAPED, _repeated(b"a,b\n", b"\\,", b",1\n")),
    "separators": Bomb("delimited", _CSV, _repeated(b"a,b\n", b",")),
    "returns": Bomb("delimited", _CSV, _repeated(b"a,b\n", b"\r")),
    "headings": Bomb("delimited", _CSV, _numbered(b"", b"heading%d", b",", b"\n1\n")),
    "32,000 headings alike": Bomb("delimited", _CSV, _repeated(b"", b"a,", b"a\n"), 64_000),
    "footers": Bomb("delimited", {**_CSV, "footer_lines": 100}, _repeated(b"a,b\n", b"1,2\n")),
    "blank footers": Bomb(
        "delimited", {**_CSV, "footer_lines": 100}, _repeated(b"a,b\n1,2\n", b",\n")
    ),
    "titles with open quotes": Bomb(
        "delimited", {**_CSV, "header_row": 100}, _repeated(b"", b'"a,b\n')
    ),
    "NULs at the end": Bomb("delimited", _CSV, _repeated(b"a,b\n1,2\n", b"\0")),
    "bytes of no encoding": Bomb(
        "delimited", {"encoding": "gb18030"}, _repeated(b"a,b\n", b"\xff\xfe,\x81\n")
    ),
    "blank lines": Bomb("fixed", _GBK, _repeated(b"", b"\n")),
    "a line": Bomb("fixed", _GBK, _repeated(b"", b"x")),
    "blank trailers": Bomb("fixed", {**_GBK, "skip_last": 1000}, _repeated(b"", b"    \n")),
    "4,000 columns": Bomb(
        "fixed", {"columns": {f"c{n}": 1 for n in range(4000)}}, _repeated(b"", b"x" * 4000 + b"\n")
    ),
    "JSON: escaped quotes": Bomb("json", {}, _repeated(b'[{"a":"', b'\\"', b'"}]')),
    "JSON: arrays that open": Bomb("json", {}, _repeated(b"", b"[")),
    "JSON: a row of arrays": Bomb("json", {}, _repeated(b'[{"a":', b"[")),
    "JSON: quotes": Bomb("json", {}, _repeated(b"[", b'"')),
    "JSON: a number": Bomb("json", {}, _repeated(b'[{"a":', b"9", b"}]")),
    "JSON: keys": Bomb("json", {}, _numbered(b"[{", b'"k%d":1', b",", b"}]")),
    "JSON: one key": Bomb("json", {}, _repeated(b"[{", b'"k":1,', b'"k":1}]')),
    "JSON: numbers for rows": Bomb("json", {}, _repeated(b'[{"a":1},', b"1,", b"1]"), _FAULTY),
    "JSON: what stands before the rows": Bomb(
        "json", {"rows": "d"}, _repeated(b'{"x":[', b"1,", b'1],"d":[{"a":1}]}')
    ),
    "JSON: backslashes": Bomb("json", {}, _repeated(b'[{"a":"', b"\\", b'"}]')),
    "JSON lines: quotes": Bomb(
        "json", {"lines": True}, _repeated(b'{"a":1}\n', b'{"a":"\n'), _FAULTY
    ),
    "JSON lines: a line": Bomb("json", {"lines": True}, _repeated(b'{"a":"', b"x", b'"}')),
    "XML: depth": Bomb("xml", _XML, _repeated(b"", b"<a>")),
    "XML: depth of a row": Bomb("xml", _XML, _repeated(b"<a><b>", b"<c>")),
    "XML: tags that never close": Bomb("xml", _XML, _repeated(b"<a>", b"<")),
    "XML: a row that never closes": Bomb("xml", _XML, _repeated(b"<a><b>", b"<c>1</c>")),
    "XML: attributes": Bomb("xml", _XML, _numbered(b"<a><b ", b'a%d="1"', b" ", b"/></a>")),
    "XML: a long attribute around rows": Bomb("xml", _XML, _around),
    "XML: namespaces around rows": Bomb("xml", _XML, _namespaces),
    "XML: a comment that never closes": Bomb("xml", _XML, _repeated(b"<a><!--", b"x-")),
    "XML: sections": Bomb("xml", _XML, _repeated(b"<a><b><c>", b"<![CDATA[x]]>", b"</c></b></a>")),
    "XML: references": Bomb("xml", _XML, _repeated(b"<a><b><c>", b"&#1;", b"</c></b></a>")),
    "XML: elements of a row": Bomb(
        "xml", _XML, _numbered(b"<a><b>", b"<c%d/>", b"", b"</b></a>"), _FAULTY
    ),
    "XML: one element": Bomb("xml", _XML, _repeated(b"<a><b>", b"<c/>", b"</b></a>")),
    "XML: blanks": Bomb("xml", _XML, _repeated(b"", b" ", b'<a><b c="1"/></a>')),
    "DBF: columns": Bomb("dbf", {}, _dbf),
    "workbook: rows without cells": Bomb(
        "spreadsheet", {}, _sheet(_repeated(_HEAD, b"<row/>", b"</sheetData>"))
    ),
    "workbook: a row": Bomb(
        "spreadsheet", {}, _sheet(_repeated(_HEAD + b"<row>", b"<x/>", b"</row></sheetData>"))
    ),
    "workbook: merges": Bomb(
        "spreadsheet",
        {},
        _sheet(
            _numbered(
                _HEAD + b"</sheetData><mergeCells>",
                b'<mergeCell ref="A2:B1%d"/>',
                b"",
                b"</mergeCells>",
            )
        ),
    ),
    "workbook: depth": Bomb("spreadsheet", {}, _sheet(_repeated(_HEAD, b"<x>"))),
    "workbook: comments": Bomb(
        "spreadsheet", {}, _sheet(_repeated(_HEAD, b"<!--x-->", b"</sheetData>"))
    ),
    "workbook: shared strings": Bomb(
        "spreadsheet", {}, _sheet(_repeated(b"", b"<si><r><t>x</t></r></si>"), strings=True)
    ),
}
