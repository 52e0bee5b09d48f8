"""Opens SQLAlchemy engines the way a store needs them: durable, and with short write locks."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit
from weakref import WeakKeyDictionary

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Integer,
    MetaData,
    Table,
    TypeDecorator,
    and_,
    cast,
    create_engine,
    delete,
    event,
    func,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url

from outbox.encryption import PayloadCipher
from outbox.write_ahead_log import LogBound

#: Row numbers that never run out; SQLite numbers rows by itself only under its own name for them.
BigId = BigInteger().with_variant(Integer, "sqlite")


class UtcDateTime(TypeDecorator[datetime]):
    """Aware datetimes, kept in UTC; a naive one is a programming error and raises ValueError."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> Any:
        """Return an aware moment as naive UTC for the database; a naive one is a ValueError."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Return a stored moment as an aware one in UTC."""
        return None if value is None else value.replace(tzinfo=UTC)


def sqlite_path(url: str) -> Path | None:
    """Return the file of a SQLite store, by a path or a URI; None of any other store.

    A SQLite database in memory has no file either.
    """
    parsed = make_url(url)
    database = parsed.database
    if parsed.get_backend_name() != "sqlite" or not database or database == ":memory:":
        return None
    if not database.startswith("file:"):
        return Path(database)
    uri = urlsplit(database)
    if "mode=memory" in uri.query or parsed.query.get("mode") == "memory":
        return None
    return Path(unquote(uri.path)) if uri.path else None


#: How long a writer waits for another one, in seconds.
BUSY_SECONDS = 60
#: SQLite's page cache of a connection that reads, and of the one that writes, in KiB. Record keys
#: are random: what their index has no room for in the cache is read anew with each package, from
#: the kernel's cache mostly. It counts in the process's memory, twice as much brought no time.
CACHE_KIB = 2_000
WRITER_CACHE_KIB = 32_000
#: Of a new SQLite file: payloads and wide rows take a third less time than with 4,096.
PAGE_BYTES = 16_384

#: Of each PostgreSQL session: a commit that was confirmed is on disk, and a session whose program
#: is gone or frozen in the middle of a transaction does not hold its locks for ever.
POSTGRESQL_SETTINGS = (
    "synchronous_commit = on",
    "idle_in_transaction_session_timeout = '120s'",
    f"lock_timeout = '{BUSY_SECONDS}s'",
    "tcp_keepalives_idle = 5",
    "tcp_keepalives_interval = 2",
    "tcp_keepalives_count = 3",
)
#: Number of the lock under which tables are made: two nodes may start at the same moment.
_TABLES_LOCK = 0x63676462

#: Of each SQLite engine, the one that writes. It has one connection, so that threads queue for it
#: instead of sleeping, and so that its page cache is not emptied by another's write.
_writers: WeakKeyDictionary[Engine, Engine] = WeakKeyDictionary()


def open_engine(url: str) -> Engine:
    """Return an engine of the database at a URL, set up to be durable.

    On SQLite: WAL, synchronous FULL and explicit transactions. On PostgreSQL: synchronous commits,
    whatever the server's default, and a dead network noticed in seconds. Its errors do not name the
    values of a statement: they are people's, and errors are logged.

    Raises sqlalchemy.exc.ArgumentError for a malformed URL.
    """
    backend = make_url(url).get_backend_name()
    if backend == "postgresql":
        return _open_postgresql(url)
    if backend != "sqlite":
        return create_engine(url, pool_pre_ping=True, hide_parameters=True)
    engine = _open_sqlite(url, CACHE_KIB, pool_size=5)
    writer = _open_sqlite(
        url, WRITER_CACHE_KIB, pool_size=1, max_overflow=0, pool_timeout=BUSY_SECONDS
    )
    _writers[engine] = writer
    event.listen(engine, "engine_disposed", lambda _: writer.dispose())
    return engine


def _open_postgresql(url: str) -> Engine:
    driver = {
        "connect_timeout": 10,
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "tcp_user_timeout": 10_000,
        "application_name": "creditgate",
    }
    engine = create_engine(url, pool_pre_ping=True, hide_parameters=True, connect_args=driver)
    event.listen(engine, "connect", lambda connection, _: _prepare_postgresql(connection))
    return engine


def _prepare_postgresql(connection: Any) -> None:
    with connection.cursor() as cursor:
        for setting in POSTGRESQL_SETTINGS:
            cursor.execute(f"SET {setting}")
    connection.commit()


