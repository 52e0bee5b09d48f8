"""SQLite's write-ahead log: bounded by the disk it lives on, whatever its pages are."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from outbox import open_engine, write_ahead_log, writing
from outbox.write_ahead_log import LEAST_BYTES, MOST_BYTES, log_bytes
from tests.support.small_disks import fill, small_disk

MB = 1_000_000


@pytest.mark.parametrize(
    ("free", "allowed"),
    [
        (0, LEAST_BYTES),
        (64 * MB, 8 * MB),
        (10**12, MOST_BYTES),
        (3 * MB, LEAST_BYTES),
        (100 * MB, 12.5 * MB),
    ],
)
def test_the_log_takes_a_share_of_the_free_room_and_never_much(free: int, allowed: int) -> None:
    assert log_bytes(free) == allowed


def log_of(path: Path) -> int:
    return path.with_name(f"{path.name}-wal").stat().st_size


def write(engine: Engine, rounds: int, size: int = 200_000) -> None:
    for number in range(rounds):
        with writing(engine) as connection:
            connection.execute(text("CREATE TABLE IF NOT EXISTS t (n INTEGER PRIMARY KEY, b BLOB)"))
            connection.execute(
                text("INSERT OR REPLACE INTO t VALUES (:n, :b)"),
                {"n": number % 20, "b": bytes([number % 256]) * size},
            )


def grow(engine: Engine, rows: int) -> None:
    for number in range(rows):
        with writing(engine) as connection:
            connection.execute(text("CREATE TABLE IF NOT EXISTS t (n INTEGER PRIMARY KEY, b BLOB)"))
            connection.execute(text("INSERT INTO t VALUES (:n, zeroblob(100000))"), {"n": number})


@pytest.mark.parametrize("page_bytes", [1_024, 16_384])
def test_the_bound_is_one_in_bytes_whatever_the_pages_are(tmp_path: Path, page_bytes: int) -> None:
    path = tmp_path / "store.db"
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA page_size={page_bytes}")
    connection.execute("CREATE TABLE made (n)")
    connection.close()
    engine = open_engine(f"sqlite:///{path}")

    write(engine, 150)

    assert log_of(path) < 1.5 * MOST_BYTES
    engine.dispose()


def test_a_log_that_a_reader_kept_is_cut_off_once_the_reader_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_ahead_log, "LOOK_EVERY", 0.0)
    path = tmp_path / "store.db"
    engine = open_engine(f"sqlite:///{path}")
    write(engine, 1)
    with engine.connect() as reader:
        reader.execute(text("SELECT count(*) FROM t")).scalar_one()
        write(engine, 250)
        kept = log_of(path)
    write(engine, 2)

    assert kept > 2 * MOST_BYTES
    assert log_of(path) < MOST_BYTES
    engine.dispose()


def test_a_store_on_a_small_disk_that_is_filled_goes_on_once_there_is_room(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 64) as disk:
        path = disk / "store.db"
        engine = open_engine(f"sqlite:///{path}")
        write(engine, 200)
        alone = log_of(path)
        filler = fill(disk)
        with pytest.raises(OperationalError):
            write(engine, 200, 600_000)
        filler.unlink()
        write(engine, 200)
        after = log_of(path)
        with engine.connect() as connection:
            whole = connection.exec_driver_sql("PRAGMA integrity_check").scalar_one()
        engine.dispose()

    assert alone < 16 * MB
    assert after < 16 * MB
    assert whole == "ok"


def test_a_store_that_fills_its_disk_fills_it_with_rows_and_keeps_them(
    tmp_path: Path,
) -> None:
    """The log alone must not take the room that the next checkpoint wants."""
    with small_disk(tmp_path / "disk", 24) as disk:
        engine = open_engine(f"sqlite:///{disk / 'store.db'}")
        with pytest.raises(OperationalError):
            grow(engine, 400)
        with engine.connect() as connection:
            rows = connection.execute(text("SELECT count(*) FROM t")).scalar_one()
        engine.dispose()
        store = open_engine(f"sqlite:///{disk / 'store.db'}")
        with store.connect() as connection:
            kept = connection.execute(text("SELECT count(*) FROM t")).scalar_one()
        store.dispose()

    # More than half of the disk is rows and not log.
    assert rows == kept
    assert rows * 100_000 > 12 * MB
