"""Sample rows on which a mapping is tried while it is written. A shell.

They are kept some days, and sealed where there are keys.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
import zstandard
from sqlalchemy import Engine

from adapters import SAMPLE_ROWS
from adapters.reader.files import FileRequest, read_bytes
from gateway import audit
from gateway.clock import Clock
from gateway.masking import Personal
from gateway.registry import store
from gateway.registry.definition import Definition, RegistryError
from gateway.settings.periods import SAMPLES_KEPT
from gateway.text import registry as messages
from outbox import DecryptionError, PayloadCipher, writing


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows of a source as text columns, and when they were taken."""

    rows: pl.DataFrame
    taken_at: datetime

    def examples(self, column: str, count: int = 3) -> list[Personal[dict[str, Any]]]:
        """Return rows with some different values of a column, none of them empty."""
        if column not in self.rows.columns:
            return []
        filled = self.rows.filter(pl.col(column).is_not_null())
        different = filled.unique(column, keep="first", maintain_order=True).head(count)
        return [Personal(row) for row in different.iter_rows(named=True)]


class Samples:
    """The samples of one store."""

    def __init__(self, engine: Engine, seal: PayloadCipher, clock: Clock) -> None:
        self._engine = engine
        self._seal = seal
        self._clock = clock

    def keep(self, feed: str, rows: pl.DataFrame, person: str) -> None:
        """Keep up to `SAMPLE_ROWS` rows in place of those before.

        Raises RegistryError where there is none.
        """
        if not rows.height:
            raise RegistryError.of(messages.empty_sample())
        data = zstandard.compress(
            json.dumps(rows.head(SAMPLE_ROWS).to_dict(as_series=False), ensure_ascii=False).encode()
        )
        now = self._clock()
        with writing(self._engine) as connection:
            store.forget_samples(connection, now - SAMPLES_KEPT)
            store.keep_sample(
                connection,
                feed,
                self._seal.close(data, feed, store.SAMPLE),
                self._seal.current,
                person,
                now,
            )
            audit.append(
                connection,
                now,
                person,
                "adapter.sample",
                feed,
                f"{min(rows.height, SAMPLE_ROWS)} rows",
            )

    def read(self, feed: str) -> Sample | None:
        """Return the sample that is kept; None where there is none, or its key is gone."""
        with self._engine.connect() as connection:
            row = store.sample(connection, feed)
        if row is None or row.taken_at < self._clock() - SAMPLES_KEPT:
            return None
        try:
            data = self._seal.open(row.sealed, feed, store.SAMPLE, row.key_id)
        except DecryptionError:
            return None
        columns: dict[str, Any] = json.loads(zstandard.decompress(data))
        rows = pl.DataFrame(
            {name: pl.Series(name, values, dtype=pl.String) for name, values in columns.items()}
        )
        return Sample(rows, row.taken_at)


def sample_of_file(definition: Definition, name: str, data: bytes) -> pl.DataFrame:
    """Return sample rows of an uploaded file.

    The format is the adapter's own if it has one, else what the file's name says.

    Raises adapters.AdapterError where the file cannot be read so.
    """
    kind = definition.settings.get("format")
    settings = definition.settings.get("format_settings") or {}
    spreadsheet = name.lower().endswith((".xlsx", ".xls"))
    if kind is None or (spreadsheet and kind != "spreadsheet"):
        kind, settings = ("spreadsheet", {}) if spreadsheet else ("delimited", {})
    request = FileRequest(str(kind), dict(settings), size=SAMPLE_ROWS)
    chunks = (chunk.rows for chunk in read_bytes(data, request) if chunk.rows.height)
    return next(chunks, pl.DataFrame())
