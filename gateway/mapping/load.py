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
        super().__init__(
            "\n".join(f"{place}：{text.zh}" for place, text in faults),
            "\n".join(f"{place}: {text.en}" for place, text in faults),
        )


@dataclass(frozen=True, slots=True)
class _Fault:
    path: tuple[str | int, ...]
    text: Text


def load_mapping(path: Path) -> Mapping:
    """Read, check and compile one mapping file; raises MappingError with every fault of it."""
    return read_mapping(mapping_text(path), str(path))


def mapping_text(path: Path) -> str:
    """Return what a mapping file has, no more than is ever read of one; raises MappingError."""
    try:
        with path.open("rb") as stream:
            return stream.read(BYTES_LIMIT + 1).decode()
    except UnicodeDecodeError as error:
        why = texts.no_utf8(error)
        text = texts.cannot_be_read(why.zh, why.en)
        raise MappingError([(str(path), text)]) from None
    except OSError as error:
        said = error.strerror or type(error).__name__
        raise MappingError([(str(path), texts.cannot_be_read(said, said))]) from None


def read_mapping(content: str, path: str) -> Mapping:
    """Check and compile a mapping's text; `path` is how faults name it. Raises MappingError."""
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
    """Say what pydantic says in both languages; None where it only tells another form of a source."""
    # A source is a column's name or a table; each fault of a table comes for both.
    loc = [part for part in details["loc"] if part != "Source"]
    if loc[-1:] == ["str"] and loc[0] in ("fields", "values"):
        return None
    given: Any = tree
    for part in loc[: -1 if details["type"] == "missing" else None]:
        given = given[part] if isinstance(given, dict | list) else None
    name = ".".join(str(part) for part in loc)
    context = details.get("ctx") or {}
    match details["type"]:
        case "missing":
            text = texts.key_missing(name)
        case "extra_forbidden":
            text = texts.key_unknown(name)
        case "string_type":
            text = texts.must_be_text(name, given)
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
    known = set(model.columns) | set(model.values)
    for section in ("values", "fields"):
        for name, source in getattr(model, section).items():
            for fault in _source_faults(source, known, set(model.tables)):
                yield _Fault((section, name, *fault.path), fault.text)
    for name in sorted(set(model.columns) & set(model.values)):
        yield _Fault(
            ("values", name),
            Text(f"{name} 与来源列同名，请改名", f"{name} is also a source column; rename it"),
        )
    yield from _loops(model)


def _target_faults(model: FeedMapping, kind: Kind) -> Iterator[_Fault]:
    targets: dict[str, str] = {}
    for name in model.fields:
        field = kind.field(name)
        if field is None:
            yield _Fault(
                ("fields", name),
                Text(
                    f"{kind.zh}没有目标字段 {name}，请用英文名、国家字段代码或中文名",
                    f"{kind.name} has no target {name}; use an English name, national code or Chinese name",
                ),
            )
        elif field.name in targets:
            yield _Fault(
                ("fields", name),
                Text(
                    f"{name} 与 {targets[field.name]} 是同一目标，请删去一个",
                    f"{name} and {targets[field.name]} are the same target; remove one",
                ),
            )
        else:
            targets[field.name] = name
    if model.automatic:
        for column in model.columns:
            if found := kind.field(column):
                targets.setdefault(found.name, column)
    for field in kind.fields:
        if field.required and field.name not in targets:
            yield _Fault(
                ("fields",),
                Text(
                    f"缺少必填目标 {field.name}（{field.zh}，{field.code}），请增加一行",
                    f"the required target {field.name} ({field.code}, {field.zh}) is missing; add it",
                ),
            )
    for index, name in enumerate(model.key):
        key = kind.field(name)
        if key is None or key.name not in targets:
            yield _Fault(
                ("key", index),
                Text(
                    f"记录键 {name} 没有映射，请先映射它",
                    f"the key {name} is not mapped; map it first",
                ),
            )


def _references(source: Source | str) -> list[tuple[tuple[str | int, ...], str]]:
    if isinstance(source, str):
        return [((), source)]
    found: list[tuple[tuple[str | int, ...], str]] = []
    if source.from_ is not None:
        found.append((("from",), source.from_))
    found += [(("concat", index), name) for index, name in enumerate(source.concat or ())]
    if source.when is not None:
        found.append((("when", "column"), source.when.column))
    return found


def _source_faults(source: Source | str, known: set[str], tables: set[str]) -> Iterator[_Fault]:
    for path, name in _references(source):
        if name not in known:
            yield _Fault(
                path,
                Text(
                    f"来源没有列 {name}，请写入 columns 或改正",
                    f"the source has no column {name}; list it under columns or mend the name",
                ),
            )
    if isinstance(source, str):
        return
    origins = [source.from_ is not None, source.constant is not None, source.concat is not None]
    if sum(origins) != 1:
        yield _Fault(
            (),
            Text(
                "from、constant、concat 须恰有一个", "needs exactly one of from, constant, concat"
            ),
        )
    if isinstance(source.codes, str) and source.codes not in tables:
        yield _Fault(
            ("codes",),
            Text(
                f"没有代码表 {source.codes}，请写入 tables",
                f"there is no table {source.codes}; add it under tables",
            ),
        )
    conversions = (source.date, source.month, source.codes is not None, source.unit)
    if sum(map(bool, conversions)) > 1:
        yield _Fault(
            (),
            Text(
                "date、month、codes、unit 至多用一个",
                "use at most one of date, month, codes and unit",
            ),
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
            Text("when 须恰有一个条件", "when needs exactly one of equals, among, filled, matches"),
        )
    if when.matches is not None:
        try:
            pl.select(pl.lit("").str.contains(when.matches))
        except pl.exceptions.ComputeError as error:
            yield _Fault(
                ("when", "matches"), Text(f"正则式不可用：{error}", f"unusable pattern: {error}")
            )


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
            Text(
                f"命名值循环引用：{chain}，请断开",
                f"named values go round in a loop: {chain}; break it",
            ),
        )
