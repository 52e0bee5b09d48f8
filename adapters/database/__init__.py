"""Database pull on SQLAlchemy: status columns, a watermark, a log of changes, or a whole list.

Reads by keyset, never by offset, in sessions that cannot write, and holds nothing at the source
between pages.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import polars as pl
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    FromClause,
    MetaData,
    Select,
    Table,
    and_,
    bindparam,
    column,
    inspect,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.exc import NoSuchTableError

from adapters import SAMPLE_ROWS, Batch, Fetched, Remark, SourceRefused, Step
from adapters.database.connect import explained, reader, writer
from adapters.database.settings import DatabaseSettings, StatusColumns
from adapters.database.values import as_text, earlier, typed


class DatabaseAdapter:
    """Reads one table, view or query.

    The cursor is JSON: last watermark and key, or the log's last sequence; empty in the other modes.
    In status mode a row taken is marked as kept, so the next fetch passes it by; where that mark
    was missed the row comes again and is found unchanged.
    """

    Settings = DatabaseSettings

    def __init__(self, settings: DatabaseSettings) -> None:
        self._settings = settings
        self._reader: Engine | None = None
        self._writer: Engine | None = None
        self._loaded: FromClause | None = None
        self._log: Table | None = None
        #: Rows of the overlap that were yielded: key and watermark. They are not yielded again.
        self._recent: set[tuple[Any, Any]] = set()

    def fetch(self, cursor: str) -> Iterator[Fetched]:
        """Yield pages of rows in key order (in watermark or log order where there is one)."""
        # Looked at anew each time: columns come, go and change.
        self._loaded = None
        with explained(self._settings.name):
            table = self._table()
        if self._settings.mode == "changes":
            yield from self._changes(table, json.loads(cursor)[0] if cursor else None)
        else:
            yield from self._pages(table, cursor)

    def keep(self, batch: Batch) -> None:
        """Mark the batch's rows as kept, unless the department has changed them since."""
        if self._settings.status is None or not batch.refs.len():
            return
        frame = pl.DataFrame({"ref": batch.refs, "mark": batch.marks}).with_columns(
            pl.lit(self._settings.status.kept).alias("status"), pl.lit("").alias("reason")
        )
        self._write_back(self._settings.status, [frame])

    def acknowledge(self, _unit: str, verdicts: Iterable[pl.DataFrame]) -> None:
        """Write each row's verdict and reason into the status columns."""
        status = self._settings.status
        if status is None:
            return
        refused = pl.col("verdict") == "refused"
        self._write_back(
            status,
            (frame.select(
                "ref", "mark",
                pl.when(refused).then(pl.lit(status.refused)).otherwise(pl.lit(status.accepted)).alias("status"),
                pl.when(refused).then(pl.concat_str("zh", "rule", separator="，")).otherwise(pl.lit("")).alias("reason"),
            )
            for frame in verdicts),
        )  # fmt: skip

    def test(self) -> Iterator[Step]:
        """Connect, find the table and its columns, read some rows."""
        with explained(self._settings.name):
            engine = self._read()
            with engine.connect():
                pass
            yield Step("连接、登录", "connection, login", ok=True, detail=engine.dialect.name)
            table = self._table()
            yield Step(
                "表和列", "table and columns", ok=True, detail=", ".join(c.name for c in table.c)
            )
            with engine.connect() as connection:
                rows = self._page(connection, table, None, limit=SAMPLE_ROWS)
        yield Step("读取样例", "sample rows", ok=True, sample=self._frame(table, rows))

    def close(self) -> None:
        """Dispose of the pools."""
        for engine in (self._reader, self._writer):
            if engine is not None:
                engine.dispose()
        self._reader = self._writer = self._loaded = self._log = None

    def _pages(self, table: FromClause, cursor: str) -> Iterator[Batch]:
        s = self._settings
        began = _now()
        whole = s.mode == "full"
        mark = s.watermark_column
        after: list[Any] | None = json.loads(cursor) if cursor and mark else None
        looked_back = after is not None and s.overlap > 0
        if after is not None and looked_back:
            after = [as_text(earlier(typed(table.c[mark or ""], after[0]), s.overlap)), None]
        held = cursor
        page = 0
        while True:
            with explained(s.name), self._read().connect() as connection:
                rows = self._page(connection, table, after)
            more = len(rows) == s.page_rows
            if rows:
                after = self._position(rows[-1])
            fresh = rows if mark is None else self._fresh(rows)
            if mark and after and rows:
                # Looking back must not move the cursor back.
                held = max(held, json.dumps(after), key=lambda at: _order(table, mark, at))
            if fresh or whole:
                yield self._batch(
                    table, fresh, began, page, held if mark else "", last=not (whole and more)
                )
                page += 1
            if not more:
                return

    def _fresh(self, rows: Sequence[Any]) -> Sequence[Any]:
        """Leave out rows of the overlap that were yielded before; remember those that are."""
        fresh = [row for row in rows if (row["#key"], row["#watermark"]) not in self._recent]
        if rows:
            latest = rows[-1]["#watermark"]
            floor = earlier(latest, self._settings.overlap)
            self._recent |= {(row["#key"], row["#watermark"]) for row in fresh}
            self._recent = {
                (key, mark) for key, mark in self._recent if mark is not None and mark >= floor
            }
        return fresh

    def _changes(self, table: FromClause, sequence: Any) -> Iterator[Fetched]:
        """Follow the log page by page: each changed row once, as it is now; deletions are said."""
        s = self._settings
        log, spoken = self._change_log(), s.log
        assert spoken is not None  # noqa: S101
        began = _now()
        page = 0
        order, key = log.c[spoken.sequence], table.c[s.key_column]
        while True:
            wanted = select(order.label("#sequence"), log.c[spoken.key].label("#key"))
            if sequence is not None:
                wanted = wanted.where(order > typed(order, sequence))
            with explained(s.name), self._read().connect() as connection:
                entries = (
                    connection.execute(wanted.order_by(order).limit(s.page_rows)).mappings().all()
                )
                if not entries:
                    return
                keys = list(dict.fromkeys(entry["#key"] for entry in entries))
                rows = (
                    connection.execute(self._query(table).where(key.in_(keys)).order_by(key))
                    .mappings()
                    .all()
                )
            sequence = as_text(entries[-1]["#sequence"])
            if gone := len(keys) - len(rows):
                yield Remark("source.deleted", f"变更日志中有 {gone} 行在来源已删除；本方式不撤销，撤销请用 full 方式", f"{gone} rows of the log are deleted at the source; this mode withdraws none, mode full does")  # fmt: skip
            yield self._batch(table, rows, began, page, json.dumps([sequence]), last=True)
            page += 1
            if len(entries) < s.page_rows:
                return

    def _batch(
        self, table: FromClause, rows: Sequence[Any], began: str, page: int, cursor: str, *, last: bool
    ) -> Batch:  # fmt: skip
        s = self._settings
        return Batch(
            # A whole list is one unit; otherwise each page is acknowledged by itself.
            unit=f"{s.name}@{began}" if s.mode == "full" else f"{s.name}@{began}.{page}",
            rows=self._frame(table, rows),
            refs=pl.Series("ref", [as_text(row["#key"]) for row in rows], dtype=pl.String),
            cursor=cursor, last=last,
            marks=pl.Series("mark", [as_text(row.get("#version")) for row in rows], dtype=pl.String),
            stable_refs=True,
            types=tuple((c.name, str(c.type)) for c in self._read_columns(table) if str(c.type) != "NULL"),
        )  # fmt: skip

    def _read(self) -> Engine:
        if self._reader is None:
            self._reader = reader(self._settings)
        return self._reader

    def _table(self) -> FromClause:
        if self._loaded is None:
            s = self._settings
            self._loaded = self._described(s.query) if s.query else self._reflected(s.table)
            named = [s.key_column, *s.columns, s.watermark_column, *(_own(s.status))]
            _demand(self._loaded, s.name, named)
        return self._loaded

    def _change_log(self) -> Table:
        if self._log is None:
            spoken = self._settings.log
            assert spoken is not None  # noqa: S101
            with explained(spoken.table):
                self._log = self._reflected(spoken.table)
            _demand(self._log, spoken.table, [spoken.sequence, spoken.key])
        return self._log

    def _reflected(self, name: str) -> Table:
        engine, schema = self._read(), self._settings.db_schema
        try:
            return Table(name, MetaData(), schema=schema, autoload_with=engine)
        except NoSuchTableError:
            found = inspect(engine)
            known = ", ".join(
                [*found.get_table_names(schema=schema), *found.get_view_names(schema=schema)]
            )
            raise SourceRefused(f"没有表或视图 {name}，已有：{known}", f"there is no table or view {name}; there are: {known}") from None  # fmt: skip

    def _described(self, query: str) -> FromClause:
        """Ask the database for a query's columns; in brackets it can be nothing but one SELECT."""
        # SQLAlchemy would take what follows a colon for a parameter.
        plain = query.replace(":", r"\:")
        with self._read().connect() as connection:
            names = list(connection.execute(text(f"SELECT * FROM ({plain}) q WHERE 1 = 0")).keys())  # noqa: S608
        return text(plain).columns(*(column(name) for name in names)).subquery("q")

    def _read_columns(self, table: FromClause) -> list[ColumnElement[Any]]:
        s = self._settings
        skipped = {s.key_column, *_own(s.status)}
        return [table.c[name] for name in s.columns] or [
            c for c in table.c if c.name not in skipped
        ]

    def _query(self, table: FromClause) -> Select[Any]:
        s = self._settings
        wanted = [*self._read_columns(table), table.c[s.key_column].label("#key")]
        if s.status is not None:
            wanted.append(table.c[s.status.version].label("#version"))
        if s.watermark_column is not None:
            wanted.append(table.c[s.watermark_column].label("#watermark"))
        return select(*wanted)

    def _page(
        self, connection: Connection, table: FromClause, after: list[Any] | None, limit: int | None = None
    ) -> Sequence[Any]:  # fmt: skip
        s = self._settings
        key = table.c[s.key_column]
        order = [key] if s.watermark_column is None else [table.c[s.watermark_column], key]
        query = self._query(table).order_by(*order).limit(limit or s.page_rows)
        if s.mode == "status" and s.status is not None:
            query = query.where(table.c[s.status.status] == s.status.waiting)
        if after is not None and s.watermark_column is not None:
            moment = typed(order[0], after[0])
            if after[1] is None:
                query = query.where(order[0] >= moment)
            else:
                # Many rows may share a watermark: the key tells where among them the page ended.
                query = query.where(
                    or_(order[0] > moment, and_(order[0] == moment, key > typed(key, after[1])))
                )
        elif after is not None:
            query = query.where(key > after[1])
        return connection.execute(query).mappings().all()

    def _position(self, row: Any) -> list[Any]:
        if self._settings.watermark_column:
            return [as_text(row["#watermark"]), as_text(row["#key"])]
        return [None, row["#key"]]

    def _frame(self, table: FromClause, rows: Sequence[Any]) -> pl.DataFrame:
        names = [c.name for c in self._read_columns(table)]
        encoding = self._settings.bytes_encoding
        return pl.DataFrame(
            [
                pl.Series(name, [as_text(row[name], encoding) for row in rows], dtype=pl.String)
                for name in names
            ]
        )

    def _write_back(self, status: StatusColumns, frames: Iterable[pl.DataFrame]) -> None:
        with explained(self._settings.name):
            table = self._table()
            assert isinstance(table, Table)  # noqa: S101
            if self._writer is None:
                self._writer = writer(self._settings)
            key, version = table.c[self._settings.key_column], table.c[status.version]
            values: dict[str, Any] = {status.status: bindparam("b_status")}
            if status.reason:
                values[status.reason] = bindparam("b_reason")
            if status.exchanged_at:
                now = datetime.now(UTC).isoformat()
                values[status.exchanged_at] = typed(table.c[status.exchanged_at], now)
            statement = (
                update(table)
                .where(key == bindparam("b_ref"), version == bindparam("b_mark"))
                .values(values)
            )
            with self._writer.begin() as connection:
                for frame in frames:
                    rows = [
                        {
                            "b_ref": typed(key, row["ref"]), "b_mark": typed(version, row["mark"]),
                            "b_status": row["status"], "b_reason": row["reason"],
                        }
                        for row in frame.iter_rows(named=True)
                    ]  # fmt: skip
                    if rows:
                        connection.execute(statement, rows)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")


def _order(table: FromClause, mark: str, cursor: str) -> tuple[bool, Any]:
    """Give what cursors are compared by: none before any."""
    return (False, 0) if not cursor else (True, typed(table.c[mark], json.loads(cursor)[0]))


def _demand(table: FromClause, name: str, columns: Iterable[str | None]) -> None:
    missing = [column for column in columns if column and column not in table.c]
    if missing:
        names = ", ".join(missing)
        raise SourceRefused(f"{name} 没有列：{names}", f"{name} has no column {names}")


def _own(status: StatusColumns | None) -> list[str]:
    """Name the columns that belong to the exchange and not to the record."""
    if status is None:
        return []
    names = (status.status, status.version, status.reason, status.exchanged_at)
    return [name for name in names if name]
