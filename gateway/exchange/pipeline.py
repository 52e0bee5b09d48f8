"""Maps, validates and deduplicates one batch: which rows travel, and as what. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from adapters import RowFault
from gateway.mapping import Mapping
from gateway.mapping.characters import unfit_in
from gateway.standard import Kind, load_rules, load_standard
from gateway.standard.conversion import convert
from gateway.standard.digest import record_digests
from gateway.standard.findings import FAULT_SCHEMA, fault_rows
from gateway.standard.rules import load_warnings
from gateway.text import Text
from gateway.text import exchange as messages
from gateway.text import mapped_rows as texts

KNOWN_SCHEMA: dict[str, type[pl.DataType]] = {
    "key": pl.String,
    "digest": pl.String,
    "present": pl.Boolean,
    "unit_id": pl.Int64,
    "seen_in": pl.Int64,
}
#: Rule id of a unit that lacks a column.
COLUMNS_RULE = "source.columns"
#: Rule id of a row that is older than what was sent of its record.
OLDER_RULE = "change.older"
#: Rule id of a row that has the key of an earlier record and other content.
DUPLICATE_RULE = "change.duplicate"


@dataclass(frozen=True, slots=True)
class Checked:
    """A batch in the columns of `kind`, with all that was found wrong with it or changed in it."""

    records: pl.DataFrame
    kind: Kind
    keys: pl.Series
    complete: pl.Series
    digests: pl.Series
    faults: pl.DataFrame
    warnings: pl.DataFrame
    cleanings: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Compared:
    """`fates` has a line for each row of the batch in order: row, key, digest, fate.

    fate: added, changed (they travel), unchanged, superseded (a later row of the same record is in
    the batch), older (a newer version was sent before), refused. `faults` has the faults of every
    refused row.
    """

    fates: pl.DataFrame
    faults: pl.DataFrame


def check(
    rows: pl.DataFrame,
    mapping: Mapping,
    today: date,
    reader_faults: pl.DataFrame,
    version: str | None = None,
) -> Checked:
    """Return rows as mapped, with the faults by every rule of the mapping's version.

    They are converted to the version that travels. `reader_faults` (FAULT_SCHEMA) is what the
    reader found already; `version` is the mapping's own unless given. Raises StandardError when the
    version does not have the kind.
    """
    kind = mapping.kind
    target = kind if version is None else load_standard(version).kind(kind.name)
    mapped = mapping.apply(rows)
    keys = mapping.keys(mapped.records)
    converted = convert(mapped.records, kind, target)
    # A field that did not convert is empty: the rules' "is empty" would blame it twice.
    broken = load_rules(kind.name, kind.version).faults(mapped.records, today)
    # Of a row that could not be read at all there is nothing to say but that.
    unread = _unread(rows, reader_faults)
    mapping_faults = pl.concat([mapped.faults, broken, converted.faults])
    if unread.len():
        mapping_faults = mapping_faults.filter(~pl.col("row").is_in(unread.implode()))
    faults = pl.concat([reader_faults, mapping_faults])
    faults = faults.unique(["row", "field"], keep="first", maintain_order=True)
    return Checked(
        converted.records,
        target,
        keys["key"],
        keys["complete"],
        record_digests(converted.records, target),
        faults.sort("row", maintain_order=True),
        pl.concat(
            [mapped.warnings, load_warnings(kind.name, kind.version).faults(mapped.records, today)]
        ),
        pl.concat([mapped.cleanings, converted.losses]),
    )


def _unread(rows: pl.DataFrame, reader_faults: pl.DataFrame) -> pl.Series:
    """Return the rows that a reader has refused and of which it has no cell."""
    places = reader_faults["row"].unique()
    if not places.len() or not rows.width:
        return pl.Series("row", [], dtype=pl.UInt32)
    filled = rows.select(pl.any_horizontal((pl.all().is_not_null()) & (pl.all() != "")))
    return places.filter(~filled.to_series().gather(places))


def row_faults(reader_faults: Sequence[RowFault]) -> pl.DataFrame:
    """Return a fault frame (FAULT_SCHEMA) of what a reader found wrong with rows."""
    lines = [(fault.row, "", fault.rule, fault.zh, fault.en) for fault in reader_faults]
    return pl.DataFrame(lines, schema=FAULT_SCHEMA, orient="row")


def with_faults(checked: Checked, further: pl.DataFrame) -> Checked:
    """Return a batch with further faults (FAULT_SCHEMA), of rows that had none."""
    if further.is_empty():
        return checked
    new_faults = further.filter(~pl.col("row").is_in(checked.faults["row"].implode()))
    faults = pl.concat([checked.faults, new_faults]).sort("row", maintain_order=True)
    return replace(checked, faults=faults)


def missing_columns(rows: pl.DataFrame, mapping: Mapping) -> Text | None:
    """Return a text that names the columns which the mapping needs and the rows lack, or None."""
    missing = sorted(set(mapping.columns) - set(rows.columns))
    if not missing:
        return None
    return texts.columns_missing(missing, _unfit_headings(rows))


def _unfit_headings(rows: pl.DataFrame) -> dict[str, list[str]]:
    """Return the headings with unreadable or invisible characters, and their code points."""
    return {name: points for name in rows.columns if (points := unfit_in(name))}


def extra_columns(rows: pl.DataFrame, mapping: Mapping) -> Text | None:
    """Return a text that names the columns of the rows which the mapping does not, or None."""
    extra = sorted(set(rows.columns) - set(mapping.columns))
    if not extra:
        return None
    unfit = _unfit_headings(rows)
    return texts.columns_extra(extra, {name: unfit[name] for name in extra if name in unfit})


def compare(
    checked: Checked,
    known_records: pl.DataFrame,
    mode: str,
    unit_id: int,
    newer: Collection[str] = (),
) -> Compared:
    """Return what becomes of each row, given what the gateway has sent before.

    `known_records` (KNOWN_SCHEMA) has the records among the batch's keys that were sent before. In
    mode append the first row of a record stands, in mode full the first row of the list; in mode
    update the last. `newer` has the keys of which a newer statement than the batch's is known.
    """
    height = checked.keys.len()
    frame = pl.DataFrame(
        {
            "row": pl.int_range(height, dtype=pl.UInt32, eager=True),
            "key": checked.keys,
            "digest": checked.digests,
        }
    )
    refused = checked.faults["row"].unique()
    sound = frame.filter(~pl.col("row").is_in(refused.implode()))
    joined = sound.join(
        known_records.rename(
            {"digest": "old_digest", "present": "old_present", "seen_in": "old_unit"}
        ),
        on="key",
        how="left",
        maintain_order="left",
    )
    same = pl.col("digest") == pl.col("old_digest")
    if mode == "append":
        fate = _unless_same(pl.col("old_digest").is_null(), same, "added", "duplicate")
    else:
        absent = ~pl.col("old_present").fill_null(False)
        fate = _unless_same(absent, same, "added", "changed")
    if mode == "full":
        # Once in this list already: a second, other row of it is at fault.
        repeated = (pl.col("old_unit") == unit_id).fill_null(False)
        fate = pl.when(repeated & ~same).then(pl.lit("duplicate")).otherwise(fate)
    if newer:
        older = pl.col("key").is_in(list(newer)) & ~same.fill_null(False)
        fate = pl.when(older).then(pl.lit("older")).otherwise(fate)
    fates = _within_batch(joined, fate, mode)
    twice = fates.filter(pl.col("fate") == "duplicate")["row"]
    faults = checked.faults
    if twice.len():
        faults = pl.concat(
            [faults, fault_rows(twice, "", DUPLICATE_RULE, messages.duplicate_key())]
        )
    all_rows = frame.join(fates.select("row", "fate"), on="row", how="left", maintain_order="left")
    fallen = pl.col("fate").is_null() | (pl.col("fate") == "duplicate")
    return Compared(
        all_rows.with_columns(
            pl.when(fallen).then(pl.lit("refused")).otherwise(pl.col("fate")).alias("fate")
        ),
        faults,
    )


def _unless_same(is_new: pl.Expr, same: pl.Expr, when_fresh: str, when_other: str) -> pl.Expr:
    return (
        pl.when(is_new)
        .then(pl.lit(when_fresh))
        .when(same)
        .then(pl.lit("unchanged"))
        .otherwise(pl.lit(when_other))
    )


def _within_batch(joined: pl.DataFrame, fate: pl.Expr, mode: str) -> pl.DataFrame:
    """Return the fates of rows where several of one record are in one batch."""
    fates = joined.with_columns(fate.alias("fate"))
    if not joined["key"].is_duplicated().any():
        return fates
    if mode == "update":
        last = pl.col("key").is_last_distinct()
        return fates.with_columns(
            pl.when(last).then(pl.col("fate")).otherwise(pl.lit("superseded")).alias("fate")
        )
    first = pl.col("key").is_first_distinct()
    alike = pl.col("digest") == pl.col("digest").first().over("key")
    later = pl.when(alike).then(pl.lit("unchanged")).otherwise(pl.lit("duplicate"))
    return fates.with_columns(pl.when(first).then(pl.col("fate")).otherwise(later).alias("fate"))
