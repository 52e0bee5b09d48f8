"""Pages of a list: what one holds, how far a list has been read,
and the batches they become. Pure.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime

import polars as pl

from adapters import Batch, RowFault, Tally
from adapters.soap_answers.model import Head


@dataclass(frozen=True, slots=True)
class Page:
    """One page's rows, as they go into a batch."""

    rows: pl.DataFrame
    refs: list[str]
    faults: tuple[RowFault, ...]
    total: int | None
    head: Head

    @property
    def tally(self) -> Tally:
        """Return what the page holds beside its rows."""
        head = self.head
        return Tally(head.counted, head.lines, head.left_out, head.blank, head.deleted)


@dataclass(slots=True)
class ListState:
    """How far a list of several pages has been read."""

    #: Number of the page that comes next, counted from 0.
    index: int = 0
    came: int = 0
    total: int | None = None
    digests: set[str] = field(default_factory=set)


def moment() -> str:
    """Return a name for now, for units that are everything there is."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"


def batch_of(
    unit: str, page: Page, cursor: str, declared: int | None, tally: Tally | None
) -> Batch:
    """Return a page as a batch that ends its unit."""
    return Batch(
        unit=unit,
        rows=page.rows,
        refs=pl.Series("ref", page.refs, dtype=pl.String),
        cursor=cursor,
        last=True,
        declared=declared,
        faults=page.faults,
        tally=tally,
    )


def sum_of(one: Tally, other: Tally) -> Tally:
    """Return what two pages hold together."""
    counted = None if one.counted is None or other.counted is None else one.counted + other.counted
    lines = None if other.lines is None else (one.lines or 0) + other.lines
    beside = (getattr(one, n) + getattr(other, n) for n in ("left_out", "blank", "deleted"))
    return Tally(counted, lines, *beside)
