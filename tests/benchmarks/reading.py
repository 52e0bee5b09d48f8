"""How fast each format and source is read into text columns, each beside a peer that reads the same.

Run as `python -m tests.benchmarks.reading [--rows N] [--only NAME]`; prints a line each: rows/s, peak MB of a process of
its own, and the peer's rows/s. Quoted text goes through Python's csv; the peer there is csv itself.
"""

import argparse
import csv
import json
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import dbf
import polars as pl
import xlsxwriter
from lxml import etree
from python_calamine import CalamineWorkbook
from sqlalchemy import create_engine, text

from adapters import Batch
from adapters.database import DatabaseAdapter, DatabaseSettings
from adapters.formats import open_format
from adapters.soap.answer import Request, read_answer
from gateway.demo.generate import penalties

#: Rows of formats that hold a whole workbook or table in other programs' limits.
SMALL = 50_000


def rows(count: int) -> tuple[list[str], Iterator[list[str]]]:
    """Make rows by repeating generated ones, each with its number."""
    made = penalties(1, 2000, date(2026, 4, 1)).rows
    header = list(made[0])
    values = [list(row.values()) for row in made]
    return header, ([f"{n}", *values[n % len(values)][1:]] for n in range(count))


Lines = Iterator[list[str]]


def _csv(path: Path, header: list[str], lines: Lines, encoding: str, quoting: Any) -> None:
    with path.open("w", encoding=encoding, newline="") as stream:
        writer = csv.writer(stream, quoting=quoting)
        writer.writerow(header)
        writer.writerows(lines)


def _fixed(path: Path, _header: list[str], lines: Lines) -> None:
    with path.open("wb") as stream:
        for line in lines:
            cells = (cell.encode("gb18030")[:100].ljust(100) for cell in line)
            stream.write(b"".join(cells) + b"\n")


def _json_lines(path: Path, header: list[str], lines: Lines) -> None:
    with path.open("w", encoding="utf-8") as stream:
        for line in lines:
            row = dict(zip(header, line, strict=True))
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")


def _json(path: Path, header: list[str], lines: Lines) -> None:
    data = [dict(zip(header, line, strict=True)) for line in lines]
    path.write_text(json.dumps(data, ensure_ascii=False), "utf-8")


def _xml(path: Path, header: list[str], lines: Lines) -> None:
    root = etree.Element("Data")
    for line in lines:
        row = etree.SubElement(root, "Row")
        for name, cell in zip(header, line, strict=True):
            etree.SubElement(row, name).text = cell
    path.write_bytes(etree.tostring(root))


def _soap(path: Path, header: list[str], lines: Lines) -> None:
    _xml(path, header, lines)
    open_, close = (
        b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><Answer>',
        b"</Answer></s:Body></s:Envelope>",
    )
    path.write_bytes(open_ + path.read_bytes() + close)


def _workbook(path: Path, header: list[str], lines: Lines) -> None:
    book = xlsxwriter.Workbook(path, {"constant_memory": True})
    sheet = book.add_worksheet()
    for number, line in enumerate([header, *lines]):
        for place, cell in enumerate(line):
            sheet.write_string(number, place, cell)
    book.close()


def _dbf(path: Path, header: list[str], lines: Lines) -> None:
    names = [f"c{n} C(60)" for n in range(len(header))]
    table = dbf.Table(str(path), ";".join(names), codepage="cp936")
    table.open(dbf.READ_WRITE)
    for line in lines:
        table.append(tuple(cell[:28] for cell in line))
    table.close()


def _database(path: Path, header: list[str], lines: Lines) -> None:
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        columns, values = ", ".join(header), ", ".join(f":{name}" for name in header)
        connection.execute(
            text(
                f"CREATE TABLE t (id INTEGER PRIMARY KEY, {', '.join(f'{n} TEXT' for n in header)})"
            )
        )
        rows_ = [dict(zip(header, line, strict=True)) for line in lines]
        connection.execute(text(f"INSERT INTO t ({columns}) VALUES ({values})"), rows_)
    engine.dispose()


WRITERS: dict[str, Callable[[Path, list[str], Lines], None]] = {
    "delimited": lambda p, h, r: _csv(p, h, r, "gb18030", csv.QUOTE_MINIMAL),
    "delimited, quoted": lambda p, h, r: _csv(p, h, r, "gb18030", csv.QUOTE_ALL),
    "delimited, utf-8": lambda p, h, r: _csv(p, h, r, "utf-8", csv.QUOTE_MINIMAL),
    "fixed": _fixed,
    "json lines": _json_lines,
    "json": _json,
    "xml": _xml,
    "soap answer": _soap,
    "spreadsheet": _workbook,
    "dbf": _dbf,
    "database": _database,
}

