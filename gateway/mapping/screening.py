"""Looks through a batch as it was read for characters and words that no value may have. Pure.

The whole batch is searched once, as one text a column: what is looked for is rare, and only where
something was seen are rows looked at.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

from gateway.mapping import characters, no_value
from gateway.mapping.model import FeedMapping, Source, When, as_source
from gateway.standard.findings import CLEANING_SCHEMA, FAULT_SCHEMA, cleaning_rows
from gateway.standard.xsd_reader import Field, Kind
from gateway.text import Text
from gateway.text import mapped_rows as texts

#: Cleaning by which invisible characters are taken out of identifiers.
INVISIBLE_RULE = "invisible"

_CHARACTERS: dict[characters.Sort, tuple[str, Callable[[str, str], Text]]] = {
    "broken": ("text.broken", lambda column, _: texts.broken_text(column)),
    "private": ("text.private_use", texts.private_character),
    "unassigned": ("text.unassigned", texts.unassigned_character),
    "invisible": ("text.invisible", texts.invisible_character),
}
_WORDS: dict[no_value.Sort, Callable[[str, str], Text]] = {
    "excel_error": texts.excel_error,
    "excel_width": texts.excel_width,
    "exponent": texts.exponent,
    "apostrophe": texts.apostrophe,
    "formula": texts.formula,
    "word": texts.no_value,
}
#: Any of it, among values joined by line ends.
_SUSPECT = f"(?m){no_value.MAY_BE}|{characters.UNFIT}"
_MAY_BE_NO_VALUE = f"(?m){no_value.MAY_BE}"


@dataclass(frozen=True, slots=True)
class Reading:
    """That a target reads a source column, as its text or for a condition of it."""

    target: Field
    column: str
    how: Literal["text", "filled", "condition"]
    #: Texts that the mapping itself gives a meaning: under `empty`, in a code table, in a
    #: condition.
    meant: frozenset[str]
    #: Whether the text is converted, so that what is not meant fails by itself.
    converted: bool
    #: Whether invisible characters are taken out, so that one number is one record.
    identifier: bool
    #: Whether a word for "no value" refuses the row.
    needed: bool


@dataclass(frozen=True, slots=True)
class Screened:
    """A batch without invisible characters in identifiers, and what was seen in it."""

    source: pl.DataFrame
    faults: pl.DataFrame
    warnings: pl.DataFrame
    #: CLEANING_SCHEMA; `kept` is the column's text, without what became of it later.
    cleanings: pl.DataFrame


class Screen:
    """What one mapping's batches are looked through for."""

    def __init__(self, readings: Iterable[Reading]) -> None:
        self._readings: dict[str, list[Reading]] = {}
        for reading in readings:
            self._readings.setdefault(reading.column, []).append(reading)
        self._marks = pl.all().str.join("\n").str.contains(_SUSPECT)

    def look_through(self, source: pl.DataFrame) -> Screened:
        """Return a batch of text columns as it was screened."""
        marks = source.select(self._marks)
        suspects = [name for name, mark in zip(marks.columns, marks.row(0), strict=True) if mark]
        outcome = _Seen()
        for name in suspects:
            readings = self._readings.get(name, [])
            _look_for_forbidden(source[name], outcome)
            cleaned = _look_for_invisible(source[name], readings, outcome)
            if cleaned is not None:
                source = source.with_columns(cleaned)
            _look_for_no_value(source[name], readings, outcome)
        return Screened(
            source,
            pl.DataFrame(outcome.faults, schema=FAULT_SCHEMA, orient="row"),
            pl.DataFrame(outcome.warnings, schema=FAULT_SCHEMA, orient="row"),
            pl.concat([pl.DataFrame(schema=CLEANING_SCHEMA), *outcome.cleanings]),
        )


class _Seen:
    """Lines of FAULT_SCHEMA and frames of cleanings, as they come."""

    def __init__(self) -> None:
        self.faults: list[tuple[int, str, str, str, str]] = []
        self.warnings: list[tuple[int, str, str, str, str]] = []
        self.cleanings: list[pl.DataFrame] = []

    def refuse(self, row: int, field: str, rule: str, text: Text) -> None:
        self.faults.append((row, field, rule, text.zh, text.en))

    def warn(self, row: int, field: str, rule: str, text: Text) -> None:
        self.warnings.append((row, field, rule, text.zh, text.en))


def _matches(values: pl.Series, pattern: str) -> list[tuple[int, str]]:
    """Return the rows that have a character of a class, with the first one of it."""
    letters = values.str.extract(f"({pattern})")
    rows = letters.is_not_null().arg_true()
    return list(zip(rows, letters.gather(rows), strict=True))


def _look_for_forbidden(values: pl.Series, outcome: _Seen) -> None:
    for row, letter in _matches(values, characters.FORBIDDEN):
        rule, text = _CHARACTERS[characters.sort_of(letter)]
        outcome.refuse(row, values.name, rule, text(values.name, characters.code_point(letter)))


