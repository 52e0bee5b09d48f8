"""What of a department's row may be shown: by the fields of the standard that its columns go to.

Pure.
"""

from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from typing import Any

from gateway.mapping.compile import Mapping, targets_of
from gateway.mapping.model import FeedMapping, Source, as_source
from gateway.standard.disclosure import (
    NOTHING_KNOWN,
    ORDER,
    RowMask,
    Shown,
    SubjectOf,
    shown_as,
    words_of,
)
from gateway.standard.plain_values import plain_form
from gateway.standard.xsd_reader import load_standard


def source_mask(mapping: Mapping | None) -> RowMask:
    """Return the mask of a feed's rows as received; without a mapping nothing is known of them.

    A column is shown as the most private field that it goes to; one that goes to none is hidden.
    """
    return NOTHING_KNOWN if mapping is None else _mask_of(mapping.model)


def _mask_of(model: FeedMapping) -> RowMask:
    kind = load_standard(model.standard).kind(model.kind)
    targets = targets_of(model, kind)
    columns: dict[str, Shown] = {}
    words: dict[str, frozenset[str]] = {}
    for field in kind.fields:
        if field.name not in targets:
            continue
        shown = shown_as(field)
        for column in _columns_of(targets[field.name], model):
            columns[column] = max(shown, columns.get(column, "open"), key=ORDER.index)
            field_words = words_of(field) | _words_of(targets[field.name], model)
            words[column] = words.get(column, frozenset()) | field_words
    return RowMask(columns, _subject_by(targets.get("SubjectClass"), model), words)


def _words_of(source: Source, model: FeedMapping) -> frozenset[str]:
    """Return the words that a mapping knows of a source: its code tables and its words for none."""
    codes = model.tables[source.codes] if isinstance(source.codes, str) else source.codes
    words = {plain_form(word) for word in (*(codes or {}), *source.empty)}
    for name in source.concat or ([source.from_] if source.from_ else []):
        if name in model.values:
            words |= _words_of(as_source(model.values[name]), model)
    return frozenset(words)


def _columns_of(source: Source, model: FeedMapping) -> list[str]:
    """Return the columns whose values go into a source, also by way of named values."""
    names: Sequence[str] = source.concat or ([source.from_] if source.from_ else [])
    columns: list[str] = []
    for name in names:
        if name in model.values:
            columns += _columns_of(as_source(model.values[name]), model)
        else:
            columns.append(name)
    return columns


def _subject_by(source: Source | None, model: FeedMapping) -> SubjectOf:
    """Return what tells a row's class of subject; of what is not plain nobody can."""
    if source is None or source.when is not None or source.concat or source.default is not None:
        return lambda _: None
    if source.constant is not None:
        constant = source.constant
        return lambda _: constant
    codes = model.tables[source.codes] if isinstance(source.codes, str) else source.codes
    column = source.from_ or ""

    def subject_of(row: AnyMapping[str, Any]) -> str | None:
        value = str(row.get(column) or "").strip()
        return value if codes is None else codes.get(value)

    return subject_of
