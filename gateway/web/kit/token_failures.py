"""Wrong tokens at the doors of programs: counted by address, told, and answered by a wait.

The right token is taken at any time, from whatever address: it has 16 characters at least and
cannot be guessed at the rate at which an address may ask, and so no stranger locks its program
out. Counts are the store's, so that several processes of one store give no more tries than one,
and a restart gives none anew. What a flood costs is bounded: after the first failures of a window
they are written together, once a second, and what is on record is bounded too.
"""

import threading
from collections import Counter, OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from gateway import audit
from gateway.accounts import token_failure_store
from gateway.accounts.model import WINDOW
from gateway.accounts.token_failure_store import MOST_ROWS, Count
from gateway.clock import Clock
from gateway.events import store as event_store
from gateway.events.store import Event
from gateway.serving.limits import network_of
from gateway.serving.logs import worth_a_line
from gateway.text import doors as messages
from outbox import writing

#: Wrong tokens from one address at one door, within the window, after which an operator is told,
#: and after which the address has to wait. A program that still has its old token comes often, and
#: harmlessly.
TOLD, LIMIT = 20, 100
#: Failures that are written at once, within a window, of all addresses together; as many are on
#: record. Those that come beyond are written together.
AT_ONCE = 200
TOGETHER_EVERY = timedelta(seconds=1)
#: Places that are written together at most.
MOST_TOGETHER = 200

_log = structlog.get_logger("creditgate")


@dataclass(frozen=True, slots=True)
class _Place:
    """What is counted by itself: a door, a feed of it, and an address."""

    door: str
    feed: str
    source: str

    @property
    def digest(self) -> str:
        return sha256(f"{self.door}\n{self.feed}\n{self.source}".encode()).hexdigest()


class TokenFailures:
    """The wrong tokens of one application, together with those of others of its store."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self._lock = threading.Lock()
        #: What the store had of a place when it was last asked; not yet written is what came since.
        self._counts: OrderedDict[_Place, Count] = OrderedDict()
        self._unwritten: Counter[_Place] = Counter()
        self._written_at: datetime | None = None
        self._at_once: deque[datetime] = deque()

    def note(self, door: str, feed: str, source: str) -> timedelta | None:
        """Count a wrong token at a door, and return how long to wait, if so.

        `feed` is whose it is, "" where nobody's.
        """
        now = self._clock()
        place = _Place(door, feed, network_of(source))
        with self._lock:
            if self._count(place, now).count < LIMIT:
                # Beyond it nothing changes any more until the window is over.
                self._unwritten[place] += 1
            at_once = bool(self._unwritten) and self._may_write_at_once(now)
            batch = self._to_write(now) if at_once or self._is_time(now) else {}
        if batch:
            self._write(batch, now, place if at_once else None)
        with self._lock:
            counted = self._count(place, now)
        if worth_a_line(counted.count):
            _log.warning("token.refused", door=door, feed=feed, source=source, count=counted.count)
        return counted.since + WINDOW - now if counted.count >= LIMIT else None

    def _count(self, place: _Place, now: datetime) -> Count:
        """Return what is counted of a place, with what is not written yet."""
        count = self._counts.get(place)
        if count is None or count.over(now):
            count = Count(now, 0)
        return Count(count.since, count.count + self._unwritten[place])

    def _may_write_at_once(self, now: datetime) -> bool:
        while self._at_once and self._at_once[0] <= now - WINDOW:
            self._at_once.popleft()
        if len(self._at_once) >= AT_ONCE:
            return False
        self._at_once.append(now)
        return True

    def _is_time(self, now: datetime) -> bool:
        written_at = self._written_at
        return written_at is None or not written_at <= now < written_at + TOGETHER_EVERY

    def _to_write(self, now: datetime) -> dict[_Place, int]:
        """Return what is to be written, the most first; what is beyond is counted here alone."""
        batch, self._unwritten, self._written_at = self._unwritten, Counter(), now
        for place, added in batch.items():
            earlier = self._counts.pop(place, None)
            started = Count(now, 0) if earlier is None or earlier.over(now) else earlier
            self._counts[place] = Count(started.since, started.count + added)
        while len(self._counts) > MOST_ROWS:
            self._counts.popitem(last=False)
        return dict(batch.most_common(MOST_TOGETHER))

    def _write(self, batch: Mapping[_Place, int], now: datetime, recorded: _Place | None) -> None:
        by_digest = {place.digest: place for place in batch}
        counts = {digest: batch[place] for digest, place in by_digest.items()}
        try:
            with writing(self._engine) as connection:
                added = token_failure_store.add(connection, counts, now)
                for digest, (earlier, later) in added.items():
                    place = by_digest[digest]
                    if place == recorded and earlier < TOLD:
                        place_text = f"{place.source}: {place.door}"
                        audit.append(connection, now, "-", "token.refused", place.feed, place_text)
                    if earlier < TOLD <= later.count:
                        event_store.note_event(connection, _often(place, later.count, now))
        except SQLAlchemyError as error:
            # The answer is a refusal all the same, and this process goes on counting by itself.
            _log.error("store.failed", kind=type(error).__name__)
            return
        with self._lock:
            for digest, (_, later) in added.items():
                self._counts[by_digest[digest]] = later


def _often(place: _Place, count: int, now: datetime) -> Event:
    """Return the event that an operator is told by."""
    text = messages.token_failures(f"{place.door} {place.feed}".strip(), place.source, count)
    return Event(now, "warning", "token.refused", place.feed, text)
