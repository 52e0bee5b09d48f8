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
from gateway.text.registry import nothing_to_try, passed, reached, too_many_refused

#: Share of a sample's rows that must be sound before an adapter may go live.
SOUND = 0.95


@dataclass(frozen=True, slots=True)
class TrialRow:
    """A row of the sample (from 1), its record's filled fields, its faults, what was cleaned."""

    number: int
    source: Personal[dict[str, str | None]]
    record: Personal[dict[str, str]]
    faults: tuple[Fault, ...]
    cleaned: tuple[tuple[str, Personal[str], Personal[str]], ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """How a sample fared; `missing` names columns that the mapping needs, `extra` the others."""

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
        """Return how many rows are refused."""
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
        """Return what is wrong with the rows and how often, the commonest first."""
        return Counter(fault for row in self.rows for fault in row.faults).most_common()

    @property
    def why_not(self) -> Text | None:
        """Return why an adapter may not go live on this sample; None where it may."""
        if self.missing is not None:
            return self.missing
        if self.reached:
            return None
        if not self.rows:
            return nothing_to_try()
        if self.refused > (1 - SOUND) * len(self.rows):
            return too_many_refused(len(self.rows), self.refused)
        return None


def try_given(
    rows: Sequence[Row], mapping: Mapping, today: date, reader_faults: pl.DataFrame | None = None
) -> Trial:
    """Return how rows fare that people gave by hand.

    A column that a row lacks is empty; one that the mapping lacks is left out.
    """
    frame = pl.DataFrame(
        {name: [row.get(name) for row in rows] for name in mapping.columns},
        schema=dict.fromkeys(mapping.columns, pl.String),
    )
    return try_rows(frame, mapping, today, reader_faults)


def try_rows(
    rows: pl.DataFrame, mapping: Mapping, today: date, reader_faults: pl.DataFrame | None = None
) -> Trial:
    """Return how rows (text columns) fare when they are mapped and checked as those of a fetch are.

    `reader_faults` (FAULT_SCHEMA) is what the reader found.
    """
    extra = extra_columns(rows, mapping)
    if missing := missing_columns(rows, mapping):
        return Trial((), missing, extra)
    checked = check(
        rows,
        mapping,
        today,
        pl.DataFrame(schema=FAULT_SCHEMA) if reader_faults is None else reader_faults,
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
    """Return how many sound rows have an earlier row's key: with other content, with the same."""
    frame = pl.DataFrame({"key": checked.keys, "digest": checked.digests}).with_row_index("row")
    refused = checked.faults["row"].unique()
    # Those that lack a part of the key too: what they share is a key like any other.
    sound = frame.filter(~pl.col("row").is_in(refused.implode()))
    repeats = sound.filter(~pl.col("key").is_first_distinct())
    contents = sound.select("key", "digest").unique().height - sound["key"].n_unique()
    return contents, repeats.height - contents
