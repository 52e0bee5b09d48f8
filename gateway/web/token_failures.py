"""Wrong tokens at the doors of programs: counted by address, told, and answered by a wait.

The right token is taken at any time, from whatever address: it has 16 characters at least and cannot
be guessed at the rate at which an address may ask, and so no stranger locks its program out. Counts
are this process's own; what is on record is bounded, so that nobody can fill the log.
"""

import threading
from collections import OrderedDict, deque
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from gateway import audit
from gateway.accounts.model import WINDOW
from gateway.clock import Clock
from gateway.exchange import journal
from gateway.exchange.journal import Event
from gateway.text import doors as messages
from outbox import writing

#: Wrong tokens from one address at one door, within the window, after which an operator is told, and
#: after which the address has to wait. A program that still has its old token comes often, and harmlessly.
TOLD, LIMIT = 20, 100
#: Addresses and doors that are counted at once; the one that failed longest ago is forgotten.
_MOST_SOURCES = 10_000
#: Entries in the audit log within a window, of all addresses together.
_MOST_ENTRIES = 200

_log = structlog.get_logger("creditgate")


class TokenFailures:
    """The wrong tokens of one application."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self._lock = threading.Lock()
        self._failures: OrderedDict[tuple[str, str], deque[datetime]] = OrderedDict()
        self._entries: deque[datetime] = deque()

    def note(self, door: str, feed: str, source: str) -> timedelta | None:
        """Count a wrong token at a door, of a feed if it is one's; return how long to wait, if so."""
        now = self._clock()
        with self._lock:
            failed = self._counted((f"{door} {feed}", source), now)
            count = len(failed)
            wait = failed[-LIMIT] + WINDOW - now if count >= LIMIT else None
            recorded = count <= TOLD and self._may_record(now)
        _log.warning("token.refused", door=door, feed=feed, source=source, count=count)
        if recorded:
            self._record(door, feed, source, count, now)
        return wait

    def _counted(self, key: tuple[str, str], now: datetime) -> deque[datetime]:
        """Return the failures within the window, with this one; as many as matter."""
        failed = self._failures.pop(key, None) or deque(maxlen=LIMIT + 1)
        while failed and failed[0] <= now - WINDOW:
            failed.popleft()
        failed.append(now)
        self._failures[key] = failed
        if len(self._failures) > _MOST_SOURCES:
            self._failures.popitem(last=False)
        return failed

    def _may_record(self, now: datetime) -> bool:
        while self._entries and self._entries[0] <= now - WINDOW:
            self._entries.popleft()
        if len(self._entries) >= _MOST_ENTRIES:
            return False
        self._entries.append(now)
        return True

    def _record(self, door: str, feed: str, source: str, count: int, now: datetime) -> None:
        try:
            with writing(self._engine) as connection:
                audit.append(connection, now, "-", "token.refused", feed, f"{source}: {door}")
                if count == TOLD:
                    text = messages.token_failures(f"{door} {feed}".strip(), source, count)
                    journal.note_event(
                        connection, Event(now, "warning", "token.refused", feed, text)
                    )
        except SQLAlchemyError as error:
            # The answer is a refusal all the same.
            _log.error("store.failed", kind=type(error).__name__)
