"""Batches of rows as they were read: text columns, refs that tell rows apart, what is wrong by row.

Pure.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import polars as pl

from adapters import Batch, RowFault, Tally
from adapters.database.columns import Column
from adapters.database.settings import DatabaseSettings
from adapters.database.source import Source
from adapters.database.values import exact_text, series
from adapters.text import database as messages


def _now() -> str:
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")


@dataclass(slots=True)
class Batches:
    """Makes the batches of one fetch; counts pages and keys of its units."""

    settings: DatabaseSettings
    source: Source
    began: str = field(default_factory=_now)
    page: int = 0
    #: Keys that stood for several rows.
    repeated: int = 0
    #: Columns with dates of zeros.
    zero_dates: set[str] = field(default_factory=set)

    def one_unit(
        self, rows: Sequence[Any], *, last: bool, tally: Tally | None, refs: pl.Series | None = None
    ) -> Batch:
        """Return a batch of the one unit that a whole list is."""
        return self._batch(f"{self.settings.name}@{self.began}", rows, "", last, tally, refs)

    def unit(
        self, rows: Sequence[Any], cursor: str, tally: Tally, refs: pl.Series | None = None
    ) -> Batch:
        """Return a page that is acknowledged by itself."""
        name = f"{self.settings.name}@{self.began}.{self.page}"
        self.page += 1
        return self._batch(name, rows, cursor, True, tally, refs)

    def without_key(self, rows: Sequence[Any], start: int = 1) -> pl.Series:
        """Return refs of rows that have no key, by their number."""
        return pl.Series("ref", [f"NULL#{n}" for n in range(start, start + len(rows))], pl.String)

    def frame(self, rows: Sequence[Any]) -> tuple[pl.DataFrame, list[RowFault]]:
        """Return the read columns as text,
        and a fault for each row that cannot be read or has no value.
        """
        by_column = list(zip(*rows, strict=True)) if rows else [()] * len(self.source.read)
        faults: dict[int, RowFault] = {}
        columns = []
        for column, values in zip(self.source.read, by_column, strict=False):
            written, unread = series(column, values, self.settings.bytes_encoding)
            columns.append(written)
            for row, text in unread.items():
                faults.setdefault(row, RowFault(row, "database.value", *text))
        frame = pl.DataFrame(columns)
        self._look_for_zero_dates(frame)
        for row in _empty_rows(frame):
            faults.setdefault(row, RowFault(row, "row.empty", *messages.empty_row()))
        return frame, [faults[row] for row in sorted(faults)]

    def _batch(
        self,
        unit: str,
        rows: Sequence[Any],
        cursor: str,
        last: bool,
        tally: Tally | None,
        refs: pl.Series | None,
    ) -> Batch:
        frame, faults = self.frame(rows)
        stable = refs is None
        marks = self._exact(rows, self.source.version, "mark")
        if refs is None:
            refs = self._exact(rows, self.source.key, "ref")
            refs, repeated = self._told_apart(refs, marks)
            taken = {fault.row for fault in faults}
            faults += [fault for fault in repeated if fault.row not in taken]
        return Batch(
            unit=unit,
            rows=frame,
            refs=refs,
            cursor=cursor,
            last=last,
            marks=marks,
            stable_refs=stable,
            faults=tuple(faults),
            types=self.source.types,
            tally=tally,
        )

    def _exact(self, rows: Sequence[Any], one: Column | None, name: str) -> pl.Series:
        if one is None:
            return pl.Series(name, [None] * len(rows), dtype=pl.String)
        source = self.source
        extra = [column for column in (source.key, source.version, source.watermark) if column]
        place = len(source.read) + extra.index(one)
        values = [row[place] for row in rows]
        if set(map(type, values)) == {int} and one.kind != "bits":
            return pl.Series(name, list(map(str, values)), dtype=pl.String)
        return pl.Series(name, [exact_text(one, value) for value in values], dtype=pl.String)

    def _told_apart(self, refs: pl.Series, marks: pl.Series) -> tuple[pl.Series, list[RowFault]]:
        """Return refs of which each stands for one row,
        and faults of rows that cannot be told apart.

        All rows of one key are in one page. Where verdicts are written back by the key it cannot be
        changed: rows of one key and version are refused.
        """
        if refs.n_unique() == refs.len():
            return refs, []
        if self.settings.mode == "status":
            pairs = list(zip(refs, marks, strict=True))
            times = Counter(pairs)
            name = self.source.key.name
            return refs, [
                RowFault(row, "database.key", *messages.repeated_key_row(name, ref or ""))
                for row, (ref, mark) in enumerate(pairs)
                if times[ref, mark] > 1
            ]
        seen: Counter[str] = Counter()
        apart = []
        for ref in refs:
            seen[ref] += 1
            apart.append(ref if seen[ref] == 1 else f"{ref}#{seen[ref]}")
        self.repeated += refs.len() - len(seen)
        return pl.Series("ref", apart, dtype=pl.String), []

    def _look_for_zero_dates(self, frame: pl.DataFrame) -> None:
        dates = [c.name for c in self.source.read if c.kind in ("moment", "date") and not c.native]
        for name in dates:
            if frame[name].str.contains("0000-00-00", literal=True).any():
                self.zero_dates.add(name)


def _empty_rows(frame: pl.DataFrame) -> list[int]:
    """Return the rows that have no value in any column;
    one column that is full everywhere settles it.
    """
    rows = pl.arange(frame.height, eager=True, dtype=pl.UInt32)
    for column in frame.iter_columns():
        if not rows.len():
            break
        values = column.gather(rows)
        rows = rows.filter(values.is_null() | (values.str.strip_chars() == ""))
    return rows.to_list() if frame.width else []
