"""Findings of a batch as frames: faults and warnings of rows, and values that were changed."""

import polars as pl

from gateway.text import Text

#: One line a fault or warning; `row` counts from 0 within the batch.
FAULT_SCHEMA: dict[str, type[pl.DataType]] = {
    "row": pl.UInt32,
    "field": pl.String,
    "rule": pl.String,
    "zh": pl.String,
    "en": pl.String,
}

#: One line a value that does not travel as it was received.
CLEANING_SCHEMA: dict[str, type[pl.DataType]] = {
    "row": pl.UInt32,
    "field": pl.String,
    "rule": pl.String,
    "received": pl.String,
    "kept": pl.String,
}


def fault_rows(rows: pl.Series, field: str, rule: str, text: Text) -> pl.DataFrame:
    """Return a frame of FAULT_SCHEMA that says the same of several rows."""
    return pl.DataFrame({"row": rows.cast(pl.UInt32)}).with_columns(
        pl.lit(field).alias("field"),
        pl.lit(rule).alias("rule"),
        pl.lit(text.zh).alias("zh"),
        pl.lit(text.en).alias("en"),
    )


def cleaning_rows(
    rows: pl.Series, field: str, rule: str, received: pl.Series, kept: pl.Series
) -> pl.DataFrame:
    """Return a frame of CLEANING_SCHEMA; `received` and `kept` go with `rows`."""
    return pl.DataFrame({"row": rows.cast(pl.UInt32)}).with_columns(
        pl.lit(field).alias("field"),
        pl.lit(rule).alias("rule"),
        received.alias("received"),
        kept.alias("kept"),
    )
