"""Today's readers, for the benchmark: as the product calls them, or in this process (`direct`).

Run as `python -m tests.benchmarks.reading_today reader|direct|peer`. Reads a line of JSON (kind,
path, settings), answers with one: rows, CPU seconds with those of the reader, memory of both.
"""

import csv
import json
import os
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl
from lxml import etree

from adapters import Batch
from adapters.database import DatabaseAdapter, DatabaseSettings
from adapters.formats import Chunk, open_format
from adapters.reader import bodies
from adapters.reader.files import FileReading, FileRequest
from adapters.reader.pool import pool
from adapters.soap_answers.answer import read_answer
from adapters.soap_answers.model import Request
from tests.benchmarks.machine import exact_cpu_s, peak_mb

_SOAP = asdict(Request(answer="Answer", rows_path="Data.Row"))


def _database(path: Path, settings: dict[str, Any]) -> int:
    database_settings = DatabaseSettings(url=f"sqlite:///{path}", **settings)
    with closing(DatabaseAdapter(database_settings)) as adapter:
        return sum(item.rows.height for item in adapter.fetch("") if isinstance(item, Batch))


def by_reader(name: str, path: Path, settings: dict[str, Any]) -> int:
    """Read a file as the product does; return the number of rows."""
    if name == "soap":
        return bodies.read_answer(path.read_bytes(), "text/xml", _SOAP)[1].height
    if name == "database":
        return _database(path, settings)
    with path.open("rb") as stream:
        reading = FileReading(stream, FileRequest(name, settings))
        rows = sum(chunk.rows.height for chunk in reading)
    assert reading.counted is not None
    return rows


def directly(name: str, path: Path, settings: dict[str, Any]) -> int:
    """Read a file by the same code in this process; return the number of rows."""
    if name == "soap":
        return read_answer(path.read_bytes(), "text/xml", _SOAP)[1].height
    if name == "database":
        return _database(path, settings)
    reader = open_format(name, settings)
    with path.open("rb") as stream:
        chunks: Iterator[Chunk] = reader.read(stream, 10_000)
        rows = sum(chunk.rows.height for chunk in chunks)
        stream.seek(0)
        assert reader.count(stream) is not None
    return rows


def _csv(encoding: str) -> Callable[[Path], int]:
    def read(path: Path) -> int:
        with path.open(encoding=encoding, newline="") as stream:
            return sum(1 for _ in csv.reader(stream)) - 1

    return read


def _lxml(path: Path) -> int:
    root = etree.parse(path).getroot()
    return sum(1 for row in root.iter("Row") if [cell.text for cell in row])


def _calamine(path: Path) -> int:
    from python_calamine import CalamineWorkbook

    return len(CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()) - 1


def _dbf(path: Path) -> int:
    import dbf

    table = dbf.Table(str(path), codepage="cp936")
    table.open(dbf.READ_ONLY)
    count = sum(1 for record in table if tuple(record))
    table.close()
    return count


def _sqlite(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return len(connection.execute("SELECT * FROM t").fetchall())


def _polars_lines(path: Path) -> int:
    return pl.read_ndjson(path).height


#: What somebody would use who wrote a reader for one file: none checks anything.
PEERS: dict[str, tuple[str, Callable[[Path], int]]] = {
    "delimited, bare": ("csv", _csv("gb18030")),
    "delimited, quoted": ("csv", _csv("gb18030")),
    "delimited, UTF-8": ("csv", _csv("utf-8")),
    "JSON lines": ("polars.read_ndjson", _polars_lines),
    "JSON": ("json.load", lambda path: len(json.loads(path.read_text("utf-8")))),
    "XML": ("lxml.parse", _lxml),
    "SOAP answer": ("lxml.parse", _lxml),
    "xlsx": ("calamine", _calamine),
    "xlsx, inline texts": ("calamine", _calamine),
    "xls": ("calamine", _calamine),
    "DBF": ("dbf", _dbf),
    "database": ("sqlite3", _sqlite),
}


def _by_peer(name: str, path: Path, settings: dict[str, Any]) -> int:
    return PEERS[name][1](path)


def main() -> None:
    """Answer each line with rows, CPU seconds and memory."""
    read = {"reader": by_reader, "direct": directly, "peer": _by_peer}[sys.argv[1]]
    for line in sys.stdin:
        name, path, settings = json.loads(line)
        start = time.process_time()
        readers = {reader.pid: exact_cpu_s(reader.pid) for reader in pool()._idle}
        count = read(name, Path(path), settings)
        spent = time.process_time() - start
        pids = [reader.pid for reader in pool()._idle]
        spent += sum(exact_cpu_s(pid) - readers.get(pid, 0.0) for pid in pids)
        answer = {
            "rows": count,
            "cpu_s": spent,
            "own_mb": peak_mb(os.getpid()),
            "reader_mb": max(map(peak_mb, pids), default=0.0),
        }
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
