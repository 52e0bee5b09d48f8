"""Opens SQLAlchemy engines the way a store needs them: durable, and with short write locks."""

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
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
#: SQLite's page cache of one connection, in KiB.
CACHE_KIB = 8_000
#: Of a new SQLite file: payloads and wide rows take a third less time than with 4,096.
PAGE_BYTES = 16_384

#: SQLite has one writer and waits for it in growing sleeps: threads of one process queue here.
_writers: WeakKeyDictionary[Engine, threading.Lock] = WeakKeyDictionary()


def open_engine(url: str) -> Engine:
    """Open an engine; on SQLite with WAL, synchronous FULL and explicit transactions.

    Raises sqlalchemy.exc.ArgumentError for a malformed URL.
    """
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    _writers[engine] = threading.Lock()
    return engine


def _prepare(connection: Any, _record: object) -> None:
    # _begin opens transactions; the driver must not do so by itself.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"page_size={PAGE_BYTES}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"cache_size=-{CACHE_KIB}",
        "temp_store=MEMORY",
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
    with (
        _writers.get(engine, nullcontext()),
        engine.connect().execution_options(writing=True) as connection,
        connection.begin(),
    ):
        yield connection


def among(
    connection: Connection, column: ColumnElement[str], values: Sequence[str]
) -> ColumnElement[bool]:
    """Ask for rows whose column has one of many values, sent as one array.

    Thousands of bound values cost more to bind and to parse than to look up.
    """
    wanted = json.dumps(values, ensure_ascii=False)
    if connection.dialect.name == "postgresql":
        return column.in_(select(func.json_array_elements_text(cast(wanted, JSON))))
    return column.in_(select(func.json_each(wanted).table_valued("value").c.value))
