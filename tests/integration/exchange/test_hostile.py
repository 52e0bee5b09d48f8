"""Hostile cases that belong to no one module: networks that break, sources that change."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlalchemy import Column, Engine, Integer, MetaData, String, Table, create_engine, insert, text

from adapters import VERDICT_SCHEMA, Batch, SourceRefusedError, SourceUnavailableError
from adapters.database import DatabaseAdapter, DatabaseSettings
from adapters.files.folder import FolderAdapter, FolderSettings
from adapters.files.ready import candidates
from adapters.files.settings import DropSettings
from adapters.files.sftp import SftpAdapter, SftpSettings
from gateway.demo import environment
from gateway.demo.generate import penalties
from gateway.demo.market_regulator import SftpDrop, drop_file
from gateway.exchange.feed import Feed
from gateway.exchange.fetch import FeedHeldError, Fetcher
from outbox import Outbox
from tests.support.clock import NOW
from tests.support.closing import closed_later
from tests.support.drop_listing import listed
from tests.support.fetching import items
from tests.support.line import feed_of, sound_rows

ROWS = penalties(1, 2000, date(2026, 4, 1)).rows


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
    return closed_later(
        SftpAdapter(
            SftpSettings.model_validate(
                {
                    "host": "127.0.0.1",
                    "port": port,
                    "username": "creditgate",
                    "password": "made-up-password",
                    "host_key": drop.host_key,
                    "folder": "/",
                    "timeout": 2,
                    "settle": 0,
                }
            )
        )
    )


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

    with pytest.raises(SourceUnavailableError):
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

    with pytest.raises(SourceUnavailableError):
        adapter.acknowledge(batch.unit, [verdicts])
    broken = [path.name for path in drop.folder.iterdir()]
    proxy.upload = 10**12
    adapter.acknowledge(batch.unit, [verdicts])

    assert "big.csv.result.csv" not in broken
    assert (drop.folder / "big.csv.result.csv").read_text("gb18030").count("\n") == 5001


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


def licences(engine: Engine, name: str, rows: int) -> Table:
    table = Table(
        name,
        MetaData(),
        Column("id", Integer, primary_key=True),
        Column("name", String(50)),
        Column("state", String(1)),
        Column("version", Integer),
    )
    table.drop(engine, checkfirst=True)
    table.create(engine)
    with engine.begin() as connection:
        connection.execute(
            insert(table),
            [{"id": n, "name": f"n{n}", "state": "0", "version": n} for n in range(rows)],
        )
    return table


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
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> "
                    "pg_backend_pid()"
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

    with pytest.raises(SourceRefusedError, match="rights"):
        adapter.acknowledge(
            batch.unit,
            [
                pl.DataFrame({"ref": batch.refs, "mark": batch.marks}).with_columns(
                    pl.lit("accepted").alias("verdict"),
                    *(pl.lit("").alias(n) for n in ("field", "rule", "zh", "en")),
                )
            ],
        )
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

    with pytest.raises(FeedHeldError, match=r"XK_NEIRONG.*XK_NR"):
        fetcher.fetch(feed)

    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM refusal")).scalar_one() == 0
