"""A gateway without its adapters: rows go in, packages come out, a centre answers."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, ClassVar

import polars as pl
from sqlalchemy import Engine

import mappings
from adapters import BadUnit, Batch, Settings, Step
from gateway.demo.generate import Row, licences, payments, penalties
from gateway.exchange.commit import Terms
from gateway.exchange.feed import Feed
from gateway.exchange.fetch import Fetcher, FetchReport
from gateway.mapping import Mapping, compile_mapping, load_mapping
from gateway.mapping.model import ChangePolicy
from outbox import Outbox
from tests.support.clock import NOW

GENERATORS = {
    "market-regulator/penalty.yaml": penalties,
    "environment/licence.yaml": licences,
    "housing-fund/payment.yaml": payments,
}


class ListAdapter:
    """An adapter over lists of rows: each list is one unit; the cursor counts units taken."""

    Settings: ClassVar[type[Settings]] = Settings

    def __init__(self, units: list[list[Row]], columns: list[str]) -> None:
        self.units = units
        self.columns = columns
        self.told: list[tuple[str, list[dict[str, Any]]]] = []
        self.fail_after: int | None = None

    def fetch(self, cursor: str) -> Iterator[Batch | BadUnit]:
        for number in range(int(cursor or "0"), len(self.units)):
            rows = self.units[number]
            frame = pl.DataFrame(rows, schema=dict.fromkeys(self.columns, pl.String))
            refs = pl.Series("ref", [str(n + 1) for n in range(len(rows))], dtype=pl.String)
            yield Batch(
                f"unit-{number}", frame, refs, str(number + 1), last=True, declared=len(rows)
            )

    def keep(self, batch: Batch) -> None: ...

    def acknowledge(self, unit: str, verdicts: Iterable[pl.DataFrame]) -> None:
        self.told.append((unit, [row for frame in verdicts for row in frame.to_dicts()]))

    def test(self) -> Iterator[Step]:
        yield Step("", "", ok=True)

    def close(self) -> None: ...


@cache
def _shipped(path: str) -> Mapping:
    """Return a shipped mapping, read once in the process: nothing changes it."""
    return load_mapping(mappings.ROOT / path)


def feed_of(path: str, *units: list[Row], **change: Any) -> tuple[Feed, ListAdapter]:
    """Make a feed over a shipped mapping, with another change policy if wanted."""
    mapping = _shipped(path)
    if change:
        policy = ChangePolicy.model_validate(change)
        mapping = compile_mapping(mapping.model.model_copy(update={"change": policy}))
    adapter = ListAdapter(list(units), list(mapping.columns))
    return Feed(mapping.feed, mapping, adapter, "list"), adapter


def sound_rows(path: str, count: int, seed: int = 1) -> list[Row]:
    """Make rows that are all right."""
    source = GENERATORS[path](seed, count * 2, date(2026, 4, 1))
    good = [
        row
        for row, entry in zip(source.rows, source.ledger, strict=True)
        if entry.fate == "accepted"
    ]
    return [dict(row) for row in good[:count]]


def fetch(
    engine: Engine,
    feed: Feed,
    now: datetime = NOW,
    version: str | None = None,
    outbox: Outbox | None = None,
) -> FetchReport:
    terms = Terms(timedelta(hours=1), version)
    return Fetcher(engine, outbox or Outbox(engine), lambda: now).fetch(feed, terms)
