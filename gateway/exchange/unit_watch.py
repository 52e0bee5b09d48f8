"""Watches the units that a fetch opens: what ends its reader twice is set aside, and the next is read."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine

from adapters import Opening
from adapters.reader.errors import ReaderEnded
from adapters.text import Text as AdapterText
from adapters.text import reader as messages
from gateway.exchange import journal, source_units
from gateway.exchange.journal import Event
from gateway.messages import Text
from outbox import writing


class UnitWatch:
    """The units of one feed's fetch. Notes in the store are made before a unit is read."""

    def __init__(
        self, engine: Engine, feed_id: int, feed: str, clock: Callable[[], datetime]
    ) -> None:
        self._engine = engine
        self._feed_id = feed_id
        self._feed = feed
        self._clock = clock
        self._open = ""

    def opened(self, opening: Opening) -> None:
        """Note that a unit is about to be read, and fill in how it is to be read, or that it is not."""
        with writing(self._engine) as connection:
            before = source_units.begin(connection, self._feed_id, opening.unit, self._clock())
        self._open = opening.unit
        if before is None:
            return
        # It ended a reader, or was under way when the gateway ended: it gets a reader of its own.
        opening.alone = True
        opening.passed_over = before.state == "refused"
        if before.state == "set_aside":
            opening.set_aside = messages.set_aside(before.reason)

    def struck(self, error: ReaderEnded) -> bool:
        """Count a reader that ended on the open unit; whether the fetch may go on from its cursor."""
        if not self._open:
            return False
        reason = AdapterText(error.zh, error.en)
        with writing(self._engine) as connection:
            now = self._clock()
            source_units.strike(connection, self._feed_id, self._open, reason, now)
            said = messages.unit_struck(self._open, reason)
            event = Event(now, "error", "reader.ended", self._feed, Text(*said))
            journal.note_event(connection, event)
        self._open = ""
        return True

    def close(self) -> None:
        """Forget what was opened and passed over: no reader ended on it."""
        with writing(self._engine) as connection:
            source_units.end_fetch(connection, self._feed_id)
