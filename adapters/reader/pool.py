"""The readers of this process: as many as it has cores at most, started when wanted,
ended when idle.

Fetches leave one reader to the doors (push, form, console) where there are two cores or more: a
department that posts does not wait for another's large file.
"""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from adapters.reader.client import Reader, ReaderLimits
from adapters.reader.errors import ReadersBusyError
from adapters.text import reader as messages

#: Who asks: a fetch may wait for as long as it takes, a door has somebody waiting at the other end.
Purpose = Literal["fetch", "door"]
#: Seconds that a door waits for a reader.
DOOR_WAITS = 30.0


class Pool:
    """Readers that are lent out one caller at a time."""

    def __init__(self, limits: ReaderLimits, most: int | None = None) -> None:
        self.limits = limits
        most = most or os.cpu_count() or 1
        self._slots = threading.BoundedSemaphore(most)
        self._fetches = threading.BoundedSemaphore(max(1, most - 1))
        self._lock = threading.Lock()
        self._idle: list[Reader] = []
        self._timer: threading.Timer | None = None
        self._closed = False

    @contextmanager
    def reader(self, purpose: Purpose = "fetch", *, alone: bool = False) -> Iterator[Reader]:
        """Yield a reader on loan; with `alone` a fresh one, which does nothing else after.

        Raises ReadersBusyError where a door waited in vain, SourceUnavailableError where none can
        be started.
        """
        with self._slot(purpose):
            reader = self._take(alone=alone)
            try:
                yield reader
            finally:
                self._give_back(reader, again=not alone)

    def close(self) -> None:
        """End every idle reader; those that are lent out end when they come back."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
            if self._timer is not None:
                self._timer.cancel()
        for reader in idle:
            reader.end()

    @contextmanager
    def _slot(self, purpose: Purpose) -> Iterator[None]:
        if purpose == "fetch":
            with self._fetches, self._slots:
                yield
            return
        if not self._slots.acquire(timeout=DOOR_WAITS):
            raise ReadersBusyError(*messages.busy())
        try:
            yield
        finally:
            self._slots.release()

    def _take(self, *, alone: bool) -> Reader:
        while not alone:
            with self._lock:
                reader = self._idle.pop() if self._idle else None
            if reader is None:
                break
            if reader.alive:
                return reader
            reader.end()
        return Reader(self.limits)

    def _give_back(self, reader: Reader, *, again: bool) -> None:
        with self._lock:
            if again and reader.alive and not self._closed:
                self._idle.append(reader)
                self._look_later()
                return
        reader.end()

    def _look_later(self) -> None:
        """See to it that idle readers end; called with the lock held."""
        if self._timer is None or not self._timer.is_alive():
            self._timer = threading.Timer(self.limits.idle_seconds, self._end_idle)
            self._timer.daemon = True
            self._timer.start()

    def _end_idle(self) -> None:
        over = time.monotonic() - self.limits.idle_seconds
        with self._lock:
            ended = [reader for reader in self._idle if reader.idle_since <= over]
            self._idle = [reader for reader in self._idle if reader.idle_since > over]
            self._timer = None
            if self._idle and not self._closed:
                self._look_later()
        for reader in ended:
            reader.end()


_pool: Pool | None = None
_lock = threading.Lock()


def pool() -> Pool:
    """Return the readers of this process; none is started yet."""
    global _pool  # noqa: PLW0603
    with _lock:
        if _pool is None:
            _pool = Pool(ReaderLimits())
        return _pool


def configure(limits: ReaderLimits) -> None:
    """Let readers that start from now on have other limits."""
    global _pool
    with _lock:
        before, _pool = _pool, Pool(limits)
    if before is not None:
        before.close()


def close() -> None:
    """End the readers of this process; where one is asked for later, it is started anew."""
    configure(pool().limits)
