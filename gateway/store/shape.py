"""What a store's tables are: by what the database reports, and by what this program makes.

A version is only a number: a store may say it and lack a column all the same, where somebody has
changed its tables, or a step was changed after it had been taken. The shape is a set of facts, in
no order, that is the same for a store made new and for one brought up; its digest stands beside
the version.
"""

import hashlib
import re
from collections.abc import Iterable
from functools import lru_cache

from sqlalchemy import (
    Connection,
    Dialect,
    ForeignKeyConstraint,
    Inspector,
    Table,
    UniqueConstraint,
    inspect,
)
from sqlalchemy.schema import CreateTable
from sqlalchemy.sql.elements import quoted_name
from sqlalchemy.types import TypeEngine

from gateway.store.schema import SCHEMAS

#: A fact of a shape: its kind (table, column, primary, unique, foreign, index), what it is of, and
#: how that is.
Fact = tuple[str, str, str]
Shape = frozenset[Fact]

#: What PostgreSQL and SQLite write otherwise than SQLAlchemy has said it.
_TYPES = {"DOUBLE PRECISION": "FLOAT"}
_CAST = re.compile(r"::[a-z]+( [a-z]+)*(\(\d+\))?", re.IGNORECASE)


def names() -> list[str]:
    """Return the name of every table of this program's store."""
    return [table.name for table in _tables()]


def reported_shape(connection: Connection, tables: Iterable[str] | None = None) -> Shape:
    """Return the shape of the given tables, by default this program's, as the store has them."""
    table_names = set(names() if tables is None else tables)
    inspector: Inspector = inspect(connection)
    present = sorted(table_names & set(inspector.get_table_names()))
    return frozenset(_reported(inspector, connection.dialect, present)) if present else frozenset()


def expected_shape(dialect: Dialect) -> Shape:
    """Return the shape that this program makes on a kind of database."""
    return _expected(dialect.name, dialect)


def digest_of(shape: Shape) -> str:
    """Return the SHA-256 of a shape in hexadecimal."""
    return hashlib.sha256("\n".join("\t".join(fact) for fact in sorted(shape)).encode()).hexdigest()


def named(shape: Shape) -> Shape:
    """Return a shape by names alone, so that SQLite and PostgreSQL can be compared."""
    return frozenset(
        (kind, name, "") for kind, name, _ in shape if kind in ("table", "column", "index")
    )


def lacking(shape: Shape, expected: Shape) -> list[str]:
    """Return how a shape differs from the expected one; of a missing table its name alone."""
    missing = expected - shape
    missing_tables = {name for kind, name, _ in missing if kind == "table"}
    parts = [f for f in missing if f[0] == "table" or _table_of(f) not in missing_tables]
    # What else there is may be in the way of rows; an index that somebody has added is not.
    extra = [
        fact
        for fact in shape - expected
        if not (fact[0] == "index" and not fact[2].startswith("unique"))
        and not any(fact[:2] == missing_fact[:2] for missing_fact in missing)
    ]
    return sorted(_described(fact) for fact in parts) + sorted(
        f"+{_described(fact)}" for fact in extra
    )


def _table_of(fact: Fact) -> str:
    return fact[1].partition(".")[0]


def _described(fact: Fact) -> str:
    return " ".join(part for part in fact if part)


def _tables() -> list[Table]:
    return [table for schema in SCHEMAS for table in schema.sorted_tables]


@lru_cache(maxsize=4)
def _expected(_name: str, dialect: Dialect) -> Shape:
    facts: set[Fact] = set()
    for table in _tables():
        facts |= _declared(table, dialect)
    return frozenset(facts)


