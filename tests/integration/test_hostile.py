"""Hostile cases that belong to no one module: networks that break, sources that change, documents that reach out."""

import io
import re
import socket
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlalchemy import Column, Engine, Integer, MetaData, String, Table, create_engine, insert, text

from adapters import VERDICT_SCHEMA, Batch, SourceRefused, SourceUnavailable
from adapters.database import DatabaseAdapter, DatabaseSettings
from adapters.drops.ready import candidates
from adapters.drops.settings import DropSettings
from adapters.folder import FolderAdapter, FolderSettings
from adapters.formats.delimited import DelimitedSettings, DelimitedText
from adapters.formats.spreadsheet import Spreadsheet, SpreadsheetSettings
from adapters.formats.xml import Xml, XmlSettings
from adapters.sftp import SftpAdapter, SftpSettings
from adapters.soap.answer import read_answer
from gateway.catalogue import read_catalogue
from gateway.delivery.receipt import read_receipt
from gateway.demo import environment
from gateway.demo.generate import penalties
from gateway.demo.market_regulator import SftpDrop, drop_file
from gateway.exchange.fetch import FeedHeld, Fetcher
from gateway.feeds import Feed
from gateway.mapping import read_mapping
from gateway.standard import parse_xml
from outbox import Outbox
from tests.closing import closed_later
from tests.conftest import NOW
from tests.line import feed_of, sound_rows
from tests.support.fetching import items
from tests.unit.test_drop_rules import listed

ROWS = penalties(1, 2000, date(2026, 4, 1)).rows


# --- C6, C7: a network that breaks -----------------------------------------------------------------


class Breaking:
    """A TCP proxy that, after so many bytes from the server or to it, closes or falls silent."""

    def __init__(self, target: int) -> None:
        self.after, self.upload, self.how = 10**12, 10**12, "close"
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
                for pair in ((server, client, "after"), (client, server, "upload")):
                    threading.Thread(target=self._pump, args=pair, daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket, limit: str) -> None:
        passed = 0
        with suppress(OSError):
            while piece := source.recv(16_384):
                passed += len(piece)
                if passed > getattr(self, limit):
                    if self.how == "silent":
                        time.sleep(8)
                    break
                target.sendall(piece)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@pytest.fixture
def breaking(tmp_path: Path) -> Iterator[tuple[SftpDrop, Breaking]]:
    drop = SftpDrop(tmp_path / "drop", "creditgate", "made-up-password")
    drop.start()
    proxy = Breaking(drop.port)
    yield drop, proxy
    proxy.close()
    drop.stop()


def sftp(drop: SftpDrop, port: int) -> SftpAdapter:
    return closed_later(SftpAdapter(SftpSettings.model_validate({
        "host": "127.0.0.1", "port": port, "username": "creditgate", "password": "made-up-password",
        "host_key": drop.host_key, "folder": "/", "timeout": 2, "settle": 0,
    })))  # fmt: skip


@pytest.mark.parametrize("how", ["close", "silent"])
def test_a_copy_that_breaks_off_or_falls_silent_ends_in_its_time_and_is_made_again_whole(
    breaking: tuple[SftpDrop, Breaking], how: str
) -> None:
    drop, proxy = breaking
    rows = ROWS * 5
    drop_file(drop.folder, "big.csv", rows)
    proxy.after, proxy.how = 100_000, how
    adapter = sftp(drop, proxy.port)
    began = time.monotonic()

    with pytest.raises(SourceUnavailable):
        list(items(adapter, ""))
    took = time.monotonic() - began
    proxy.after = 10**12
    found = [item for item in items(adapter, "") if isinstance(item, Batch)]

    assert took < 7
    assert sum(batch.rows.height for batch in found) == len(rows)
    assert not any("prefetch" in thread.name for thread in threading.enumerate())


def test_a_result_whose_upload_breaks_off_is_never_seen_in_part(
    breaking: tuple[SftpDrop, Breaking],
) -> None:
    drop, proxy = breaking
    drop_file(drop.folder, "big.csv", ROWS[:10])
    adapter = sftp(drop, proxy.port)
    [batch] = items(adapter, "")
    lines = [
        {"ref": str(n), "verdict": "refused", "rule": "map.date", "zh": "不是日期" * 20}
        for n in range(5000)
    ]
    verdicts = pl.DataFrame(lines, schema=VERDICT_SCHEMA)
    proxy.upload = 300_000
    adapter.close()

    with pytest.raises(SourceUnavailable):
        adapter.acknowledge(batch.unit, [verdicts])
    broken = [path.name for path in drop.folder.iterdir()]
    proxy.upload = 10**12
    adapter.acknowledge(batch.unit, [verdicts])

    assert "big.csv.result.csv" not in broken
    assert (drop.folder / "big.csv.result.csv").read_text("gb18030").count("\n") == 5001


# --- C15: very many files --------------------------------------------------------------------------


def test_a_hundred_thousand_names_are_looked_through_in_little_time() -> None:
    names = [name for n in range(100_000) for name in (f"f{n}.csv", f"f{n}.csv.ok")]
    listing = listed(*names)
    began = time.process_time()

    assert len(candidates(listing, DropSettings())) == 100_000
    assert time.process_time() - began < 30


