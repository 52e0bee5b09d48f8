"""Made-up records of any kind: sound ones, and spoiled ones with what the rules say of them.

Pure.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from graphlib import TopologicalSorter
from random import Random

import polars as pl

from gateway.standard import sample_identifiers
from gateway.standard.rules import Rule, load_rules, rules_about
from gateway.standard.xsd_reader import Field, Kind

#: Longest made-up text, in characters.
_TEXT = 20
_PERSON, _IDENTITY_CARD = "1", "1"
#: Identifiers of organisations, which a natural person must not have.
_ORGANISATION = ("UnifiedCode", "RegistrationNumber", "OrganisationCode", "TaxNumber")
#: Identifiers that come in pairs or belong to some organisations only.
_RARE = ("InstitutionCertificateNumber", "SocialOrganisationNumber")

Record = dict[str, str | None]


@dataclass(frozen=True, slots=True)
class Spoiled:
    """A record with one thing wrong, the field that was spoiled, and the rules that it breaks."""

    record: Record
    field: str
    rules: tuple[str, ...]


def sound(kind: Kind, rng: Random, today: date) -> Record:
    """Return a made-up record that keeps every facet and every rule.

    Fields are in schema order, None where empty.
    """
    record: Record = {
        field.name: _value(field, rng) if field.required or rng.random() < 0.7 else None
        for field in kind.fields
    }
    rules = rules_about(kind.name, kind.version)
    if "SubjectClass" in record:
        _identify(record, rules, rng)
    by_name = {field.name: field for field in kind.fields}
    for rule in rules:
        make = _NUMBERS.get(rule.check)
        if make and rule.when is not None and record[rule.when.field] in rule.when.values:
            record |= {name: make(rng) for name in rule.concerns(kind) if record[name] is not None}
    for rule in rules:
        when = rule.when
        if rule.check == "present" and (when is None or record[when.field] in when.values):
            for name in rule.concerns(kind):
                record[name] = record[name] or _value(by_name[name], rng)
    for rule in rules:
        if rule.check == "not_more":
            for name in rule.concerns(kind):
                _order_amounts(record, name, rule.other or "")
    _order_dates(record, kind, rules, rng, today)
    return record


def nobodys(kind: Kind, record: Record, rng: Random) -> Record:
    """Return a sound record with identifiers that nobody can have been given.

    What is sent to others has these.
    """
    identifiers = sample_identifiers.unissued(rng)
    return {
        field.name: identifiers[field.type]
        if record[field.name] is not None and field.type in identifiers
        else record[field.name]
        for field in kind.fields
    }


def spoiled(kind: Kind, rng: Random, today: date) -> Spoiled:
    """Return a made-up record with one field spoiled, and which rules it breaks by that."""
    while True:
        record = sound(kind, rng, today)
        field = rng.choice(kind.fields)
        record[field.name] = rng.choice(_harms(field))(record[field.name])
        broken = (
            load_rules(kind.name, kind.version)
            .faults(as_frame(kind, [record]), today)["rule"]
            .to_list()
        )
        # Not every harm is one: an optional field may be empty.
        if broken:
            return Spoiled(record, field.name, tuple(broken))


def as_frame(kind: Kind, records: Sequence[Record]) -> pl.DataFrame:
    """Return records in the kind's columns: text, null where empty."""
    return pl.DataFrame(records, schema=dict.fromkeys(kind.field_names, pl.String))


def _any_unified_code(rng: Random) -> str:
    return sample_identifiers.unified_code(rng, sample_identifiers.organisation_code(rng))


#: How to make a value of a type whose form is fixed.
_SHAPED: dict[str, Callable[[Random], str]] = {
    "UnifiedCode": _any_unified_code,
    "TaxNumber": _any_unified_code,
    "RegistrationNumber": sample_identifiers.registration_number,
    "OrganisationCode": sample_identifiers.organisation_code,
    "IdNumber": sample_identifiers.citizen_number,
    "RegionCode": lambda rng: rng.choice(sample_identifiers.REGIONS),
    "IndustryCode": lambda rng: f"C{rng.randint(13, 43)}",
    "CertificateNumber": lambda rng: f"SAMPLE{rng.randint(0, 999_999):06}",
    "Month": lambda rng: f"2025-{rng.randint(1, 12):02}",
    "Year": lambda rng: str(rng.randint(2020, 2025)),
}


