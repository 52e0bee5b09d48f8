"""Elects the one scheduler among the nodes that share a store: who holds an advisory lock leads."""

from contextlib import suppress
from typing import Protocol

import structlog
from sqlalchemy import Connection, Engine, func, select, text
from sqlalchemy.exc import SQLAlchemyError

#: Number of the lock; advisory locks belong to one database.
LOCK = 0x63677363
#: A leader that has not been heard of for so long loses its session, and with it the lock, in
#: seconds. `leads` must be asked more often than that.
SILENCE = 10

_log = structlog.get_logger("creditgate")


class Election(Protocol):
    """Decides whether this process is the one that schedules."""

    def leads(self) -> bool:
        """Return whether this process leads; try to acquire the lock if not.

        To be asked every second or two.
        """
        ...

    def resign(self) -> None:
        """Let another lead."""
        ...


class OnlyCandidate:
    """The election of a store that one process holds."""

    def leads(self) -> bool:
        """Whether this process leads: always."""
        return True

    def resign(self) -> None:
        """Nothing to let go of."""


class AdvisoryLock:
    """Election by a PostgreSQL advisory lock on a session of its own.

    The lock goes with the session: at once when the process dies, after SILENCE when it is frozen
    or its machine or network is gone.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._session: Connection | None = None
        self._has_lock = False

    def leads(self) -> bool:
        """Whether the lock is held: keep it alive, or try to acquire it.

        While the store does not answer, nobody leads.
        """
        try:
            if self._session is None:
                self._session = self._engine.connect()
                self._session.execute(text(f"SET idle_session_timeout = '{SILENCE}s'"))
            if self._has_lock:
                self._session.execute(text("SELECT 1"))
            else:
                got = self._session.execute(select(func.pg_try_advisory_lock(LOCK))).scalar_one()
                self._has_lock = bool(got)
        except SQLAlchemyError as error:
            _log.warning("election.failed", kind=type(error).__name__)
            self.resign()
        return self._has_lock

    def resign(self) -> None:
        """Close the session and with it the lock; it does not go back to the pool."""
        session, self._session, self._has_lock = self._session, None, False
        if session is not None:
            with suppress(SQLAlchemyError):
                session.invalidate()
            session.close()
