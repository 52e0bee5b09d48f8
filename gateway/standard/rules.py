"""Column rules: facets read from the XSD and the rule file beside it, compiled to expressions.

A check is an expression that is true where a record is at fault. All checks of a record kind run
over a whole batch at once; details are gathered only for checks that found something.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, TypeAdapter
from pydantic import Field as Item

from gateway.standard import identifiers
from gateway.standard.codelists import code_list
from gateway.standard.findings import FAULT_SCHEMA, fault_rows
from gateway.standard.rule_cache import rule_entries
from gateway.standard.versions import NEWEST
from gateway.standard.xsd_reader import Field, Kind, load_standard
from gateway.text import Text
from gateway.text import standard as messages
from gateway.text.mapped_rows import of_field

#: Column that holds the day of the check, for rules that compare with today.
TODAY = "today"
#: Identifiers with a check digit, by the name that rule files use.
NUMBERS: dict[str, Callable[[pl.Expr], pl.Expr]] = {
    "unified_code": identifiers.unified_code_ok,
    "citizen_number": identifiers.citizen_number_ok,
    "citizen_number_any": identifiers.citizen_number_any_ok,
    "organisation_code": identifiers.organisation_code_ok,
    "registration_number": identifiers.registration_number_ok,
}
_DECIMAL = r"^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)$"


@dataclass(frozen=True, slots=True)
class Check:
    """One compiled rule on one field; `fault` is true where a record breaks it."""

    rule: str
    field: str
    fault: pl.Expr
    text: Text
    #: The kind of identifier whose check digit this rule asks for.
    number: str | None = None
    #: Whether it is about a field that is empty.
    of_absence: bool = False


class _When(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    field: str
    values: tuple[str, ...] = Item(alias="in")


class Rule(BaseModel):
    """One entry of a rule file."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str
    #: refuse: a record that breaks it does not travel; warn: it travels, and its department is
    #: told.
    severity: Literal["refuse", "warn"] = "refuse"
    check: Literal[
        "unified_code",
        "citizen_number",
        "citizen_number_any",
        "organisation_code",
        "registration_number",
        "absent",
        "present",
        "one_of",
        "free_of",
        "not_before",
        "not_future",
        "not_more",
        "listed",
        "current",
        "same_signs",
    ]
    fields: tuple[str, ...]
    #: Record kinds that it is about; every kind that has the fields where absent.
    kinds: tuple[str, ...] | None = None
    other: str | None = None
    #: same_signs: which signs of the other field the value must be, counted from 1, both included.
    signs: tuple[int, int] = (1, 1)
    values: tuple[str, ...] = ()
    #: listed, current: the name of a code list.
    list: str | None = None
    when: _When | None = None
    source: str
    zh: str
    en: str
    #: Fields of a record that keeps the rule, and of one that breaks it, as of 2026-04-01.
    passes: dict[str, str]
    fails: dict[str, str]

    def concerns(self, kind: Kind) -> tuple[str, ...]:
        """Return the fields of a kind that the rule is about; none where it does not concern it."""
        names = kind.field_names
        if self.kinds is not None and kind.name not in self.kinds:
            return ()
        if self.other is not None and self.other not in names:
            return ()
        if self.when is not None and self.when.field not in names:
            return ()
        return tuple(name for name in self.fields if name in names)