def test_thousands_of_files_leave_no_trail_in_the_cursor(tmp_path: Path) -> None:
    for number in range(2000):
        (tmp_path / f"f{number}.csv").write_bytes(b"a\n1\n")
        (tmp_path / f"f{number}.csv.ok").touch()
    adapter = closed_later(FolderAdapter(FolderSettings(folder=str(tmp_path))))
    longest = count = 0
    for item in items(adapter, ""):
        if isinstance(item, Batch):
            adapter.keep(item)
            longest, count = max(longest, len(item.cursor)), count + 1

    assert count == 2000
    assert longest < 10_000


# --- C17, C20, C23: a database that breaks, forbids, changes ------------------------------------------


def licences(engine: Engine, name: str, rows: int) -> Table:
    made = Table(
        name,
        MetaData(),
        Column("id", Integer, primary_key=True),
        Column("name", String(50)),
        Column("state", String(1)),
        Column("version", Integer),
    )
    made.drop(engine, checkfirst=True)
    made.create(engine)
    with engine.begin() as connection:
        connection.execute(
            insert(made),
            [{"id": n, "name": f"n{n}", "state": "0", "version": n} for n in range(rows)],
        )
    return made


def database(url: str, table: str, **changes: Any) -> DatabaseAdapter:
    values = {
        "url": url,
        "table": table,
        "key_column": "id",
        "mode": "full",
        "page_rows": 10,
        **changes,
    }
    return closed_later(DatabaseAdapter(DatabaseSettings.model_validate(values)))


def postgresql_url(url: str) -> str:
    return url.replace("postgres:@", "postgres@")


def test_a_database_whose_sessions_are_cut_between_pages_loses_and_doubles_no_row(
    postgresql: str,
) -> None:
    engine = create_engine(postgresql)
    licences(engine, "cut_licences", 35)
    found = []
    for batch in items(database(postgresql_url(postgresql), "cut_licences"), ""):
        assert isinstance(batch, Batch)
        found += batch.refs.to_list()
        with engine.begin() as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                )
            )
    engine.dispose()

    assert found == [str(n) for n in range(35)]


def test_a_write_back_that_is_forbidden_is_for_a_person_and_reading_goes_on(
    postgresql: str,
) -> None:
    engine = create_engine(postgresql)
    licences(engine, "forbidden_licences", 3)
    with engine.begin() as connection:
        connection.execute(text("DROP ROLE IF EXISTS reader_only"))
        connection.execute(text("CREATE ROLE reader_only LOGIN"))
        connection.execute(text("GRANT SELECT ON forbidden_licences TO reader_only"))
    status = {"status": "state", "version": "version"}
    adapter = database(
        postgresql_url(postgresql).replace("postgres@", "reader_only@"),
        "forbidden_licences",
        mode="status",
        status=status,
    )
    [batch] = items(adapter, "")
    assert isinstance(batch, Batch)

    with pytest.raises(SourceRefused, match="rights"):
        adapter.acknowledge(batch.unit, [pl.DataFrame({"ref": batch.refs, "mark": batch.marks}).with_columns(
            pl.lit("accepted").alias("verdict"), *(pl.lit("").alias(n) for n in ("field", "rule", "zh", "en"))
        )])  # fmt: skip
    with engine.begin() as connection:
        connection.execute(text("REVOKE ALL ON forbidden_licences FROM reader_only"))
        connection.execute(text("DROP ROLE reader_only"))
    engine.dispose()

    assert batch.rows.height == 3


def test_a_renamed_column_stops_that_feed_and_names_the_difference(
    engine: Engine, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'source.db'}"
    source = create_engine(url)
    environment.fill(source, sound_rows("environment/licence.yaml", 30))
    mapping = feed_of("environment/licence.yaml")[0].mapping
    adapter = database(url, environment.TABLE, mode="status", status=dict(environment.STATUS))
    feed = Feed("environment.licence", mapping, adapter, "database", "pause")
    fetcher = Fetcher(engine, Outbox(engine), lambda: NOW)
    fetcher.fetch(feed)
    with source.begin() as connection:
        connection.execute(
            text(f"ALTER TABLE {environment.TABLE} RENAME COLUMN XK_NR TO XK_NEIRONG")
        )
        connection.execute(text(f"UPDATE {environment.TABLE} SET xyptstate = '0'"))
    source.dispose()

    with pytest.raises(FeedHeld, match=r"XK_NEIRONG.*XK_NR"):
        fetcher.fetch(feed)

    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM refusal")).scalar_one() == 0


# --- E1 to E4: documents that reach out, in every way in -----------------------------------------------