SETTINGS: dict[str, tuple[str, dict[str, Any]]] = {
    "delimited": ("delimited", {}),
    "delimited, quoted": ("delimited", {}),
    "delimited, utf-8": ("delimited", {"encoding": "utf-8"}),
    "fixed": ("fixed", {"columns": {f"c{n}": 100 for n in range(23)}}),
    "json lines": ("json", {"lines": True}),
    "json": ("json", {}),
    "xml": ("xml", {"row": "Data/Row"}),
    "spreadsheet": ("spreadsheet", {}),
    "dbf": ("dbf", {"encoding": "gbk"}),
}


def ours(kind: str, path: Path) -> int:
    """Read a file as an adapter would; count its rows."""
    if kind == "soap answer":
        request = asdict(Request(answer="Answer", rows_path="Data.Row"))
        return read_answer(path.read_bytes(), "text/xml", request)[1].height
    if kind == "database":
        settings = DatabaseSettings(
            url=f"sqlite:///{path}", table="t", key_column="id", mode="full"
        )
        with closing(DatabaseAdapter(settings)) as adapter:
            return sum(item.rows.height for item in adapter.fetch("") if isinstance(item, Batch))
    name, settings_of = SETTINGS[kind]
    with path.open("rb") as stream:
        return sum(
            chunk.rows.height for chunk in open_format(name, settings_of).read(stream, 10_000)
        )


def _peer_sqlite(path: Path) -> int:
    import sqlite3

    with closing(sqlite3.connect(path)) as connection:
        return len(connection.execute("SELECT * FROM t").fetchall())


def _peer_dbf(path: Path) -> int:
    table = dbf.Table(str(path), codepage="cp936")
    table.open(dbf.READ_ONLY)
    count = sum(1 for record in table if tuple(record))
    table.close()
    return count


#: What somebody would use who wrote a reader for one file.
PEERS: dict[str, tuple[str, Callable[[Path], int]]] = {
    "delimited": (
        "csv",
        lambda p: sum(1 for _ in csv.reader(p.open(encoding="gb18030", newline=""))) - 1,
    ),
    "delimited, quoted": (
        "csv",
        lambda p: sum(1 for _ in csv.reader(p.open(encoding="gb18030", newline=""))) - 1,
    ),
    "delimited, utf-8": ("polars.read_csv", lambda p: pl.read_csv(p, infer_schema=False).height),
    "json lines": ("polars.read_ndjson", lambda p: pl.read_ndjson(p).height),
    "json": ("json.load", lambda p: len(json.loads(p.read_text("utf-8")))),
    "xml": (
        "lxml.parse",
        lambda p: sum(1 for row in etree.parse(p).getroot() if [cell.text for cell in row]),
    ),
    "soap answer": (
        "lxml.parse",
        lambda p: sum(
            1 for row in etree.parse(p).getroot().iter("Row") if [cell.text for cell in row]
        ),
    ),
    "spreadsheet": (
        "calamine",
        lambda p: len(CalamineWorkbook.from_path(p).get_sheet_by_index(0).to_python()) - 1,
    ),
    "dbf": ("dbf", _peer_dbf),
    "database": ("sqlite3", _peer_sqlite),
}


def _work(who: str, kind: str, path: Path, queue: Any) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.perf_counter()
    count = ours(kind, path) if who == "ours" else PEERS[kind][1](path)
    took = time.perf_counter() - begun
    queue.put((count, took, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024))


def measured(who: str, kind: str, path: Path) -> tuple[int, float, float]:
    """Read in a process of its own, twice; give rows, the quicker run's seconds, by how many MB its memory grew."""
    context = multiprocessing.get_context("spawn")
    found: list[tuple[int, float, float]] = []
    for _ in range(2):
        queue: Any = context.Queue()
        process = context.Process(target=_work, args=(who, kind, path, queue))
        process.start()
        found.append(queue.get())
        process.join()
    return min(found, key=lambda one: one[1])


def main() -> None:
    """Print a line a format."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rows", type=int, default=200_000)
    arguments.add_argument("--only", help="formats whose name holds this")
    given = arguments.parse_args()
    count = given.rows
    with tempfile.TemporaryDirectory() as folder:
        for kind, writer in WRITERS.items():
            if given.only and given.only not in kind:
                continue
            path = Path(folder) / ("file.dbf" if kind == "dbf" else "file")
            path.unlink(missing_ok=True)
            wanted = min(count, SMALL) if kind in ("dbf", "spreadsheet") else count
            writer(path, *rows(wanted))
            read, took, grown = measured("ours", kind, path)
            assert read == wanted, (kind, read)
            line = f"| {kind} | {wanted:,} | {read / took:,.0f} | {grown:.0f} |"
            if kind in PEERS:
                peer_rows, peer_took, peer_grown = measured("peer", kind, path)
                line += f" {PEERS[kind][0]} {peer_rows / peer_took:,.0f} | {peer_grown:.0f} |"
            else:
                line += " – | – |"
            print(line, flush=True)


if __name__ == "__main__":
    main()