class RuleSet:
    """Every check of one record kind."""

    def __init__(self, checks: Sequence[Check]) -> None:
        self.checks = tuple(checks)
        self._marks = [check.fault.fill_null(False).alias(str(i)) for i, check in enumerate(checks)]
        self._numbers: dict[str, set[str]] = {}
        for check in checks:
            if check.number is not None:
                self._numbers.setdefault(check.number, set()).add(check.field)
        named = {name.partition("#")[0] for c in checks for name in c.fault.meta.root_names()}
        #: The fields that the checks read.
        self.fields = frozenset(named - {TODAY})
        self._bad = {number: ~NUMBERS[number](pl.col("n")) for number in self._numbers}

    def faults(self, records: pl.DataFrame, today: date) -> pl.DataFrame:
        """Return what is wrong with records in the standard's columns (text, null where empty).

        A frame of FAULT_SCHEMA, one line a fault, `row` counting from 0; of several faults of one
        field in one record only the first by order of checks is there.
        """
        if not self.checks or not records.height:
            return pl.DataFrame(schema=FAULT_SCHEMA)
        wrong = self._wrong(records)
        number_marks = [
            pl.col(field).is_in(wrong[number].implode()).alias(_mark(field, number))
            for number in wrong
            for field in self._numbers[number]
        ]
        wide = records.lazy().with_columns(pl.lit(today.isoformat()).alias(TODAY), *number_marks)
        # Many fields are empty in a whole batch, and most numbers are right: to ask takes longer
        # than to look.
        empty = {name for name in self.fields if records[name].null_count() == records.height}
        places = [
            place
            for place, check in enumerate(self.checks)
            if (check.of_absence or check.field not in empty)
            and (check.number is None or check.number in wrong)
        ]
        answers = wide.select(self._marks[place].any() for place in places).collect()
        broken = [
            place
            for place, column in zip(places, answers.get_columns(), strict=True)
            if column.item()
        ]
        if not broken:
            return pl.DataFrame(schema=FAULT_SCHEMA)
        marks = wide.select(self._marks[place] for place in broken).collect()
        parts = []
        for place, mark in zip(broken, marks.get_columns(), strict=True):
            check = self.checks[place]
            parts.append(fault_rows(mark.arg_true(), check.field, check.rule, check.text))
        faults = pl.concat(parts)
        return faults.unique(["row", "field"], keep="first", maintain_order=True).sort(
            "row", maintain_order=True
        )

    def _wrong(self, records: pl.DataFrame) -> dict[str, pl.Series]:
        """Return the wrong identifiers of each kind of number that has any.

        Each is looked at once, in whichever fields it stands: the expressions of a check digit are
        dear to set up, so that small batches would pay more for the set-up than for the numbers.
        """
        wrong_numbers = {}
        for number, fields in self._numbers.items():
            values = (
                pl.concat([records[field].rename("n") for field in fields]).drop_nulls().unique()
            )
            if values.is_empty():
                continue
            # To select and then filter is twice as quick as to filter by an expression.
            wrong = values.filter(values.to_frame().select(self._bad[number]).to_series())
            if not wrong.is_empty():
                wrong_numbers[number] = wrong
        return wrong_numbers


def _mark(field: str, number: str) -> str:
    return f"{field}#{number}"


@cache
def load_rules(kind_name: str, version: str = NEWEST) -> RuleSet:
    """Return the checks that refuse a record: facets first, then the rule files in their order."""
    kind = load_standard(version).kind(kind_name)
    facets = [check for field in kind.fields for check in _facet_checks(field)]
    return RuleSet([*facets, *load_rules_beyond_schema(kind_name, version).checks])


@cache
def load_warnings(kind_name: str, version: str = NEWEST) -> RuleSet:
    """Return the rules that warn: a record that breaks one is accepted all the same."""
    return _rules_of(kind_name, version, "warn")


@cache
def load_rules_beyond_schema(kind_name: str, version: str = NEWEST) -> RuleSet:
    """Return the rule files' checks alone, for records that the XSD has passed already."""
    return _rules_of(kind_name, version, "refuse")


def _rules_of(kind_name: str, version: str, severity: str) -> RuleSet:
    kind = load_standard(version).kind(kind_name)
    chosen = [rule for rule in rules_about(kind_name, version) if rule.severity == severity]
    return RuleSet([check for rule in chosen for check in _rule_checks(rule, kind)])


@cache
def rule_file(version: str = NEWEST) -> tuple[Rule, ...]:
    """Return the rules of a version; raises pydantic.ValidationError when a file is malformed."""
    return tuple(TypeAdapter(list[Rule]).validate_python(rule_entries(version)))


@cache
def rules_about(kind_name: str, version: str = NEWEST) -> tuple[Rule, ...]:
    """Return those rules of the rule files that concern a record kind, in their order."""
    kind = load_standard(version).kind(kind_name)
    return tuple(rule for rule in rule_file(version) if rule.concerns(kind))


