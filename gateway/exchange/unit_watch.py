"""Watches the units that a fetch opens: what keeps failing is set aside.

Then the next one is read.
"""

from collections.abc import Callable, Collection
from datetime import datetime

import structlog
from sqlalchemy import Engine

from adapters import BadUnit, Batch, Fetched, Opening
from adapters.reader.errors import READER_ENDED, ReaderEndedError
from adapters.text import Text as AdapterText
from adapters.text import reader as messages
from gateway.events import store as event_store
from gateway.events.store import Event
from gateway.exchange import feed_store, source_units
from gateway.exchange.source_units import ReadSoFar, SourceUnit
from gateway.exchange.well_formed import MalformedItemError
from gateway.masking import source_name
from gateway.text import Text
from gateway.text import exchange as texts
from outbox import writing

#: Rule of a unit that is refused because something failed at it again and again.
SET_ASIDE_RULE = "source.set_aside"

_log = structlog.get_logger("creditgate")


class UnitWatch:
    """The units of one feed's fetch. Notes in the store are made before a unit is read."""

    def __init__(
        self,
        engine: Engine,
        feed_id: int,
        feed: str,
        clock: Callable[[], datetime],
        errors: int,
        awaited: frozenset[str] = frozenset(),
    ) -> None:
        self._engine = engine
        self._feed_id = feed_id
        self._feed = feed
        self._clock = clock
        #: Errors at a unit after which it is set aside.
        self._errors = errors
        self._open: Opening | None = None
        #: Units that waited to be read when the fetch began, and that it has not met so far.
        self._awaited = set(awaited)

    def begin_unit(self, opening: Opening) -> None:
        """Note that a unit is about to be read, and fill in how, or that it is not."""
        with writing(self._engine) as connection:
            earlier = source_units.begin(connection, self._feed_id, opening.unit, self._clock())
        self._awaited.discard(opening.unit)
        self._open = opening
        if earlier is None:
            return
        # It ended a reader, or was under way when the gateway ended: it gets a reader of its own.
        opening.alone = True
        opening.passed_over = earlier.state in source_units.PASSED_OVER
        if opening.passed_over:
            self._open = None
        if earlier.state == "set_aside":
            _set_aside(opening, earlier)

    def received(self, item: Fetched) -> None:
        """Note that a unit has no more batches: what fails after that does not fail at it."""
        if isinstance(item, BadUnit | Batch):
            self._awaited.discard(item.unit)
        if not isinstance(item, BadUnit | Batch) or (isinstance(item, Batch) and not item.last):
            return
        if self._open is not None and self._open.unit == item.unit:
            self._open = None

    def struck(self, error: ReaderEndedError) -> bool:
        """Count a reader's end against the open unit; return whether the fetch may go on.

        It goes on from its cursor.
        """
        if self._open is None:
            return False
        reason = AdapterText(error.zh, error.en)
        with writing(self._engine) as connection:
            now = self._clock()
            source_units.strike(connection, self._feed_id, self._open.unit, reason, now)
            text = messages.unit_struck(self._open.unit, reason)
            event = Event(now, "error", "reader.ended", self._feed, Text(*text))
            event_store.note_event(connection, event)
        self._open = None
        return True

    def broke(self, error: BaseException, item: Fetched | None, cursor: str) -> tuple[bool, Text]:
        """Count an unforeseen error; return whether the fetch may go on, and the problem.

        `item` is what the adapter had yielded, None where the adapter itself failed. The fetch may
        go on where the unit is set aside now: its adapter can pass over it.
        """
        _log.exception("fetch.broke", feed=self._feed, kind=type(error).__name__, exc_info=error)
        batch = item if isinstance(item, Batch) else None
        opening = self._open
        at_open_unit = batch is None or (opening is not None and batch.unit == opening.unit)
        if opening is not None and at_open_unit and not opening.set_aside:
            return self._at_unit(opening, reason_of(error), batch)
        unit = batch.unit if batch is not None and isinstance(batch.unit, str) else ""
        return False, self._nowhere(unit, reason_of(error), cursor, batch)

    def answer_ended_readers(self, reason: AdapterText, cursor: str) -> None:
        """Count an answer that ended its readers; the feed stops at the second in a row."""
        self._nowhere("", Text(*reason), cursor, None, limit=source_units.STRIKES)

    def given_up(self, cursor: str) -> SourceUnit | None:
        """Return what a person has given up where the feed stands; None where nothing is."""
        with self._engine.connect() as connection:
            current = source_units.find(connection, self._feed_id, source_units.NOWHERE)
        given_up = current is not None and current.state == "given_up" and current.cursor == cursor
        return current if given_up else None

    def looked_through(self, held_back: Collection[str]) -> None:
        """Note that the whole source was seen: what waited to be read and was not met is gone.

        But for what its source holds back for now, by path.
        """
        missing = {unit for unit in self._awaited if source_name(unit) not in held_back}
        if not missing:
            return
        with writing(self._engine) as connection:
            now, reason = self._clock(), texts.not_at_source()
            text = AdapterText(reason.zh, reason.en)
            for unit in source_units.note_gone(connection, self._feed_id, missing, text, now):
                event = Event(now, "warning", "unit.gone", self._feed, texts.unit_gone(unit))
                event_store.note_event(connection, event)

    def close(self, *, went_through: bool) -> None:
        """Forget what was opened and passed over: nothing failed at it."""
        with writing(self._engine) as connection:
            source_units.end_fetch(connection, self._feed_id)
            if went_through:
                source_units.went_through(connection, self._feed_id)

    def _at_unit(self, opening: Opening, reason: Text, batch: Batch | None) -> tuple[bool, Text]:
        with writing(self._engine) as connection:
            now, read_so_far = self._clock(), _read_so_far(batch)
            current = source_units.error(
                connection,
                self._feed_id,
                opening.unit,
                AdapterText(reason.zh, reason.en),
                now,
                self._errors,
                read_so_far,
            )
            text = texts.broke_at(opening.unit, reason, current.errors, self._errors)
            event_store.note_event(connection, Event(now, "error", "unit.broke", self._feed, text))
        self._open = None
        return current.state == "set_aside", text

    def _nowhere(
        self,
        unit: str,
        reason: Text,
        cursor: str,
        batch: Batch | None,
        *,
        limit: int | None = None,
    ) -> Text:
        """Count an error that no unit is set aside for; the feed stops at the limit.

        With a `limit` of its own it stops anyway: its source would give the same once more.
        """
        allowed = self._errors if limit is None else limit
        with writing(self._engine) as connection:
            now, text = self._clock(), AdapterText(reason.zh, reason.en)
            current = source_units.error_nowhere(
                connection, self._feed_id, cursor, unit, text, now, allowed, _read_so_far(batch)
            )
            problem = texts.broke_nowhere(unit, reason, current.errors, allowed)
            if current.state == "stuck" and (limit is not None or unit):
                name = source_name(unit) or "-"
                problem = texts.stopped(self._feed, name, reason, current.errors)
                feed_store.hold(connection, self._feed_id, problem)
            event_store.note_event(
                connection, Event(now, "error", "fetch.broke", self._feed, problem)
            )
        return problem


def reason_of(error: BaseException) -> Text:
    """Return what is said of an error: never its own words, which may hold what was read."""
    if isinstance(error, MalformedItemError):
        return error.text
    return texts.broke(type(error).__name__)


def _set_aside(opening: Opening, earlier: SourceUnit) -> None:
    if earlier.errors:
        reason = Text(*earlier.reason)
        times = earlier.errors + earlier.strikes
        text = texts.set_aside(reason, times)
        opening.set_aside, opening.rule = AdapterText(text.zh, text.en), SET_ASIDE_RULE
    else:
        opening.set_aside, opening.rule = messages.set_aside(earlier.reason), READER_ENDED


def _read_so_far(batch: Batch | None) -> ReadSoFar | None:
    """Return what was read of a batch, whatever it is."""
    rows = getattr(batch, "rows", None)
    columns = getattr(rows, "columns", None)
    height = getattr(rows, "height", None)
    if not isinstance(height, int) or not isinstance(columns, list):
        return None
    return ReadSoFar(height, tuple(map(str, columns)))
