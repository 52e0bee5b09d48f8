"""The gateway's own store: opened with its tables, looked through, brought up, waited for."""

import os
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    String,
    Table,
    func,
    insert,
    inspect,
    select,
)
from sqlalchemy.exc import DatabaseError, OperationalError

from gateway.errors import GatewayError
from gateway.exchange import tables
from gateway.exchange.restore_watch import Mark, mark_path
from gateway.generations import tables as tables_
from gateway.private_files import refuse_exposed
from gateway.settings.model import GatewaySettings
from gateway.store.lock import check_one_name, store_files
from gateway.store.schema import FIRST, SCHEMAS, VERSION
from gateway.store.shape import digest_of, expected_shape, lacking, named, reported_shape
from gateway.text import Text
from gateway.text import store as messages
from outbox import Outbox, insert_new, making_tables, open_engine, writing
from outbox.database import sqlite_path

#: Where alembic, too, looks for the version. Beside it, the digest of the tables
#: (gateway/store/shape.py); a store that was brought to its version by an earlier program has none.
_version = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), primary_key=True),
    Column("shape", String(64)),
)


class StoreDamagedError(GatewayError):
    """The store is not what it was: cut off, overwritten, emptied, or another one."""


class StoreOutdatedError(GatewayError):
    """The store's tables are those of another release."""


class StoreSchemaError(GatewayError):
    """The store says a version, and its tables are not those of that version."""


def open_store(url: str) -> Engine:
    """Return the engine of the gateway's store; its tables are created where it is new.

    Raises StoreOutdatedError where another release has made them, SeveralNamesError where a SQLite
    store's file has more names than one, ExposedFileError where others can reach it.

    A SQLite store that was made before is never begun anew: raises StoreDamagedError when it is
    empty, malformed or another one than the file `.id` beside it says.
    """
    refuse_exposed(store_files(url))
    path = _real_path(url)
    mark = None if path is None else mark_path(path)
    recorded = None if mark is None else Mark.read(mark)
    if recorded and path is not None and (not path.exists() or not path.stat().st_size):
        raise _damaged(path, messages.file_empty())
    if path is not None:
        check_one_name(path)
    engine = open_engine(url)
    try:
        if recorded and path is not None and not inspect(engine).has_table(tables_.identity.name):
            raise _damaged(path, messages.nothing_of_store())
        _make_tables(engine)
        identity = _identity(engine)
        if recorded and path is not None and identity != recorded.guid:
            raise _damaged(path, messages.another_store())
    except GatewayError:
        engine.dispose()
        raise
    except DatabaseError as error:
        engine.dispose()
        if path is None or isinstance(error, OperationalError):
            raise
        raise _damaged(path, Text(f"{error.orig}", f"{error.orig}")) from None
    if mark is not None and not recorded:
        Mark(identity).write(mark)
    return engine


def is_made(url: str) -> bool:
    """Whether there is a store with tables; makes none. Raises SQLAlchemyError where it is away."""
    path = _real_path(url)
    if path is not None and not path.exists():
        return False
    engine = open_engine(url)
    try:
        with engine.connect() as connection:
            return version_of(connection) is not None
    finally:
        engine.dispose()


def check_store(engine: Engine) -> None:
    """Look a store through before a gateway works on it.

    Raises StoreSchemaError where its tables are not those of its version, StoreDamagedError where a
    SQLite store is damaged: of that the whole file is read, about a second a gigabyte.
    """
    with engine.connect() as connection:
        check_shape(connection, version_of(connection))
    path = sqlite_path(str(engine.url))
    if path is None:
        return
    try:
        with engine.connect() as connection:
            result = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
    except DatabaseError as error:
        result = str(error.orig)
    if result != "ok":
        raise _damaged(path, Text(result, result))


def _make_tables(engine: Engine) -> None:
    with making_tables(engine) as connection:
        version = version_of(connection)
        if version == VERSION:
            if noted_shape(connection) not in (None, _own_digest(connection)):
                check_shape(connection, version)
            return
        if version is not None:
            raise StoreOutdatedError.of(messages.version_differs(version, VERSION))
        for schema in SCHEMAS:
            schema.create_all(connection)
        set_version(connection, VERSION)


