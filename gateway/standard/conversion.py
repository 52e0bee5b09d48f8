"""Tells a record of one version of the standard in another. Pure.

Upwards a record stays as it is: a minor version only adds, and what it adds may be empty.
Downwards added fields are left out and added codes become those of the version's conversion file;
both losses are told, and a code that the file does not name is a fault.
"""

from dataclasses import dataclass
from functools import cache

import polars as pl

from gateway.standard.findings import CLEANING_SCHEMA, FAULT_SCHEMA, cleaning_rows, fault_rows
from gateway.standard.versions import VERSIONS, conversion_file
from gateway.standard.xsd_reader import Kind, load_standard
from gateway.text import Text
from gateway.yaml_text import read_yaml

DROPPED_RULE = "version.field"
CODE_RULE = "version.code"


@dataclass(frozen=True, slots=True)
class Converted:
    """Records in the other version's columns, what was lost on the way, and what could not be told."""

    records: pl.DataFrame
    losses: pl.DataFrame
    faults: pl.DataFrame


def convert(records: pl.DataFrame, kind: Kind, target: Kind) -> Converted:
    """Turn records of one version of a kind into another version's.

    `records` has the kind's fields as text, null where empty. `losses` is a frame of
    CLEANING_SCHEMA, `faults` one of FAULT_SCHEMA. Raises StandardError when a version in between
    does not have the kind.
    """
    at, wanted = VERSIONS.index(kind.version), VERSIONS.index(target.version)
    losses, faults = [pl.DataFrame(schema=CLEANING_SCHEMA)], [pl.DataFrame(schema=FAULT_SCHEMA)]
    newer = kind
    for version in reversed(VERSIONS[wanted:at]):
        older = load_standard(version).kind(kind.name)
        step = _down(records, newer, older)
        newer, records = older, step.records
        losses.append(step.losses)
        faults.append(step.faults)
    empty = pl.lit(None, dtype=pl.String)
    added = [empty.alias(n) for n in target.field_names if n not in records.columns]
    whole = records.with_columns(added) if added else records
    return Converted(whole.select(target.field_names), pl.concat(losses), pl.concat(faults))


def _down(records: pl.DataFrame, newer: Kind, older: Kind) -> Converted:
    """Go one version down: leave out what it does not have, and tell its new codes otherwise."""
    losses, faults = [pl.DataFrame(schema=CLEANING_SCHEMA)], [pl.DataFrame(schema=FAULT_SCHEMA)]
    for name in [name for name in records.columns if name not in older.field_names]:
        filled = records[name].is_not_null().arg_true()
        if len(filled):
            kept = pl.repeat("", len(filled), eager=True)
            losses.append(cleaning_rows(filled, name, DROPPED_RULE, records[name][filled], kept))
    records = records.select(older.field_names)
    tables = _conversion(newer.version).get(older.name, {})
    later = {field.name: field for field in newer.fields}
    for field in older.fields:
        if not field.codes:
            continue
        values = records[field.name]
        strange = (~values.is_in([code.value for code in field.codes])).fill_null(False)
        if not strange.any():
            continue
        table = tables.get(field.name, {})
        told = values.replace(table)
        listed = values.is_in(list(table))
        rows = (strange & listed).arg_true()
        losses.append(cleaning_rows(rows, field.name, CODE_RULE, values[rows], told[rows]))
        # A code of no version is not this step's to refuse: the rules have done so.
        known = values.is_in([code.value for code in later[field.name].codes])
        rows = (strange & known & ~listed).arg_true()
        if len(rows):
            text = Text(
                f"{field.zh}：中心库使用标准 {older.version} 版，其中没有这个代码，也没有规定换成什么",
                f"{field.name}: the centre uses version {older.version} of the standard, which lacks this code, and no other is named for it",
            )
            faults.append(fault_rows(rows, field.name, CODE_RULE, text))
        records = records.with_columns(told.alias(field.name))
    return Converted(records, pl.concat(losses), pl.concat(faults))


@cache
def _conversion(version: str) -> dict[str, dict[str, dict[str, str]]]:
    """Read a version's conversion file: record kind, field, new code to old code; empty without one."""
    path = conversion_file(version)
    if not path.exists():
        return {}
    return read_yaml(path.read_text("utf-8")) or {}
