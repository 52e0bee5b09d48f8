"""What makes two records the same text: one line a record, and its digest. Both ends use it."""

import hashlib
from collections.abc import Iterable

import polars as pl

from gateway.standard.fields import Kind

#: Between the fields of a record's line; a field never holds one (xs:token).
SEPARATOR = "\t"


def record_digests(records: pl.DataFrame, kind: Kind) -> pl.Series:
    """Give the digest of each record: its fields in schema order, "" where empty, tab between.

    Tabs at the end are taken off: a field that a later version adds at the end of a record
    changes no digest while it is empty.
    """
    fields = [pl.col(name).fill_null("") for name in kind.field_names]
    lines = records.select(pl.concat_str(fields, separator=SEPARATOR)).to_series()
    return pl.Series("digest", line_digests(lines.to_list()), dtype=pl.String)


def line_digests(lines: Iterable[str]) -> list[str]:
    """Give the digest of each record, given its fields as one line."""
    return short_digests(line.rstrip(SEPARATOR) for line in lines)


def short_digests(texts: Iterable[str]) -> list[str]:
    """Give the first 32 hexadecimal signs of SHA-256 of each text in UTF-8."""
    sha256 = hashlib.sha256
    return [sha256(text.encode()).hexdigest()[:32] for text in texts]
