"""How long the centre works on one sender's questions about what it holds: never without end.

Sets are compared by digests over every record of a feed, made anew for each question: one that is
kept would be of records that were there once. So it is the time that is bounded. A sender has one
question at work, whatever the number of threads, and a store of seconds that fills again slowly.
"""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

#: Policy: seconds of work on a sender's questions at once. Digests of a million records take about
#: three; a gateway that reconciles all its feeds of a year, once a day, stays within.
AT_ONCE = 60.0
#: Policy: the part of the time in which they fill again: a quarter of one processor at the most.
PART = 0.25


@dataclass(slots=True)
class _Account:
    left: float
    at: float
    busy: bool = False


class Allowance:
    """What each sender has left, in this process; safe to share among threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._accounts: dict[str, _Account] = {}

    def begin(self, sender: str) -> int:
        """Begin a sender's question and return 0, or the seconds after which it may ask again."""
        with self._lock:
            account = self._filled(sender)
            if account.busy:
                return 1
            if account.left <= 0:
                return math.ceil((1 - account.left) / PART)
            account.busy = True
            return 0

    def end(self, sender: str) -> None:
        """End a question that was begun, and count how long it took."""
        with self._lock:
            account = self._accounts[sender]
            now = self._clock()
            account.left -= now - account.at
            account.at, account.busy = now, False

    def _filled(self, sender: str) -> _Account:
        now = self._clock()
        account = self._accounts.setdefault(sender, _Account(AT_ONCE, now))
        if not account.busy:
            account.left = min(AT_ONCE, account.left + (now - account.at) * PART)
            account.at = now
        return account
