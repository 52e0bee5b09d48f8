"""Converts records from one version of the standard to another. Pure.

Upwards a record stays as it is: a minor version only adds, and what it adds may be empty.
Downwards added fields are left out and added codes become those of the version's conversion file;
both losses are reported, and a code that the file does not name is a fault.
"""

from dataclasses import dataclass
from functools import cache

import polars as pl

from gateway.standard.findings import CLEANING_SCHEMA, FAULT_SCHEMA, cleaning_rows, fault_rows
from gateway.standard.versions import VERSIONS, conversion_file
from gateway.standard.xsd_reader import Kind, load_standard
from gateway.text import standard as messages
from gateway.yaml_text import read_yaml

DROPPED_RULE = "version.field"
CODE_RULE = "version.code"


@dataclass(frozen=True, slots=True)
class Converted:
    """Records in the other version's columns, what was lost, and codes without a counterpart."""

    records: pl.DataFrame
    losses: pl.DataFrame
    faults: pl.DataFrame


def convert(records: pl.DataFrame, kind: Kind, target: Kind) -> Converted:
    """Return records of one version of a kind as another version's.

    `records` has the kind's fields as text, null where empty. `losses` is a frame of
    CLEANING_SCHEMA, `faults` one of FAULT_SCHEMA. Raises StandardError when a version in between
    does not have the kind.
    """
    at, goal = VERSIONS.index(kind.version), VERSIONS.index(target.version)
    losses, faults = [pl.DataFrame(schema=CLEANING_SCHEMA)], [pl.DataFrame(schema=FAULT_SCHEMA)]
    newer = kind
    for version in reversed(VERSIONS[goal:at]):
        older = load_standard(version).kind(kind.name)
        step = _down(records, newer, older)
        newer, records = older, step.records
        losses.append(step.losses)
        faults.append(step.faults)
    empty = pl.lit(None, dtype=pl.String)
    added = [empty.alias(n) for n in target.field_names if n not in records.columns]
    complete = records.with_columns(added) if added else records
    return Converted(complete.select(target.field_names), pl.concat(losses), pl.concat(faults))


def _down(records: pl.DataFrame, newer: Kind, older: Kind) -> Converted:
    """Go one version down: leave out the fields that it lacks, and replace its new codes."""
    losses, faults = [pl.DataFrame(schema=CLEANING_SCHEMA)], [pl.DataFrame(schema=FAULT_SCHEMA)]
    for name in [name for name in records.columns if name not in older.field_names]:
        filled = records[name].is_not_null().arg_true()
        if len(filled):
            blank = pl.repeat("", len(filled), eager=True)
            losses.append(cleaning_rows(filled, name, DROPPED_RULE, records[name][filled], blank))
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
        replaced = values.replace(table)
        listed = values.is_in(list(table))
        rows = (strange & listed).arg_true()
        losses.append(cleaning_rows(rows, field.name, CODE_RULE, values[rows], replaced[rows]))
        # A code of no version is not this step's to refuse: the rules have done so.
        in_newer = values.is_in([code.value for code in later[field.name].codes])
        rows = (strange & in_newer & ~listed).arg_true()
        if len(rows):
            text = messages.code_unknown_to_centre(field.zh, field.name, older.version)
            faults.append(fault_rows(rows, field.name, CODE_RULE, text))
        records = records.with_columns(replaced.alias(field.name))
    return Converted(records, pl.concat(losses), pl.concat(faults))


@cache
def _conversion(version: str) -> dict[str, dict[str, dict[str, str]]]:
    """Return a version's new codes with the old ones, by record kind and field, if it has any."""
    path = conversion_file(version)
    if not path.exists():
        return {}
    return read_yaml(path.read_text("utf-8")) or {}