class Canary:
    """A file that must not be read and a listener that must not be called."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "canary"
        self.file.write_text("CANARY-CONTENT")
        self.called = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/x"
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with suppress(OSError):
            self._listener.accept()
            self.called = True

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def canary(tmp_path: Path) -> Iterator[Canary]:
    made = Canary(tmp_path)
    yield made
    made.close()


def _xlsx(inner: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as book:
        book.writestr("[Content_Types].xml", inner)
        book.writestr("xl/workbook.xml", inner)
        book.writestr("xl/_rels/workbook.xml.rels", inner)
        book.writestr("xl/worksheets/sheet1.xml", inner)
    return out.getvalue()


def _chunks(made: Any, data: bytes) -> list[Any]:
    return [chunk.rows.rows() for chunk in made.read(io.BytesIO(data), 100)]


#: Every way in by which XML comes from outside.
ENTRIES: dict[str, Callable[[bytes], Any]] = {
    "push, packages": parse_xml,
    "catalogue": read_catalogue,
    "receipt": lambda data: read_receipt(data, "0" * 36, "0" * 64, []),
    "dropped XML": lambda data: _chunks(Xml(XmlSettings(row="a/b")), data),
    "workbook": lambda data: _chunks(Spreadsheet(SpreadsheetSettings()), _xlsx(data)),
    "SOAP answer": lambda data: read_answer(data, "text/xml", {"rows_path": "a"}),
}

ATTACKS = {
    "external entity": '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file://{file}">]><a><b><c>&x;</c></b></a>',
    "entity by network": '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "{url}">]><a><b><c>&x;</c></b></a>',
    "parameter entity": '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY % x SYSTEM "{url}"> %x;]><a><b/></a>',
    "external DTD": '<?xml version="1.0"?><!DOCTYPE a SYSTEM "{url}"><a><b/></a>',
    "schema location": '<?xml version="1.0"?><a xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:noNamespaceSchemaLocation="{url}"><b><c>1</c></b></a>',
    "XInclude": '<?xml version="1.0"?><a xmlns:x="http://www.w3.org/2001/XInclude"><b><c><x:include href="file://{file}" parse="text"/></c></b></a>',
    "stylesheet": '<?xml version="1.0"?><?xml-stylesheet href="{url}" type="text/xsl"?><a><b><c>1</c></b></a>',
    "laughs": '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "y"><!ENTITY z "&x;&x;&x;&x;"><!ENTITY w "&z;&z;&z;&z;">]><a><b><c>&w;</c></b></a>',
}  # fmt: skip


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_no_document_reads_a_file_or_calls_a_network_by_whatever_way_it_comes(
    canary: Canary, entry: str, attack: str, encoding: str
) -> None:
    document = ATTACKS[attack].format(file=canary.file, url=canary.url).encode(encoding)
    said = ""
    try:
        said = repr(ENTRIES[entry](document))
    except Exception as error:  # noqa: BLE001
        said = f"{error!r} {error}"

    assert "CANARY-CONTENT" not in said
    assert not canary.called


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize(
    "document",
    [
        b"<a>" * 200_000, b"<a " + b" ".join(b'a%d="1"' % n for n in range(200_000)) + b"/>",
        b"<a>" + b"x" * 60_000_000 + b"</a>", b"<" + b"a" * 20_000_000 + b"/>",
        b"<!DOCTYPE a [<!ENTITY x \"" + b"y" * 50_000 + b'">]><a>' + b"&x;" * 50_000 + b"</a>",
    ],
    ids=["depth", "attributes", "a text without end", "a name without end", "quadratic"],
)  # fmt: skip
def test_no_document_takes_long_or_much_by_whatever_way_it_comes(
    entry: str, document: bytes
) -> None:
    began = time.process_time()
    with suppress(Exception):
        ENTRIES[entry](document)

    # A second on a quiet machine; this one is shared.
    assert time.process_time() - began < 5


# --- E9, F10: no code in what people upload -------------------------------------------------------------


def test_patterns_in_settings_and_mappings_end_in_bounded_time() -> None:
    settings = DelimitedSettings(footer_lines=1, footer_count=r"(a+)+b")
    began = time.process_time()
    with pytest.raises(Exception, match="footer"):
        list(DelimitedText(settings).read(io.BytesIO(b"x\n1\n" + b"a" * 100_000), 10))

    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    "tag",
    [
        "!!python/object/apply:os.system ['true']",
        "!!python/name:os.system",
        "!include /etc/hostname",
        "{{ 1 + 1 }}",
    ],
)
def test_tags_and_templates_in_a_mapping_are_faults_or_plain_text(tag: str) -> None:
    with pytest.raises(Exception) as refused:  # noqa: PT011
        read_mapping(f"feed: {tag}\n", "m.yaml")

    assert "m.yaml" in str(refused.value)


def test_nothing_that_turns_stored_bytes_into_objects_or_code_is_used() -> None:
    root = Path(__file__).parents[2]
    forbidden = re.compile(
        r"^\s*(import|from) (pickle|shelve|marshal|dill)\b|\b(eval|exec)\(|typ=\"unsafe\"|SQLAlchemyJobStore",
        re.MULTILINE,
    )
    found = [
        str(path)
        for package in ("adapters", "gateway", "outbox")
        for path in (root / package).rglob("*.py")
        if forbidden.search(path.read_text("utf-8"))
    ]

    assert found == []
