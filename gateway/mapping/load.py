"""Reads a mapping file and refuses a bad one with file, line and what to do."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

import polars as pl
from pydantic import ValidationError

from gateway.errors import GatewayError
from gateway.mapping.compile import Mapping, compile_mapping
from gateway.mapping.dates import DatePatternError, date_pattern, month_pattern
from gateway.mapping.model import FeedMapping, Source
from gateway.standard import Kind, StandardError, load_standard
from gateway.text import Text
from gateway.text import mapping as texts
from gateway.yaml_text import BYTES_LIMIT, Document, YamlError, read_document


class MappingError(GatewayError):
    """A mapping file cannot be used; `faults` gives each fault with its place."""

    def __init__(self, faults: Sequence[tuple[str, Text]]) -> None:
        self.faults = tuple(faults)
        lines = [texts.at_place(place, text) for place, text in faults]
        super().__init__("\n".join(line.zh for line in lines), "\n".join(line.en for line in lines))


@dataclass(frozen=True, slots=True)
class _Fault:
    path: tuple[str | int, ...]
    text: Text


def load_mapping(path: Path) -> Mapping:
    """Return one mapping file, checked and compiled; raises MappingError with every fault of it."""
    return read_mapping(mapping_text(path), str(path))


def mapping_text(path: Path) -> str:
    """Return the text of a mapping file, up to the limit for one; raises MappingError."""
    try:
        with path.open("rb") as stream:
            return stream.read(BYTES_LIMIT + 1).decode()
    except UnicodeDecodeError as error:
        reason = texts.no_utf8(error)
        text = texts.cannot_be_read(reason.zh, reason.en)
        raise MappingError([(str(path), text)]) from None
    except OSError as error:
        reason_text = error.strerror or type(error).__name__
        raise MappingError([(str(path), texts.cannot_be_read(reason_text, reason_text))]) from None


def read_mapping(content: str, path: str) -> Mapping:
    """Return a mapping's text, checked and compiled; `path` is how faults name it.

    Raises MappingError.
    """
    try:
        document = read_document(content)
    except YamlError as error:
        raise MappingError([(f"{path}:{error.line}", error.what)]) from None
    model = _model(document, path)
    if not model.fields and not model.automatic:
        raise MappingError([(f"{path}:1", texts.maps_nothing())])
    faults = list(_faults(model))
    if faults:
        raise MappingError(_placed(path, document, faults))
    return compile_mapping(model)


def _placed(path: str, document: Document, faults: Sequence[_Fault]) -> list[tuple[str, Text]]:
    return [(f"{path}:{document.line(fault.path)}", fault.text) for fault in faults]


def _model(document: Document, path: str) -> FeedMapping:
    """Return the mapping that a text has the form of; raises MappingError."""
    if document.tree is None or document.tree == {}:
        raise MappingError([(f"{path}:1", texts.empty_mapping())])
    if not isinstance(document.tree, dict):
        raise MappingError([(f"{path}:1", texts.no_table_of_keys())])
    try:
        return FeedMapping.model_validate(document.tree)
    except ValidationError as error:
        faults = [
            fault for details in error.errors() if (fault := _form_fault(details, document.tree))
        ]
        raise MappingError(_placed(path, document, faults)) from None


def _form_fault(details: Any, tree: Any) -> _Fault | None:
    """Return a fault that pydantic found, in both languages.

    None where it is only about the other form that a source may have.
    """
    # A source is a column's name or a table; each fault of a table comes for both.
    loc = [part for part in details["loc"] if part != "Source"]
    if loc[-1:] == ["str"] and loc[0] in ("fields", "values"):
        return None
    value: Any = tree
    for part in loc[: -1 if details["type"] == "missing" else None]:
        value = value[part] if isinstance(value, dict | list) else None
    name = ".".join(str(part) for part in loc)
    context = details.get("ctx") or {}
    match details["type"]:
        case "missing":
            text = texts.key_missing(name)
        case "extra_forbidden":
            text = texts.key_unknown(name)
        case "string_type":
            text = texts.must_be_text(name, value)
        case "tuple_type":
            text = texts.must_be_list(name)
        case "model_type" | "dict_type" | "model_attributes_type":
            text = texts.must_be_table(name)
        case "literal_error":
            text = texts.must_be_one_of(name, str(context.get("expected", "")))
        case "string_pattern_mismatch":
            text = texts.must_have_form(name, str(context.get("pattern", "")))
        case "too_short":
            text = texts.must_not_be_empty(name)
        case _:
            text = texts.wrong(name, str(details["msg"]))
    return _Fault(tuple(loc), text)


def _faults(model: FeedMapping) -> Iterator[_Fault]:
    """Yield every fault of a well-formed mapping against the standard and against itself."""
    try:
        kind = load_standard(model.standard).kind(model.kind)
    except StandardError as error:
        yield _Fault(("kind",), error.text)
        return
    yield from _target_faults(model, kind)
    columns = set(model.columns) | set(model.values)
    for section in ("values", "fields"):
        for name, source in getattr(model, section).items():
            for fault in _source_faults(source, columns, set(model.tables)):
                yield _Fault((section, name, *fault.path), fault.text)
    for name in sorted(set(model.columns) & set(model.values)):
        yield _Fault(
            ("values", name),
            texts.name_of_a_column(name),
        )
    yield from _loops(model)


def _target_faults(model: FeedMapping, kind: Kind) -> Iterator[_Fault]:
    targets: dict[str, str] = {}
    for name in model.fields:
        field = kind.field(name)
        if field is None:
            yield _Fault(
                ("fields", name),
                texts.no_target(kind.zh, kind.name, name),
            )
        elif field.name in targets:
            yield _Fault(
                ("fields", name),
                texts.same_target(name, targets[field.name]),
            )
        else:
            targets[field.name] = name
    if model.automatic:
        for column in model.columns:
            if target := kind.field(column):
                targets.setdefault(target.name, column)
    for field in kind.fields:
        if field.required and field.name not in targets:
            yield _Fault(
                ("fields",),
                texts.target_missing(field.name, field.zh, field.code),
            )
    for index, name in enumerate(model.key):
        key = kind.field(name)
        if key is None or key.name not in targets:
            yield _Fault(
                ("key", index),
                texts.key_not_mapped(name),
            )


def _references(source: Source | str) -> list[tuple[tuple[str | int, ...], str]]:
    if isinstance(source, str):
        return [((), source)]
    references: list[tuple[tuple[str | int, ...], str]] = []
    if source.from_ is not None:
        references.append((("from",), source.from_))
    references += [(("concat", index), name) for index, name in enumerate(source.concat or ())]
    if source.when is not None:
        references.append((("when", "column"), source.when.column))
    return references


def _source_faults(source: Source | str, columns: set[str], tables: set[str]) -> Iterator[_Fault]:
    for path, name in _references(source):
        if name not in columns:
            yield _Fault(
                path,
                texts.no_column(name),
            )
    if isinstance(source, str):
        return
    origins = [source.from_ is not None, source.constant is not None, source.concat is not None]
    if sum(origins) != 1:
        yield _Fault(
            (),
            texts.one_origin(),
        )
    if isinstance(source.codes, str) and source.codes not in tables:
        yield _Fault(
            ("codes",),
            texts.no_table(source.codes),
        )
    conversions = (source.date, source.month, source.codes is not None, source.unit)
    if sum(map(bool, conversions)) > 1:
        yield _Fault(
            (),
            texts.one_conversion(),
        )
    yield from _pattern_faults(source)
    if source.when is not None:
        yield from _when_faults(source)


def _pattern_faults(source: Source) -> Iterator[_Fault]:
    for part, patterns, compiles in (
        ("date", source.date, date_pattern),
        ("month", source.month, month_pattern),
    ):
        for index, pattern in enumerate(patterns):
            try:
                compiles(pattern)
            except DatePatternError as error:
                yield _Fault((part, index), error.text)


def _when_faults(source: Source) -> Iterator[_Fault]:
    when = source.when
    if when is None:
        return
    tests = [t is not None for t in (when.equals, when.among, when.filled, when.matches)]
    if sum(tests) != 1:
        yield _Fault(
            ("when",),
            texts.one_condition(),
        )
    if when.matches is not None:
        try:
            pl.select(pl.lit("").str.contains(when.matches))
        except pl.exceptions.ComputeError as error:
            yield _Fault(("when", "matches"), texts.unusable_pattern(error))


def _loops(model: FeedMapping) -> Iterator[_Fault]:
    graph = {
        name: {ref for _, ref in _references(source) if ref in model.values}
        for name, source in model.values.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        chain = " → ".join(error.args[1])
        yield _Fault(
            ("values", error.args[1][0]),
            texts.values_in_a_loop(chain),
        )
