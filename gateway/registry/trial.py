"""Tries a mapping on rows: each row beside the record it makes and what is wrong with it. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from gateway.exchange.pipeline import Checked, check, extra_columns, missing_columns
from gateway.exchange.refusal_store import Fault
from gateway.mapping import Mapping
from gateway.masking import Personal, masked
from gateway.standard.findings import FAULT_SCHEMA
from gateway.submissions.store import Row
from gateway.text import Text
from gateway.text.proposal import key_in_sample
from gateway.text.registry import passed, reached

#: Share of a sample's rows that must be sound before an adapter may go live.
SOUND = 0.95


@dataclass(frozen=True, slots=True)
class TrialRow:
    """A row of the sample (from 1), the record's filled fields, its faults, and what cleaning changed."""

    number: int
    source: Personal[dict[str, str | None]]
    record: Personal[dict[str, str]]
    faults: tuple[Fault, ...]
    cleaned: tuple[tuple[str, Personal[str], Personal[str]], ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """How a sample fared; `missing` names columns that the mapping needs, `extra` those it leaves."""

    rows: tuple[TrialRow, ...]
    missing: Text | None = None
    extra: Text | None = None
    keyless: int = 0
    #: The fields of the record key, and what it makes of the rows that are not refused: those that
    #: have the key of a row before, with other content (they replace it) or the same.
    key: tuple[str, ...] = ()
    replaced: int = 0
    repeated: int = 0
    #: The source was reached, has no row at present, and only secrets differ from what is in force.
    reached: bool = False

    @property
    def refused(self) -> int:
        """Count the rows that are refused."""
        return sum(bool(row.faults) for row in self.rows)

    @property
    def key_text(self) -> Text:
        """Return how many records the sound rows are by the record key."""
        rows = len(self.rows) - self.refused
        records = rows - self.replaced - self.repeated
        return key_in_sample(rows, records, self.replaced, self.repeated)

    @property
    def passed_text(self) -> Text:
        """Return how a trial went that passed."""
        return reached() if self.reached else passed(len(self.rows), self.refused)

    @property
    def reasons(self) -> list[tuple[Fault, int]]:
        """Count what is wrong, the commonest first."""
        return Counter(fault for row in self.rows for fault in row.faults).most_common()

    @property
    def why_not(self) -> Text | None:
        """Say why an adapter may not go live on this sample; None where it may."""
        if self.missing is not None:
            return self.missing
        if self.reached:
            return None
        if not self.rows:
            return Text("样例没有数据行，无从判断", "the sample has no row, so nothing can be told")
        if self.refused > (1 - SOUND) * len(self.rows):
            return Text(
                f"{len(self.rows)} 行中退回 {self.refused} 行，多于百分之五；请先改正映射或数据",
                f"{self.refused} of {len(self.rows)} rows are refused, more than 5 %; mend the mapping or the rows first",
            )
        return None


def try_given(
    rows: Sequence[Row], mapping: Mapping, today: date, found: pl.DataFrame | None = None
) -> Trial:
    """Try rows that people gave by hand: a column that a row lacks is empty, one the mapping lacks is left."""
    whole = pl.DataFrame(
        {name: [row.get(name) for row in rows] for name in mapping.columns},
        schema=dict.fromkeys(mapping.columns, pl.String),
    )
    return try_rows(whole, mapping, today, found)


def try_rows(
    rows: pl.DataFrame, mapping: Mapping, today: date, found: pl.DataFrame | None = None
) -> Trial:
    """Map and check rows (text columns) as the line would; `found` (FAULT_SCHEMA) is what the reader found."""
    extra = extra_columns(rows, mapping)
    if missing := missing_columns(rows, mapping):
        return Trial((), missing, extra)
    checked = check(
        rows, mapping, today, pl.DataFrame(schema=FAULT_SCHEMA) if found is None else found
    )
    faults: dict[int, list[Fault]] = {}
    for row, field, rule, zh, en in checked.faults.select(
        "row", "field", "rule", "zh", "en"
    ).iter_rows():
        faults.setdefault(row, []).append(Fault(field, rule, masked(Text(zh, en))))
    cleaned: dict[int, list[tuple[str, Personal[str], Personal[str]]]] = {}
    for row, field, received, kept in checked.cleanings.select(
        "row", "field", "received", "kept"
    ).iter_rows():
        cleaned.setdefault(row, []).append((field, Personal(received), Personal(kept)))
    tried = tuple(
        TrialRow(
            number + 1,
            Personal(source),
            Personal({name: value for name, value in record.items() if value is not None}),
            tuple(faults.get(number, ())),
            tuple(cleaned.get(number, ())),
        )
        for number, (source, record) in enumerate(
            zip(rows.iter_rows(named=True), checked.records.iter_rows(named=True), strict=True)
        )
    )
    replaced, repeated = _merged(checked)
    keyless = int((~checked.complete).sum())
    return Trial(tried, None, extra, keyless, mapping.key, replaced, repeated)


def _merged(checked: Checked) -> tuple[int, int]:
    """Count the sound rows that have the key of a sound row before: with other content, and the same."""
    frame = pl.DataFrame({"key": checked.keys, "digest": checked.digests}).with_row_index("row")
    refused = checked.faults["row"].unique()
    # Those that lack a part of the key too: what they share is a key like any other.
    sound = frame.filter(~pl.col("row").is_in(refused.implode()))
    again = sound.filter(~pl.col("key").is_first_distinct())
    contents = sound.select("key", "digest").unique().height - sound["key"].n_unique()
    return contents, again.height - contents
