"""Time: aware UTC inside, Asia/Shanghai at the edges; the clock is a parameter everywhere else."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

#: Zone of every time that a person or another system sees.
SHANGHAI = ZoneInfo("Asia/Shanghai")

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Give the time now, aware, in UTC."""
    return datetime.now(UTC)


def local_text(moment: datetime) -> str:
    """Write a moment as a person in China reads it, to the second."""
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def local_day(moment: datetime) -> date:
    """Give the day that it is in China at a moment."""
    return moment.astimezone(SHANGHAI).date()
