"""The least that this machine can do: the throughput benchmark's file to the centre's tables,
nothing kept of it.

Read, mapped, checked, written as XML and validated by one process, posted, then parsed, validated
and inserted by another: no outbox or cursor, nothing kept of refusals, no rules at the centre, no
verdicts. What it does in a second says how fast the machine is at the moment; `python -m
tests.benchmarks.bare_line CSV FOLDER`.
"""

import http.client
import http.server
import json
import multiprocessing
import sqlite3
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy.schema import CreateTable

import mappings
from adapters.formats.delimited import DelimitedSettings, DelimitedText
from gateway.central.records.tables import OWN, record_table, snake
from gateway.clock import local_day, utc_now
from gateway.exchange.pipeline import check, row_faults
from gateway.mapping import load_mapping
from gateway.protocol.header import Header
from gateway.protocol.package_writer import PACKAGE_RECORDS, package_xml, record_xml
from gateway.standard import load_gate

KIND = "AdministrativePenalty"
GUID = "00000000-0000-4000-8000-000000000000"


def centre(path: str, ready: Any) -> None:
    """Take packages one by one: parse, validate, insert, commit."""
    gate, table = load_gate(), record_table(KIND)
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    for pragma in ("page_size=16384", "journal_mode=WAL", "synchronous=FULL"):
        database.execute(f"PRAGMA {pragma}")
    database.execute(str(CreateTable(table)))

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            root, faults = gate.package(self.rfile.read(int(self.headers["Content-Length"])))
            assert not faults
            database.execute("BEGIN IMMEDIATE")
            shapes: dict[tuple[str, ...], list[tuple[object, ...]]] = {}
            for record in sorted(root[1], key=lambda record: record.get("key")):
                key, shape = record.get("key"), tuple([field.tag for field in record])
                texts = [field.text for field in record]
                shapes.setdefault(shape, []).append((1, key, 1, key, GUID, "", 0, *texts))
            for shape, rows in shapes.items():
                names = ", ".join((*OWN, *(snake(tag.rpartition("}")[2]) for tag in shape)))
                marks = ", ".join("?" * (len(OWN) + len(shape)))
                database.executemany(
                    f"INSERT OR REPLACE INTO {table.name} ({names}) VALUES ({marks})", rows
                )
            database.execute("COMMIT")
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    ready.send(server.server_address[1])
    server.serve_forever()


def main() -> None:
    csv, folder = Path(sys.argv[1]), Path(sys.argv[2])
    here, there = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=centre, args=(str(folder / "bare.db"), there), daemon=True)
    process.start()
    port = here.recv()
    mapping = load_mapping(mappings.ROOT / "market-regulator" / "penalty.yaml")
    kind, now = mapping.kind, utc_now()
    gate = load_gate(kind.version)
    connection = http.client.HTTPConnection("127.0.0.1", port)

    def post(xml: bytes) -> None:
        connection.request("POST", "/", xml)
        assert connection.getresponse().read() == b""

    begun, rows, sent = time.perf_counter(), 0, []
    with csv.open("rb") as stream, ThreadPoolExecutor(1) as sender:
        for chunk in DelimitedText(DelimitedSettings()).read(stream, 10_000):
            checked = check(chunk.rows, mapping, local_day(now), row_faults([]))
            whole = checked.records.with_row_index("row").with_columns(checked.keys.alias("#key"))
            bad = checked.faults["row"].implode()
            sound = whole.filter(~pl.col("row").is_in(bad)).unique("#key")
            changes = pl.repeat("added", sound.height, eager=True)
            records = record_xml(sound.drop("row", "#key"), kind, sound["#key"], changes)
            for start in range(0, records.len(), PACKAGE_RECORDS):
                part = records.slice(start, PACKAGE_RECORDS)
                header = Header(
                    GUID, "market-regulator", "penalty", kind.name, kind.version, 1, now, part.len()
                )
                package = package_xml(header, part)
                _, faults = gate.package(package)
                assert not faults
                sent.append(sender.submit(post, package))
            rows += chunk.rows.height
    for each in sent:
        each.result()
    print(json.dumps({"rows": rows, "seconds": time.perf_counter() - begun}))
    process.terminate()
    process.join()


if __name__ == "__main__":
    main()
