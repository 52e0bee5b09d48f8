"""Database pull on SQLAlchemy: a front-end table with a status column, a watermark, or a whole list.

Reads by keyset, never by offset, and holds nothing at the source between pages.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal

import polars as pl
from pydantic import Field, SecretStr, model_validator
from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    Table,
    and_,
    bindparam,
    create_engine,
    inspect,
    or_,
    select,
    update,
)
from sqlalchemy.exc import DBAPIError, NoSuchTableError, OperationalError, ProgrammingError

from adapters import BadUnit, Batch, Settings, SourceRefused, SourceUnavailable, Step

#: How long a reader or writer waits for a lock at the source, in seconds.
LOCK_SECONDS = 30


class StatusColumns(Settings):
    """The columns by which a front-end table and the gateway tell each other the exchange state."""

    status: str
    waiting: str = Field(default="0", description="待交换 / the department wants the row taken")
    kept: str = Field(default="1", description="已采集 / safe in the gateway")
    accepted: str = "2"
    refused: str = "3"
    #: Moved by the department at every change: the verdict of an older state is not written back.
    version: str
    reason: str | None = None
    exchanged_at: str | None = None


class DatabaseSettings(Settings):
    """Where a department's table is and how it speaks of what is new."""

    url: SecretStr = Field(description="SQLAlchemy URL, e.g. postgresql+psycopg://user@host/db")
    table: str
    db_schema: str | None = None
    key_column: str
    columns: tuple[str, ...] = Field(
        default=(),
        description="要读的列；缺省为键列和交换状态列以外的全部 / columns to read; by default all but the key and the exchange's own",
    )
    mode: Literal["status", "watermark", "full"]
    status: StatusColumns | None = None
    watermark_column: str | None = None
    page_rows: int = Field(default=5_000, ge=1, le=100_000)

    @model_validator(mode="after")
    def _complete(self) -> "DatabaseSettings":
        if self.mode == "status" and self.status is None:
            raise ValueError("mode status needs the section status")
        if self.mode == "watermark" and self.watermark_column is None:
            raise ValueError("mode watermark needs watermark_column")
        return self


