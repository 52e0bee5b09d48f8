"""The gateway's own store: opened with its tables, and held by one process where it is SQLite."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
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
    delete,
    func,
    insert,
    inspect,
    select,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError, OperationalError

from gateway.exchange import tables
from gateway.feeds import GatewaySettings
from gateway.messages import GatewayError
from gateway.restored import Mark, mark_path
from gateway.schema import FIRST, SCHEMAS, VERSION
from outbox import Outbox, insert_new, making_tables, open_engine, writing

#: Where alembic, too, looks for the version.
_version = Table("alembic_version", MetaData(), Column("version_num", String(32), primary_key=True))


class AlreadyRunning(GatewayError):
    """Another gateway process uses the same store."""


class StoreDamaged(GatewayError):
    """The store is not what it was: cut off, overwritten, emptied, or another one."""


class StoreOutdated(GatewayError):
    """The store's tables are those of another release."""


def open_store(url: str) -> Engine:
    """Open the gateway's store, and make its tables where it is new.

    Raises StoreOutdated where another release has made them.

    A SQLite store that was made before is never begun anew: raises StoreDamaged when it is empty,
    malformed or another one than the file `.id` beside it says.
    """
    path = sqlite_path(url)
    mark = None if path is None else mark_path(path)
    known = None if mark is None else Mark.read(mark)
    if known and path is not None and (not path.exists() or not path.stat().st_size):
        raise _damaged(path, "文件缺失或为空", "the file is missing or empty")
    engine = open_engine(url)
    try:
        if known and path is not None and not inspect(engine).has_table(tables.identity.name):
            raise _damaged(path, "其中没有本存储的内容", "it has nothing of this store")
        _make_tables(engine)
        found = _identity(engine)
    except StoreOutdated:
        engine.dispose()
        raise
    except DatabaseError as error:
        engine.dispose()
        if path is None or isinstance(error, OperationalError):
            raise
        raise _damaged(path, f"{error.orig}", f"{error.orig}") from None
    if known and path is not None and found != known.guid:
        raise _damaged(path, "是另一存储", "it is another store")
    if mark is not None and not known:
        Mark(found).write(mark)
    return engine


def check_store(engine: Engine) -> None:
    """Look a SQLite store through for damage, before a gateway works on it; raises StoreDamaged.

    It reads the whole file: about a second a gigabyte.
    """
    path = sqlite_path(str(engine.url))
    if path is None:
        return
    try:
        with engine.connect() as connection:
            said = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
    except DatabaseError as error:
        said = str(error.orig)
    if said != "ok":
        raise _damaged(path, said, said)


def _make_tables(engine: Engine) -> None:
    with making_tables(engine) as connection:
        version = version_of(connection)
        if version == VERSION:
            return
        if version is not None:
            newer = version > VERSION
            raise StoreOutdated(
                f"存储的表结构为 {version}，本程序为 {VERSION}；" + ("请换用更新的程序" if newer else "请先备份，再执行 creditgate store upgrade"),
                f"the store's tables are version {version} and this program's {VERSION}; " + ("use the newer program" if newer else "make a backup, then run creditgate store upgrade"),
            )  # fmt: skip
        for schema in SCHEMAS:
            schema.create_all(connection)
        set_version(connection, VERSION)


def version_of(connection: Connection) -> str | None:
    """Give the version of a store's tables; None where it has none."""
    there = inspect(connection)
    if there.has_table(_version.name):
        return connection.execute(select(_version.c.version_num)).scalar_one_or_none()
    return FIRST if there.has_table(tables.feed.name) else None


def set_version(connection: Connection, version: str) -> None:
    """Write which version a store's tables are."""
    _version.create(connection, checkfirst=True)
    connection.execute(delete(_version))
    connection.execute(insert(_version).values(version_num=version))


def upgrade_store(url: str) -> list[str]:
    """Bring a store to this release's tables in one transaction; give the steps that were taken.

    No gateway may be at work on it.
    """
    from gateway.migrations import upgrade  # noqa: PLC0415

    engine = open_engine(url)
    try:
        with making_tables(engine) as connection:
            taken = upgrade(connection, version_of(connection))
            if taken:
                set_version(connection, taken[-1])
    finally:
        engine.dispose()
    return taken


def _identity(engine: Engine) -> str:
    with writing(engine) as connection:
        insert_new(connection, tables.identity, {"id": 1, "guid": str(uuid4())})
        found: str = connection.execute(select(tables.identity.c.guid)).scalar_one()
    return found


def _damaged(path: Path, zh: str, en: str) -> StoreDamaged:
    return StoreDamaged(
        f"存储 {path} 已损坏：{zh}；请从备份恢复后再启动。确要从空存储开始，先删除 {path.name}.id",
        f"the store {path} is damaged: {en}; restore it from the backup before you start. If a new store is meant, remove {path.name}.id first",
    )


def sqlite_path(url: str) -> Path | None:
    """Give the file of a SQLite store, None of any other."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return None
    return Path(parsed.database)


def open_outbox(settings: GatewaySettings) -> Outbox:
    """Open the gateway's store, as `open_store` does, with the keys that its payloads are sealed under."""
    seal = settings.at_rest.seal() if settings.at_rest else None
    return Outbox(open_store(settings.store), seal)


def shared(engine: Engine) -> bool:
    """Tell whether several processes may work on the store at once."""
    return engine.dialect.name == "postgresql"


def store_time(engine: Engine) -> datetime:
    """Ask a shared store for its time, by which all its nodes go; raises SQLAlchemyError."""
    with engine.connect() as connection:
        moment: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return moment.astimezone(UTC)


@contextmanager
def alone(store_url: str) -> Iterator[None]:
    """Hold a SQLite store for one gateway process; raises AlreadyRunning while another holds it."""
    store = sqlite_path(store_url)
    if store is None:
        yield
        return
    path = store.with_name(f"{store.name}.lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise AlreadyRunning(
                f"另一网关进程正在使用 {store}，请先停止它", f"another gateway process uses {store}; stop it first"
            ) from None  # fmt: skip
        yield
