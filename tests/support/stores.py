"""Stores with their tables, for tests: copied from one that was made once in this process, on
SQLite.

To make fifty tables takes twenty times as long as to copy a file that has them, and hundreds of
tests begin with empty ones.
"""

import itertools
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from sqlalchemy import Engine, create_engine, text

from gateway.central.store import create
from gateway.generations.tables import identity
from gateway.store.open import set_version
from gateway.store.schema import SCHEMAS, VERSION
from outbox import insert_new, open_engine, writing

#: Everything that stands in a PostgreSQL store: while that is the same, its tables are emptied.
_SHAPE = """
SELECT md5(string_agg(line, ';' ORDER BY line)) FROM (
    SELECT concat_ws(',', table_name, column_name, data_type, is_nullable, column_default) AS line
    FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT concat_ws(',', conname, pg_get_constraintdef(oid)) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace
) AS lines
"""
_shapes: dict[str, str] = {}
_counter = itertools.count()


def gateway_store(file: Path) -> Engine:
    """Return a new gateway store on SQLite, with an identity of its own."""
    made = _copied(_make_tables, file)
    _identify(made)
    return made


def centre_store(file: Path) -> Engine:
    """Return a new centre's store on SQLite."""
    return _copied(create, file)


def clear(engine: Engine) -> None:
    """Empty a gateway store on a server that tests share, its tables as this program has them."""
    if not _emptied(engine):
        for schema in reversed(SCHEMAS):
            schema.drop_all(engine)
        _make_tables(engine)
        with engine.connect() as connection:
            _shapes[str(engine.url)] = connection.execute(text(_SHAPE)).scalar_one()
    _identify(engine)


def _emptied(engine: Engine) -> bool:
    """Empty the tables of a store that `clear` has made, if nobody has changed them since."""
    made = _shapes.get(str(engine.url))
    if made is None:
        return False
    names = ", ".join(table.name for schema in SCHEMAS for table in schema.sorted_tables)
    with writing(engine) as connection:
        if connection.execute(text(_SHAPE)).scalar_one() != made:
            return False
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
        set_version(connection, VERSION)
    return True


def _identify(engine: Engine) -> None:
    with writing(engine) as connection:
        insert_new(connection, identity, {"id": 1, "guid": str(uuid4())})


def _copied(make: Callable[[Engine], None], file: Path) -> Engine:
    # With its mode: a store that others can read is refused.
    shutil.copy(_template(make), file)
    return open_engine(f"sqlite:///{file}")


@cache
def _template(make: Callable[[Engine], None]) -> Path:
    """Return the file of an empty store, made once."""
    file = Path(_folder().name) / f"{make.__module__}.db"
    engine = open_engine(f"sqlite:///{file}")
    make(engine)
    # What is left in the log beside the file goes into it.
    engine.dispose()
    return file


@cache
def _folder() -> "TemporaryDirectory[str]":
    return TemporaryDirectory(prefix="creditgate-stores-")


def _make_tables(engine: Engine) -> None:
    with writing(engine) as connection:
        for schema in SCHEMAS:
            schema.create_all(connection)
        set_version(connection, VERSION)


def fresh_database(url: str, template: str = "template1") -> str:
    """Return the URL of a database of its own on a PostgreSQL server, with what a template has."""
    name = f"centre_{next(_counter)}"
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name}"))
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    admin.dispose()
    return admin.url.set(database=name).render_as_string(hide_password=False)


def centre_database(url: str) -> str:
    """Return the URL of a database of its own on a PostgreSQL server, with a centre's tables."""
    return fresh_database(url, _centre_template(url))


@cache
def _centre_template(url: str) -> str:
    """Return the name of a database with a centre's tables, which nobody works on: it is copied."""
    engine = open_engine(fresh_database(url))
    create(engine)
    engine.dispose()
    return str(engine.url.database)