def _look_for_invisible(
    values: pl.Series, readings: Sequence[Reading], outcome: _Seen
) -> pl.Series | None:
    """Refuse rows with what cannot be seen, or take it out where only identifiers read it.

    Returns the column without it, or None where it stays as it is.
    """
    as_text = [reading for reading in readings if reading.how == "text"]
    matches = _matches(values, characters.INVISIBLE)
    if not matches or not readings:
        return None
    # A condition alone would be decided by what nobody sees.
    blamed = [
        reading.target for reading in as_text or readings if not reading.identifier or not as_text
    ]
    rule, text = _CHARACTERS["invisible"]
    for target in dict.fromkeys(field.name for field in blamed):
        for row, letter in matches:
            outcome.refuse(row, target, rule, text(values.name, characters.code_point(letter)))
    identifiers = dict.fromkeys(reading.target.name for reading in as_text if reading.identifier)
    if not identifiers:
        return None
    cleaned = values.str.replace_all(characters.INVISIBLE, "")
    rows = pl.Series([row for row, _ in matches], dtype=pl.UInt32)
    for target in identifiers:
        outcome.cleanings.append(
            cleaning_rows(
                rows,
                target,
                INVISIBLE_RULE,
                values.gather(rows).rename(""),
                cleaned.gather(rows).rename(""),
            )
        )
    return cleaned


def _look_for_no_value(values: pl.Series, readings: Sequence[Reading], outcome: _Seen) -> None:
    rows = values.str.contains(_MAY_BE_NO_VALUE).arg_true()
    if not readings or not len(rows):
        return
    texts_of_rows = values.gather(rows).str.strip_chars()
    sorts = {text: no_value.sort_of(text) for text in texts_of_rows.unique()}
    is_text = any(reading.how == "text" for reading in readings)
    for reading in readings:
        verdicts = {
            text: verdict
            for text, sort in sorts.items()
            if sort is not None
            and (verdict := _verdict(reading, text, sort)) is not None
            # One lost value is told once: where it is the text and not where it is only asked
            # after.
            and (sort == "word" or reading.how == "text" or not is_text)
        }
        if not verdicts:
            continue
        for row, text in zip(rows, texts_of_rows, strict=True):
            if verdict := verdicts.get(text):
                refuses, rule, words = verdict
                tell = outcome.refuse if refuses else outcome.warn
                tell(row, reading.target.name, rule, words)


def _verdict(reading: Reading, text: str, sort: no_value.Sort) -> tuple[bool, str, Text] | None:
    """Return whether a text refuses a reading's row or warns, with rule and words.

    None where it does neither.
    """
    if text in reading.meant:
        return None
    field = reading.target
    if sort == "word":
        # What is converted, or must be a code or number, fails by itself unless it is meant.
        plain = field.base == "text" and not field.codes and not reading.converted
        if reading.how == "filled" or (reading.how == "text" and plain):
            refuses = reading.needed and reading.how == "text"
            words_for = texts.no_value if refuses else texts.maybe_no_value
            return refuses, "value.no_value", words_for(reading.column, text)
        return None
    if sort == "exponent" and field.base != "text":
        return None
    if sort == "apostrophe" and not reading.identifier and no_value.is_quoted(text):
        return None
    return True, f"value.{sort}", _WORDS[sort](reading.column, text)


def readings(model: FeedMapping, kind: Kind, specs: Mapping[str, Source]) -> Iterator[Reading]:
    """Yield which source columns each target reads, through named values too."""
    key = {field.name for name in model.key if (field := kind.field(name))}
    for field in kind.fields:
        if field.name not in specs:
            continue
        spec = specs[field.name]
        in_key = field.name in key
        number = characters.is_identifier(field)
        # A key's part is one record's name; a person's or a firm's name stays a text for all that.
        keyed = in_key and field.base == "text" and not field.codes
        identifier = number or (keyed and not characters.names_a_subject(field))
        needed = field.required or spec.required or number or in_key
        paths = dict.fromkeys(_paths(spec, model, _Path()))
        as_text = {path.column for path in paths if path.how == "text"}
        for path in paths:
            if path.how == "filled" and path.column in as_text:
                continue
            yield Reading(
                field, path.column, path.how, path.meant, path.converted, identifier, needed
            )


@dataclass(frozen=True, slots=True)
class _Path:
    """A way from a target towards a source column, as far as it is known."""

    column: str = ""
    how: Literal["text", "filled", "condition"] = "text"
    meant: frozenset[str] = frozenset()
    converted: bool = False


def _paths(spec: Source, model: FeedMapping, so_far: _Path) -> Iterator[_Path]:
    converts = bool(spec.codes is not None or spec.date or spec.month or spec.unit)
    converted = so_far.converted or converts
    if spec.from_ is not None:
        meant = so_far.meant | set(spec.empty) | set(_table(spec, model))
        yield from _follow(spec.from_, model, _Path("", so_far.how, meant, converted))
    for name in spec.concat or ():
        # `empty` speaks of the joined text and not of its parts.
        yield from _follow(name, model, _Path("", so_far.how, frozenset(), converted))
    if spec.when is not None:
        yield from _follow(spec.when.column, model, _condition(spec.when))


def _condition(when: When) -> _Path:
    named = {when.equals, *(when.among or ())} - {None}
    how: Literal["filled", "condition"] = "condition" if when.filled is None else "filled"
    return _Path("", how, frozenset(value for value in named if value is not None), False)


def _follow(name: str, model: FeedMapping, path: _Path) -> Iterator[_Path]:
    if name in model.values:
        yield from _paths(as_source(model.values[name]), model, path)
    else:
        yield _Path(name, path.how, path.meant, path.converted)


def _table(spec: Source, model: FeedMapping) -> Iterable[str]:
    if spec.codes is None:
        return ()
    return model.tables.get(spec.codes, {}) if isinstance(spec.codes, str) else spec.codes
