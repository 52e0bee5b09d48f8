"""DBF tables and workbooks, made by other people's writers where there are some."""

import io
import random
import zipfile
from datetime import date
from typing import Any

import xlsxwriter
import xlwt

from tests.fuzz.ways import VALUES, Way, rows
from tests.oracles import dbf_oracle, workbook_oracle, xls_oracle

_DBF = (b"*", b" ", b"\x1a", b"\0", b"\r", b"\xff", b"\n", b"?")
_SHEET = (
    b"<c/>",
    b"<f>1</f>",
    b't="e"',
    b"<v>",
    b"</v>",
    b"<row>",
    b"</row>",
    b'"',
    b">",
    b' s="1"',
    b"<v/>",
    b'<f t="shared" si="0"/>',
    b"<is><t>x</t></is>",
    b"&amp;",
    b"_x000A_",
    b"<!--x-->",
    b'<mergeCell ref="A2:B3"/>',
    b"1",
    b"e",
    b".",
)
_DBF_VALUE = rb"(?<=[ *])[0-9]\xba\xc5|20260305|[ 0-9.-]{10}|[ *](?=[0-9]\xba\xc5)"
_DBF_VALUES = (
    b"*",
    b" ",
    b"\xba\xc5",
    b"        ",
    b"**********",
    b"1.5       ",
    b"   1.2.3  ",
    b"\0\0\0",
    b"\xff",
    b"?",
    b"20261301",
    b"2026-1-1",
    b"x",
    b"\x1a",
    b"\n",
    b"+1",
    b"\x01",
    b"\x07",
)
_CELL = rb"<c [^>]*/>|<c [^>]*>.*?</c>|<v>[^<]*</v>|(?<=<v>)[^<]*(?=</v>)|(?<= s=\")[0-9]*(?=\")"
_CELLS = (
    b"",
    b"<c/>",
    b"<c><v>1</v></c>",
    b'<c t="inlineStr"><is><t>x</t></is></c>',
    b'<c t="e"><v>#N/A</v></c>',
    b'<c t="b"><v>2</v></c>',
    b'<c t="b"><v>1</v></c>',
    b"<c><f>A1</f></c>",
    b"<c><f>A1</f><v>2</v></c>",
    b'<c t="str"><f>A1</f><v>y</v></c>',
    b'<c t="str"><v> </v></c>',
    b'<c t="s"><v>99</v></c>',
    b'<c t="s"><v>0</v></c>',
    b"<v>1</v><v>2</v>",
    b"<v/>",
    b"<v>1.50</v>",
    b"<v>01</v>",
    b"<v>1e5</v>",
    b"<v> 7 </v>",
    b"1",
    b"0",
    b"2",
    b"3",
    b"1234567890123456",
    b"0.1",
    b"x",
    b"<is><t>x</t></is>",
    b"<!--x--><v>3</v>",
    b"<v><![CDATA[4]]></v>",
    b"-1",
    b'<c r="B2"><v>1</v></c>',
    b'<c t="inlineStr"><is><r><t>x</t></r><r><t>y</t></r><rPh><t>z</t></rPh></is></c>',
    b'<c t="inlineStr"><is><t>a_x000A_b</t></is></c>',
    b"<v>&#49;</v>",
    b'<c t="d"><v>2026-01-01</v></c>',
    b"<v>-0</v>",
    b'<c t="n" s="1"><v>46000</v></c>',
    b'<c s="2"><v>46000.5</v></c>',
    b'<c s="77"><v>1</v></c>',
    b"0.30000000000000004",
)
_NUMBERS = (1, 25, 1234567, 0, -3, 0.5, 1234.25, 752000123)


def _dbf_column(name: str, kind: bytes, width: int, places: int = 0, flags: int = 0) -> bytes:
    made = name.encode().ljust(11, b"\0") + kind + b"\0" * 4 + bytes((width, places, flags))
    return made.ljust(32, b"\0")


