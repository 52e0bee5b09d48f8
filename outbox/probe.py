"""Whether a store can be written: it tries, and commits. To read says nothing of a full disk."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

import structlog
from sqlalchemy import Column, Engine, Integer, MetaData, Table, insert, update
from sqlalchemy.exc import SQLAlchemyError

from outbox.database import UtcDateTime, writing
from outbox.write_ahead_log import free_bytes

metadata = MetaData()

#: One row, which is written anew each time; the store has it for nothing else.
probe = Table(
    "outbox_probe",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
)

#: Free room of a SQLite store's disk below which it counts as full, in bytes: this row may find
#: room in the log where a package of records finds none.
LEAST_ROOM = 1_000_000
#: How long a verdict counts, and how long one is waited for, in seconds.
COUNTS, PATIENCE = 5.0, 5.0


_log = structlog.get_logger("creditgate")


class WriteProbe:
    """Whether one store takes writes; any thread may ask, one of them at a time writes."""

    def __init__(
        self,
        engine: Engine,
        clock: Callable[[], float] = time.monotonic,
        patience: float = PATIENCE,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._patience = patience
        self._lock = threading.Lock()
        self._writer: threading.Thread | None = None
        self._began = 0.0
        self._verdict: tuple[float, bool] | None = None

    def writable(self) -> bool:
        """Whether a small transaction was committed within the last seconds.

        False where it does not end in time.

        A write that hangs is left alone, and no second one is begun beside it.
        """
        with self._lock:
            now = self._clock()
            if self._verdict is not None and now - self._verdict[0] < COUNTS:
                return self._verdict[1]
            if self._writer is None:
                self._began = now
                self._writer = threading.Thread(target=self._write, name="probe", daemon=True)
                self._writer.start()
            writer, seconds_left = self._writer, self._patience - (now - self._began)
        writer.join(max(0.0, seconds_left))
        with self._lock:
            verdict = self._verdict
            return verdict is not None and verdict[0] >= self._began and verdict[1]

    def _write(self) -> None:
        written = False
        try:
            with writing(self._engine) as connection:
                free = free_bytes(connection)
                at = datetime.now(UTC)
                if not connection.execute(update(probe).values(at=at)).rowcount:
                    connection.execute(insert(probe).values(id=1, at=at))
            written = free is None or free >= LEAST_ROOM
        except (SQLAlchemyError, OSError) as error:
            _log.warning("store.not_written", reason=" ".join(str(error).split())[:300])
        finally:
            with self._lock:
                self._verdict = self._clock(), written
                self._writer = None
