"""Compiles a checked mapping to polars expressions that run over a whole batch of text columns."""

from collections.abc import Callable
from dataclasses import dataclass
from graphlib import TopologicalSorter

import polars as pl

from gateway.mapping.model import ChangePolicy, CleanStep, FeedMapping, Source, When
from gateway.messages import Text
from gateway.standard.digest import column_digests
from gateway.standard.faults import CLEANING_SCHEMA, FAULT_SCHEMA, cleaning_rows, fault_rows
from gateway.standard.fields import Field, Kind, load_standard
from gateway.standard.identifiers import citizen_number_18

#: Full-width signs U+FF01 to U+FF5E and the ideographic space, with their half-width forms.
_FULL = [chr(code) for code in range(0xFF01, 0xFF5F)] + ["\u3000"]
_HALF = [chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)] + [" "]
#: Signs that cannot stand in XML 1.0, and the replacement sign of bytes that did not decode.
_BROKEN = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x{FFFD}\x{FFFE}\x{FFFF}]"

#: White space that xs:token would change.
_LOOSE_SPACE = "  |[\t\r\n]"


@dataclass(frozen=True, slots=True)
class Mapped:
    """A batch in the standard's columns.

    `records` has every field of the kind as text, null where empty, rows as received; `faults`
    and `cleanings` name rows by position.
    """

    records: pl.DataFrame
    faults: pl.DataFrame
    cleanings: pl.DataFrame


@dataclass(frozen=True, slots=True)
class _Fault:
    """Where a target's value could not be made, and what to say of it."""

    where: pl.Expr
    rule: str
    text: Text


@dataclass(frozen=True, slots=True)
class _Target:
    """The expressions of one field: final value, text as received where cleaning changed it, faults."""

    name: str
    value: pl.Expr
    received: pl.Expr | None
    faults: tuple[_Fault, ...]
    clean: str


class _Plan:
    """Columns computed stage after stage (text, cleaned, converted), so that none is computed twice."""

    def __init__(self) -> None:
        self.stages: tuple[list[pl.Expr], ...] = ([], [], [])

    def hold(self, stage: int, name: str, value: pl.Expr) -> pl.Expr:
        """Have an expression computed in a stage; give the column that later ones use for it."""
        self.stages[stage].append(value.alias(name))
        return pl.col(name)