def _dbf_table(version: int, columns: list[bytes], records: list[bytes], end: bytes) -> bytes:
    head = bytearray(32)
    head[0], head[29] = version, 0x4D
    size = 32 + sum(map(len, columns)) + 1 + (263 if version == 0x30 else 0)
    length = 1 + sum(column[16] for column in columns)
    head[4:12] = (
        len(records).to_bytes(4, "little")
        + size.to_bytes(2, "little")
        + length.to_bytes(2, "little")
    )
    made = bytes(head) + b"".join(columns) + b"\r"
    return made.ljust(size, b"\0") + b"".join(records) + end


def _dbf_text(value: str, width: int) -> bytes:
    while len(value.encode("gbk", "replace")) > width:
        value = value[:-1]
    return value.encode("gbk", "replace").ljust(width)


def _dbf(chance: random.Random) -> bytes:
    columns = [
        _dbf_column("c0", b"C", 10),
        _dbf_column("c1", b"C", 40),
        _dbf_column("c2", b"N", 10, 2),
        _dbf_column("c3", b"D", 8),
        _dbf_column("c4", b"L", 1),
    ]
    records = [
        (b"*" if chance.random() < 0.1 else b" ")
        + _dbf_text(f"{n}号", 10)
        + _dbf_text(chance.choice(VALUES).replace("\u00a0", ""), 40)
        + chance.choice(("", "5.25", "-1.00")).encode().rjust(10)
        + chance.choice((b"20260305", b" " * 8))
        + chance.choice((b"T", b"n", b"?", b" "))
        for n in range(1, chance.randint(2, 8))
    ]
    if chance.random() < 0.1:
        records.append(b" " * len(records[0]))
    return _dbf_table(0x03, columns, records, chance.choice((b"\x1a", b"", b"\x1a\0\0")))


def _dbf_foxpro(chance: random.Random) -> bytes:
    """A table of Visual FoxPro: integers that may be NULL, with the bits that say so."""
    columns = [
        _dbf_column("c0", b"C", 10),
        _dbf_column("c1", b"C", 20, flags=2),
        _dbf_column("c2", b"I", 4, flags=2),
        _dbf_column("c3", b"N", 8, 2, flags=2),
        _dbf_column("_NullFlags", b"0", 1, flags=5),
    ]
    records = []
    for n in range(1, chance.randint(2, 8)):
        bits = chance.choice((0, 1, 2, 3, 4, 7))
        text = b" " * 20 if bits & 1 else _dbf_text(chance.choice(VALUES).replace("\u00a0", ""), 20)
        integer = 0 if bits & 2 else chance.choice((0, 7, -7, 2**31 - 1))
        number = b" " * 8 if bits & 4 else b"1.50".rjust(8)
        mark = b"*" if chance.random() < 0.1 else b" "
        records.append(
            mark
            + _dbf_text(f"{n}号", 10)
            + text
            + integer.to_bytes(4, "little", signed=True)
            + number
            + bytes((bits,))
        )
    return _dbf_table(0x30, columns, records, b"\x1a")


def _workbook(chance: random.Random) -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"constant_memory": chance.random() < 0.5})
    sheet = book.add_worksheet()
    every = rows(chance)
    sheet.write_row(0, 0, list(every[0]))
    for number, row in enumerate(every, 1):
        for place, value in enumerate(row.values()):
            if value == "5%":
                sheet.write_number(number, place, chance.choice((1, 25, 1234567)))
            elif value == "a":
                sheet.write_boolean(number, place, chance.random() < 0.5)
            elif value:
                sheet.write_string(number, place, value)
    book.close()
    return stream.getvalue()