#: How to make a number that keeps the rule of a check digit.
_NUMBERS: dict[str, Callable[[Random], str]] = {
    "unified_code": _any_unified_code,
    "registration_number": sample_identifiers.registration_number,
    "organisation_code": sample_identifiers.organisation_code,
    "citizen_number": sample_identifiers.citizen_number,
    "citizen_number_any": sample_identifiers.citizen_number,
}


def _value(field: Field, rng: Random) -> str:
    if field.codes:
        return rng.choice(field.codes).value
    if field.type in _SHAPED:
        return _SHAPED[field.type](rng)
    if field.base == "date":
        return (date(2025, 1, 1) + timedelta(rng.randint(0, 364))).isoformat()
    if field.base == "integer":
        return str(rng.randint(0, 99))
    if field.base == "decimal":
        return f"{rng.randint(1, 99)}.{rng.randint(0, 99):02}"
    return f"示例{field.zh}"[: min(field.max_length or _TEXT, _TEXT)]


def _identify(record: Record, rules: Sequence[Rule], rng: Random) -> None:
    """Fill the identifiers of the subject that its class has, each consistent with the others."""
    allowed = [
        rule.values for rule in rules if rule.check == "one_of" and "SubjectClass" in rule.fields
    ]
    record["SubjectClass"] = rng.choice(allowed[0] if allowed else ("1", "2", "3", "4"))
    person = record["SubjectClass"] == _PERSON
    organisation = sample_identifiers.organisation_code(rng)
    code = sample_identifiers.unified_code(rng, organisation)
    values = (code, sample_identifiers.registration_number(rng), organisation, code)
    for name, value in zip(_ORGANISATION, values, strict=True):
        record[name] = None if person else value
    record |= dict.fromkeys(_RARE)
    record["SubjectIdType"] = _IDENTITY_CARD if person else None
    record["SubjectIdNumber"] = sample_identifiers.citizen_number(rng) if person else None
    has_representative = not person and record["LegalRepresentative"] is not None
    if not has_representative:
        record["LegalRepresentative"] = None
    record["LegalRepresentativeIdType"] = _IDENTITY_CARD if has_representative else None
    record["LegalRepresentativeIdNumber"] = (
        sample_identifiers.citizen_number(rng) if has_representative else None
    )


def _order_amounts(record: Record, name: str, limit_name: str) -> None:
    """Let an amount be no more than another."""
    value, limit = record[name], record[limit_name]
    if value is not None and limit is not None and Decimal(value) > Decimal(limit):
        record[name] = limit


def _order_dates(
    record: Record, kind: Kind, rules: Sequence[Rule], rng: Random, today: date
) -> None:
    """Move dates so that none lies after today and those with an order keep it."""
    earlier: dict[str, set[str]] = {f.name: set() for f in kind.fields if f.base == "date"}
    for rule in rules:
        if rule.check == "not_before" and rule.other is not None:
            for name in rule.concerns(kind):
                earlier[name].add(rule.other)
    day = today - timedelta(rng.randint(200, 700))
    for name in TopologicalSorter(earlier).static_order():
        day += timedelta(rng.randint(0, 10))
        if record[name] is not None:
            record[name] = day.isoformat()


def _harms(field: Field) -> list[Callable[[str | None], str | None]]:
    """Return ways to spoil a field's value."""
    harms: list[Callable[[str | None], str | None]] = [lambda _: None]
    if field.max_length is not None:
        too_long = "长" * (field.max_length + 1)
        harms.append(lambda _: too_long)
    if field.codes:
        harms.append(lambda _: "?")
    if field.base == "date":
        harms += [lambda _: "2025-02-30", lambda _: "20250203"]
    if field.base in ("decimal", "integer"):
        harms += [lambda _: "-x", lambda _: "9" * 19]
    if field.type in ("UnifiedCode", "OrganisationCode", "RegistrationNumber", "IdNumber"):
        harms.append(lambda value: None if value is None else sample_identifiers.wrong_check(value))
    return harms
