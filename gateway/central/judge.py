"""Judges a package: what is wrong with it as a whole, and a verdict for each record. Pure."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from gateway.central.read import Records, read_columns, read_header, read_records
from gateway.messages import GatewayError, Text
from gateway.standard import Kind, load_gate, load_standard
from gateway.standard.fields import StandardError
from gateway.standard.header import Header
from gateway.standard.rules import load_rules_beyond_schema

WITHDRAWAL = "Withdrawal"
_NO_TEXT = Text("", "")


class Verdict(NamedTuple):
    """What becomes of one record: accepted, duplicate, superseded or refused (with its reason)."""

    key: str
    verdict: str
    field: str = ""
    rule: str = ""
    text: Text = _NO_TEXT


@dataclass(frozen=True, slots=True)
class Judged:
    """A package that is right as a whole; `refused` gives the verdict of each record at fault."""

    header: Header
    kind: Kind
    records: Records
    refused: dict[int, Verdict]

    @property
    def sound(self) -> list[int]:
        """Places of the records that may be stored."""
        return [place for place in range(len(self.records.keys)) if place not in self.refused]

    def withdrawal(self, place: int) -> bool:
        """Tell whether a record withdraws one of its key."""
        return self.records.elements[place] == WITHDRAWAL


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
    records = read_records(root, kind)
    if len(records.keys) != header.records:
        raise PackageRefused(
            f"包头声明 {header.records} 条记录，包体有 {len(records.keys)} 条",
            f"the header declares {header.records} records and the body has {len(records.keys)}",
        )
    refused: dict[int, Verdict] = {}
    for found in schema_faults:
        text = Text(f"第 {found.line} 行不符合模式：{found.message}", f"line {found.line} breaks the schema: {found.message}")  # fmt: skip
        refused.setdefault(found.index, Verdict(records.keys[found.index], "refused", "", "xsd", text))  # fmt: skip
    _check_elements(records, kind, refused)
    _check_rules(records, kind, today, refused)
    return Judged(header, kind, records, refused)


def _check_elements(records: Records, kind: Kind, refused: dict[int, Verdict]) -> None:
    """Refuse records of another kind than the header says, and a key that comes twice."""
    seen: set[str] = set()
    for place, (key, element) in enumerate(zip(records.keys, records.elements, strict=True)):
        if element not in (kind.name, WITHDRAWAL):
            text = Text(f"包头为 {kind.name}，本条为 {element}", f"the header says {kind.name} and this record is {element}")  # fmt: skip
            refused.setdefault(place, Verdict(key, "refused", "", "package.kind", text))
        elif key in seen:
            text = Text("同一数据包内记录键重复", "the record key comes twice in the package")
            refused.setdefault(place, Verdict(key, "refused", "", "package.key", text))
        seen.add(key)


def _check_rules(records: Records, kind: Kind, today: date, refused: dict[int, Verdict]) -> None:
    rules = load_rules_beyond_schema(kind.name)
    # A withdrawal has a key and no fields: rules about fields do not touch it.
    places = [place for place, element in enumerate(records.elements) if element == kind.name]
    columns = read_columns(records, kind, rules.fields)[places]
    for row, field, rule, zh, en in rules.faults(columns, today).iter_rows():
        place = places[row]
        verdict = Verdict(records.keys[place], "refused", field, rule, Text(zh, en))
        refused.setdefault(place, verdict)
