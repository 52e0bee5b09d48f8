"""When a destination that does not answer is left alone, and probed. Pure.

The time is a parameter.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Breaker:
    """The state of one destination, as a value: each method returns the state that follows.

    Closed: everything may be sent. After `limit` failures in a row it opens: nothing is sent until
    `opened_until`. Then one probe may go, and only one; its success closes, its failure opens for
    twice as long, up to `cap`.
    """

    limit: int = 5
    base: timedelta = timedelta(seconds=5)
    cap: timedelta = timedelta(minutes=1)
    #: How long a probe may go unanswered before another may take its place.
    patience: timedelta = timedelta(minutes=1)
    failures: int = 0
    opened_until: datetime | None = None
    wait: timedelta = timedelta(0)
    probing_since: datetime | None = None

    @property
    def open(self) -> bool:
        """Whether the destination is being left alone."""
        return self.opened_until is not None

    def admits(self, now: datetime) -> bool:
        """Whether something may be sent now; while the breaker is open, that is its one probe."""
        if self.opened_until is None:
            return True
        if self.probing_since is not None and now < self.probing_since + self.patience:
            return False
        return now >= self.opened_until

    def sent(self, now: datetime) -> "Breaker":
        """Return the breaker after something admitted was sent: an open one is being probed."""
        return replace(self, probing_since=now) if self.open else self

    def unused(self) -> "Breaker":
        """Return the breaker after nothing was there to be sent: the probe is still to be made."""
        return replace(self, probing_since=None)

    def succeeded(self) -> "Breaker":
        """Return the breaker after an answer that shows the destination at work: it is closed."""
        return replace(self, failures=0, opened_until=None, wait=timedelta(0), probing_since=None)

    def failed(self, now: datetime) -> "Breaker":
        """Return the breaker after the destination failed as a whole.

        That is: no connection, no answer, or an answer that reports a fault of its own.
        """
        failures = self.failures + 1
        if failures < self.limit and not self.open:
            return replace(self, failures=failures)
        # Late failures of what was sent before the breaker opened do not lengthen the wait.
        if self.open and self.probing_since is None:
            return self
        wait = min(self.cap, max(self.base, self.wait * 2))
        return replace(
            self, failures=failures, opened_until=now + wait, wait=wait, probing_since=None
        )
