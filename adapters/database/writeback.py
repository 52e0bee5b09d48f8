"""The exchange state of rows, written back into the department's own columns;
what matched no row is named.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    TableClause,
    Update,
    and_,
    bindparam,
    case,
    cast,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy import Text as SqlText

from adapters import SourceRefusedError
from adapters.database.columns import Column, asked, native_value, sent
from adapters.database.connect import rows_of
from adapters.database.failures import explained
from adapters.database.settings import StatusColumns
from adapters.database.source import Source
from adapters.database.values import SHANGHAI, exact_text
from adapters.text import database as messages

#: Keys that one statement asks for.
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Marks:
    """What is written to the rows of one source."""

    source: Source
    status: StatusColumns

    def check(self, connection: Connection) -> None:
        """Raise SourceRefusedError where a value of the exchange state does not suit its column."""
        column = self.source.columns[self.status.status]
        s = self.status
        for value in dict.fromkeys((s.waiting, s.kept, s.accepted, s.refused)):
            if column.native:
                _demand_suits(connection, column, value)
            elif column.kind in ("integer", "flag", "number", "bits", "shown") and isinstance(
                native_value(column, value, self.source.dialect), str
            ):
                raise SourceRefusedError(
                    *messages.status_value(column.name, value, column.type_name)
                )

    def waiting(self) -> Any:
        """Return what holds in SQL of rows that wait for exchange."""
        column = self.source.columns[self.status.status]
        value = native_value(column, self.status.waiting, self.source.dialect)
        return self.source.clause.c[column.name] == sent(column, "waiting", value)

    def standing(self, since: datetime | None) -> ColumnElement[bool]:
        """Return what holds in SQL of rows marked as taken,
        and of those that were answered since a moment.

        When a row was answered only the column of times tells, where there is one.
        """
        one, s = self.source.columns[self.status.status], self.status

        def state(name: str, value: str) -> ColumnElement[bool]:
            native = native_value(one, value, self.source.dialect)
            equal: ColumnElement[bool] = self.source.clause.c[one.name] == sent(one, name, native)
            return equal

        kept = state("kept", s.kept)
        if since is None or not s.exchanged_at:
            return kept
        column = self.source.columns[s.exchanged_at]
        answered = or_(state("accepted", s.accepted), state("refused", s.refused))
        late = self.source.clause.c[column.name] >= self._moment(column, since)
        return or_(kept, and_(answered, late))

    def write(self, engine: Engine, frames: Iterable[pl.DataFrame], now: datetime) -> list[str]:
        """Write frames of ref, mark, status and reason;
        return the refs of rows that nothing was written to.

        A row that the department has changed meanwhile is none of these: it waits again.
        """
        rows = [row for frame in frames for row in frame.iter_rows(named=True)]
        unmatched: list[str] = []
        with explained(self.source.name), engine.begin() as connection:
            for start in range(0, len(rows), _CHUNK):
                unmatched += self._write_some(connection, rows[start : start + _CHUNK], now)
        return unmatched

    def _write_some(
        self, connection: Connection, rows: Sequence[dict[str, Any]], now: datetime
    ) -> list[str]:
        matched = 0
        for versioned in (True, False):
            values = [self._values(row) for row in rows if (row["mark"] is not None) is versioned]
            if values:
                statement = self._statement(now, versioned=versioned)
                matched += connection.execute(statement, values).rowcount
        return [] if matched == len(rows) else self._unmatched(connection, rows, now)

    def _values(self, row: dict[str, Any]) -> dict[str, Any]:
        key = native_value(self.source.key, row["ref"], self.source.dialect)
        mark = {} if row["mark"] is None else {"b_mark": self._version(row["mark"])}
        return {"b_ref": key, **mark, **self._states(row)}

    def _version(self, mark: str) -> Any:
        assert self.source.version is not None  # noqa: S101
        return native_value(self.source.version, mark, self.source.dialect)

    def _states(self, row: dict[str, Any]) -> dict[str, Any]:
        column = self.source.columns[self.status.status]
        states = {"b_status": native_value(column, row["status"], self.source.dialect)}
        if self.status.reason:
            width = self.source.columns[self.status.reason].width
            states["b_reason"] = _cut(row["reason"] or "", width, self.source.dialect)
        return states

    def _statement(self, now: datetime, *, versioned: bool) -> Update:
        columns, status = self.source.columns, self.status
        values: dict[str, Any] = {status.status: sent(columns[status.status], "b_status")}
        if status.reason:
            values[status.reason] = sent(columns[status.reason], "b_reason")
        if status.exchanged_at:
            values[status.exchanged_at] = self._moment(columns[status.exchanged_at], now)
        assert isinstance(self.source.clause, TableClause)  # noqa: S101
        return (
            update(self.source.clause)
            .where(self._is(self.source.key, "b_ref"), self._has_version(versioned=versioned))
            .values(values)
        )

    def _has_version(self, *, versioned: bool) -> Any:
        version = self.source.version
        assert version is not None  # noqa: S101
        if versioned:
            return self._is(version, "b_mark")
        return self.source.clause.c[version.name].is_(None)

    def _is(self, column: Column, name: str) -> Any:
        plain = self.source.clause.c[column.name]
        if self.source.dialect == "sqlite" and not column.type_name:
            # A column without a type compares nothing with text but text.
            return cast(plain, SqlText) == sent(column, name)
        return plain == sent(column, name)

    def _moment(self, column: Column, now: datetime) -> Any:
        """Return the time of exchange by Shanghai's clock, for a column of times or of text."""
        local = now.astimezone(SHANGHAI).replace(microsecond=0)
        if column.native:
            return sent(column, "exchanged_at", local.isoformat(sep=" "))
        if column.kind == "moment" and self.source.dialect not in ("mysql", "mariadb"):
            return bindparam("exchanged_at", local.replace(tzinfo=None))
        return sent(column, "exchanged_at", local.replace(tzinfo=None).isoformat(sep=" "))

    def _unmatched(
        self, connection: Connection, rows: Sequence[dict[str, Any]], now: datetime
    ) -> list[str]:
        """Write row by row, and return the refs of those that no row answers to.

        Where the version has moved and the row waits, the department has changed it: that is as it
        should be. Where it does not wait, whatever moves the version (a trigger) keeps every
        verdict away.
        """
        statements = {
            True: self._statement(now, versioned=True),
            False: self._statement(now, versioned=False),
        }
        missed = [
            row
            for row in rows
            if not connection.execute(
                statements[row["mark"] is not None], self._values(row)
            ).rowcount
        ]
        there = self._versions(connection, [row["ref"] for row in missed])
        return [
            row["ref"]
            for row in missed
            if not there.get(row["ref"])
            or any(version == row["mark"] or not waits for version, waits in there[row["ref"]])
        ]

    def _versions(
        self, connection: Connection, refs: Sequence[str | None]
    ) -> dict[str | None, list[tuple[str | None, bool]]]:
        """Return the versions of rows by key, and whether they wait."""
        source = self.source
        assert source.version is not None  # noqa: S101
        there: dict[str | None, list[tuple[str | None, bool]]] = {}
        keys = {
            f"key_{place}": native_value(source.key, ref, source.dialect)
            for place, ref in enumerate(dict.fromkeys(ref for ref in refs if ref is not None))
        }
        if not keys:
            return there
        plain = [
            asked(column, source.clause, source.dialect) for column in (source.key, source.version)
        ]
        waits = case((self.waiting(), literal_column("1")), else_=literal_column("0"))
        query = select(*plain, waits).where(or_(*(self._is(source.key, name) for name in keys)))
        for key, version, state in rows_of(connection, query, keys):
            found = (exact_text(source.version, version), bool(int(state)))
            there.setdefault(exact_text(source.key, key), []).append(found)
        return there


def _demand_suits(connection: Connection, column: Column, value: str) -> None:
    """Have PostgreSQL read a value as the column's type."""
    try:
        with connection.begin_nested():
            connection.execute(select(sent(column, "value", value)))
    except Exception:  # noqa: BLE001 (whatever the server says of it)
        raise SourceRefusedError(
            *messages.status_value(column.name, value, column.native)
        ) from None


def _cut(reason: str, width: int, dialect: str) -> str:
    """Return a reason that its column can hold: one too long would be refused for ever."""
    if not width:
        return reason
    if dialect in ("oracle", "dm"):
        # Their widths are bytes unless somebody said otherwise.
        return reason.encode()[:width].decode(errors="ignore")
    return reason if len(reason) <= width else f"{reason[: width - 1]}…"
