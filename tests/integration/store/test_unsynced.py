"""The fault suite's library that loses what was not synced notices a store that does not sync."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from tests.faults import unsynced

needs_gcc = pytest.mark.skipif(unsynced.library() is None, reason="gcc is not installed")
WRITER = """
import os, signal, sqlite3, sys
path, synchronous = sys.argv[1:]
connection = sqlite3.connect(path, isolation_level=None)
connection.execute("PRAGMA journal_mode=WAL")
connection.execute(f"PRAGMA synchronous={synchronous}")
connection.execute("CREATE TABLE IF NOT EXISTS t (a INTEGER)")
for number in range(20):
    connection.execute("BEGIN")
    connection.execute("INSERT INTO t VALUES (?)", (number,))
    connection.execute("COMMIT")
    if number == 9:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
connection.execute("BEGIN")
connection.execute("INSERT INTO t VALUES (99)")
os.kill(os.getpid(), signal.SIGKILL)
"""


def killed(store: Path, shadow: Path, synchronous: str) -> None:
    """Write twenty rows, each committed, and one that is not, and be killed."""
    environment = {**os.environ, **unsynced.watched(store, shadow)}
    process = subprocess.run(
        [sys.executable, "-c", WRITER, str(store), synchronous], env=environment, check=False
    )
    assert process.returncode == -signal.SIGKILL


def rows(store: Path) -> list[int]:
    with closing(sqlite3.connect(store)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return [row[0] for row in connection.execute("SELECT a FROM t ORDER BY a")]


@needs_gcc
@pytest.mark.parametrize("some", [False, True])
def test_a_store_that_syncs_each_commit_has_every_row_after_a_power_cut(
    tmp_path: Path, *, some: bool
) -> None:
    store, shadow = tmp_path / "store" / "a.db", tmp_path / "shadow"
    store.parent.mkdir()
    killed(store, shadow, "FULL")

    unsynced.lose(store, shadow, Random(18), some=some)

    assert rows(store) == list(range(20))


@needs_gcc
def test_a_store_that_does_not_sync_is_seen_to_lose_rows(tmp_path: Path) -> None:
    store, shadow = tmp_path / "store" / "a.db", tmp_path / "shadow"
    store.parent.mkdir()
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE t (a INTEGER)")
    killed(store, shadow, "OFF")

    unsynced.lose(store, shadow, Random(18), some=False)

    assert rows(store) == []