class DatabaseAdapter:
    """Reads one table. The cursor is JSON: last watermark and key; empty in the other modes.

    In status mode a row taken is marked as kept, so the next fetch passes it by; where that mark
    was missed the row comes again and is found unchanged.
    """

    Settings = DatabaseSettings

    def __init__(self, settings: DatabaseSettings) -> None:
        self._settings = settings
        self._engine: Engine | None = None
        self._loaded: Table | None = None

    def fetch(self, cursor: str) -> Iterator[Batch | BadUnit]:
        """Yield pages of rows in key order (in watermark order where there is one)."""
        with _explained(self._settings.table):
            table = self._table()
        s = self._settings
        began = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        after: list[Any] | None = json.loads(cursor) if cursor and s.mode == "watermark" else None
        page = 0
        while True:
            with _explained(s.table), self._open().connect() as connection:
                rows = self._page(connection, table, after)
            more = len(rows) == s.page_rows
            whole = s.mode == "full"
            if not rows and not whole:
                return
            after = self._position(rows[-1]) if rows else after
            yield Batch(
                # A whole list is one unit; otherwise each page is acknowledged by itself.
                unit=f"{s.table}@{began}" if whole else f"{s.table}@{began}.{page}",
                rows=self._frame(table, rows),
                refs=pl.Series("ref", [_text(row["#key"]) for row in rows], dtype=pl.String),
                cursor=json.dumps(after) if s.mode == "watermark" and after else "",
                last=not (whole and more),
                marks=pl.Series("mark", [_text(row.get("#version")) for row in rows], dtype=pl.String),
                stable_refs=True,
            )  # fmt: skip
            if not more:
                return
            page += 1

    def keep(self, batch: Batch) -> None:
        """Mark the batch's rows as kept, unless the department has changed them since."""
        if self._settings.status is None or not batch.refs.len():
            return
        frame = pl.DataFrame({"ref": batch.refs, "mark": batch.marks}).with_columns(
            pl.lit(self._settings.status.kept).alias("status"), pl.lit("").alias("reason")
        )
        self._write_back([frame])

    def acknowledge(self, _unit: str, verdicts: Iterable[pl.DataFrame]) -> None:
        """Write each row's verdict and reason into the status columns."""
        status = self._settings.status
        if status is None:
            return
        refused = pl.col("verdict") == "refused"
        self._write_back(
            frame.select(
                "ref", "mark",
                pl.when(refused).then(pl.lit(status.refused)).otherwise(pl.lit(status.accepted)).alias("status"),
                pl.when(refused).then(pl.concat_str("zh", "rule", separator="，")).otherwise(pl.lit("")).alias("reason"),
            )
            for frame in verdicts
        )  # fmt: skip

    def test(self) -> Iterator[Step]:
        """Connect, find the table and its columns, read five rows."""
        with _explained(self._settings.table):
            engine = self._open()
            with engine.connect():
                pass
            yield Step("连接、登录", "connection, login", ok=True, detail=engine.dialect.name)
            table = self._table()
            yield Step(
                "表和列", "table and columns", ok=True, detail=", ".join(table.columns.keys())
            )
            with engine.connect() as connection:
                rows = self._page(connection, table, None, limit=5)
        yield Step("读取样例", "sample rows", ok=True, sample=self._frame(table, rows))

    def close(self) -> None:
        """Dispose of the pool."""
        if self._engine is not None:
            self._engine.dispose()
        self._engine = self._loaded = None

    def _open(self) -> Engine:
        if self._engine is None:
            url = self._settings.url.get_secret_value()
            options = {"timeout": LOCK_SECONDS} if url.startswith("sqlite") else {}
            self._engine = create_engine(url, pool_pre_ping=True, connect_args=options)
        return self._engine

    def _table(self) -> Table:
        if self._loaded is None:
            s = self._settings
            engine = self._open()
            try:
                table = Table(s.table, MetaData(), schema=s.db_schema, autoload_with=engine)
            except NoSuchTableError:
                known = ", ".join(inspect(engine).get_table_names(schema=s.db_schema))
                raise SourceRefused(f"没有表 {s.table}，已有：{known}", f"there is no table {s.table}; there are: {known}") from None  # fmt: skip
            named = [s.key_column, *s.columns, s.watermark_column, *(_own(s.status))]
            missing = [name for name in named if name and name not in table.columns]
            if missing:
                names = ", ".join(missing)
                raise SourceRefused(f"表 {s.table} 没有列：{names}", f"table {s.table} has no column {names}")  # fmt: skip
            self._loaded = table
        return self._loaded

    def _read_columns(self, table: Table) -> list[Column[Any]]:
        s = self._settings
        skipped = {s.key_column, *_own(s.status)}
        return [table.c[name] for name in s.columns] or [
            c for c in table.c if c.name not in skipped
        ]

    def _page(
        self,
        connection: Connection,
        table: Table,
        after: list[Any] | None,
        limit: int | None = None,
    ) -> Sequence[Any]:
        s = self._settings
        key = table.c[s.key_column]
        wanted = [*self._read_columns(table), key.label("#key")]
        order = [key]
        if s.status is not None:
            wanted.append(table.c[s.status.version].label("#version"))
        if s.watermark_column is not None:
            mark = table.c[s.watermark_column]
            wanted.append(mark.label("#watermark"))
            order = [mark, key]
        query = select(*wanted).order_by(*order).limit(limit or s.page_rows)
        if s.mode == "status" and s.status is not None:
            query = query.where(table.c[s.status.status] == s.status.waiting)
        if after is not None and s.watermark_column is not None:
            # Many rows may share a watermark: the key tells where among them the page ended.
            moment = _typed(order[0], after[0])
            query = query.where(
                or_(order[0] > moment, and_(order[0] == moment, key > _typed(key, after[1])))
            )
        elif after is not None:
            query = query.where(key > after[1])
        return connection.execute(query).mappings().all()

    def _position(self, row: Any) -> list[Any]:
        watermark = row["#watermark"] if self._settings.watermark_column else None
        if self._settings.mode == "watermark":
            return [_text(watermark), _text(row["#key"])]
        return [None, row["#key"]]

    def _frame(self, table: Table, rows: Sequence[Any]) -> pl.DataFrame:
        names = [column.name for column in self._read_columns(table)]
        return pl.DataFrame(
            [pl.Series(name, [_text(row[name]) for row in rows], dtype=pl.String) for name in names]
        )

    def _write_back(self, frames: Iterable[pl.DataFrame]) -> None:
        status = self._settings.status
        if status is None:
            return
        with _explained(self._settings.table):
            table = self._table()
            key, version = table.c[self._settings.key_column], table.c[status.version]
            values: dict[str, Any] = {status.status: bindparam("b_status")}
            if status.reason:
                values[status.reason] = bindparam("b_reason")
            now = datetime.now(UTC)
            if status.exchanged_at:
                values[status.exchanged_at] = _typed(table.c[status.exchanged_at], now.isoformat())
            statement = (
                update(table)
                .where(key == bindparam("b_ref"), version == bindparam("b_mark"))
                .values(values)
            )
            with self._open().begin() as connection:
                for frame in frames:
                    rows = [
                        {
                            "b_ref": _typed(key, row["ref"]), "b_mark": _typed(version, row["mark"]),
                            "b_status": row["status"], "b_reason": row["reason"],
                        }
                        for row in frame.iter_rows(named=True)
                    ]  # fmt: skip
                    if rows:
                        connection.execute(statement, rows)


def _own(status: StatusColumns | None) -> list[str]:
    """Name the columns that belong to the exchange and not to the record."""
    if status is None:
        return []
    names = (status.status, status.version, status.reason, status.exchanged_at)
    return [name for name in names if name]


def _text(value: Any) -> str | None:
    """Write a database value as text without loss; CHAR padding goes."""
    match value:
        case None:
            return None
        case str():
            return value.rstrip(" ")
        case bool():
            return "1" if value else "0"
        case Decimal():
            return format(value, "f")
        case datetime():
            return value.isoformat(sep=" ")
        case date():
            return value.isoformat()
        case bytes():
            return value.decode("utf-8", errors="replace")
        case _:
            return str(value)


def _typed(column: Any, text: str | None) -> Any:
    """Turn text that `_text` wrote back into the column's own Python type."""
    if text is None:
        return None
    try:
        python = column.type.python_type
    except NotImplementedError:
        return text
    if python is datetime:
        return datetime.fromisoformat(text)
    if python is date:
        return date.fromisoformat(text)
    return python(text) if python in (int, float, Decimal) else text


@contextmanager
def _explained(table: str) -> Iterator[None]:
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
            f"表 {table} 无法读写（{_cause(error)}），请核对表结构和授权",
            f"table {table} cannot be read or written ({_cause(error)}); check its columns and rights",
        ) from None
    except DBAPIError as error:
        raise SourceUnavailable(
            f"数据库报错（{_cause(error)}）", f"the database reports an error ({_cause(error)})"
        ) from None


def _cause(error: DBAPIError) -> str:
    return str(error.orig).splitlines()[0][:200]
