"""Bounds SQLite's write-ahead log by the disk that it lives on.

The log grows until a commit finds it long enough for a checkpoint, which writes its pages into the
database. A bound in pages is one in bytes only by chance: 4,000 pages of 16 KiB are 66 MB, and on
a disk of 64 MB no checkpoint ever comes.
"""

import shutil
import time
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Connection

#: Most bytes of the log before a checkpoint, and least: below, checkpoints cost more than they
#: spare.
MOST_BYTES, LEAST_BYTES = 16_000_000, 512_000
#: Of the disk's free room, the share that the log may take: a checkpoint needs as much again for
#: pages that are new, and whatever else lives on the disk the rest.
SHARE = 8
#: Seconds between looks at the disk.
LOOK_EVERY = 5.0
#: How long a checkpoint of the whole log waits for readers, in milliseconds: it is tried again.
_PATIENCE = 200

_log = structlog.get_logger("creditgate")


def log_bytes(free: int) -> int:
    """Return how long the log may grow on a disk with so much free room."""
    return max(LEAST_BYTES, min(MOST_BYTES, free // SHARE))


class LogBound:
    """The bound of one connection that writes, looked at anew as transactions begin."""

    def __init__(self) -> None:
        self._looked_at = 0.0
        self._bytes = 0

    def look(self, cursor: Any) -> None:
        """Set the bound by the disk's free room; truncate a log that has outgrown it.

        `cursor` is SQLite's own, outside any transaction. Most calls do nothing: the disk is looked
        at every few seconds.
        """
        now = time.monotonic()
        if self._bytes and now - self._looked_at < LOOK_EVERY:
            return
        self._looked_at = now
        file = _file(cursor)
        if file is None:
            return
        try:
            allowed = log_bytes(shutil.disk_usage(file.parent).free)
        except OSError:
            # A disk that is away: what is to be written says so.
            return
        if allowed != self._bytes:
            self._bytes = allowed
            page_bytes = cursor.execute("PRAGMA page_size").fetchone()[0]
            cursor.execute(f"PRAGMA wal_autocheckpoint={max(1, allowed // page_bytes)}")
            cursor.execute(f"PRAGMA journal_size_limit={allowed}")
        if _size(file.with_name(f"{file.name}-wal")) > 2 * allowed:
            _cut_off(cursor)


def free_bytes(connection: Connection) -> int | None:
    """Return a SQLite database's free disk space in bytes; None where it is unknown.

    Raises OSError.
    """
    if connection.dialect.name != "sqlite":
        return None
    file = _file(connection.connection.cursor())
    return None if file is None else shutil.disk_usage(file.parent).free


def _cut_off(cursor: Any) -> None:
    """Write the whole log into the database and empty its file, unless readers keep it."""
    patience = cursor.execute("PRAGMA busy_timeout").fetchone()[0]
    cursor.execute(f"PRAGMA busy_timeout={_PATIENCE}")
    try:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except cursor.connection.OperationalError as error:
        # The disk is full: what is to be written says so, and the next look tries again.
        _log.warning("store.log_not_cut", reason=str(error))
    finally:
        cursor.execute(f"PRAGMA busy_timeout={patience}")


def _file(cursor: Any) -> Path | None:
    """Return the database's own file, whatever name it was opened by; None of one in memory."""
    for _, name, path in cursor.execute("PRAGMA database_list").fetchall():
        if name == "main" and path:
            return Path(path)
    return None


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
