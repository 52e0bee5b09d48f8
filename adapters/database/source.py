"""What is read: a table, view or query with its columns, looked at anew at each fetch."""

import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from sqlalchemy import Connection, Engine, FromClause, bindparam, inspect, select, table, text
from sqlalchemy.exc import NoSuchTableError, SAWarning

from adapters import SourceRefusedError
from adapters.database.columns import (
    UNORDERED,
    Column,
    DriverType,
    element,
    reflected,
    with_driver_types,
)
from adapters.database.settings import DatabaseSettings, StatusColumns
from adapters.database.statement import one_select
from adapters.text import database as messages

#: Kinds of database whose text can be read as the bytes that are stored.
_BYTES_OF_TEXT = frozenset({"mysql", "mariadb", "postgresql", "sqlite"})


@dataclass(frozen=True, slots=True)
class Source:
    """A table, view or query: what stands in FROM, its columns, and what is known of its rows."""

    name: str
    dialect: str
    clause: FromClause
    columns: dict[str, Column]
    #: The columns that make the record.
    read: tuple[Column, ...]
    key: Column
    #: No two rows have one key: the table says so itself.
    unique: bool
    #: Two reads in one transaction see the same rows.
    snapshots: bool
    watermark: Column | None = None
    version: Column | None = None
    as_bytes: bool = False
    #: SQLite: texts come as the bytes of UTF-8 that they are, which is the quickest way to a
    #: column.
    undecoded: bool = False

    @property
    def types(self) -> tuple[tuple[str, str], ...]:
        """Return the columns with their types as the source names them."""
        return tuple((column.name, column.type_name) for column in self.read if column.type_name)


def describe(engine: Engine, connection: Connection, settings: DatabaseSettings) -> Source:
    """Look at the table or query; raises SourceRefusedError where it is not as the settings say."""
    s, dialect = settings, engine.dialect.name
    if s.query:
        clause, columns = _of_query(connection, one_select(s.query, dialect), dialect)
    else:
        clause, columns = of_table(engine, connection, s.table, s.db_schema)
    named = [s.key_column, *s.columns, s.watermark_column, *own_columns(s.status)]
    demand(columns, s.name, named)
    if s.text_as_bytes and dialect not in _BYTES_OF_TEXT:
        raise SourceRefusedError(*messages.no_bytes_of_text(dialect))
    key, read = columns[s.key_column], _read_columns(columns, s)
    watermark = columns[s.watermark_column] if s.watermark_column else None
    version = columns[s.status.version] if s.status else None
    for ordering in (key, watermark):
        if ordering is not None and ordering.kind in UNORDERED:
            type_name = ordering.type_name or ordering.native or ordering.kind
            raise SourceRefusedError(*messages.unordered(ordering.name, type_name))
    return Source(
        name=s.name,
        dialect=dialect,
        clause=clause,
        columns=columns,
        read=read,
        key=key,
        unique=not s.query and _is_unique(engine, s),
        snapshots=_has_snapshots(connection, dialect, s.db_schema),
        watermark=watermark,
        version=version,
        as_bytes=s.text_as_bytes,
        undecoded=_may_stay_undecoded(engine, s, [key, watermark, version]),
    )


def of_table(
    engine: Engine, connection: Connection, name: str, schema: str | None
) -> tuple[FromClause, dict[str, Column]]:
    """Return a table or view and its columns;
    raises SourceRefusedError with those that there are.
    """
    looked = inspect(engine)
    try:
        with _unknown_types():
            described = looked.get_columns(name, schema=schema)
    except NoSuchTableError:
        described = []
    if not described:
        tables = looked.get_table_names(schema=schema)
        present = _nearest_first(name, [*tables, *looked.get_view_names(schema=schema)])
        raise SourceRefusedError(*messages.no_table(name, schema, present)) from None
    columns = [reflected(dict(column), engine.dialect.name) for column in described]
    clause = table(name, *(element(column) for column in columns), schema=schema)
    return clause, _typed(connection, clause, columns, engine.dialect.name)


def _nearest_first(name: str, present: list[str]) -> list[str]:
    """Return names, those first that may have been meant: of a large database few are told."""
    folded = name.casefold()
    return sorted(
        present,
        key=lambda table: (-SequenceMatcher(None, folded, table.casefold()).ratio(), table),
    )


