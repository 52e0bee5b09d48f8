"""Notices that the store was restored, and begins its next generation.

A store knows what it stands on: SQLite its file, PostgreSQL its cluster, timeline and table. A copy
knows that it is one, and the file `.id` beside a SQLite store knows how often it was opened. What
none of these can tell (a snapshot of a file system or of a machine) a person tells.
"""

import os
import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from gateway import audit
from gateway.clock import Clock, seconds_running
from gateway.events import store as event_store
from gateway.events.store import Event
from gateway.exchange import restores
from gateway.exchange.file_birth import another_file, which_file
from gateway.generations import store as generations
from gateway.generations.store import Identity, Restore
from gateway.private_files import private
from gateway.text import Text
from gateway.text import restores as messages
from outbox import writing
from outbox.maintenance import leave_gap

_log = structlog.get_logger("creditgate")

#: Sequence numbers that are left out after a restore, beside one for each second since the moment
#: up to which the store knows, of which there are at most `GAP_SECONDS`: more than any gateway gave
#: since its backup, and more for a later restore of the same backup. Together they stay below the
#: million by which a centre lets a number pass the highest that it has, and leave 100,000 to
#: packages that wait.
GAP, GAP_SECONDS = 250_000, 650_000
#: Seconds of a run after which a SQLite store's count is raised.
_COUNT_EVERY = 3600.0
#: Who is on record for what the program noticed by itself.
_ITSELF = "-"
#: The timeline by where it writes, as a checkpoint names it only later; all an ordinary role may
#: ask.
_FOOTING = text(
    "SELECT (SELECT system_identifier FROM pg_control_system()) AS system,"
    " left(pg_walfile_name(pg_current_wal_lsn()), 8) AS timeline,"
    " (SELECT oid FROM pg_database WHERE datname = current_database()) AS database,"
    " 'identity'::regclass::oid AS place"
)


@dataclass(frozen=True, slots=True)
class Mark:
    """What the file `.id` beside a SQLite store says.

    That is which store it is, and its count of starts, stops and hours.
    """

    guid: str
    generation: int = 1
    run: int = 0

    @classmethod
    def read(cls, path: Path) -> "Mark | None":
        """Return what a file says; None where there is none. One of before has the GUID alone."""
        if not path.exists():
            return None
        guid, *counts = path.read_text("ascii").split() or [""]
        numbers = [int(count) for count in counts if count.isdecimal()]
        return cls(guid, *numbers[:2]) if guid else None

    def write(self, path: Path) -> None:
        """Write the file, whole or not at all."""
        part = path.with_name(f"{path.name}.part")
        with open(part, "w", encoding="ascii", opener=private) as out:
            out.write(f"{self.guid} {self.generation} {self.run}\n")
            out.flush()
            os.fsync(out.fileno())
        part.rename(path)


def mark_path(store: Path) -> Path:
    """Return the file beside a SQLite store that says which store it is."""
    return store.with_name(f"{store.name}.id")


def mark_as_copy(copy: sqlite3.Connection, now: datetime) -> None:
    """Mark a copy of a SQLite store as a copy, whatever the version of its tables."""
    # Minutes since 1970, in the number that SQLite keeps for programs and we use for nothing else.
    copy.execute(f"PRAGMA user_version = {int(now.timestamp() // 60)}")
    copy.commit()


def open_run(engine: Engine, feeds: Collection[str], now: datetime) -> Restore | None:
    """Count a gateway's start on its store; return the restore where the store was restored.

    Then a new generation begins.
    """
    with writing(engine) as connection:
        path = _file_of(connection)
        old = _locked(connection)
        stands_on = footing(connection, path)
        mark = None if path is None else Mark.read(mark_path(path))
        run = max(old.run, mark.run if mark else 0) + 1
        new_restore = None
        if reason := _reason(connection, old, stands_on, mark, shared=path is None):
            # A store that was restored before is put back to before that: no number comes twice.
            beyond = mark.generation if mark else 0
            copied_at = None if path is None else _copied_at(connection)
            new_restore = begin(connection, reason, _ITSELF, feeds, now, beyond, copied_at)
        generations.stand_on(connection, stands_on, run)
        if path is not None and new_restore is not None:
            connection.exec_driver_sql("PRAGMA user_version = 0")
        current = generations.identity_of(connection)
    if path is not None:
        _write_mark(Mark(current.guid, current.generation, current.run), mark_path(path))
    return new_restore


def count_on(engine: Engine) -> None:
    """Raise a SQLite store's count, and after it the one beside it: a copy of before is older then.

    Raises SQLAlchemyError.
    """
    with writing(engine) as connection:
        path = _file_of(connection)
        if path is None:
            return
        this = generations.begin_run(connection)
    # In this order: a count that only the file beside it had would say that the store is older.
    _write_mark(Mark(this.guid, this.generation, this.run), mark_path(path))


