"""What a source's columns are: their kinds, how they are asked for, and how a value is sent back.

Values are asked for as the server writes them, past SQLAlchemy's result processors: a type that is
declared says what the department meant, not what stands in the table.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import (
    ARRAY,
    BINARY,
    JSON,
    Boolean,
    ColumnClause,
    ColumnElement,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    Numeric,
    String,
    Text,
    bindparam,
    cast,
    column,
    func,
)
from sqlalchemy.sql import sqltypes
from sqlalchemy.types import NullType, TypeEngine, UserDefinedType

#: `other`: nothing is known of it, so its values are taken as the driver gives them. `shown`: a
#: number of MySQL's that the server shows otherwise than the driver gives it, as ZEROFILL.
Kind = Literal[
    "text",
    "padded",
    "bytes",
    "bits",
    "flag",
    "float",
    "number",
    "integer",
    "moment",
    "date",
    "array",
    "set",
    "enum",
    "json",
    "money",
    "shown",
    "other",
]
#: Kinds by which rows have no order that a page could end in.
UNORDERED = frozenset({"array", "json", "set", "enum", "bits"})
_TEXTS = frozenset({"text", "padded", "enum"})


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the source: its type as the source names it, empty in a query."""

    name: str
    kind: Kind = "other"
    type_name: str = ""
    #: PostgreSQL: the type into which a text that is sent is cast.
    native: str = ""
    #: Characters of a text, bits of a BIT; 0 where there is no bound.
    width: int = 0
    nullable: bool = True
    #: Its database may hold bytes of another encoding under the name of latin1: accents are looked
    #: at.
    accents: bool = True


class _Native(UserDefinedType[Any]):
    """A type by the server's own name for it."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_: Any) -> str:
        return self.name


def element(one: Column) -> ColumnClause[Any]:
    """Return a column without a type, so that nothing converts its values."""
    return column(one.name, NullType())


def asked(one: Column, source: Any, dialect: str, *, as_bytes: bool = False) -> ColumnElement[Any]:
    """Return what is selected for a column of `source`."""
    plain: ColumnElement[Any] = source.c[one.name]
    if as_bytes and one.kind in (_TEXTS if one.kind != "other" else ("other",)):
        return _stored_bytes(plain, dialect, known=one.kind != "other")
    if dialect != "postgresql" or one.kind == "bytes":
        return plain
    if one.native == "inet":
        # Cast to text, a single address would get a mask that nobody wrote.
        return func.abbrev(plain)
    return cast(cast(plain, Numeric) if one.kind == "money" else plain, Text)


def asked_as_shown(one: Column, source: Any, dialect: str, *, as_bytes: bool) -> ColumnElement[Any]:
    """Return what is selected for a column that is read,
    and not one by which rows are found again.
    """
    if one.kind == "shown":
        return cast(source.c[one.name], String)
    return asked(one, source, dialect, as_bytes=as_bytes)


def _stored_bytes(plain: ColumnElement[Any], dialect: str, *, known: bool) -> ColumnElement[Any]:
    if dialect == "postgresql":
        # From SQL_ASCII no byte is converted, and LATIN1 takes every one.
        return func.convert_to(cast(plain, Text), "LATIN1")
    if dialect == "sqlite":
        return cast(plain, LargeBinary) if known else plain
    return cast(plain, BINARY)


def sent(one: Column, name: str, value: Any = None) -> ColumnElement[Any]:
    """Return a parameter that is compared with a column or written into it,
    in the column's own type.
    """
    parameter = bindparam(name, value, type_=NullType())
    return cast(parameter, _Native(one.native)) if one.native else parameter


def native_value(one: Column, text: str | None, dialect: str) -> Any:
    """Return the text of a ref, a mark or a state as it is sent to a column;
    as text where it is none of its type.
    """
    if text is None or dialect in ("postgresql", "sqlite"):
        return text
    try:
        match one.kind:
            case "integer" | "flag" | "shown":
                return int(text)
            case "bits":
                return int(text, 2) if one.width > 1 else int(text)
            case "number":
                return Decimal(text)
            case "float":
                return float(text)
            case "moment" if dialect not in ("mysql", "mariadb"):
                return datetime.fromisoformat(text)
            case "date" if dialect not in ("mysql", "mariadb"):
                return date.fromisoformat(text)
    except (ValueError, ArithmeticError):
        return text
    return text


def reflected(description: dict[str, Any], dialect: str) -> Column:
    """Return a column as SQLAlchemy's inspector describes it."""
    type_ = description["type"]
    kind = _kind(type_, dialect)
    width = getattr(type_, "length", None) or 0
    return Column(
        description["name"],
        kind,
        _type_name(type_),
        width=width if isinstance(width, int) else 0,
        nullable=description.get("nullable", True),
        accents=dialect != "sqlite",
    )