@contextmanager
def _unknown_types() -> Iterator[None]:
    """Let types pass that SQLAlchemy does not know:
    their values are read as the driver gives them.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)
        yield


def demand(columns: dict[str, Column], name: str, required: Iterable[str | None]) -> None:
    """Raise SourceRefusedError where the source lacks a column."""
    missing = [column for column in required if column and column not in columns]
    if missing:
        raise SourceRefusedError(*messages.no_columns(name, list(dict.fromkeys(missing))))


def own_columns(status: StatusColumns | None) -> list[str]:
    """Return the names of the columns that belong to the exchange and not to the record."""
    if status is None:
        return []
    names = (status.status, status.version, status.reason, status.exchanged_at)
    return [name for name in names if name]


def _of_query(
    connection: Connection, query: str, dialect: str
) -> tuple[FromClause, dict[str, Column]]:
    """Ask the database for a query's columns; in brackets it can be nothing but one SELECT."""
    # SQLAlchemy would take what follows a colon for a parameter; a comment may end the last line.
    plain = query.replace(":", r"\:") + "\n"
    with connection.execute(text(f"SELECT * FROM ({plain}) q WHERE 1 = 0")) as result:  # noqa: S608
        names = [field[0] for field in result.cursor.description] if result.cursor else []
    if repeated := [name for name, times in Counter(names).items() if times > 1]:
        raise SourceRefusedError(*messages.repeated_columns("query", repeated))
    columns = [Column(name, accents=dialect != "sqlite") for name in names]
    clause = text(plain).columns(*(element(column) for column in columns)).subquery("q")
    return clause, _typed(connection, clause, columns, dialect)


def _typed(
    connection: Connection, clause: FromClause, columns: Sequence[Column], dialect: str
) -> dict[str, Column]:
    """Return columns by name with the types that the driver reports."""
    if dialect in ("postgresql", "mysql", "mariadb"):
        nothing = select(*(clause.c[column.name] for column in columns)).where(text("1 = 0"))
        with connection.execute(nothing) as result:
            types = _of_driver(result.cursor) if result.cursor is not None else []
        if dialect == "postgresql":
            types = _of_postgresql(connection, types)
        columns = with_driver_types(columns, types, dialect)
    return {column.name: column for column in columns}


def _of_driver(cursor: Any) -> list[DriverType]:
    """Return what a driver says of the columns;
    of MySQL's only PyMySQL hands on flags and charsets.
    """
    fields = getattr(getattr(cursor, "_result", None), "fields", None) or []
    if len(fields) != len(cursor.description):
        return [DriverType(int(str(field[1]))) for field in cursor.description]
    return [
        DriverType(field.type_code, flags=field.flags, charset=field.charsetnr, length=field.length)
        for field in fields
    ]


def _of_postgresql(connection: Connection, types: Sequence[DriverType]) -> list[DriverType]:
    """Return types with PostgreSQL's names for them; -1 asks for the type without a length."""
    asked = text(
        "SELECT oid, format_type(oid, -1), typtype = 'c' OR typname = 'record'"
        " FROM pg_type WHERE oid IN :numbers"
    )
    query = asked.bindparams(bindparam("numbers", expanding=True))
    rows = connection.execute(query, {"numbers": sorted({type_.code for type_ in types})})
    known = {int(number): (name, composite) for number, name, composite in rows}
    unknown = ("", False)
    return [DriverType(type_.code, *known.get(type_.code, unknown)) for type_ in types]


def _read_columns(columns: dict[str, Column], s: DatabaseSettings) -> tuple[Column, ...]:
    skipped = {s.key_column, *own_columns(s.status)}
    names = s.columns or [name for name in columns if name not in skipped]
    if reserved := [name for name in names if name.startswith("#")]:
        raise SourceRefusedError(*messages.reserved_columns(reserved))
    return tuple(columns[name] for name in names)


def _is_unique(engine: Engine, s: DatabaseSettings) -> bool:
    """Whether the key is the table's whole primary key."""
    looked = inspect(engine)
    if s.table in looked.get_view_names(schema=s.db_schema):
        return False
    with _unknown_types():
        primary = looked.get_pk_constraint(s.table, schema=s.db_schema)["constrained_columns"]
    return primary == [s.key_column]


def _may_stay_undecoded(
    engine: Engine, s: DatabaseSettings, found_by: Sequence[Column | None]
) -> bool:
    """Whether bytes and text need not be told apart: both are UTF-8,
    and rows are found by text or numbers.
    """
    return (
        engine.dialect.name == "sqlite"
        and s.bytes_encoding == "utf-8"
        and not s.text_as_bytes
        and all(
            column is None or column.kind != "other" or "INT" in column.type_name
            for column in found_by
        )
    )


def _has_snapshots(connection: Connection, dialect: str, schema: str | None) -> bool:
    """Whether a count in the transaction of a read sees the same rows;
    MyISAM and its like have none.
    """
    if dialect not in ("mysql", "mariadb"):
        return dialect in ("postgresql", "sqlite")
    others = text(
        "SELECT count(*) FROM information_schema.TABLES WHERE TABLE_TYPE = 'BASE TABLE'"
        " AND TABLE_SCHEMA = COALESCE(:name, DATABASE()) AND COALESCE(ENGINE, '') <> 'InnoDB'"
    )
    return not connection.execute(others, {"name": schema}).scalar()
