"""Connections to a department's database: readers that cannot write, statements that end,
one time zone.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, CursorResult, Engine, Executable, create_engine, event
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from adapters import SourceRefusedError
from adapters.database.held import hold, is_file
from adapters.database.settings import DatabaseSettings
from adapters.text import database as messages

#: How long a reader or writer waits for a lock at the source, in seconds.
LOCK_SECONDS = 30
#: SQLite instructions between two looks at the clock.
_STEPS = 10_000
#: Most characters and bytes of one read together, and bytes that SQLite may use for all its files:
#: a view can hold more than this machine has memory, in a file of a few kilobytes.
MOST_READ, _SQLITE_BYTES = 256_000_000, 512_000_000
#: Rows that are asked of a server at a time, and of a file, whose rows cost nothing to wait for.
_OF_SERVER, _OF_FILE = 100, 1
#: Times are those of Shanghai whatever the server, the role or its host says.
_ZONE = "Asia/Shanghai"
#: Where a MySQL server has no tables of time zones.
_OFFSET = "+08:00"


def reader(settings: DatabaseSettings) -> Engine:
    """Open a pool whose sessions only read, each statement within its time.

    Raises SourceRefusedError.
    """
    engine = writer(settings)
    milliseconds = int(settings.statement_timeout * 1000)
    seconds = settings.statement_timeout
    snapshot = "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
    statements = {
        "postgresql": (
            "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
            f"SET statement_timeout = {milliseconds}",
            f"SET lock_timeout = {LOCK_SECONDS * 1000}",
            "SET datestyle = 'ISO, YMD'",
            "SET intervalstyle = 'postgres'",
            "SET extra_float_digits = 3",
        ),
        "mysql": (snapshot, f"SET SESSION max_execution_time = {milliseconds}"),
        "mariadb": (snapshot, f"SET SESSION max_statement_time = {seconds}"),
        "mssql": (f"SET LOCK_TIMEOUT {LOCK_SECONDS * 1000}",),
        # The limit is the process's, our own store's too, which needs a few megabytes.
        "sqlite": (f"PRAGMA hard_heap_limit = {_SQLITE_BYTES}", "PRAGMA query_only = ON"),
    }

    @event.listens_for(engine, "connect")
    def _restrict(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        name = _server(engine, cursor)
        for statement in statements.get(name, ()):
            cursor.execute(statement)
        cursor.close()
        if name == "postgresql":
            connection.commit()

    if engine.dialect.name == "sqlite":
        _limit_sqlite(engine, seconds)
    return engine


def writer(settings: DatabaseSettings) -> Engine:
    """Open a pool for what is written back.

    Raises SourceRefusedError where the driver or file is missing.
    """
    url = settings.whole_url()
    options: dict[str, Any] = {}
    if url.get_backend_name() == "sqlite":
        options = {"timeout": LOCK_SECONDS}
        if not settings.access.files.confined:
            _demand_file(url.database)
    elif url.drivername == "postgresql+psycopg":
        options = {"client_encoding": "utf8"}
    try:
        # Errors are logged, and must not name the values of a statement.
        engine = create_engine(url, pool_pre_ping=True, hide_parameters=True, connect_args=options)
    except (ImportError, NoSuchModuleError) as error:
        raise SourceRefusedError(*messages.no_driver(url.drivername, str(error))) from None
    except (ArgumentError, SQLAlchemyError, TypeError, ValueError) as error:
        raise SourceRefusedError(*messages.refused(url.drivername, str(error))) from None

    hold(engine, settings)

    @event.listens_for(engine, "connect")
    def _set_zone(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        _zone(_server(engine, cursor), cursor)
        cursor.close()
        if engine.dialect.name == "postgresql":
            connection.commit()

    return engine


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """Yield a connection in whose transaction all reads see one state,
    where the server has such.
    """
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            # Its driver begins one only before it writes.
            connection.exec_driver_sql("BEGIN")
        try:
            yield connection
        finally:
            connection.rollback()


def _server(engine: Engine, cursor: Any) -> str:
    """Return which server it is: MySQL and MariaDB speak one protocol,
    and only the server tells.
    """
    name: str = engine.dialect.name
    if name != "mysql":
        return name
    cursor.execute("SELECT VERSION()")
    return "mariadb" if "mariadb" in str(cursor.fetchone()[0]).lower() else name


def _zone(name: str, cursor: Any) -> None:
    match name:
        case "postgresql":
            cursor.execute(f"SET TIME ZONE '{_ZONE}'")
        case "oracle":
            cursor.execute(f"ALTER SESSION SET TIME_ZONE = '{_ZONE}'")
        case "mysql" | "mariadb":
            # One that a server does not know is an error: ask first what it would make of it.
            cursor.execute(f"SELECT CONVERT_TZ('2026-01-01 00:00:00', 'UTC', '{_ZONE}')")
            known = cursor.fetchone()[0] is not None
            cursor.execute(f"SET SESSION time_zone = '{_ZONE if known else _OFFSET}'")


def _demand_file(database: str | None) -> None:
    """Refuse a file that is not there: SQLite would make it."""
    if database and is_file("sqlite", database) and not Path(database).exists():
        raise SourceRefusedError(*messages.no_file(database))


def _limit_sqlite(engine: Engine, seconds: float) -> None:
    """Interrupt what runs too long: SQLite itself has no limit."""

    @event.listens_for(engine, "before_cursor_execute")
    def _start(connection: Any, *_: Any) -> None:
        ends = time.monotonic() + seconds
        plain = connection.connection.dbapi_connection
        plain.set_progress_handler(lambda: int(time.monotonic() > ends), _STEPS)


def rows_of(
    connection: Connection,
    statement: Executable,
    values: dict[str, Any] | None = None,
    *,
    undecoded: bool = False,
) -> list[Any]:
    """Return the driver's own tuples: no result processor of SQLAlchemy's has touched them.

    `undecoded`: SQLite's texts as the bytes of UTF-8 that they are, for whoever makes columns of
    them.
    """
    try:
        if not undecoded:
            return _fetched(connection, statement, values)
        with _undecoded(connection):
            return _fetched(connection, statement, values)
    except Exception as error:
        plain = connection.connection.dbapi_connection
        if "decode to UTF-8" not in str(error) or plain is None:
            raise
        # One old value in SQLite that is no text must not end the page: it comes as bytes.
        plain.text_factory = _text_or_bytes
        return _fetched(connection, statement, values)


@contextmanager
def _undecoded(connection: Connection) -> Iterator[None]:
    plain = connection.connection.dbapi_connection
    assert plain is not None  # noqa: S101
    before, plain.text_factory = plain.text_factory, bytes
    try:
        yield
    finally:
        plain.text_factory = before


def _fetched(
    connection: Connection, statement: Executable, values: dict[str, Any] | None
) -> list[Any]:
    # The server keeps what is not asked for yet, where its driver can leave it there.
    options = {"stream_results": True}
    with connection.execute(statement, values or {}, execution_options=options) as result:
        if result.cursor is None:
            return []
        return _bounded(result, _OF_FILE if connection.dialect.name == "sqlite" else _OF_SERVER)


def _bounded(result: CursorResult[Any], step: int) -> list[Any]:
    """Return the driver's own rows; raises SourceRefusedError
    where they hold more than MOST_READ.
    """
    rows: list[Any] = []
    size = 0
    # By the strategy, not by the cursor: it may have read the first row already.
    while some := result.cursor_strategy.fetchmany(result, result.cursor, step):
        rows += some
        size += sum(len(v) for row in some for v in row if isinstance(v, str | bytes | bytearray))
        if size > MOST_READ:
            raise SourceRefusedError(*messages.too_much_at_once(MOST_READ))
    return rows


def _text_or_bytes(stored: bytes) -> str | bytes:
    try:
        return stored.decode()
    except UnicodeDecodeError:
        return stored
