"""Takes sample rows of an adapter's source, or says why it has none. A shell; keeps nothing."""

from dataclasses import replace

import polars as pl

from adapters import SAMPLE_ROWS, Adapter, BadUnit, Batch, Remark
from gateway.registry.definition import RegistryError
from gateway.registry.samples import Sample
from gateway.text import Text
from gateway.text import registry as messages


class NoRowsError(RegistryError):
    """The source was reached, nothing of it was refused, and it has no row at present."""


def sample_of(adapter: Adapter) -> Batch:
    """Return up to `SAMPLE_ROWS` rows of an adapter's source.

    Raises RegistryError where it has none, with all that the adapter says of why: files that it
    refused and files that wait; NoRowsError where none was refused.
    """
    reasons: list[Text] = []
    refused = False
    for item in adapter.fetch(""):
        if isinstance(item, Batch) and item.rows.height:
            return _head(item)
        if isinstance(item, BadUnit | Remark):
            reasons.append(Text(item.zh, item.en))
            refused |= isinstance(item, BadUnit)
    waiting = adapter.held_back() if hasattr(adapter, "held_back") else {}
    reasons += [Text(text.zh, text.en) for text in waiting.values()]
    text = messages.no_row(list(dict.fromkeys(reasons)))
    raise (RegistryError if refused else NoRowsError)(text.zh, text.en)


def batch_of(sample: Sample) -> Batch:
    """Return the rows of a sample that was kept, as a batch."""
    numbers = [str(number) for number in range(1, sample.rows.height + 1)]
    refs = pl.Series("ref", numbers, dtype=pl.String)
    return Batch("sample", sample.rows, refs, cursor="", last=True)


def _head(batch: Batch) -> Batch:
    """Return the first rows of a batch with what is wrong with them."""
    return replace(
        batch,
        rows=batch.rows.head(SAMPLE_ROWS),
        refs=batch.refs.head(SAMPLE_ROWS),
        marks=None,
        faults=tuple(fault for fault in batch.faults if fault.row < SAMPLE_ROWS),
    )
