"""Judges a package: what is wrong with it as a whole, and a verdict for each record. Pure."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from gateway.errors import GatewayError
from gateway.protocol.header import Header
from gateway.protocol.package_reader import Records, read_package
from gateway.protocol.verdict import WITHDRAWAL, Verdict
from gateway.standard import Kind, StandardError
from gateway.standard.rules import RuleSet, load_rules, load_rules_beyond_schema, load_warnings
from gateway.standard.validator import SchemaFault
from gateway.text import Text
from gateway.text import central as messages


@dataclass(frozen=True, slots=True)
class ValidatedPackage:
    """A package that is right as a whole.

    `faults` gives all that is wrong with a record, by its place.
    """

    header: Header
    kind: Kind
    records: Records
    faults: dict[int, list[Verdict]]

    @property
    def refused(self) -> dict[int, Verdict]:
        """Return the verdict of each record at fault, which is its first fault, by its place."""
        return {place: verdicts[0] for place, verdicts in self.faults.items()}

    @property
    def sound(self) -> list[int]:
        """Return the places of the records that may be stored."""
        return [place for place in range(len(self.records.keys)) if place not in self.faults]

    def withdrawal(self, place: int) -> bool:
        """Whether a record withdraws the one of its key."""
        return self.records.elements[place] == WITHDRAWAL


class PackageRefusedError(GatewayError):
    """A package is refused whole: none of its records is looked at."""


def validate(xml: bytes, today: date, charset: str = "") -> ValidatedPackage:
    """Return a package parsed, validated and checked; `charset` is what Content-Type names.

    Raises XmlRefusedError or PackageRefusedError when it is wrong outside its records.
    """
    try:
        package = read_package(xml, charset)
    except StandardError as error:
        raise PackageRefusedError(error.text.zh, error.text.en) from None
    header, kind, records = package.header, package.kind, package.records
    if len(records.keys) != header.records:
        raise PackageRefusedError.of(messages.count_differs(header.records, len(records.keys)))
    faults: dict[int, list[Verdict]] = defaultdict(list)
    _explain(package.faults, records, kind, today, faults)
    _check_elements(records, kind, faults)
    _check_rules(records, kind, today, faults)
    return ValidatedPackage(header, kind, records, dict(faults))


def warnings_of(validated: ValidatedPackage, today: date) -> dict[int, list[Verdict]]:
    """Return the warnings of a package's sound records, by the records' places."""
    kind, records = validated.kind, validated.records
    places = [place for place in validated.sound if records.elements[place] == kind.name]
    warnings: dict[int, list[Verdict]] = defaultdict(list)
    rules = load_warnings(kind.name, kind.version)
    if rules.checks:
        _run(rules, places, records, today, warnings)
    return dict(warnings)


def _explain(
    schema_faults: list[SchemaFault],
    records: Records,
    kind: Kind,
    today: date,
    faults: dict[int, list[Verdict]],
) -> None:
    """Say in the standard's words, where they can, what is wrong with records that the XSD
    refused.
    """
    places = [fault.index for fault in schema_faults if records.elements[fault.index] == kind.name]
    if places:
        _run(load_rules(kind.name, kind.version), places, records, today, faults)
    for fault in schema_faults:
        if fault.index not in faults:
            text = messages.schema_broken(fault.line, fault.message)
            faults[fault.index].append(
                Verdict(records.keys[fault.index], "refused", "", "xsd", text)
            )


def _check_elements(records: Records, kind: Kind, faults: dict[int, list[Verdict]]) -> None:
    """Refuse records of another kind than the header says, and a key that comes twice."""
    keys: set[str] = set()
    for place, (key, element) in enumerate(zip(records.keys, records.elements, strict=True)):
        if element not in (kind.name, WITHDRAWAL):
            text = messages.kind_differs(kind.name, element)
            faults[place].append(Verdict(key, "refused", "", "package.kind", text))
        elif key in keys:
            text = messages.key_twice()
            faults[place].append(Verdict(key, "refused", "", "package.key", text))
        keys.add(key)


def _check_rules(
    records: Records, kind: Kind, today: date, faults: dict[int, list[Verdict]]
) -> None:
    # A withdrawal has a key and no fields: rules about fields do not touch it.
    places = [
        place
        for place, element in enumerate(records.elements)
        if element == kind.name and place not in faults
    ]
    _run(load_rules_beyond_schema(kind.name, kind.version), places, records, today, faults)


def _run(
    rules: RuleSet,
    places: list[int],
    records: Records,
    today: date,
    faults: dict[int, list[Verdict]],
) -> None:
    selection = places if len(places) < len(records.keys) else None
    columns = records.columns(rules.fields, selection)
    for row, field, rule, zh, en in rules.faults(columns, today).iter_rows():
        verdict = Verdict(records.keys[places[row]], "refused", field, rule, Text(zh, en))
        faults[places[row]].append(verdict)
