"""Whether what an adapter yields is as it must be: a stranger's may be anything. Pure."""

from dataclasses import replace
from typing import Any

import polars as pl

from adapters import BadUnit, Batch, Fetched, Opening, Remark, RowFault
from adapters.submissions import EMPTY
from adapters.text import submissions
from gateway.mapping import Mapping
from gateway.text import Text
from gateway.text import exchange as messages


class MalformedItemError(Exception):
    """An adapter yielded something that is no item of a fetch; `text` says what is wrong."""

    def __init__(self, text: Text) -> None:
        self.text = text
        super().__init__(text.en)


def well_formed(item: Any) -> Fetched:
    """Return an item of a fetch; raises MalformedItemError."""
    if isinstance(item, Remark):
        return item
    if not isinstance(item, Batch | BadUnit | Opening):
        raise MalformedItemError(messages.no_item(type(item).__name__))
    if not isinstance(item.unit, str) or not item.unit:
        raise MalformedItemError(messages.no_unit(type(item.unit).__name__))
    if isinstance(item, Opening):
        return item
    if not isinstance(item.cursor, str):
        raise MalformedItemError(messages.no_cursor(item.unit, type(item.cursor).__name__))
    return _batch(item) if isinstance(item, Batch) else item


def with_columns(batch: Batch, mapping: Mapping) -> Batch:
    """Return a batch whose rows have columns: where it has none, the mapping's, all empty."""
    if batch.rows.width:
        return batch
    nothing = pl.Series([None] * batch.refs.len(), dtype=pl.String)
    rows = pl.DataFrame([nothing.alias(name) for name in mapping.columns])
    return replace(batch, rows=rows)


def _batch(batch: Batch) -> Batch:
    unit, rows, refs = batch.unit, batch.rows, batch.refs
    if not isinstance(rows, pl.DataFrame) or not isinstance(refs, pl.Series):
        raise MalformedItemError(messages.no_table(unit))
    height = rows.height if rows.width else refs.len()
    if not rows.width and height and not batch.faults:
        # Rows without a column are rows all the same: none has a value.
        empty = submissions.empty_row()
        faults = tuple(RowFault(row, EMPTY, *empty) for row in range(height))
        batch = replace(batch, faults=faults)
    if pl.Null in rows.dtypes:
        rows = rows.with_columns(pl.col(pl.Null).cast(pl.String))
        batch = replace(batch, rows=rows)
    if strange := [name for name, kind in rows.schema.items() if kind != pl.String]:
        raise MalformedItemError(messages.no_text_columns(unit, strange))
    for name, series in (("refs", refs), ("marks", batch.marks)):
        if series is not None and not _beside(series, height):
            raise MalformedItemError(messages.wrong_length(unit, name, series.len(), height))
    if refs.null_count():
        raise MalformedItemError(messages.no_refs(unit, refs.null_count()))
    if any(not 0 <= fault.row < height for fault in batch.faults):
        raise MalformedItemError(messages.faults_elsewhere(unit, height))
    return batch


def _beside(series: pl.Series, height: int) -> bool:
    """Whether a series has a text, or none, for each row."""
    return series.len() == height and (series.dtype == pl.String or not height)
