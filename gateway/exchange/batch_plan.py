"""Gathers what a batch's transaction will keep: packages, fates, refusals, notes. Pure."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace

import polars as pl
import zstandard

from adapters import VERDICT_SCHEMA, Batch
from gateway.exchange.context import fault_columns, frame_bytes
from gateway.exchange.packing import GATE_RULE, Package, pack
from gateway.exchange.pipeline import OLDER_RULE, Checked, compare
from gateway.exchange.refusal_store import LONGEST_IDENTITY, Fault, Refused, bounded
from gateway.mapping import Mapping
from gateway.mapping.disclosure import source_mask
from gateway.masking import masked_text
from gateway.protocol.header import Header
from gateway.protocol.package_writer import record_xml
from gateway.standard import load_gate
from gateway.standard.disclosure import RowMask
from gateway.text import Text
from gateway.text import exchange as messages
from outbox import Draft

#: zstd level of kept and sent payloads; 1 gives 27 to 1 on packages at the least cost.
LEVEL = 1
_TRAVELS = ["added", "changed"]


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """What is to be stored of a batch, worked out before its transaction begins.

    `counts` as the unit counts them; `records_sent` key and digest, `mended` identity and GUID of
    each record that travels; `keys_seen` the keys that the source has, sent or not; `waits` the
    units from which its unchanged rows were sent; `cleanings` and `warnings` are of records that
    travel.
    """

    counts: dict[str, int]
    #: Of the records that travel, those that replace one sent before.
    changed: int
    fates: pl.DataFrame
    drafts: list[Draft]
    records_sent: list[tuple[str, str]]
    mended: list[tuple[str, str]]
    refused: list[Refused]
    keys_seen: pl.Series
    waits: list[int]
    cleanings: list[dict[str, str]]
    warnings: list[dict[str, str]]


def prepare(
    batch: Batch,
    checked: Checked,
    known_records: pl.DataFrame,
    mapping: Mapping,
    unit_id: int,
    header: Header,
    new_guid: Callable[[], str],
    newer: Collection[str] = (),
) -> BatchPlan:
    """Return the plan of a checked batch: what travels, in packages, and what is to be stored.

    The batch is compared with what was sent before (`known_records`).
    """
    compared = compare(checked, known_records, mapping.change.mode, unit_id, newer)
    moving = compared.fates.filter(pl.col("fate").is_in(_TRAVELS))
    packages, gate_faults = pack(_xml(checked, moving), header, load_gate(header.version), new_guid)
    faults = _faults_by_row(compared.faults)
    for gate_fault in gate_faults:
        text = messages.breaks_schema(gate_fault.message)
        faults[moving["row"][gate_fault.row]] = (Fault("", GATE_RULE, text),)
    fates = compared.fates.with_columns(
        pl.when(pl.col("row").is_in(list(faults)))
        .then(pl.lit("refused"))
        .otherwise(pl.col("fate"))
        .alias("fate")
    )
    faults = _without_values(batch, faults, source_mask(mapping))
    reasons = faults | _reasons_of_older(fates)
    fates = fates.with_columns(pl.col("fate").replace("older", "superseded"))
    framed = _framed(batch, checked)
    identities = _identities(batch, checked)
    drafts: list[Draft] = []
    records_sent: list[tuple[str, str]] = []
    mended: list[tuple[str, str]] = []
    for package in packages:
        part = moving[package.rows]
        context = framed.select(pl.all().gather(part["row"])).with_columns(
            part["fate"].alias("#change")
        )
        drafts.append(draft(package, context))
        records_sent += zip(part["key"], part["digest"], strict=True)
        mended += [(identity, package.header.guid) for identity in identities.gather(part["row"])]
    tally = {
        name: int((fates["fate"] == name).sum()) for name in ("refused", "unchanged", "superseded")
    }
    return BatchPlan(
        counts={"rows": batch.rows.height, "packed": len(records_sent), **tally},
        changed=int((fates["fate"] == "changed").sum()),
        fates=_fates_frame(framed, fates, reasons),
        drafts=drafts,
        records_sent=records_sent,
        mended=mended,
        refused=_refused(batch, identities, faults),
        keys_seen=_keys_seen(checked, fates, mapping.change.mode),
        waits=_units_of(known_records, fates.filter(pl.col("fate") == "unchanged")["key"]),
        cleanings=_notes(batch, checked, checked.cleanings, fates),
        warnings=_notes(batch, checked, checked.warnings, fates),
    )


def _xml(checked: Checked, moving: pl.DataFrame) -> pl.Series:
    """Return the XML of the records that travel; nothing else is kept of them."""
    records = checked.records.select(pl.all().gather(moving["row"]))
    return record_xml(records, checked.kind, moving["key"], moving["fate"])


def bad_unit_fates(
    zh: str, en: str, rule: str, refs: Iterable[str] = ("",), marks: pl.Series | None = None
) -> pl.DataFrame:
    """Return the fates of a unit refused whole: one line, or one for each of its refs."""
    listed = list(refs)
    line = {"verdict": "refused", "field": "", "rule": rule, "zh": zh, "en": en}
    marks_of_refs = [None] * len(listed) if marks is None else marks.to_list()
    return pl.DataFrame(
        [
            {"#row": row, "ref": ref, "mark": mark, **line}
            for row, (ref, mark) in enumerate(zip(listed, marks_of_refs, strict=True))
        ],
        schema={"#row": pl.UInt32, **VERDICT_SCHEMA},
    )


def draft(package: Package, context: pl.DataFrame) -> Draft:
    """Return a package as a message; `context` has a line a record, its key under #key."""
    payload = zstandard.compress(package.xml, LEVEL)
    header = package.header
    return Draft(header.guid, header.sequence, payload, frame_bytes(context), len(package.rows))


