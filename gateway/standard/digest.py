"""When two records are the same text: one line a record, and its digest. Both ends use it."""

import hashlib
from collections.abc import Iterable, Sequence

import polars as pl

from gateway.standard.xsd_reader import Kind

#: Between the fields of a record's line; a field never holds one (xs:token).
SEPARATOR = "\t"


def record_digests(records: pl.DataFrame, kind: Kind) -> pl.Series:
    """Return the digest of each record: its fields in schema order, "" where empty, tab between.

    Tabs at the end are taken off: a field that a later version adds at the end of a record
    changes no digest while it is empty.
    """
    fields = [pl.col(name).fill_null("") for name in kind.field_names]
    line = pl.concat_str(fields, separator=SEPARATOR).str.strip_chars_end(SEPARATOR)
    return column_digests(records.select(line).to_series()).alias("digest")


def row_digests(rows: Iterable[Sequence[str]]) -> list[str]:
    """Return the digest of each record, as `record_digests` does.

    Each record is its fields, "" where empty.
    """
    return short_digests(SEPARATOR.join(row).rstrip(SEPARATOR) for row in rows)


def column_digests(texts: pl.Series) -> pl.Series:
    """Return the digest of each text of a column without nulls, as `short_digests` does."""
    data = texts.cast(pl.Binary).to_list()
    return pl.Series(texts.name, [_head(text) for text in data], dtype=pl.String)


def short_digests(texts: Iterable[str]) -> list[str]:
    """Return the first 32 hexadecimal signs of SHA-256 of each text in UTF-8."""
    return [_head(text.encode()) for text in texts]


def _head(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:32]
