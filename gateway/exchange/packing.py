"""Packs records into packages that the XSD has passed. Pure: GUIDs and the time are parameters."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import polars as pl

from gateway.protocol.header import Header
from gateway.protocol.package_writer import PACKAGE_RECORDS, package_xml
from gateway.standard import SchemaValidator

#: Rule id of what only the XSD gate found; a column rule should have said it first.
GATE_RULE = "xsd"


@dataclass(frozen=True, slots=True)
class Package:
    """A package ready for the outbox; `rows` are its records' places in the input, in order."""

    header: Header
    xml: bytes
    rows: list[int]


@dataclass(frozen=True, slots=True)
class GateFault:
    """A record that the XSD refused although the column rules had passed it."""

    row: int
    message: str


def pack(
    records: pl.Series, header: Header, gate: SchemaValidator, new_guid: Callable[[], str]
) -> tuple[list[Package], list[GateFault]]:
    """Return record elements (XML text) in packages of up to 1,000, each checked against the XSD.

    `header` has what the packages share and the first sequence number. A record that the XSD
    refuses is set aside and its package made again without it; the faults say why.
    """
    packages: list[Package] = []
    faults: list[GateFault] = []
    for place, start in enumerate(range(0, records.len(), PACKAGE_RECORDS)):
        rows = list(range(start, min(start + PACKAGE_RECORDS, records.len())))
        shared = replace(header, sequence=header.sequence + place)
        while rows:
            header_of_package = replace(shared, guid=new_guid(), records=len(rows))
            xml = package_xml(header_of_package, records.gather(rows))
            # What does not pass without a tree is looked at with one, which has the last word.
            gate_faults = [] if gate.is_valid(xml) else gate.package(xml)[1]
            if not gate_faults:
                packages.append(Package(header_of_package, xml, rows))
                break
            faults += [GateFault(rows[f.index], f.message) for f in gate_faults]
            bad = {f.index for f in gate_faults}
            rows = [row for index, row in enumerate(rows) if index not in bad]
    return packages, faults


def packages_for(records: int) -> int:
    """Return how many packages a number of records needs."""
    return -(-records // PACKAGE_RECORDS)
