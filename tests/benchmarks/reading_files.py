"""Files of made-up penalties in every format, for the benchmark of readers."""

import csv
import json
import struct
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter
import xlwt
from lxml import etree
from sqlalchemy import create_engine, text

from gateway.demo.generate import penalties

Lines = Iterator[list[str]]
Writer = Callable[[Path, list[str], Lines], None]

#: Bytes of a column of fixed width and of DBF.
FIXED_WIDTH, DBF_WIDTH = 100, 60
#: Rows that an old workbook can hold with its heading.
XLS_ROWS = 65_535
_ENVELOPE = (
    b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><Answer>',
    b"</Answer></s:Body></s:Envelope>",
)


def rows(count: int) -> tuple[list[str], Lines]:
    """Return headings and rows: generated ones again and again, each with its number."""
    made = penalties(1, 2000, date(2026, 4, 1)).rows
    header = list(made[0])
    values = [list(row.values()) for row in made]
    return header, ([f"{n}", *values[n % len(values)][1:]] for n in range(count))


def _cell(cell: str, encoding: str, width: int) -> bytes:
    """Return as many whole characters of a cell as there is room for, padded."""
    whole = cell.encode(encoding)[:width].decode(encoding, "ignore")
    return whole.encode(encoding).ljust(width)


def _csv(encoding: str, quoting: Any) -> Writer:
    def write(path: Path, header: list[str], lines: Lines) -> None:
        with path.open("w", encoding=encoding, newline="") as stream:
            writer = csv.writer(stream, quoting=quoting)
            writer.writerow(header)
            writer.writerows(lines)

    return write


def _fixed(path: Path, _header: list[str], lines: Lines) -> None:
    with path.open("wb") as stream:
        for line in lines:
            cells = (_cell(cell, "gb18030", FIXED_WIDTH) for cell in line)
            stream.write(b"".join(cells) + b"\n")


def _objects(header: list[str], lines: Lines) -> Iterator[str]:
    for line in lines:
        yield json.dumps(dict(zip(header, line, strict=True)), ensure_ascii=False)


def _json_lines(path: Path, header: list[str], lines: Lines) -> None:
    with path.open("w", encoding="utf-8") as stream:
        stream.writelines(f"{item}\n" for item in _objects(header, lines))


def _json(path: Path, header: list[str], lines: Lines) -> None:
    with path.open("w", encoding="utf-8") as stream:
        before = "["
        for item in _objects(header, lines):
            stream.write(f"{before}{item}")
            before = ", "
        stream.write("]")


def _xml_rows(header: list[str], lines: Lines) -> Iterator[bytes]:
    yield b"<Data>"
    for line in lines:
        row = etree.Element("Row")
        for name, cell in zip(header, line, strict=True):
            etree.SubElement(row, name).text = cell
        yield etree.tostring(row, encoding="unicode").encode()
    yield b"</Data>"


def _xml(path: Path, header: list[str], lines: Lines) -> None:
    with path.open("wb") as stream:
        stream.writelines(_xml_rows(header, lines))


def _soap(path: Path, header: list[str], lines: Lines) -> None:
    with path.open("wb") as stream:
        stream.write(_ENVELOPE[0])
        stream.writelines(_xml_rows(header, lines))
        stream.write(_ENVELOPE[1])


def _xlsx(options: dict[str, Any]) -> Writer:
    def write(path: Path, header: list[str], lines: Lines) -> None:
        book = xlsxwriter.Workbook(path, options)
        sheet = book.add_worksheet()
        for number, line in enumerate([header, *lines]):
            for place, cell in enumerate(line):
                sheet.write_string(number, place, cell)
        book.close()

    return write


def _xls(path: Path, header: list[str], lines: Lines) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("1")
    for number, line in enumerate([header, *lines]):
        for place, cell in enumerate(line):
            sheet.write(number, place, cell)
    book.save(str(path))


def _dbf(path: Path, header: list[str], lines: Lines) -> None:
    length = 1 + DBF_WIDTH * len(header)
    count = 0
    with path.open("wb") as stream:
        stream.write(bytes(32))
        for place in range(len(header)):
            stream.write(struct.pack("<11sc4xBB14x", f"C{place}".encode(), b"C", DBF_WIDTH, 0))
        stream.write(b"\r")
        size = stream.tell()
        for line in lines:
            count += 1
            stream.write(b" " + b"".join(_cell(cell, "gbk", DBF_WIDTH) for cell in line))
        stream.write(b"\x1a")
        stream.seek(0)
        # 4D: the code page of simplified Chinese.
        stream.write(struct.pack("<BBBBIHH17xB2x", 3, 126, 4, 1, count, size, length, 0x4D))


def _database(path: Path, header: list[str], lines: Lines) -> None:
    engine = create_engine(f"sqlite:///{path}")
    columns, values = ", ".join(header), ", ".join(f":{name}" for name in header)
    with engine.begin() as connection:
        types = ", ".join(f"{name} TEXT" for name in header)
        connection.execute(text(f"CREATE TABLE t (id INTEGER PRIMARY KEY, {types})"))
        made = [dict(zip(header, line, strict=True)) for line in lines]
        connection.execute(text(f"INSERT INTO t ({columns}) VALUES ({values})"), made)
    engine.dispose()


WRITERS: dict[str, Writer] = {
    "delimited, bare": _csv("gb18030", csv.QUOTE_MINIMAL),
    "delimited, quoted": _csv("gb18030", csv.QUOTE_ALL),
    "delimited, UTF-8": _csv("utf-8", csv.QUOTE_MINIMAL),
    "fixed width": _fixed,
    "JSON lines": _json_lines,
    "JSON": _json,
    "XML": _xml,
    "SOAP answer": _soap,
    "xlsx": _xlsx({}),
    "xlsx, inline texts": _xlsx({"constant_memory": True}),
    "xls": _xls,
    "DBF": _dbf,
    "database": _database,
}