def _locked(connection: Connection) -> Identity:
    """Return which store this is; of several nodes of a shared store one goes on at a time."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT id FROM identity FOR UPDATE"))
    return generations.identity_of(connection)


def _write_mark(mark: Mark, path: Path) -> None:
    try:
        mark.write(path)
    except OSError as error:
        # The store can be worked on; only an older one put in its place would be noticed less
        # surely.
        _log.warning("store.mark_not_written", path=str(path), error=str(error))


def unnoticed(engine: Engine) -> Text | None:
    """Return why a store that no gateway has opened since must have been restored, or None."""
    with engine.connect() as connection:
        path = _file_of(connection)
        this = generations.identity_of(connection)
        mark = None if path is None else Mark.read(mark_path(path))
        stands_on = footing(connection, path)
        return _reason(connection, this, stands_on, mark, shared=path is None)


def begin(
    connection: Connection,
    reason: Text,
    person: str,
    feeds: Collection[str],
    now: datetime,
    beyond: int = 0,
    copied_at: datetime | None = None,
) -> Restore:
    """Begin a new generation, with its event and its entry in the audit log, and return it.

    Its number is after `beyond` at least. Sequence numbers leave a gap: a receiver holds newer
    versions of records under numbers of which the store does not know that it used them.
    """
    new_restore = restores.begin_generation(
        connection, reason, person, feeds, now, beyond, copied_at
    )
    leave_gap(connection, gap_after(new_restore.as_of, now))
    text = messages.restored(new_restore.generation, new_restore.as_of, reason)
    event_store.note_event(connection, Event(now, "error", "store.restored", "", text))
    audit.append(
        connection, now, person, "store.restored", f"generation {new_restore.generation}", reason.en
    )
    return new_restore


def gap_after(known_until: datetime | None, now: datetime) -> int:
    """Return how many sequence numbers to skip where a store knows nothing after a moment."""
    since = GAP_SECONDS if known_until is None else int((now - known_until).total_seconds())
    return GAP + min(max(since, 0), GAP_SECONDS)


class RestoreWatch:
    """Notices while a gateway runs that its store was restored.

    It was promoted, or a person says so.
    """

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self._counted = seconds_running()

    def look(self, feeds: Collection[str]) -> int:
        """Return the store's generation, a new one where it was restored.

        Raises SQLAlchemyError.
        """
        with self._engine.connect() as connection:
            this = generations.identity_of(connection)
            # A SQLite store is put back while no gateway is at work on it.
            shared = connection.dialect.name == "postgresql"
            moved = shared and _moved(this.stands_on, footing(connection, None))
        if moved:
            this = self._begin(feeds)
        elif not shared and seconds_running() - self._counted > _COUNT_EVERY:
            self._counted = seconds_running()
            count_on(self._engine)
        return this.generation

    def _begin(self, feeds: Collection[str]) -> Identity:
        with writing(self._engine) as connection:
            # Of several nodes that notice it one begins the generation.
            this = _locked(connection)
            stands_on = footing(connection, None)
            if _moved(this.stands_on, stands_on):
                reason = messages.is_another_database(this.stands_on, stands_on)
                begin(connection, reason, _ITSELF, feeds, self._clock())
                generations.stand_on(connection, stands_on)
                this = generations.identity_of(connection)
        return this


def footing(connection: Connection, path: Path | None) -> str:
    """Return what a store stands on; "" where that cannot be told."""
    if path is not None:
        return which_file(path)
    try:
        with connection.begin_nested():
            row = connection.execute(_FOOTING).one()
    except SQLAlchemyError:
        # A server that speaks PostgreSQL's protocol without these functions.
        return ""
    return f"system {row.system} timeline {row.timeline} database {row.database} table {row.place}"


def _moved(old: str, now: str) -> bool:
    """Whether a shared store stands elsewhere than before; False where either is unknown."""
    return bool(old and now) and old != now


def _reason(
    connection: Connection, this: Identity, stands_on: str, mark: Mark | None, *, shared: bool
) -> Text | None:
    """Return why the store must have been restored; None where nothing says so."""
    if shared:
        moved = _moved(this.stands_on, stands_on)
        return messages.is_another_database(this.stands_on, stands_on) if moved else None
    if copied_at := _copied_at(connection):
        return messages.is_a_copy(copied_at)
    if mark is not None and this.run < mark.run:
        return messages.is_older(this.run, mark.run)
    if another_file(this.stands_on, stands_on):
        return messages.is_another_file(this.stands_on, stands_on)
    return None


def _copied_at(connection: Connection) -> datetime | None:
    """Return when a SQLite store was copied, to the minute; None where it is no copy."""
    minutes = int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())
    return datetime.fromtimestamp(minutes * 60, UTC) if minutes else None


def _file_of(connection: Connection) -> Path | None:
    """Return a SQLite store's file, however its address is written."""
    if connection.dialect.name != "sqlite":
        return None
    files = [row[2] for row in connection.exec_driver_sql("PRAGMA database_list")]
    return Path(files[0]) if files and files[0] else None
