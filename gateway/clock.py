"""Time: aware UTC inside, Asia/Shanghai at the edges; the clock is a parameter everywhere else."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

#: Zone of every time that a person or another system sees.
SHANGHAI = ZoneInfo("Asia/Shanghai")

Clock = Callable[[], datetime]
#: Years of the moments that people ask about, as package.xsd has them.
_FIRST_YEAR, _LAST_YEAR = 1900, 2999


def utc_now() -> datetime:
    """Return the time now, aware, in UTC."""
    return datetime.now(UTC)


def seconds_running() -> float:
    """Return the seconds since this machine started, sleep included; nobody can set them."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class SteadyClock:
    """The time, unmoved by whoever sets this machine's clock while the process runs.

    It begins at the machine's time, or at the one that `follow` gives it, and goes on by the
    seconds that pass. Leases, retries and deadlines are reckoned by it: a clock that is set an
    hour forward must not take every package away from its worker.
    """

    def __init__(
        self, wall: Clock = utc_now, elapsed: Callable[[], float] = seconds_running
    ) -> None:
        self._wall = wall
        self._elapsed = elapsed
        self._lock = threading.Lock()
        self._base, self._since = wall(), elapsed()

    def __call__(self) -> datetime:
        """Return the time now, aware, in UTC."""
        with self._lock:
            return self._base + timedelta(seconds=self._elapsed() - self._since)

    def follow(self, moment: datetime) -> None:
        """Go on from a moment that is right now, the store's for instance."""
        with self._lock:
            self._base, self._since = moment, self._elapsed()

    def ahead(self) -> timedelta:
        """Return how far the machine's clock is ahead of this one."""
        return self._wall() - self()


def read_moment(text: str) -> datetime | None:
    """Return the moment that a text of somebody's says, in China's time where it names no zone.

    None where it is none, and at the ends of what Python counts: in another zone than it is written
    in there is no such moment, and no store takes it.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


def local_text(moment: datetime) -> str:
    """Return a moment as a person in China reads it, to the second."""
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def local_day(moment: datetime) -> date:
    """Return the day that it is in China at a moment."""
    return moment.astimezone(SHANGHAI).date()
