"""Compiles a checked mapping to polars expressions that run over a whole batch of text columns."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from graphlib import TopologicalSorter

import polars as pl

from gateway.mapping import dates
from gateway.mapping.model import ChangePolicy, CleanStep, FeedMapping, Source, When, as_source
from gateway.mapping.screening import Screen, readings
from gateway.standard.digest import column_digests
from gateway.standard.findings import CLEANING_SCHEMA, FAULT_SCHEMA, cleaning_rows, fault_rows
from gateway.standard.identifiers import citizen_number_18
from gateway.standard.xsd_reader import Kind, load_standard
from gateway.text import Text
from gateway.text import mapped_rows as texts

#: Full-width characters U+FF01 to U+FF5E and the ideographic space, with their half-width forms.
_FULL = [chr(code) for code in range(0xFF01, 0xFF5F)] + ["\u3000"]
_HALF = [chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)] + [" "]

#: White space that xs:token would change.
_LOOSE_SPACE = "  |[\t\r\n]"
#: An amount as it may be written: plain, or with commas between groups of three.
_AMOUNT = r"^(?:[0-9]+|[1-9][0-9]{0,2}(?:,[0-9]{3})+)(?:\.[0-9]*)?$"


@dataclass(frozen=True, slots=True)
class Mapped:
    """A batch in the standard's columns.

    `records` has every field of the kind as text, null where empty, rows as received; `faults`,
    `warnings` and `cleanings` name rows by position.
    """

    records: pl.DataFrame
    faults: pl.DataFrame
    warnings: pl.DataFrame
    cleanings: pl.DataFrame


@dataclass(frozen=True, slots=True)
class _Fault:
    """Where a value could not be made, and what to say of it."""

    where: pl.Expr
    rule: str
    text: Text


@dataclass(frozen=True, slots=True)
class _Cleaning:
    """Text as received where cleaning changed it, null elsewhere, and the steps that did."""

    received: pl.Expr
    steps: str


@dataclass(frozen=True, slots=True)
class _Value:
    """The expression of a named value or target, where it went wrong, and what was cleaned."""

    value: pl.Expr
    faults: tuple[_Fault, ...] = ()
    cleanings: tuple[_Cleaning, ...] = ()


class _Plan:
    """Columns computed stage after stage (text, cleaned, converted), each once.

    Named values come first, each with stages of its own, for later ones may use them.
    """

    def __init__(self) -> None:
        self.stages: list[list[pl.Expr]] = [[], [], []]

    def hold(self, stage: int, name: str, value: pl.Expr) -> pl.Expr:
        """Have an expression computed in a stage; return the column that later ones use for it."""
        self.stages[len(self.stages) - 3 + stage].append(value.alias(name))
        return pl.col(name)

    def go_on(self) -> None:
        """Compute what is held from now on after what was held until now."""
        if any(self.stages[-3:]):
            self.stages += [[], [], []]


class Mapping:
    """A compiled mapping."""

    def __init__(
        self,
        model: FeedMapping,
        kind: Kind,
        targets: dict[str, _Value],
        plan: _Plan,
        screen: Screen,
    ) -> None:
        self.model = model
        self.kind = kind
        self.feed = model.feed
        self.department = model.department
        self.columns = model.columns
        self.key = tuple(field.name for name in model.key if (field := kind.field(name)))
        self.change: ChangePolicy = model.change
        self._targets = targets
        self._stages = [stage for stage in plan.stages if stage]
        self._screen = screen

    def apply(self, source: pl.DataFrame) -> Mapped:
        """Return a batch mapped; it has every column of `self.columns`, all text."""
        # Expressions over many small chunks cost a hundred times as much.
        screened = self._screen.look_through(source.select(self.columns).rechunk())
        wide = screened.source
        for stage in self._stages:
            wide = wide.with_columns(stage)
        columns = [
            (
                self._targets[name].value
                if name in self._targets
                else pl.lit(None, dtype=pl.String)
            ).alias(name)
            for name in self.kind.field_names
        ]
        for name, target in self._targets.items():
            columns += [f.where.alias(f"{name}#fault{i}") for i, f in enumerate(target.faults)]
            columns += [
                c.received.alias(f"{name}#received{i}") for i, c in enumerate(target.cleanings)
            ]
        # with_columns, so that constants too are as long as the source.
        wide = wide.with_columns(columns)
        records, collapsed = _collapse(wide.select(self.kind.field_names))
        cleanings = [*_as_recorded(screened.cleanings, wide), *self._cleanings(wide), *collapsed]
        return Mapped(
            records,
            pl.concat([screened.faults, *self._faults(wide)]),
            screened.warnings,
            pl.concat([pl.DataFrame(schema=CLEANING_SCHEMA), *cleanings]),
        )

    def _faults(self, wide: pl.DataFrame) -> list[pl.DataFrame]:
        parts = [pl.DataFrame(schema=FAULT_SCHEMA)]
        for name, target in self._targets.items():
            for place, fault in enumerate(target.faults):
                rows = wide[f"{name}#fault{place}"].fill_null(False).arg_true()
                if len(rows):
                    parts.append(fault_rows(rows, name, fault.rule, fault.text))
        return parts

    def _cleanings(self, wide: pl.DataFrame) -> list[pl.DataFrame]:
        parts = []
        for name, target in self._targets.items():
            for place, cleaning in enumerate(target.cleanings):
                received = wide[f"{name}#received{place}"]
                rows = received.is_not_null().arg_true()
                if len(rows):
                    cleaned = wide[name].gather(rows).fill_null("")
                    parts.append(
                        cleaning_rows(rows, name, cleaning.steps, received.gather(rows), cleaned)
                    )
        return parts

    def keys(self, records: pl.DataFrame) -> pl.DataFrame:
        """Return each record's key (32 hexadecimal signs) and whether every part of it is filled.

        Columns: key (text), complete (Boolean). The key is the head of SHA-256 over the key
        fields, so that it is stable, of one length, and shows no identifier.
        """
        parts = [pl.col(name).fill_null("") for name in self.key]
        joined = records.select(
            pl.concat_str(parts, separator="\x1f").alias("joined"),
            pl.all_horizontal(pl.col(name).is_not_null() for name in self.key).alias("complete"),
        )
        return pl.DataFrame(
            {"key": column_digests(joined["joined"]), "complete": joined["complete"]}
        )


def _as_recorded(cleanings: pl.DataFrame, wide: pl.DataFrame) -> list[pl.DataFrame]:
    """Let cleanings of source columns say what the target became in the end."""
    return [
        part.with_columns(wide[field].gather(part["row"]).fill_null("").alias("kept"))
        for (field,), part in cleanings.partition_by("field", as_dict=True).items()
    ]


def _collapse(records: pl.DataFrame) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """Make white space what xs:token makes of it, so that a record reads the same at both ends."""
    marks = records.select(pl.all().str.contains(_LOOSE_SPACE).any())
    cleanings = []
    for name in [name for name, mark in zip(marks.columns, marks.row(0), strict=True) if mark]:
        received = records[name]
        collapsed = received.str.replace_all("[ \t\r\n]+", " ")
        rows = (received != collapsed).fill_null(False).arg_true()
        cleanings.append(
            cleaning_rows(rows, name, "collapse", received.gather(rows), collapsed.gather(rows))
        )
        records = records.with_columns(collapsed.alias(name))
    return records, cleanings


def compile_mapping(model: FeedMapping) -> Mapping:
    """Return a mapping compiled that `load_mapping` has found free of faults."""
    kind = load_standard(model.standard).kind(model.kind)
    plan = _Plan()
    named = {name: _Value(pl.col(name)) for name in model.columns}
    graph = {name: set(_needs(source)) & set(model.values) for name, source in model.values.items()}
    for name in TopologicalSorter(graph).static_order():
        source = as_source(model.values[name])
        named[name] = _compiled(f"values#{name}", source, named, model, plan.hold)
        plan.go_on()
    specs = targets_of(model, kind)
    targets = {}
    for field in kind.fields:
        if field.name in specs:
            compiled = _compiled(field.name, specs[field.name], named, model, plan.hold)
            faults = [
                _Fault(fault.where, fault.rule, texts.of_field(field.zh, field.name, fault.text))
                for fault in compiled.faults
            ]
            targets[field.name] = _Value(compiled.value, tuple(faults), compiled.cleanings)
    return Mapping(model, kind, targets, plan, Screen(readings(model, kind, specs)))


def targets_of(model: FeedMapping, kind: Kind) -> dict[str, Source]:
    """Return what stands for each target, by its English name."""
    specs = {
        field.name: as_source(source)
        for name, source in model.fields.items()
        if (field := kind.field(name))
    }
    if model.automatic:
        for column in model.columns:
            if field := kind.field(column):
                specs.setdefault(field.name, Source(from_=column))
    return specs


def _needs(source: Source | str) -> list[str]:
    spec = as_source(source)
    return [
        name for name in (spec.from_, *(spec.concat or ()), spec.when and spec.when.column) if name
    ]


_Hold = Callable[[int, str, pl.Expr], pl.Expr]


def _origin(spec: Source, named: dict[str, _Value]) -> _Value:
    """Return the text that a source begins with, and what went wrong before it."""
    if spec.constant is not None:
        return _Value(pl.lit(spec.constant))
    if spec.concat is None:
        return named[spec.from_ or ""]
    parts = [named[name] for name in spec.concat]
    joined = pl.concat_str(
        [part.value for part in parts], separator=spec.separator, ignore_nulls=True
    )
    return _Value(
        joined,
        tuple(fault for part in parts for fault in part.faults),
        tuple(cleaning for part in parts for cleaning in part.cleanings),
    )


def _compiled(
    name: str, spec: Source, named: dict[str, _Value], model: FeedMapping, hold: _Hold
) -> _Value:
    """Compile one source: text, cleaned text, value; and carry what went wrong in what it uses."""
    origin = _origin(spec, named)
    text = origin.value
    if spec.constant is None:
        text = text.str.strip_chars()
        text = hold(0, f"{name}#text", pl.when(~text.is_in(["", *spec.empty])).then(text))
    cleaned = text
    for step in spec.clean:
        cleaned = _clean(cleaned, step)
    faults = list(origin.faults)
    cleanings = list(origin.cleanings)
    if spec.clean:
        cleaned = hold(1, f"{name}#cleaned", cleaned)
        received = pl.when(text != cleaned).then(text)
        cleanings.append(_Cleaning(received, "+".join(spec.clean)))
    value = _convert(cleaned, spec, model)
    failed = None
    if value is not cleaned:
        value = hold(2, f"{name}#value", value)
        failed = cleaned.is_not_null() & value.is_null()
        faults.append(_conversion_fault(spec, failed))
    filled = text.is_not_null()
    if spec.when is not None:
        holds = _holds(spec.when, named)
        filled = filled & holds
        value = pl.when(holds).then(value)
        # What a condition leaves out may be wrong; the condition itself may not.
        faults = [_Fault(fault.where & holds, fault.rule, fault.text) for fault in faults]
        cleanings = [_Cleaning(pl.when(holds).then(c.received), c.steps) for c in cleanings]
        failed = None if failed is None else failed & holds
        faults += named[spec.when.column].faults
    if spec.default is not None:
        # A value that failed to convert must not be hidden by the default.
        value = pl.when(filled).then(value).otherwise(pl.lit(spec.default))
    if spec.required:
        empty = value.is_null() if failed is None else value.is_null() & ~failed
        faults.append(_Fault(empty, "map.required", texts.value_required()))
    return _Value(value, tuple(faults), tuple(cleanings))


def _clean(text: pl.Expr, step: CleanStep) -> pl.Expr:
    match step:
        case "half_width":
            return text.str.replace_many(_FULL, _HALF).str.strip_chars()
        case "collapse":
            return text.str.replace_all(r"\s+", " ")
        case "upper":
            return text.str.to_uppercase()
        case "citizen_18":
            return citizen_number_18(text)


def _convert(text: pl.Expr, spec: Source, model: FeedMapping) -> pl.Expr:
    if spec.codes is not None:
        table = model.tables[spec.codes] if isinstance(spec.codes, str) else spec.codes
        return text.replace_strict(
            list(table), list(table.values()), default=None, return_dtype=pl.String
        )
    if spec.date:
        return _by_value(text, partial(dates.days, patterns=spec.date))
    if spec.month:
        return _by_value(text, partial(dates.months, patterns=spec.month))
    if spec.unit is not None:
        return _ten_thousand(text)
    return text


def _by_value(text: pl.Expr, convert: Callable[[pl.Series], pl.Series]) -> pl.Expr:
    return text.map_batches(convert, return_dtype=pl.String, is_elementwise=True)


def _ten_thousand(text: pl.Expr) -> pl.Expr:
    """Move the decimal point four places to the left, exactly: yuan to 10,000 yuan."""
    plain = pl.when(text.str.contains(_AMOUNT)).then(text.str.replace_all(",", "", literal=True))
    parts = plain.str.split_exact(".", 1).struct
    integer = parts.field("field_0").str.strip_chars_start("0").str.zfill(5)
    digits = pl.concat_str(integer.str.tail(4), parts.field("field_1").fill_null(""))
    tail = digits.str.strip_chars_end("0")
    head = integer.str.head(-4)
    return pl.when(tail == "").then(head).otherwise(pl.concat_str(head, pl.lit("."), tail))


def _holds(when: When, named: dict[str, _Value]) -> pl.Expr:
    value = named[when.column].value.str.strip_chars().fill_null("")
    if when.equals is not None:
        return value == when.equals
    if when.among is not None:
        return value.is_in(list(when.among))
    if when.matches is not None:
        return value.str.contains(when.matches)
    return (value != "") if when.filled else (value == "")


def _conversion_fault(spec: Source, failed: pl.Expr) -> _Fault:
    if spec.codes is not None:
        return _Fault(failed, "map.code", texts.not_in_table())
    if patterns := spec.date or spec.month:
        return _Fault(failed, "map.date", texts.no_date(patterns))
    return _Fault(failed, "map.number", texts.no_amount())