def _open_sqlite(url: str, cache_kib: int, **pool: int) -> Engine:
    driver = {"timeout": BUSY_SECONDS, "check_same_thread": False}
    engine = create_engine(url, hide_parameters=True, connect_args=driver, **pool)

    def prepare(connection: Any, record: Any) -> None:
        _prepare(connection, record, cache_kib)

    event.listen(engine, "do_connect", _make_private)
    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _make_private(_dialect: Any, _record: Any, args: list[Any], _options: dict[str, Any]) -> None:
    """Make a new SQLite file for this user alone; SQLite gives its log the same mode.

    SQLite itself would make it with whatever the umask leaves.
    """
    name = str(args[0]) if args else ""
    if name.startswith("file:"):
        uri = urlsplit(name)
        mode = dict(parse_qsl(uri.query)).get("mode", "rwc")
        name = unquote(uri.path) if mode == "rwc" else ""
    if not name or name == ":memory:":
        return
    # What cannot be made here SQLite cannot make either, and says why.
    with suppress(OSError):
        os.close(os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def _prepare(connection: Any, record: Any, cache_kib: int) -> None:
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
        # What is removed by its retention must be gone from the file too.
        "secure_delete=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    bound = record.info["log_bound"] = LogBound()
    bound.look(cursor)
    cursor.close()


def _begin(connection: Connection) -> None:
    # A DEFERRED transaction that reads and then writes fails at once instead of waiting.
    immediate = connection.get_execution_options().get("writing", False)
    if immediate:
        cursor = connection.connection.cursor()
        connection.connection.info["log_bound"].look(cursor)
        cursor.close()
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN DEFERRED")


def seal_with(engine: Engine, seal: PayloadCipher) -> None:
    """Let what is stored by an engine be sealed, whoever asks for a connection."""
    for store_engine in {engine, _writers.get(engine, engine)}:
        store_engine.update_execution_options(seal=seal)


def seal_of(connection: Connection) -> PayloadCipher:
    """Return the keys of the store that a connection is to; none where it has none."""
    seal: PayloadCipher | None = connection.get_execution_options().get("seal")
    return seal or PayloadCipher()


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Open one transaction that takes the write lock at once; commits unless the block raises."""
    writer = _writers.get(engine, engine)
    with writer.connect().execution_options(writing=True) as connection, connection.begin():
        yield connection


@contextmanager
def making_tables(engine: Engine) -> Iterator[Connection]:
    """Yield a transaction in which one process at a time makes or changes tables."""
    with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(_TABLES_LOCK)))
        yield connection


def create_tables(engine: Engine, schema: MetaData) -> None:
    """Create the tables that are missing; one process at a time."""
    with making_tables(engine) as connection:
        schema.create_all(connection)


def forget_free_pages(engine: Engine) -> None:
    """Empty SQLite's log, so that nothing of what was removed is left in it.

    The file itself is overwritten as rows go.
    """
    if engine.dialect.name == "sqlite":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def remove_some(connection: Connection, table: Table, over: ColumnElement[bool], limit: int) -> int:
    """Remove up to `limit` rows that meet a condition, by their keys; return how many.

    So a transaction is short, whatever there is to remove: others must not wait for long.
    """
    keys = list(table.primary_key.columns)
    rows = connection.execute(select(*keys).where(over).limit(limit)).all()
    for row in rows:
        same = and_(*(column == value for column, value in zip(keys, row, strict=True)))
        connection.execute(delete(table).where(same))
    return len(rows)


def insert_new(connection: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert a row unless one of its key is there; return whether it was inserted."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    row = dialect.insert(table).values(**values).on_conflict_do_nothing()
    # Not by the count of rows, which psycopg does not tell here.
    return connection.execute(row.returning(*table.primary_key)).first() is not None


def among(
    connection: Connection, column: ColumnElement[str], values: Sequence[str]
) -> ColumnElement[bool]:
    """Return the condition that a column has one of many values, sent as one array.

    Thousands of bound values cost more to bind and to parse than to look up.
    """
    if connection.dialect.name == "postgresql":
        return column.in_(select(func.json_array_elements_text(cast(list(values), JSON))))
    array = json.dumps(list(values), ensure_ascii=False)
    return column.in_(select(func.json_each(array).table_valued("value").c.value))
