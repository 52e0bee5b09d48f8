"""Opens SQLAlchemy engines the way a store needs them: durable, and with short write locks."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    Engine,
    cast,
    create_engine,
    event,
    func,
    select,
)
from sqlalchemy.engine import make_url

#: How long a writer waits for another one, in seconds.
BUSY_SECONDS = 60
#: SQLite's page cache of a connection that reads, and of the one that writes, in KiB. Record keys
#: are random: what their index has no room for in the cache is read anew with each package.
CACHE_KIB = 8_000
WRITER_CACHE_KIB = 64_000
#: Of a new SQLite file: payloads and wide rows take a third less time than with 4,096.
PAGE_BYTES = 16_384

#: Frames of SQLite's log between two checkpoints: a page that changes often is copied once.
CHECKPOINT_PAGES = 4_000

#: Of each SQLite engine, the one that writes. It has one connection, so that threads queue for it
#: instead of sleeping, and so that its page cache is not emptied by another's write.
_writers: WeakKeyDictionary[Engine, Engine] = WeakKeyDictionary()


def open_engine(url: str) -> Engine:
    """Open an engine; on SQLite with WAL, synchronous FULL and explicit transactions.

    Raises sqlalchemy.exc.ArgumentError for a malformed URL.
    """
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    engine = _open_sqlite(url, CACHE_KIB, pool_size=5)
    writer = _open_sqlite(
        url, WRITER_CACHE_KIB, pool_size=1, max_overflow=0, pool_timeout=BUSY_SECONDS
    )
    _writers[engine] = writer
    event.listen(engine, "engine_disposed", lambda _: writer.dispose())
    return engine


def _open_sqlite(url: str, cache_kib: int, **pool: int) -> Engine:
    driver = {"timeout": BUSY_SECONDS, "check_same_thread": False}
    engine = create_engine(url, connect_args=driver, **pool)
    event.listen(engine, "connect", lambda connection, _: _prepare(connection, cache_kib))
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, cache_kib: int) -> None:
    # _begin opens transactions; the driver must not do so by itself.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"page_size={PAGE_BYTES}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"cache_size=-{cache_kib}",
        "temp_store=MEMORY",
        f"wal_autocheckpoint={CHECKPOINT_PAGES}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    # A DEFERRED transaction that reads and then writes fails at once instead of waiting.
    immediate = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN DEFERRED")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Open one transaction that takes the write lock at once; commits unless the block raises."""
    writer = _writers.get(engine, engine)
    with writer.connect().execution_options(writing=True) as connection, connection.begin():
        yield connection


def among(
    connection: Connection, column: ColumnElement[str], values: Sequence[str]
) -> ColumnElement[bool]:
    """Ask for rows whose column has one of many values, sent as one array.

    Thousands of bound values cost more to bind and to parse than to look up.
    """
    if connection.dialect.name == "postgresql":
        return column.in_(select(func.json_array_elements_text(cast(list(values), JSON))))
    wanted = json.dumps(list(values), ensure_ascii=False)
    return column.in_(select(func.json_each(wanted).table_valued("value").c.value))