class Mapping:
    """A compiled mapping."""

    def __init__(self, model: FeedMapping, kind: Kind, targets: list[_Target], plan: _Plan) -> None:
        self.model = model
        self.kind = kind
        self.feed = model.feed
        self.department = model.department
        self.columns = model.columns
        self.key = tuple(field.name for name in model.key if (field := kind.field(name)))
        self.change: ChangePolicy = model.change
        self._targets = targets
        self._plan = plan

    def apply(self, source: pl.DataFrame) -> Mapped:
        """Map a batch that has every column of `self.columns`, all text."""
        # Expressions over many small chunks cost a hundred times as much.
        source = source.select(self.columns).rechunk()
        wide = source
        for stage in self._plan.stages:
            wide = wide.with_columns(stage)
        by_name = {target.name: target for target in self._targets}
        wanted = [
            (by_name[name].value if name in by_name else pl.lit(None, dtype=pl.String)).alias(name)
            for name in self.kind.field_names
        ]
        for target in self._targets:
            wanted += [f.where.alias(f"{target.name}#{f.rule}") for f in target.faults]
            if target.received is not None:
                wanted.append(target.received.alias(f"{target.name}#received"))
        # with_columns, so that constants too are as long as the source.
        wide = wide.with_columns(wanted)
        records, collapsed = _collapse(wide.select(self.kind.field_names))
        cleanings = pl.concat([*self._cleanings(wide), *collapsed])
        return Mapped(records, self._faults(source, wide), cleanings)

    def _faults(self, source: pl.DataFrame, wide: pl.DataFrame) -> pl.DataFrame:
        parts = [_broken_text(source)]
        for target in self._targets:
            for fault in target.faults:
                rows = wide[f"{target.name}#{fault.rule}"].fill_null(False).arg_true()
                if len(rows):
                    parts.append(fault_rows(rows, target.name, fault.rule, fault.text))
        return pl.concat(parts)

    def _cleanings(self, wide: pl.DataFrame) -> list[pl.DataFrame]:
        parts = [pl.DataFrame(schema=CLEANING_SCHEMA)]
        for target in self._targets:
            if target.received is None:
                continue
            received = wide[f"{target.name}#received"]
            rows = received.is_not_null().arg_true()
            if len(rows):
                kept = wide[target.name].gather(rows).fill_null("")
                parts.append(
                    cleaning_rows(rows, target.name, target.clean, received.gather(rows), kept)
                )
        return parts

    def keys(self, records: pl.DataFrame) -> pl.DataFrame:
        """Give each record's key (32 hexadecimal signs) and whether every part of it is filled.

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


def _collapse(records: pl.DataFrame) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """Make white space what xs:token makes of it, so that a record reads the same at both ends."""
    marks = records.select(pl.all().str.contains(_LOOSE_SPACE).any())
    cleanings = []
    for name in [name for name, mark in zip(marks.columns, marks.row(0), strict=True) if mark]:
        received = records[name]
        kept = received.str.replace_all("[ \t\r\n]+", " ")
        rows = (received != kept).fill_null(False).arg_true()
        cleanings.append(
            cleaning_rows(rows, name, "collapse", received.gather(rows), kept.gather(rows))
        )
        records = records.with_columns(kept.alias(name))
    return records, cleanings


def _broken_text(source: pl.DataFrame) -> pl.DataFrame:
    """Find rows with undecodable bytes or control signs, and the first column that has one."""
    broken = source.select(pl.any_horizontal(pl.all().str.contains(_BROKEN)))
    rows = broken.to_series().arg_true()
    parts = [pl.DataFrame(schema=FAULT_SCHEMA)]
    for row in rows:
        column = next(
            name for name in source.columns
            if pl.Series([source[name][int(row)] or ""]).str.contains(_BROKEN)[0]
        )  # fmt: skip
        parts.append(
            fault_rows(
                pl.Series([row]), column, "text.broken",
                Text(
                    f"来源列 {column} 含无法解码的字节或控制字符，请按声明的编码重新导出",
                    f"source column {column} has bytes that do not decode or control signs; export it again in the declared encoding",
                ),
            )
        )  # fmt: skip
    return pl.concat(parts)


def compile_mapping(model: FeedMapping) -> Mapping:
    """Compile a mapping that `load_mapping` has found free of faults."""
    kind = load_standard(model.standard).kind(model.kind)
    named: dict[str, pl.Expr] = {name: pl.col(name) for name in model.columns}
    graph = {name: set(_needs(source)) & set(model.values) for name, source in model.values.items()}
    for name in TopologicalSorter(graph).static_order():
        named[name] = _steps(name, _spec(model.values[name]), named, model, _inline).value
    specs = {
        kind_field.name: _spec(source)
        for name, source in model.fields.items()
        if (kind_field := kind.field(name))
    }
    if model.automatic:
        for column in model.columns:
            if field := kind.field(column):
                specs.setdefault(field.name, Source(from_=column))
    plan = _Plan()
    targets = [
        _target(field, specs[field.name], named, model, plan)
        for field in kind.fields
        if field.name in specs
    ]
    return Mapping(model, kind, targets, plan)


def _spec(source: Source | str) -> Source:
    return Source(from_=source) if isinstance(source, str) else source


def _needs(source: Source | str) -> list[str]:
    spec = _spec(source)
    return [
        name for name in (spec.from_, *(spec.concat or ()), spec.when and spec.when.column) if name
    ]


def _origin(spec: Source, named: dict[str, pl.Expr]) -> pl.Expr:
    if spec.constant is not None:
        return pl.lit(spec.constant)
    if spec.concat is not None:
        parts = [named[name] for name in spec.concat]
        return pl.concat_str(parts, separator=spec.separator, ignore_nulls=True)
    return named[spec.from_ or ""]


_Hold = Callable[[int, str, pl.Expr], pl.Expr]


def _inline(_stage: int, _name: str, value: pl.Expr) -> pl.Expr:
    """Hold nothing: named values are small and go into what uses them."""
    return value


@dataclass(frozen=True, slots=True)
class _Steps:
    """What becomes of one source: text, cleaned text, final value, and where each went wrong."""

    text: pl.Expr
    cleaned: pl.Expr
    value: pl.Expr
    failed: pl.Expr | None
    empty: pl.Expr | None


def _steps(
    name: str, spec: Source, named: dict[str, pl.Expr], model: FeedMapping, hold: _Hold
) -> _Steps:
    text = _origin(spec, named)
    if spec.constant is None:
        text = text.str.strip_chars()
        text = hold(0, f"{name}#text", pl.when(~text.is_in(["", *spec.empty])).then(text))
    cleaned = text
    for step in spec.clean:
        cleaned = _clean(cleaned, step)
    if spec.clean:
        cleaned = hold(1, f"{name}#cleaned", cleaned)
    value = _convert(cleaned, spec, model)
    failed = None
    if value is not cleaned:
        value = hold(2, f"{name}#value", value)
        failed = cleaned.is_not_null() & value.is_null()
    taken = text.is_not_null()
    if spec.when is not None:
        holds = _holds(spec.when, named)
        taken = taken & holds
        value = pl.when(holds).then(value)
        failed = None if failed is None else failed & holds
    if spec.default is not None:
        # A value that failed to convert must not be hidden by the default.
        value = pl.when(taken).then(value).otherwise(pl.lit(spec.default))
    empty = None
    if spec.required:
        empty = value.is_null() if failed is None else value.is_null() & ~failed
    return _Steps(text, cleaned, value, failed, empty)


def _target(
    field: Field, spec: Source, named: dict[str, pl.Expr], model: FeedMapping, plan: _Plan
) -> _Target:
    steps = _steps(field.name, spec, named, model, plan.hold)
    faults = []
    if steps.failed is not None:
        rule, zh, en = _conversion_fault(spec)
        faults.append(_Fault(steps.failed, rule, Text(f"{field.zh}：{zh}", f"{field.name}: {en}")))
    if steps.empty is not None:
        zh, en = "映射要求填写而为空", "the mapping requires a value and it is empty"
        faults.append(_Fault(steps.empty, "map.required", Text(f"{field.zh}：{zh}", f"{field.name}: {en}")))  # fmt: skip
    received = None
    if spec.clean:
        received = pl.when(steps.text != steps.cleaned).then(steps.text)
    return _Target(field.name, steps.value, received, tuple(faults), "+".join(spec.clean))


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
        days = [text.str.to_date(pattern, strict=False) for pattern in spec.date]
        return pl.coalesce(days).dt.to_string("%Y-%m-%d")
    if spec.month:
        days = [(text + "01").str.to_date(f"{pattern}%d", strict=False) for pattern in spec.month]
        return pl.coalesce(days).dt.to_string("%Y-%m")
    if spec.unit is not None:
        return _ten_thousand(text)
    return text


def _ten_thousand(text: pl.Expr) -> pl.Expr:
    """Move the decimal point four places to the left, exactly: yuan to 10,000 yuan."""
    plain = text.str.replace_all(",", "", literal=True)
    right = plain.str.contains(r"^[0-9]+(?:\.[0-9]*)?$")
    parts = pl.when(right).then(plain).str.split_exact(".", 1).struct
    whole = parts.field("field_0").str.strip_chars_start("0").str.zfill(5)
    tail = pl.concat_str(whole.str.tail(4), parts.field("field_1").fill_null("")).str.strip_chars_end("0")  # fmt: skip
    head = whole.str.head(-4)
    return pl.when(tail == "").then(head).otherwise(pl.concat_str(head, pl.lit("."), tail))


def _holds(when: When, named: dict[str, pl.Expr]) -> pl.Expr:
    value = named[when.column].str.strip_chars().fill_null("")
    if when.equals is not None:
        return value == when.equals
    if when.among is not None:
        return value.is_in(list(when.among))
    if when.matches is not None:
        return value.str.contains(when.matches)
    return (value != "") if when.filled else (value == "")


def _conversion_fault(spec: Source) -> tuple[str, str, str]:
    if spec.codes is not None:
        return (
            "map.code",
            "代码不在映射的代码表内，请改正代码，或在映射的代码表中补上",
            "the code is not in the mapping's table; mend the code, or add it to the table",
        )
    if patterns := spec.date or spec.month:
        return (
            "map.date",
            f"不是有效日期（{'、'.join(patterns)}）",
            f"is not a date of the form {', '.join(patterns)}",
        )
    return "map.number", "金额不是数字", "the amount is not a number"