def _reported(inspector: Inspector, dialect: Dialect, tables: list[str]) -> set[Fact]:
    """Return the facts of tables, asked all at once: one by one takes PostgreSQL a second."""
    facts: set[Fact] = {("table", table, "") for table in tables}
    for (_, table), columns in inspector.get_multi_columns(filter_names=tables).items():
        for column in columns:
            kind = _type(column["type"], dialect)
            facts.add(_column(table, column["name"], kind, column["nullable"], column["default"]))
    for (_, table), primary in inspector.get_multi_pk_constraint(filter_names=tables).items():
        facts.add(_columns("primary", table, primary["constrained_columns"] if primary else ()))
    for (_, table), uniques in inspector.get_multi_unique_constraints(filter_names=tables).items():
        facts |= {_columns("unique", table, sorted(unique["column_names"])) for unique in uniques}
    for (_, table), keys in inspector.get_multi_foreign_keys(filter_names=tables).items():
        for key in keys:
            target = f"-> {key['referred_table']} ({', '.join(key['referred_columns'])})"
            facts.add(_columns("foreign", table, key["constrained_columns"], target))
    for (_, table), indexes in inspector.get_multi_indexes(filter_names=tables).items():
        for index in indexes:
            if index.get("duplicates_constraint"):
                continue
            where = index.get("dialect_options", {}).get(f"{dialect.name}_where")
            names_of = [column or "?" for column in index["column_names"]]
            facts.add(_index(table, str(index["name"]), bool(index["unique"]), names_of, where))
    return facts


def _declared(table: Table, dialect: Dialect) -> set[Fact]:
    facts: set[Fact] = {("table", table.name, "")}
    written = dialect.ddl_compiler(dialect, CreateTable(table))
    for column in table.columns:
        default = written.get_column_default_string(column)
        facts.add(
            _column(
                table.name, column.name, _type(column.type, dialect), bool(column.nullable), default
            )
        )
    facts.add(_columns("primary", table.name, [column.name for column in table.primary_key]))
    for constraint in table.constraints:
        columns = [column.name for column in getattr(constraint, "columns", ())]
        if isinstance(constraint, UniqueConstraint):
            facts.add(_columns("unique", table.name, sorted(columns)))
        elif isinstance(constraint, ForeignKeyConstraint):
            columns_referred = [element.column for element in constraint.elements]
            target = (
                f"-> {columns_referred[0].table.name}"
                f" ({', '.join(c.name for c in columns_referred)})"
            )
            facts.add(_columns("foreign", table.name, columns, target))
    for index in table.indexes:
        where = index.dialect_options[dialect.name]["where"]
        facts.add(
            _index(
                table.name,
                str(index.name),
                bool(index.unique),
                [c.name for c in index.columns],
                where,
            )
        )
    return facts


def _column(table: str, name: str, kind: str, nullable: bool, default: object) -> Fact:
    definition = kind if nullable else f"{kind} NOT NULL"
    text = _plain(default)
    # PostgreSQL numbers rows by a sequence, SQLite without a word of it.
    if text and not text.startswith("nextval"):
        definition += f" DEFAULT {text}"
    return "column", f"{table}.{name}", definition


def _columns(kind: str, table: str, columns: Iterable[str | quoted_name], target: str = "") -> Fact:
    return kind, f"{table}.({', '.join(columns)})", target


def _index(table: str, name: str, unique: bool, columns: Iterable[str], where: object) -> Fact:
    definition = f"{'unique ' if unique else ''}({', '.join(columns)})"
    condition = _plain(where)
    return (
        "index",
        f"{table}.{name}",
        f"{definition} WHERE {condition}" if condition else definition,
    )


def _type(kind: TypeEngine[object], dialect: Dialect) -> str:
    text = kind.compile(dialect)
    return _TYPES.get(text, text)


def _plain(text: object) -> str:
    """Return a default or condition without casts, brackets and quotes of numbers."""
    if text is None:
        return ""
    bare = _CAST.sub("", str(getattr(text, "text", text))).replace("(", "").replace(")", "")
    return re.sub(r"'(-?\d+)'", r"\1", " ".join(bare.split()))
