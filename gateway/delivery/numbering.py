"""Has each feed's packages numbered beyond the highest Sequence that the centre has of it.

A store that was lost, restored or put back by a snapshot does not know which numbers were given: by
lower ones every record would be superseded, and numbers far beyond are refused. So the centre is
asked (`GET /sequence`) before a feed's first fetch in each generation of the store. A centre of
exchange 1.0, which has no such answer, takes any number; one that is away is asked again at a later
fetch.
"""

import time

import httpx
import structlog
from sqlalchemy import Engine

from gateway.clock import Clock
from gateway.destinations.http import Queries, open_queries
from gateway.events import store as event_store
from gateway.events.store import Event
from gateway.protocol.answers import AnswerRefusedError, read_sequence
from gateway.settings.model import GatewaySettings, SettingsError
from gateway.text import delivery as messages
from outbox import writing
from outbox.maintenance import begin, follow

#: Numbers left out behind the highest: for packages that are on their way, well below the million
#: by which a number may pass it.
MARGIN = 100_000
#: How far numbers may be beyond the highest: several restores one after the other, with nothing
#: sent between them, leave one gap behind the other, and come to more than the million.
MOST_BEYOND = 900_000
#: How far the highest may be beyond the present second, which is where a feed begins to count: a
#: thousand restores. Beyond that a centre is not believed; behind 2^53 nothing could be sent at
#: all.
MOST_AHEAD = 1_000_000_000
#: Seconds in which a centre that is away is not asked again, and within which it must answer.
ASK_AGAIN, PATIENCE = 60.0, 5.0
#: What a centre answers that does not know the question.
_UNKNOWN = (404, 405, 501)

_log = structlog.get_logger("creditgate")


class Numbering:
    """The feeds of one process; safe to share among threads."""

    def __init__(self, settings: GatewaySettings, engine: Engine, clock: Clock) -> None:
        self._settings = settings
        self._engine = engine
        self._clock = clock
        self._queries: Queries | None = None
        #: By feed, the store's generation in which its numbers were compared.
        self._compared: dict[str, int] = {}
        #: Until when each feed is not asked about again; "": every feed, for the centre is away.
        self._not_before: dict[str, float] = {}

    def compare(self, feed: str, generation: int) -> None:
        """Go beyond what the centre has of a feed, once a generation; raises SQLAlchemyError.

        Where the centre cannot be asked nothing is changed: a fetch does not wait for it.
        """
        waits = max(self._not_before.get(name, 0.0) for name in ("", feed))
        if self._compared.get(feed) == generation or time.monotonic() < waits:
            return
        try:
            highest, first = self._sequence(feed)
        except SettingsError:
            # A way on which nothing can be asked, and no `totals` beside it.
            highest = first = 0
        except (httpx.HTTPError, ValueError, RecursionError, AnswerRefusedError) as error:
            whose = "" if isinstance(error, httpx.TransportError) else feed
            self._not_before[whose] = time.monotonic() + ASK_AGAIN
            _log.warning("sequence.not_asked", feed=feed, kind=type(error).__name__)
            return
        if highest:
            self._go_beyond(feed, highest)
        elif first:
            self._begin(feed, first)
        self._compared[feed] = generation

    def close(self) -> None:
        """Close the connections."""
        if self._queries is not None:
            self._queries.close()

    def _sequence(self, feed: str) -> tuple[int, int]:
        """Return the highest Sequence of a feed and where one begins; 0 without an answer."""
        if self._queries is None:
            self._queries = open_queries(self._settings, PATIENCE)
        try:
            answer = self._queries.get("/sequence", feed=feed)
        except httpx.HTTPStatusError as error:
            if error.response.status_code in _UNKNOWN:
                return 0, 0
            raise
        return read_sequence(answer.json(), int(self._clock().timestamp()) + MOST_AHEAD)

    def _begin(self, feed: str, first: int) -> None:
        """Have a feed of which the centre has nothing begin by the centre's clock, not by ours."""
        with writing(self._engine) as connection:
            begin(connection, feed, first, MOST_BEYOND)

    def _go_beyond(self, feed: str, highest: int) -> None:
        with writing(self._engine) as connection:
            if follow(connection, feed, highest, MARGIN, MOST_BEYOND):
                text = messages.goes_beyond(highest)
                event = Event(self._clock(), "info", "sequence.beyond", feed, text)
                event_store.note_event(connection, event)
