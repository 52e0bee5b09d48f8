"""Database pull on SQLAlchemy: status columns, a watermark, a log of changes, or a whole list.

Reads by keyset, never by offset, in sessions that cannot write, and holds nothing at the source
between pages. Each page is one transaction that sees one state, and is counted in it.
Uses `adapters.transports` to connect, and never the gateway's own store.
Tests: tests/unit/adapters/database, tests/integration/adapters/database (real servers).
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import chain

import polars as pl
from sqlalchemy import Connection, Engine

from adapters import SAMPLE_ROWS, Batch, Fetched, Remark, SourceMemory, Step
from adapters.database.batches import Batches
from adapters.database.changes import changes
from adapters.database.connect import reader, snapshot, writer
from adapters.database.failures import explained
from adapters.database.lists import kept_rows, waiting_rows, whole_list
from adapters.database.pages import Reading, has_key, read_page
from adapters.database.settings import DatabaseSettings
from adapters.database.source import Source, describe
from adapters.database.watermarked import Watermarked, reckoned
from adapters.database.writeback import Marks
from adapters.text import connection_steps
from adapters.text import database as messages
from adapters.transports.probe import LoginPause

#: Keys of rows marked as taken that are remembered, to notice those that wait again.
_REMEMBERED = 100_000
#: How far the clocks of source and gateway may differ where the time of an answer counts.
_CLOCKS = timedelta(days=1)
#: Remarks on what stays as it is at the source until somebody mends it.
_LASTING = frozenset({"source.key", "source.zero_dates"})


class DatabaseAdapter:
    """Reads one table, view or query.

    The cursor is JSON: last watermark and key, or the log's last sequence; empty in the other
    modes. In status mode a row taken is marked as kept, so the next fetch passes it by; where that
    mark was missed the row comes again and is found unchanged.
    """

    Settings = DatabaseSettings

    def __init__(self, settings: DatabaseSettings) -> None:
        self._settings = settings
        self._reader: Engine | None = None
        self._writer: Engine | None = None
        self._watermarked = Watermarked(settings)
        #: As the last fetch saw it; verdicts are written by it.
        self._source: Source | None = None
        self._pause = LoginPause()
        #: Refs of rows that a mark or verdict did not reach; said at the next occasion.
        self._unmatched: list[str] = []
        #: What was said last of what stays as it is, by the remark's name.
        self._heard: dict[str, str] = {}
        #: Rows marked as taken: key and version.
        self._marked: set[tuple[str, str | None]] = set()
        self._memory: SourceMemory | None = None

    def remember_by(self, memory: SourceMemory) -> None:
        """Read what stands marked as taken once more where the store was restored."""
        self._memory = memory

    def fetch(self, cursor: str) -> Iterator[Fetched]:
        """Yield pages of rows in key order (in watermark or log order where there is one)."""
        yield from self._said()
        # Looked at anew each time: columns come, go and change.
        self._source = None
        source = self._described()
        items = self._items(source, cursor)
        while True:
            # Whatever a value or driver may raise, a person hears a sentence.
            with explained(self._settings.name):
                item = next(items, None)
            if item is None:
                return
            if isinstance(item, Batch):
                yield from self._waiting_again(item)
            if self._is_news(item):
                yield item
            yield from self._said()

    def keep(self, batch: Batch) -> None:
        """Mark the batch's rows as kept, unless the department has changed them since."""
        status = self._settings.status
        if status is None or not batch.refs.len():
            return
        frame = pl.DataFrame({"ref": batch.refs, "mark": batch.marks}).with_columns(
            pl.lit(status.kept).alias("status"), pl.lit("").alias("reason")
        )
        unmatched = set(self._write_back([frame]))
        if len(self._marked) > _REMEMBERED:
            self._marked.clear()
        marks = frame.select("ref", "mark").iter_rows()
        self._marked |= {(ref, mark) for ref, mark in marks if ref not in unmatched}

    def acknowledge(self, _unit: str, verdicts: Iterable[pl.DataFrame]) -> None:
        """Write each row's verdict and reason into the status columns."""
        status = self._settings.status
        if status is None:
            return
        refused = pl.col("verdict") == "refused"
        state = pl.when(refused).then(pl.lit(status.refused)).otherwise(pl.lit(status.accepted))
        why = pl.when(refused).then(pl.concat_str("zh", "rule", separator="，"))
        self._write_back(
            [
                frame.select(
                    "ref", "mark", state.alias("status"), why.otherwise(pl.lit("")).alias("reason")
                )
                for frame in verdicts
            ]
        )

    def test(self) -> Iterator[Step]:
        """Yield the steps of a connection test: connect, find table and columns, read some rows."""
        s = self._settings
        self._pause.clear()
        with self._session() as connection:
            dialect = connection.dialect.name
        yield Step(*connection_steps.connection_login(), ok=True, detail=dialect)
        with self._session() as connection:
            source = describe(self._read(), connection, s)
            self._try_modes(source, connection)
        names = ", ".join(source.columns)
        yield Step(*connection_steps.table_and_columns(), ok=True, detail=names)
        with self._session() as connection:
            where = (Marks(source, s.status).waiting(),) if s.mode == "status" and s.status else ()
            reading = Reading(source, (source.key,), (*has_key(source), *where))
            page = read_page(connection, reading, None, SAMPLE_ROWS)
            sample = Batches(s, source).frame(page.rows)[0].head(SAMPLE_ROWS)
        yield Step(*connection_steps.sample_rows(), ok=True, sample=sample)

    def close(self) -> None:
        """Dispose of the pools."""
        for engine in (self._reader, self._writer):
            if engine is not None:
                engine.dispose()
        self._reader = self._writer = self._source = None

    def _items(self, source: Source, cursor: str) -> Iterator[Fetched]:
        s = self._settings
        match s.mode:
            case "changes":
                return changes(self._session, self._read(), source, s, cursor)
            case "watermark":
                return self._watermarked.items(self._session, source, cursor)
            case "status" if s.status is not None:
                with self._session() as connection:
                    Marks(source, s.status).check(connection)
                return self._status_rows(source, Marks(source, s.status))
            case _:
                return whole_list(self._session, source, s)

    def _status_rows(self, source: Source, marks: Marks) -> Iterator[Fetched]:
        """Yield the rows that wait; before them those marked as taken,
        where the store was restored.
        """
        waiting = waiting_rows(self._session, source, self._settings, marks)
        if self._memory is None or not self._memory.restored():
            return waiting
        until = self._memory.known_until()
        since = None if until is None else until - _CLOCKS
        kept = kept_rows(self._session, source, self._settings, marks, since)
        return chain(kept, waiting)

    def _try_modes(self, source: Source, connection: Connection) -> None:
        """Raise SourceRefusedError where the mode cannot work with the columns as they are."""
        s = self._settings
        if s.mode == "watermark":
            reckoned(connection, source, s.overlap)
        if s.mode == "status" and s.status is not None:
            Marks(source, s.status).check(connection)

    @contextmanager
    def _session(self) -> Iterator[Connection]:
        """Open a transaction that reads; a login that was refused is not tried again at once."""
        with (
            self._pause.logging_in(),
            explained(self._settings.name),
            snapshot(self._read()) as open_,
        ):
            yield open_

    def _described(self) -> Source:
        with self._session() as connection:
            self._source = describe(self._read(), connection, self._settings)
        return self._source

    def _read(self) -> Engine:
        if self._reader is None:
            self._reader = reader(self._settings)
        return self._reader

    def _write_back(self, frames: Sequence[pl.DataFrame]) -> list[str]:
        status = self._settings.status
        assert status is not None  # noqa: S101
        source = self._source or self._described()
        if self._writer is None:
            self._writer = writer(self._settings)
        with self._pause.logging_in():
            unmatched = Marks(source, status).write(self._writer, frames, datetime.now(UTC))
        self._unmatched += unmatched
        return unmatched

    def _said(self) -> Iterator[Remark]:
        """Yield what marks and verdicts met since the last occasion."""
        if self._unmatched:
            examples, self._unmatched = self._unmatched, []
            yield Remark("source.unmatched", *messages.unmatched(len(examples), examples))

    def _is_news(self, item: Fetched) -> bool:
        """Whether an item is to be yielded: what stays as it is at the source is said once."""
        if not isinstance(item, Remark) or item.name not in _LASTING:
            return True
        before = self._heard.get(item.name)
        self._heard[item.name] = item.en
        return before != item.en

    def _waiting_again(self, batch: Batch) -> Iterator[Remark]:
        """Yield a remark where rows wait again that were marked as taken and have not changed."""
        if batch.marks is None or not self._marked:
            return
        rows = zip(batch.refs, batch.marks, strict=True)
        again = [ref for ref, mark in rows if (ref, mark) in self._marked]
        if again:
            yield Remark("source.unmarked", *messages.unmarked(len(again), again))