def _workbook_rich(chance: random.Random) -> bytes:
    """A workbook with number formats, days, formulas with their values, blanks and merged cells."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    sheet = book.add_worksheet()
    codes = ("0000000000", "yyyy-mm-dd", "#,##0.00", "000000")
    zeros, day, money, six = (book.add_format({"num_format": code}) for code in codes)
    every = rows(chance)
    sheet.write_row(0, 0, list(every[0]))
    for number, row in enumerate(every, 1):
        for place, value in enumerate(row.values()):
            match chance.randrange(9) if place else 8:
                case 0:
                    sheet.write_number(
                        number, place, chance.choice((752000123, 7, 1234567890)), zeros
                    )
                case 1:
                    sheet.write_datetime(number, place, date(2026, chance.randint(1, 12), 5), day)
                case 2:
                    sheet.write_number(number, place, chance.choice(_NUMBERS), money)
                case 3:
                    sheet.write_formula(number, place, "=A1&B1", None, value or "甲")
                case 4:
                    sheet.write_formula(number, place, "=1+1", None, chance.choice(_NUMBERS[:3]))
                case 5:
                    sheet.write_blank(number, place, None, money)
                case 6:
                    sheet.write_number(number, place, chance.choice((1, 12, 123456)), six)
                case 7:
                    sheet.write_rich_string(number, place, "甲", money, "乙丙", "丁")
                case _ if value:
                    sheet.write_string(number, place, value)
    if chance.random() < 0.1:
        sheet.merge_range(len(every) + 1, 0, len(every) + 2, 1, "合计")
    book.close()
    # Excel notes that it has calculated; xlsxwriter asks for it on opening.
    return _calculated(stream.getvalue())


def _calculated(data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(buffer, "w") as target:
        for name in source.namelist():
            part = source.read(name)
            target.writestr(name, part.replace(b' fullCalcOnLoad="1"', b""))
    return buffer.getvalue()


def _xls(chance: random.Random) -> bytes:
    stream = io.BytesIO()
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("表")
    codes = ("General", "0000000000", "yyyy-mm-dd", "#,##0.00")
    plain, zeros, day, money = (xlwt.easyxf(num_format_str=code) for code in codes)
    every = rows(chance)
    for place, name in enumerate(every[0]):
        sheet.write(0, place, name)
    for number, row in enumerate(every, 1):
        for place, value in enumerate(row.values()):
            match chance.randrange(7) if place else 6:
                case 0:
                    sheet.write(number, place, chance.choice((752000123, 7)), zeros)
                case 1:
                    sheet.write(number, place, date(2026, chance.randint(1, 12), 5), day)
                case 2:
                    sheet.write(number, place, chance.choice(_NUMBERS), money)
                case 3:
                    sheet.write(number, place, chance.random() < 0.5)
                case 4:
                    sheet.write(number, place, chance.choice(_NUMBERS), plain)
                case 5:
                    sheet.write(number, place, None, money)
                case _ if value:
                    sheet.write(number, place, value)
    if chance.random() < 0.1:
        sheet.merge(len(every) + 1, len(every) + 2, 0, 1)
    book.save(stream)
    return stream.getvalue()


def _dbf_way(make: Any) -> Way:
    return Way(
        "dbf",
        {"encoding": "gbk"},
        make,
        dbf_oracle.read,
        _DBF,
        b"20260305",
        b"  ",
        "",
        _DBF_VALUE,
        _DBF_VALUES,
    )


WAYS = {
    "dbf": _dbf_way(_dbf),
    "dbf-foxpro": _dbf_way(_dbf_foxpro),
    "workbook": Way(
        "spreadsheet",
        {},
        _workbook,
        workbook_oracle.read,
        _SHEET,
        b"</row>",
        b"<c",
        "xlsx",
        _CELL,
        _CELLS,
    ),
    "workbook-rich": Way(
        "spreadsheet",
        {},
        _workbook_rich,
        workbook_oracle.read,
        _SHEET,
        b"</row>",
        b"<c",
        "xlsx",
        _CELL,
        _CELLS,
    ),
    "xls": Way(
        "spreadsheet",
        {},
        _xls,
        xls_oracle.read,
        (b"\0", b"\x01", b"\xff"),
        b"\x08\x02",
        b"\0",
        "xls",
    ),
}
