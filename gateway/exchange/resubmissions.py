"""Resubmissions: refused rows that a department has mended by hand and uploads again.

They go the whole line like any other row; the source is told nothing of them, its cursor does not
move.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import ClassVar

import polars as pl
from sqlalchemy import Connection, Engine

from adapters import Adapter, BadUnit, Batch, Fetched, Opening, Step, Tally
from adapters import Settings as AnySettings
from gateway.exchange.acknowledge import tell
from gateway.exchange.own_store import owner_of
from gateway.submissions import store
from gateway.submissions.adapter import PushAdapter, submission_batch, waiting_ones
from gateway.submissions.names import MENDED
from gateway.submissions.store_away import asking
from gateway.text import Text
from outbox import writing


class WithMended:
    """An adapter whose feed takes mended rows too, after those of the source."""

    Settings: ClassVar[type[AnySettings]] = AnySettings

    def __init__(self, source: Adapter, engine: Engine, feed: str) -> None:
        self.source = source
        self._engine = engine
        self._feed = feed

    def fetch(self, cursor: str) -> Iterator[Fetched]:
        """Yield the source's items, then each submission of mended rows as a unit."""
        for item in self.source.fetch(cursor):
            if isinstance(item, Batch | BadUnit):
                cursor = item.cursor
            yield item
        for submission in waiting_ones(self._engine, self._feed):
            unit = MENDED + submission.receipt
            opening = Opening(unit)
            yield opening
            if opening.set_aside:
                yield BadUnit(unit, opening.rule, *opening.set_aside, cursor)
            elif not opening.passed_over:
                with asking(self._engine) as connection:
                    rows = store.rows_of(connection, submission.receipt)
                yield replace(submission_batch(submission, rows, ()), unit=unit, cursor=cursor)

    def keep(self, batch: Batch) -> None:
        """Report to the source that a batch of its own is safe."""
        if not batch.unit.startswith(MENDED):
            self.source.keep(batch)

    def owns(self, unit: str) -> bool:
        """Whether a unit comes from the gateway's own store.

        It is of mended rows, or the source's is.
        """
        return unit.startswith(MENDED) or owner_of(self.source, unit) is not None

    def keep_within(self, connection: Connection, unit: str) -> None:
        """Mark a submission as kept."""
        if unit.startswith(MENDED):
            store.mark_kept(connection, unit.removeprefix(MENDED))
        elif (owner := owner_of(self.source, unit)) is not None:
            owner.keep_within(connection, unit)

    def refuse_within(self, connection: Connection, bad: BadUnit) -> None:
        """Mark a submission as set aside, with the reason."""
        if bad.unit.startswith(MENDED):
            text = Text(bad.zh, bad.en)
            store.set_aside(connection, bad.unit.removeprefix(MENDED), bad.rule, text)
        elif (owner := owner_of(self.source, bad.unit)) is not None:
            owner.refuse_within(connection, bad)

    def place_within(self, connection: Connection, unit: str) -> int | None:
        """Return the feed's newest unit when a submission came: what was fetched since is newer."""
        if unit.startswith(MENDED):
            return store.place_of(connection, unit.removeprefix(MENDED))
        owner = owner_of(self.source, unit)
        return None if owner is None else owner.place_within(connection, unit)

    def acknowledge(self, unit: str, verdicts: Iterable[pl.DataFrame]) -> None:
        """Report to the source what became of its rows, or store what became of mended ones."""
        self.acknowledge_with_tally(unit, verdicts, Tally())

    def acknowledge_with_tally(
        self, unit: str, verdicts: Iterable[pl.DataFrame], tally: Tally
    ) -> None:
        """Do as `acknowledge`; a source that can hears too what its unit held beside its rows."""
        if not unit.startswith(MENDED):
            tell(self.source, unit, verdicts, tally)
            return
        rows = [row for frame in verdicts for row in frame.drop("mark").iter_rows(named=True)]
        with writing(self._engine) as connection:
            store.answer(connection, unit.removeprefix(MENDED), rows)

    def test(self) -> Iterator[Step]:
        """Return the steps of the source's own test."""
        return self.source.test()

    def close(self) -> None:
        """Let go of the source."""
        self.source.close()


def with_mended(adapter: Adapter, engine: Engine, feed: str, mode: str) -> Adapter:
    """Return an adapter that takes mended rows too, beside what a feed's source yields.

    Where the source is submissions anyway, or speaks in full lists, it is the adapter as it is: in
    a full list what is missing is gone, so a row mended beside it would be withdrawn the next time.
    """
    if mode == "full" or isinstance(adapter, PushAdapter | WithMended):
        return adapter
    return WithMended(adapter, engine, feed)
