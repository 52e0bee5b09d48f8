"""When fetching pauses because what was fetched cannot get away or has no room: a full disk, a slow
centre.
"""

import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gateway.clock import Clock
from gateway.errors import GatewayError
from gateway.events import store as event_store
from gateway.events.store import Event
from gateway.text import Text
from gateway.text import running as messages
from outbox import Outbox
from outbox.database import sqlite_path

#: Of a limit that was passed, the share at which fetching goes on: not at every package.
GO_ON_AT = 0.8


class FetchPausedError(GatewayError):
    """Nothing more is fetched for now; what was kept stays, and the fetch goes on by itself."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Least free room of the store's disk in bytes, and most packages that may wait."""

    free_bytes: int
    waiting: int


class Backpressure:
    """Watches one store; asked before each batch, by any thread."""

    def __init__(
        self,
        outbox: Outbox,
        limits: Limits,
        clock: Clock,
        free: Callable[[Path], int] = lambda path: shutil.disk_usage(path).free,
    ) -> None:
        self._outbox = outbox
        self._limits = limits
        self._clock = clock
        self._free = free
        self._folder = _folder(str(outbox.engine.url))
        self._lock = threading.Lock()
        self._paused: Text | None = None

    @property
    def paused(self) -> bool:
        """Whether fetching pauses."""
        return self._paused is not None

    def check(self) -> None:
        """Raise FetchPausedError while there is no room.

        Tell a person when it begins and when it is over.
        """
        with self._lock:
            problem_before, self._paused = self._paused, self._problem()
            problem = self._paused
        if problem != problem_before:
            self._tell(problem)
        if problem is not None:
            raise FetchPausedError(problem.zh, problem.en)

    def _problem(self) -> Text | None:
        room, waiting = self._limits.free_bytes, float(self._limits.waiting)
        if self._paused is not None:
            room, waiting = int(room / GO_ON_AT), waiting * GO_ON_AT
        if self._folder is not None and self._free(self._folder) < room:
            limit = f"{self._limits.free_bytes / 1e6:,.0f} MB"
            return messages.disk_full(limit)
        with self._outbox.engine.connect() as connection:
            packages = self._outbox.unsettled(connection)
        if packages > waiting:
            return messages.too_many_wait(self._limits.waiting)
        return None

    def _tell(self, problem: Text | None) -> None:
        if problem is None:
            text = messages.room_again()
            notice = Event(self._clock(), "info", "fetch.resumed", "", text)
        else:
            notice = Event(self._clock(), "warning", "fetch.paused", "", problem)
        event_store.say(self._outbox.engine, notice)


def _folder(url: str) -> Path | None:
    """Return the folder of a SQLite store, None where the disk is another machine's."""
    path = sqlite_path(url)
    return None if path is None else path.resolve().parent