def _facet_checks(field: Field) -> list[Check]:
    """Compile the facets of one field, those that make later ones meaningless first."""
    value = pl.col(field.name)
    checks: list[Check] = []

    def add(rule: str, fault: pl.Expr, fault_text: Text) -> None:
        text = of_field(field.zh, field.name, fault_text)
        filled = fault if rule == "required" else fault & value.is_not_null()
        checks.append(
            Check(f"facet.{rule}", field.name, filled, text, of_absence=rule == "required")
        )

    if field.required:
        add("required", value.is_null(), messages.required())
    if field.codes:
        codes = [code.value for code in field.codes]
        add(
            "code",
            ~value.is_in(codes),
            messages.not_a_code(codes),
        )
    if field.max_length is not None:
        add(
            "max_length",
            value.str.len_chars() > field.max_length,
            messages.too_long(field.max_length),
        )
    if field.min_length is not None:
        add(
            "min_length",
            value.str.len_chars() < field.min_length,
            messages.too_short(field.min_length),
        )
    if field.base == "date":
        add("date", ~_is_date(value), messages.no_date())
    if field.base in ("decimal", "integer"):
        add("number", ~value.str.contains(_DECIMAL), messages.no_number())
    for pattern in field.patterns:
        add(
            "pattern",
            ~value.str.contains(f"^(?:{pattern})$"),
            messages.wrong_form(field.type_zh, pattern),
        )
    if field.total_digits is not None:
        add(
            "digits",
            _digits(value) > field.total_digits,
            messages.too_many_digits(field.total_digits),
        )
    if field.fraction_digits is not None:
        add(
            "fraction",
            _fraction(value) > field.fraction_digits,
            messages.too_many_decimals(field.fraction_digits),
        )
    bounds = (
        (field.minimum, "minimum", messages.less_than),
        (field.maximum, "maximum", messages.more_than),
    )
    for bound, rule, text_of in bounds:
        if bound is not None:
            below = rule == "minimum"
            add(rule, _beyond(field, value, bound, below), text_of(bound))
    return checks


def _is_date(value: pl.Expr) -> pl.Expr:
    return value.str.to_date("%Y-%m-%d", strict=False).is_not_null() & value.str.contains(
        "^[0-9]{4}-"
    )


def _digits(value: pl.Expr) -> pl.Expr:
    """Count a number's digits but for zeros that say nothing."""
    significant = value.str.strip_chars_start("+-0")
    has_point = significant.str.contains(".", literal=True)
    cut = pl.when(has_point).then(significant.str.strip_chars_end("0")).otherwise(significant)
    return cut.str.len_bytes() - has_point


def _fraction(value: pl.Expr) -> pl.Expr:
    """Count the digits after a number's point but for zeros at the end."""
    cut = value.str.strip_chars_end("0")
    return (cut.str.len_bytes() - cut.str.find(".", literal=True) - 1).fill_null(0)


def _beyond(field: Field, value: pl.Expr, bound: str, below: bool) -> pl.Expr:
    if field.base in ("decimal", "integer"):
        number = value.cast(pl.Float64, strict=False)
        return number < float(bound) if below else number > float(bound)
    return value < pl.lit(bound) if below else value > pl.lit(bound)


def _rule_checks(rule: Rule, kind: Kind) -> list[Check]:
    """Compile one rule for the fields that this kind has."""
    checks = []
    by_name = {field.name: field for field in kind.fields}
    for name in rule.concerns(kind):
        field = by_name[name]
        fault = _rule_fault(rule, name)
        if rule.check != "present":
            fault = fault & pl.col(name).is_not_null()
        if rule.when is not None:
            fault = fault & pl.col(rule.when.field).is_in(list(rule.when.values))
        text = of_field(field.zh, name, Text(rule.zh, rule.en))
        number = rule.check if rule.check in NUMBERS else None
        checks.append(Check(rule.id, name, fault, text, number, rule.check == "present"))
    return checks


def _rule_fault(rule: Rule, name: str) -> pl.Expr:
    value = pl.col(name)
    if rule.check in NUMBERS:
        return pl.col(_mark(name, rule.check))
    match rule.check:
        case "absent":
            return value.is_not_null()
        case "present":
            return value.is_null()
        case "one_of":
            return ~value.is_in(list(rule.values))
        case "free_of":
            return value.str.contains("|".join(map(re.escape, rule.values)))
        case "not_before":
            return value < pl.col(rule.other or "")
        case "not_more":
            number, limit = (
                e.cast(pl.Decimal(38, 6), strict=False) for e in (value, pl.col(rule.other or ""))
            )
            return number > limit
        case "listed":
            return ~value.is_in(sorted(code_list(rule.list or "").known))
        case "current":
            codes = code_list(rule.list or "")
            return value.is_in(sorted(codes.known - codes.current))
        case "same_signs":
            first, last = rule.signs
            return value != pl.col(rule.other or "").str.slice(first - 1, last - first + 1)
        case _:
            return value > pl.col(TODAY)
