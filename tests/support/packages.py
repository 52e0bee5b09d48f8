"""Packages of licences for a centre under test, made as a sender makes them."""

from uuid import uuid4

import polars as pl

import mappings
from gateway.mapping import load_mapping
from gateway.protocol.header import Header
from gateway.protocol.package_writer import package_xml, record_xml, withdrawal_xml
from tests.support.clock import NOW
from tests.support.line import sound_rows

KIND = "AdministrativeLicence"
MAPPING = load_mapping(mappings.ROOT / "environment" / "licence.yaml")
ROWS = sound_rows("environment/licence.yaml", 3)
RECORDS = MAPPING.apply(
    pl.DataFrame(ROWS, schema=dict.fromkeys(MAPPING.columns, pl.String))
).records
KEYS = MAPPING.keys(RECORDS)["key"]


def package(
    sequence: int = 1, guid: str | None = None, records: pl.DataFrame = RECORDS, **changes: object
) -> bytes:
    """Return a package of the first records, with changes of its header or records."""
    xml = record_xml(
        records, MAPPING.kind, KEYS[: records.height], pl.Series(["added"] * records.height)
    )
    values: dict[str, object] = {
        "guid": guid or str(uuid4()),
        "department": "environment",
        "feed": "environment.licence",
        "kind": KIND,
        "version": "1.0",
        "sequence": sequence,
        "created_at": NOW,
        "records": xml.len(),
    }
    return package_xml(Header(**{**values, **changes}), xml)  # type: ignore[arg-type]


def withdrawal(sequence: int) -> bytes:
    """Return a package that withdraws the first record."""
    header = Header(
        str(uuid4()), "environment", "environment.licence", KIND, "1.0", sequence, NOW, 1
    )
    return package_xml(header, withdrawal_xml(KEYS[:1]))


def changed(content: str) -> pl.DataFrame:
    """Return the records with another content, which is no part of their keys."""
    return RECORDS.with_columns(pl.lit(content).alias("Content"))
