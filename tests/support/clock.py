"""The moment at which tests begin, and a clock that stands until a test moves it."""

from dataclasses import dataclass
from datetime import UTC, datetime

NOW = datetime(2026, 4, 1, 2, 0, tzinfo=UTC)


@dataclass
class Clock:
    """A clock that shows `now`, whoever asks and however often."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now
