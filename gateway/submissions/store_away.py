"""Errors of the gateway's own store, told apart from those of what was fetched.

What an adapter asks of the store while it reads ends its fetch as a source does that is away. Any
other error of the store (a value that it cannot take, a limit that a row breaks) counts like every
error that nobody foresaw: by name it may be the same class of the driver.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from adapters import SourceUnavailableError
from gateway.text import exchange as messages

#: Classes of SQLSTATE: connection, transaction rolled back (a lock, a failover), no room or memory,
#: ended by an operator, input and output of the system.
_CLASSES = frozenset({"08", "40", "53", "57", "58"})
#: A lock that was not to be had, a standby that only reads, a session that was ended for idling.
_STATES = frozenset({"55P03", "25006", "25P03"})
_SQLITE = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
    }
)


class StoreUnavailableError(SourceUnavailableError):
    """The gateway's own store was away when an adapter asked it."""


def is_away(error: BaseException) -> bool:
    """Whether an error says that the store is away, or too busy, or has no room."""
    if isinstance(error, PoolTimeoutError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    cause = error.orig
    if error.connection_invalidated or isinstance(cause, OSError):
        return True
    if isinstance(cause, sqlite3.Error):
        # The first byte is the error, the others say more of it.
        return getattr(cause, "sqlite_errorcode", 0) & 0xFF in _SQLITE
    state = getattr(cause, "sqlstate", None)
    if state is None:
        # No word of the server: the driver itself could not reach it.
        return isinstance(error, OperationalError | InterfaceError)
    return state[:2] in _CLASSES or state in _STATES


@contextmanager
def asking(engine: Engine) -> Iterator[Connection]:
    """Yield a connection by which an adapter asks the store; raise StoreUnavailableError."""
    try:
        with engine.connect() as connection:
            yield connection
    except (DBAPIError, PoolTimeoutError) as error:
        if not is_away(error):
            raise
        text = messages.store_away(type(error).__name__)
        raise StoreUnavailableError(text.zh, text.en) from error