def version_of(connection: Connection) -> str | None:
    """Return the version of a store's tables; None where it has none."""
    inspector = inspect(connection)
    if inspector.has_table(_version.name):
        return connection.execute(select(_version.c.version_num)).scalar_one_or_none()
    return FIRST if inspector.has_table(tables.feed.name) else None


def noted_shape(connection: Connection) -> str | None:
    """Return the digest of its tables that stands beside a store's version, if one does."""
    columns = inspect(connection).get_columns(_version.name)
    if "shape" not in {column["name"] for column in columns}:
        return None
    noted: str | None = connection.execute(select(_version.c.shape)).scalar_one_or_none()
    return noted


def set_version(connection: Connection, version: str) -> None:
    """Write which version a store's tables are, and their digest where they are this program's."""
    digest = _own_digest(connection) if version == VERSION else None
    # Made anew: that of an earlier program has no room for the digest.
    _version.drop(connection, checkfirst=True)
    _version.create(connection)
    connection.execute(insert(_version).values(version_num=version, shape=digest))


def check_shape(connection: Connection, version: str | None) -> None:
    """Raise StoreSchemaError where a store's tables are not those of the version that it says."""
    parts = shape_parts(connection, version)
    if parts and version is not None:
        raise StoreSchemaError.of(messages.shape_differs(version, parts))


def shape_parts(connection: Connection, version: str | None) -> list[str]:
    """Return what is missing from a store's tables, or differs from what their version has.

    Of an earlier version names count alone; of a later one nothing is known.
    """
    if version == VERSION:
        return lacking(reported_shape(connection), expected_shape(connection.dialect))
    if version is None or version > VERSION:
        return []
    from gateway.store.migrations import shape_at  # noqa: PLC0415

    expected = named(shape_at(version))
    reported = named(
        reported_shape(connection, {name.partition(".")[0] for _, name, _ in expected})
    )
    # Some stores of unreleased programs have more than their version: the next steps would meet it.
    return lacking(reported, expected)


def upgrade_store(url: str) -> list[str]:
    """Bring a store to this release's tables in one transaction; return the migrations run.

    No gateway may be at work on it. Raises SeveralNamesError as `open_store` does,
    StoreOutdatedError for a store of a later release, and StoreSchemaError where its tables are not
    those of its version: steps are written for what a version has, and would end half-way or build
    on what is not there.
    """
    from gateway.store.migrations import upgrade  # noqa: PLC0415

    if (path := _real_path(url)) is not None:
        check_one_name(path)
    engine = open_engine(url)
    try:
        with making_tables(engine) as connection:
            version = version_of(connection)
            if version is not None and version > VERSION:
                raise StoreOutdatedError.of(messages.version_differs(version, VERSION))
            check_shape(connection, version)
            migrations = upgrade(connection, version)
            if migrations:
                set_version(connection, migrations[-1])
                check_shape(connection, VERSION)
    finally:
        engine.dispose()
    return migrations


def _own_digest(connection: Connection) -> str:
    return digest_of(expected_shape(connection.dialect))


def _identity(engine: Engine) -> str:
    with writing(engine) as connection:
        insert_new(connection, tables_.identity, {"id": 1, "guid": str(uuid4())})
        identity: str = connection.execute(select(tables_.identity.c.guid)).scalar_one()
    return identity


def _damaged(path: Path, reason: Text) -> StoreDamagedError:
    return StoreDamagedError.of(messages.damaged(path, reason))


def _real_path(url: str) -> Path | None:
    """Return a SQLite store's own file, whatever link leads to it: its mark stands beside that."""
    path = sqlite_path(url)
    return None if path is None else Path(os.path.realpath(path))


def open_outbox(settings: GatewaySettings) -> Outbox:
    """Return the outbox of the gateway's store, with the keys that seal its payloads.

    The store is opened as `open_store` does.
    """
    seal = settings.at_rest.seal() if settings.at_rest else None
    return Outbox(open_store(settings.store), seal)


def shared(engine: Engine) -> bool:
    """Whether several processes may work on the store at once."""
    return engine.dialect.name == "postgresql"


def store_time(engine: Engine) -> datetime:
    """Ask a shared store for its time, by which all its nodes go; raises SQLAlchemyError."""
    with engine.connect() as connection:
        moment: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return moment.astimezone(UTC)
