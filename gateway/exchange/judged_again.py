"""Judges rows again that were refused as later than today, by a clock that was behind.

A clock that is set back has rows refused that are right, and nobody gives them again: the file is
answered, the submission has its verdict. So their source rows, which refusals keep, go the whole
line once more when a gateway starts, or its clock has been moved on, as rows go that a department
has mended: before what its source gives, so that an older version never follows a newer one.

Only where something shows that the clock was wrong: a date that was a slip comes to pass too, and
its department was told that the row is refused. Nobody is told of these rows by themselves: a
result or receipt is given once, and the event says that a person tells the department.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import ClassVar
from uuid import uuid4

import polars as pl
from sqlalchemy import Connection, Engine

from adapters import Batch, Fetched, Step, Tally
from adapters import Settings as AnySettings
from gateway.clock import Clock, local_day
from gateway.events import store as event_store
from gateway.events.store import Event
from gateway.exchange import feed_store, refused_alone
from gateway.exchange.commit import Terms
from gateway.exchange.feed import Feed
from gateway.exchange.fetch import Fetcher
from gateway.exchange.pipeline import check, missing_columns, row_faults
from gateway.exchange.refused_alone import Waiting
from gateway.mapping import Mapping
from gateway.submissions.names import MENDED
from gateway.text import exchange as messages
from outbox import writing

#: The one rule whose verdict is another one on another day.
RULE = "dates.not_future"
#: Events that show that the clock was wrong, and how long before a refusal one still shows it: a
#: gateway goes on by the time before until it is started again.
SIGNS = ("clock.set", "waits.held")
SIGN_BEFORE = timedelta(days=1)
#: Days that a date may have been ahead of the day on which it was refused. A clock that was behind
#: for longer shows by what was recorded before: without that, 2027 for 2026 is a slip, not a clock.
MOST_AHEAD = 31
#: Rows in one batch.
_AT_ONCE = 1_000
#: Before the names of these units, as before those of rows mended by hand.
_PREFIX = f"{MENDED}again-"


def judge_again(fetcher: Fetcher, engine: Engine, feed: Feed, clock: Clock, terms: Terms) -> int:
    """Process again a feed's refused rows that pass by a right clock; return how many.

    A full list brings all of its rows again by itself. Raises what `Fetcher.fetch` raises.
    """
    if feed.mapping.change.mode == "full":
        return 0
    with engine.connect() as connection:
        state = feed_store.peek(connection, feed.name)
        waiting = [] if state is None else _waiting(connection, state.id)
        sign = event_store.last_at(connection, SIGNS) if waiting else None
    rows = _passing(waiting, feed.mapping, local_day(clock()), sign)
    for start in range(0, len(rows), _AT_ONCE):
        part = rows[start : start + _AT_ONCE]
        fetcher.fetch(replace(feed, adapter=_Rows(part)), terms, of_source=False)
    if rows:
        text = messages.judged_again(len(rows))
        with writing(engine) as connection:
            event = Event(clock(), "info", "refusals.judged_again", feed.name, text)
            event_store.note_event(connection, event)
    return len(rows)


def _waiting(connection: Connection, feed_id: int) -> list[Waiting]:
    """Return the rows that only the rule of dates refused, and of which nothing newer was sent."""
    return refused_alone.refused_by_rule_alone(connection, feed_id, RULE)


def _passing(
    waiting: list[Waiting], mapping: Mapping, today: date, sign: datetime | None
) -> list[Waiting]:
    """Return the rows that are right if judged on the latest day that it can have been then.

    `sign` is when the clock was last known to be wrong.
    """
    by_day: dict[date, list[Waiting]] = {}
    for row in waiting:
        judged = local_day(row.seen_at)
        latest = local_day(row.latest_before)
        if sign is not None and sign >= row.seen_at - SIGN_BEFORE:
            latest = max(latest, judged + timedelta(days=MOST_AHEAD))
        if (day := min(today, latest)) > judged:
            by_day.setdefault(day, []).append(row)
    passing = [
        row
        for day, rows in by_day.items()
        for row, right in zip(rows, _right(rows, mapping, day), strict=True)
        if right
    ]
    return sorted(passing, key=lambda row: row.id)


def _right(rows: list[Waiting], mapping: Mapping, day: date) -> list[bool]:
    frame = _frame(rows)
    if missing_columns(frame, mapping):
        return [False] * len(rows)
    broken = set(check(frame, mapping, day, row_faults(())).faults["row"])
    return [place not in broken for place in range(len(rows))]


def _frame(rows: list[Waiting]) -> pl.DataFrame:
    names = dict.fromkeys(name for row in rows for name in row.row)
    return pl.DataFrame(
        [pl.Series(name, [row.row.get(name) for row in rows], dtype=pl.String) for name in names]
    )


@dataclass(frozen=True, slots=True)
class _Rows:
    """An adapter over refused rows: one unit, and the cursor stays where it is."""

    rows: list[Waiting]

    Settings: ClassVar[type[AnySettings]] = AnySettings

    def fetch(self, cursor: str) -> Iterator[Fetched]:
        """Yield the rows, each by the name that it was refused by."""
        refs = pl.Series("ref", [row.ref for row in self.rows], dtype=pl.String)
        height = len(self.rows)
        yield Batch(
            unit=f"{_PREFIX}{uuid4()}",
            rows=_frame(self.rows),
            refs=refs,
            cursor=cursor,
            last=True,
            declared=height,
            tally=Tally(counted=height),
        )

    def keep(self, batch: Batch) -> None:
        """Nobody needs to hear of it."""

    def acknowledge(self, unit: str, verdicts: Iterable[pl.DataFrame]) -> None:
        """Nobody needs to hear of it."""

    def test(self) -> Iterator[Step]:
        """There is nothing to test."""
        yield from ()

    def close(self) -> None:
        """There is nothing to close."""