def _type_name(type_: TypeEngine[Any]) -> str:
    try:
        name = str(type_)
    except Exception:  # noqa: BLE001 (types that only their own dialect can write)
        name = type(type_).__name__
    return "" if name == "NULL" else name


def _kind(type_: TypeEngine[Any], dialect: str) -> Kind:
    """Return the kind of a declared type;
    SQLite's mean nothing but that CHAR is padded by whoever writes.
    """
    if isinstance(type_, sqltypes.CHAR | sqltypes.NCHAR):
        return "padded"
    if dialect == "sqlite":
        return "text" if isinstance(type_, String) else "other"
    named = type(type_).__name__.upper()
    kinds: list[tuple[bool, Kind]] = [
        (named == "SET", "set"),
        (named == "ENUM" or isinstance(type_, sqltypes.Enum), "enum"),
        (named == "BIT" and dialect in ("mysql", "mariadb"), "bits"),
        (isinstance(type_, JSON), "json"),
        (isinstance(type_, ARRAY), "array"),
        (isinstance(type_, Boolean) or named == "BIT", "flag"),
        (isinstance(type_, sqltypes.Float | sqltypes.Double), "float"),
        (isinstance(type_, Integer), "integer"),
        (isinstance(type_, Numeric), "number"),
        (isinstance(type_, DateTime) or named in ("DATETIME2", "DATETIMEOFFSET"), "moment"),
        (isinstance(type_, Date), "date"),
        (isinstance(type_, sqltypes._Binary), "bytes"),
        (isinstance(type_, String), "text"),
    ]
    return next((kind for holds, kind in kinds if holds), "other")


#: PostgreSQL's names for types whose text is not taken as it stands.
_POSTGRESQL: dict[str, Kind] = {
    "boolean": "flag",
    "real": "float",
    "double precision": "float",
    "numeric": "number",
    "smallint": "integer",
    "integer": "integer",
    "bigint": "integer",
    "bytea": "bytes",
    "bpchar": "padded",
    "timestamp without time zone": "moment",
    "timestamp with time zone": "moment",
    "date": "date",
    "json": "json",
    "jsonb": "text",
    "xml": "json",
    "money": "money",
    "text": "text",
    "character varying": "text",
}
#: Codes of the types in a description by MySQL's drivers; 13 is YEAR, 255 GEOMETRY.
_MYSQL: dict[int, Kind] = {
    0: "number",
    1: "integer",
    2: "integer",
    3: "integer",
    4: "float",
    5: "float",
    7: "moment",
    8: "integer",
    9: "integer",
    10: "date",
    12: "moment",
    13: "shown",
    16: "bits",
    245: "json",
    246: "number",
    253: "text",
    254: "text",
    255: "array",
}
#: Flags of MySQL's columns on the wire, and the number of the charset that is none.
_ZEROFILL, _ENUM, _SET, _BINARY = 64, 256, 2048, 63
_STRINGS = frozenset({249, 250, 251, 252, 253, 254})


@dataclass(frozen=True, slots=True)
class DriverType:
    """What a driver says of a column: the type's number, and what only its server knows."""

    code: int
    #: PostgreSQL's name of the type.
    name: str = ""
    #: PostgreSQL: a type of several fields.
    composite: bool = False
    #: MySQL's flags, charset and length.
    flags: int = 0
    charset: int = 0
    length: int = 0


def with_driver_types(
    columns: Sequence[Column], types: Sequence[DriverType], dialect: str
) -> list[Column]:
    """Return columns with what the driver says of their types."""
    ways = {"postgresql": _of_postgresql, "mysql": _of_mysql, "mariadb": _of_mysql}
    way = ways.get(dialect)
    if way is None:
        return list(columns)
    return [way(one, type_) for one, type_ in zip(columns, types, strict=True)]


def _of_postgresql(one: Column, type_: DriverType) -> Column:
    # Of several fields, one that is NULL makes the whole neither NULL nor not NULL.
    several = type_.composite or type_.name.endswith("[]")
    kind: Kind = "array" if several else _POSTGRESQL.get(type_.name, "other")
    return replace(one, kind=kind, native=type_.name)


def _of_mysql(one: Column, type_: DriverType) -> Column:
    if type_.flags & _ZEROFILL:
        return replace(one, kind="shown")
    if one.kind != "other":
        # A year, as SQLAlchemy sees it, is a whole number.
        return replace(one, kind="shown") if _MYSQL.get(type_.code) == "shown" else one
    if type_.flags & (_ENUM | _SET):
        return replace(one, kind="set" if type_.flags & _SET else "enum")
    if type_.code in _STRINGS and type_.charset == _BINARY:
        # BINARY has a name of its own, for it is filled up with NULs.
        return replace(one, kind="bytes", type_name="BINARY" if type_.code == 254 else "")
    kind = _MYSQL.get(type_.code, "other")
    name = "GEOMETRY" if type_.code == 255 else one.type_name
    width = type_.length if kind == "bits" else one.width
    return replace(one, kind=kind, type_name=name, width=width)
