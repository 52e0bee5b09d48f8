"""Connections to a department's database: readers that cannot write, statements that end, errors told apart."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, NoSuchModuleError, OperationalError, ProgrammingError

from adapters import SourceRefused, SourceUnavailable
from adapters.database.settings import DatabaseSettings

#: How long a reader or writer waits for a lock at the source, in seconds.
LOCK_SECONDS = 30
#: SQLite instructions between two looks at the clock.
_STEPS = 10_000


def reader(settings: DatabaseSettings) -> Engine:
    """Open a pool whose sessions only read, each statement within its time; raises SourceRefused."""
    engine = writer(settings)
    milliseconds = int(settings.statement_timeout * 1000)
    seconds = settings.statement_timeout
    statements = {
        "postgresql": (
            "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
            f"SET statement_timeout = {milliseconds}", f"SET lock_timeout = {LOCK_SECONDS * 1000}",
        ),
        "mysql": ("SET SESSION TRANSACTION READ ONLY", f"SET SESSION max_execution_time = {milliseconds}"),
        "mariadb": ("SET SESSION TRANSACTION READ ONLY", f"SET SESSION max_statement_time = {seconds}"),
        "mssql": (f"SET LOCK_TIMEOUT {LOCK_SECONDS * 1000}",),
        "sqlite": ("PRAGMA query_only = ON",),
    }  # fmt: skip

    @event.listens_for(engine, "connect")
    def _restrict(connection: Any, _record: Any) -> None:
        name = engine.dialect.name
        cursor = connection.cursor()
        # Both speak one protocol; only the server tells which it is.
        if name == "mysql":
            cursor.execute("SELECT VERSION()")
            name = "mariadb" if "mariadb" in str(cursor.fetchone()[0]).lower() else name
        for statement in statements.get(name, ()):
            cursor.execute(statement)
        cursor.close()
        if name == "postgresql":
            connection.commit()

    if engine.dialect.name == "sqlite":
        _limit_sqlite(engine, seconds)
    return engine


def writer(settings: DatabaseSettings) -> Engine:
    """Open a pool for what is written back; raises SourceRefused where the driver is not installed."""
    url = settings.whole_url()
    options = {"timeout": LOCK_SECONDS} if url.get_backend_name() == "sqlite" else {}
    try:
        return create_engine(url, pool_pre_ping=True, connect_args=options)
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise SourceRefused(
            f"没有安装 {url.drivername} 的驱动（{error}）；请见 docs/how-to/databases.md", f"the driver of {url.drivername} is not installed ({error}); see docs/how-to/databases.md"
        ) from None  # fmt: skip


def _limit_sqlite(engine: Engine, seconds: float) -> None:
    """Interrupt what runs too long: SQLite itself has no limit."""

    @event.listens_for(engine, "before_cursor_execute")
    def _start(connection: Any, *_: Any) -> None:
        ends = time.monotonic() + seconds
        plain = connection.connection.dbapi_connection
        plain.set_progress_handler(lambda: int(time.monotonic() > ends), _STEPS)


@contextmanager
def explained(name: str) -> Iterator[None]:
    """Turn database errors into our two kinds of error, without the statement or its values."""
    try:
        yield
    except OperationalError as error:
        raise SourceUnavailable(
            f"数据库未应答或中断（{_cause(error)}），下次采集再试",
            f"the database did not answer or broke off ({_cause(error)}); the next fetch tries again",
        ) from None
    except ProgrammingError as error:
        raise SourceRefused(
            f"{name} 无法读写（{_cause(error)}），请核对表结构和授权",
            f"{name} cannot be read or written ({_cause(error)}); check its columns and rights",
        ) from None
    except DBAPIError as error:
        raise SourceUnavailable(
            f"数据库报错（{_cause(error)}）", f"the database reports an error ({_cause(error)})"
        ) from None


def _cause(error: DBAPIError) -> str:
    return str(error.orig).splitlines()[0][:200] if str(error.orig) else type(error.orig).__name__
