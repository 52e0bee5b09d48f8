"""Judges a package: what is wrong with it as a whole, and a verdict for each record. Pure."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from gateway.central.read import read_columns, read_header, read_lines
from gateway.messages import GatewayError, Text
from gateway.standard import Kind, load_gate, load_standard
from gateway.standard.digest import short_digests
from gateway.standard.fields import StandardError
from gateway.standard.header import Header
from gateway.standard.rules import load_rules_beyond_schema

WITHDRAWAL = "Withdrawal"
_NO_TEXT = Text("", "")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of one record: accepted, duplicate, superseded or refused (with its reason)."""

    key: str
    verdict: str
    field: str = ""
    rule: str = ""
    text: Text = _NO_TEXT


@dataclass(frozen=True, slots=True)
class Sound:
    """A record that may be stored; `values` are its fields in schema order, "" where absent."""

    place: int
    key: str
    withdrawal: bool
    digest: str
    values: list[str]


@dataclass(frozen=True, slots=True)
class Judged:
    """A package that is right as a whole; `refused` gives the verdict of each record at fault."""

    header: Header
    kind: Kind
    keys: list[str]
    sound: list[Sound]
    refused: dict[int, Verdict]


class PackageRefused(GatewayError):
    """A package is refused whole: none of its records is looked at."""


def judge(xml: bytes, today: date) -> Judged:
    """Parse, validate and check a package.

    Raises XmlRefused or PackageRefused when it is wrong outside its records.
    """
    root, schema_faults = load_gate().package(xml)
    header = read_header(root)
    try:
        kind = load_standard(header.version).kind(header.kind)
    except StandardError as error:
        raise PackageRefused(error.text.zh, error.text.en) from None
    lines = read_lines(root, kind)
    if len(lines) != header.records:
        raise PackageRefused(
            f"包头声明 {header.records} 条记录，包体有 {len(lines)} 条",
            f"the header declares {header.records} records and the body has {len(lines)}",
        )
    cells = [line.split("\t", 3) for line in lines]
    refused: dict[int, Verdict] = {}
    for found in schema_faults:
        text = Text(f"第 {found.line} 行不符合模式：{found.message}", f"line {found.line} breaks the schema: {found.message}")  # fmt: skip
        refused.setdefault(found.index, Verdict(cells[found.index][0], "refused", "", "xsd", text))
    _check_elements(cells, kind, refused)
    _check_rules(lines, kind, today, refused)
    sound = [
        Sound(place, key, element == WITHDRAWAL, digest, values.split("\t"))
        for place, ((key, element, _, values), digest) in enumerate(zip(cells, _digests(cells), strict=True))
        if place not in refused
    ]  # fmt: skip
    return Judged(header, kind, [cell[0] for cell in cells], sound, refused)


def _digests(cells: list[list[str]]) -> list[str]:
    return short_digests(cell[3] for cell in cells)


def _check_elements(cells: list[list[str]], kind: Kind, refused: dict[int, Verdict]) -> None:
    """Refuse records of another kind than the header says, and a key that comes twice."""
    seen: set[str] = set()
    for place, (key, element, *_) in enumerate(cells):
        if element not in (kind.name, WITHDRAWAL):
            text = Text(f"包头为 {kind.name}，本条为 {element}", f"the header says {kind.name} and this record is {element}")  # fmt: skip
            refused.setdefault(place, Verdict(key, "refused", "", "package.kind", text))
        elif key in seen:
            text = Text("同一数据包内记录键重复", "the record key comes twice in the package")
            refused.setdefault(place, Verdict(key, "refused", "", "package.key", text))
        seen.add(key)


def _check_rules(lines: list[str], kind: Kind, today: date, refused: dict[int, Verdict]) -> None:
    rules = load_rules_beyond_schema(kind.name)
    columns = read_columns(lines, kind, rules.fields)
    # A withdrawal has a key and no fields: rules about fields do not touch it.
    whole = columns.with_row_index("#place").filter(pl.col("#element") == kind.name)
    faults = rules.faults(whole, today)
    for row, field, rule, zh, en in faults.iter_rows():
        place = whole["#place"][row]
        verdict = Verdict(whole["#key"][row], "refused", field, rule, Text(zh, en))
        refused.setdefault(place, verdict)