def _keys_seen(checked: Checked, fates: pl.DataFrame, mode: str) -> pl.Series:
    """Return the keys of records that a batch has although they do not travel.

    What travels is noted where it is remembered; a feed that only adds never sends a record anew.
    """
    if mode == "full":
        return checked.keys.filter(checked.complete)
    return fates.filter(pl.col("fate") == ("" if mode == "append" else "unchanged"))["key"]


def _reasons_of_older(fates: pl.DataFrame) -> dict[int, tuple[Fault, ...]]:
    older = fates.filter(pl.col("fate") == "older")["row"]
    return dict.fromkeys(older, (Fault("", OLDER_RULE, messages.older_than_sent()),))


def _framed(batch: Batch, checked: Checked) -> pl.DataFrame:
    """Return the source rows with #row, #ref, #mark and #key beside them."""
    height = batch.rows.height
    marks = pl.Series([None] * height, dtype=pl.String) if batch.marks is None else batch.marks
    return batch.rows.with_columns(
        pl.int_range(height, dtype=pl.UInt32).alias("#row"),
        batch.refs.alias("#ref"),
        marks.alias("#mark"),
        checked.keys.alias("#key"),
    )


def _identities(batch: Batch, checked: Checked) -> pl.Series:
    """Return what makes each row the same one next time, should it be refused."""
    otherwise = batch.refs if batch.stable_refs else f"{batch.unit}#" + batch.refs
    if (otherwise.str.len_chars().max() or 0) > LONGEST_IDENTITY:  # type: ignore[operator]
        otherwise = pl.Series([bounded(identity) for identity in otherwise], dtype=pl.String)
    return checked.keys.zip_with(checked.complete, otherwise)


def _faults_by_row(faults: pl.DataFrame) -> dict[int, tuple[Fault, ...]]:
    by_row: dict[int, tuple[Fault, ...]] = {}
    for row, field, rule, zh, en in faults.iter_rows():
        by_row[row] = (*by_row.get(row, ()), Fault(field, rule, Text(zh, en)))
    return by_row


def _fates_frame(
    framed: pl.DataFrame, fates: pl.DataFrame, faults: dict[int, tuple[Fault, ...]]
) -> pl.DataFrame:
    """Return VERDICT_SCHEMA lines (and #row) of the rows that do not travel.

    Those of unchanged rows have #key too.
    """
    quiet = fates.filter(~pl.col("fate").is_in(_TRAVELS))
    firsts = [faults[row][0] if row in faults else None for row in quiet["row"]]
    key = pl.when(quiet["fate"] == "unchanged").then(pl.col("#key"))
    return framed.select(pl.col("#row", "#ref", "#mark", "#key").gather(quiet["row"])).select(
        "#row",
        pl.col("#ref").alias("ref"),
        pl.col("#mark").alias("mark"),
        quiet["fate"].alias("verdict"),
        *fault_columns(firsts),
        key.alias("#key"),
    )


def _units_of(known_records: pl.DataFrame, keys: pl.Series) -> list[int]:
    return known_records.filter(pl.col("key").is_in(keys.implode()))["unit_id"].unique().to_list()


def _refused(
    batch: Batch, identities: pl.Series, faults: dict[int, tuple[Fault, ...]]
) -> list[Refused]:
    places = sorted(faults)
    rows = batch.rows[places].to_dicts() if places else []
    return [
        Refused(identities[place], batch.refs[place], row, faults[place])
        for place, row in zip(places, rows, strict=True)
    ]


def _without_values(
    batch: Batch, faults: dict[int, tuple[Fault, ...]], mask: RowMask
) -> dict[int, tuple[Fault, ...]]:
    """Return faults whose texts name nothing of their row that is a person's: they are not sealed.

    Only a reader's texts have values; those of rules and mappings are the same for every row.
    """
    of_reader = {fault.rule for fault in batch.faults}
    places = [
        place
        for place in sorted(faults)
        if any(found_fault.rule in of_reader for found_fault in faults[place])
    ]
    rows = batch.rows[places].to_dicts() if places else []
    masked_faults = {}
    for place, row in zip(places, rows, strict=True):
        values = [value for value in mask.hidden_values(row) if len(value) > 1]
        masked_faults[place] = tuple(
            _without(fault, values) if fault.rule in of_reader else fault for fault in faults[place]
        )
    return faults | masked_faults


def _without(fault: Fault, values: list[str]) -> Fault:
    zh, en = fault.text.zh, fault.text.en
    named = [value for value in values if value in zh or value in en]
    masked = Text(masked_text(zh, named), masked_text(en, named))
    return fault if masked == fault.text else replace(fault, text=masked)


def _notes(
    batch: Batch, checked: Checked, notes: pl.DataFrame, fates: pl.DataFrame
) -> list[dict[str, str]]:
    """Return notes (a frame with `row`) on records that travel, with their keys and refs."""
    if notes.is_empty():
        return []
    travelling = fates.filter(pl.col("fate").is_in(_TRAVELS))["row"]
    notes_kept = notes.filter(pl.col("row").is_in(travelling.implode()))
    return [
        {"key": checked.keys[row], "ref": batch.refs[row], **note}
        for row, note in zip(notes_kept["row"], notes_kept.drop("row").to_dicts(), strict=True)
    ]
