"""Rows that a department has mended by hand, beside what its system gives: refused rows, uploaded again.

They go the whole line like any other row; the source is told nothing of them, its cursor does not move.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import ClassVar

import polars as pl
from sqlalchemy import Engine

from adapters import Adapter, Batch, Fetched, Step, Tally
from adapters import Settings as AnySettings
from gateway.exchange import store as feeds
from gateway.exchange import units
from gateway.exchange.acknowledge import tell
from gateway.push import store
from gateway.push.adapter import PushAdapter, submission_batch
from outbox import writing

#: Before the names of units of mended rows; what stands there elsewhere never ends with a colon.
PREFIX = "mended:"
_TOGETHER = 20


class WithMended:
    """An adapter whose feed takes mended rows too, after those of the source."""

    Settings: ClassVar[type[AnySettings]] = AnySettings

    def __init__(self, source: Adapter, engine: Engine, feed: str) -> None:
        self.source = source
        self._engine = engine
        self._feed = feed

    def fetch(self, cursor: str) -> Iterator[Fetched]:
        """Yield what the source yields, then each submission of mended rows as a unit of its own."""
        for item in self.source.fetch(cursor):
            if isinstance(item, Batch):
                cursor = item.cursor
            yield item
        number = 0
        while True:
            with self._engine.connect() as connection:
                waiting = store.waiting(connection, self._feed, number, _TOGETHER)
            if not waiting:
                return
            for one in waiting:
                number = one.number
                if not self._there(one):
                    with self._engine.connect() as connection:
                        rows = store.rows_of(connection, one.receipt)
                    made = submission_batch(one, rows, ())
                    yield replace(made, unit=PREFIX + one.receipt, cursor=cursor)

    def _there(self, one: store.Submission) -> bool:
        """Tell whether a submission is in the gateway although its state does not say so yet."""
        with writing(self._engine) as connection:
            state = feeds.peek(connection, self._feed)
            unit = PREFIX + one.receipt
            if state is None or units.find_unit(connection, state.id, unit) is None:
                return False
            store.mark_kept(connection, one.receipt)
        return True

    def keep(self, batch: Batch) -> None:
        """Tell the source, or note that a submission is in the gateway."""
        if not batch.unit.startswith(PREFIX):
            self.source.keep(batch)
            return
        with writing(self._engine) as connection:
            store.mark_kept(connection, batch.unit.removeprefix(PREFIX))

    def acknowledge(self, unit: str, verdicts: Iterable[pl.DataFrame]) -> None:
        """Tell the source what became of its rows, or keep what became of mended ones."""
        self.acknowledge_with_tally(unit, verdicts, Tally())

    def acknowledge_with_tally(
        self, unit: str, verdicts: Iterable[pl.DataFrame], tally: Tally
    ) -> None:
        """Do as `acknowledge`; a source that can hears too what its unit held beside its rows."""
        if not unit.startswith(PREFIX):
            tell(self.source, unit, verdicts, tally)
            return
        told = [row for frame in verdicts for row in frame.drop("mark").iter_rows(named=True)]
        with writing(self._engine) as connection:
            store.answer(connection, unit.removeprefix(PREFIX), told)

    def test(self) -> Iterator[Step]:
        """Test the source."""
        return self.source.test()

    def close(self) -> None:
        """Let go of the source."""
        self.source.close()


def with_mended(adapter: Adapter, engine: Engine, feed: str, mode: str) -> Adapter:
    """Let a feed take mended rows, unless its source is submissions anyway or speaks in full lists.

    In a full list what is not there is gone: a row mended beside it would be withdrawn the next time.
    """
    if mode == "full" or isinstance(adapter, PushAdapter | WithMended):
        return adapter
    return WithMended(adapter, engine, feed)
