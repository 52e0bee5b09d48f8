"""A trigger for APScheduler that leaps over what was missed instead of listing it."""

from datetime import datetime, timedelta
from typing import Any

from apscheduler.triggers.base import BaseTrigger


class SkipMissedInterval(BaseTrigger):  # type: ignore[misc]
    """Fires every so many seconds from a moment on.

    APScheduler's own interval trigger lists each run that was missed: where somebody sets the
    machine's clock ten years forward, a run a second makes a list of 315 million.
    """

    def __init__(self, seconds: float, start: datetime) -> None:
        self._interval = timedelta(seconds=seconds)
        self._start = start

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        """Return the run after the previous one; of several missed ones the newest."""
        if previous is None:
            return self._start
        passed = (now - previous) // self._interval
        return previous + self._interval * max(passed, 1)

    def __getstate__(self) -> Any:
        raise TypeError("a schedule is derived from the catalogue and never stored")
