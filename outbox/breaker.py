"""When a destination that does not answer is left alone, and probed. Pure: the time is a parameter."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Breaker:
    """The state of one destination, as a value: each method gives the state that follows.

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
        """Tell whether the destination is being left alone."""
        return self.opened_until is not None

    def admits(self, now: datetime) -> bool:
        """Tell whether something may be sent now; if so and the breaker is open, it is the probe."""
        if self.opened_until is None:
            return True
        if self.probing_since is not None and now < self.probing_since + self.patience:
            return False
        return now >= self.opened_until

    def sent(self, now: datetime) -> "Breaker":
        """Note that something admitted is on its way."""
        return replace(self, probing_since=now) if self.open else self

    def unused(self) -> "Breaker":
        """Note that nothing was there to be sent, so that the probe is still to be made."""
        return replace(self, probing_since=None)

    def succeeded(self) -> "Breaker":
        """Note an answer that shows the destination at work."""
        return replace(self, failures=0, opened_until=None, wait=timedelta(0), probing_since=None)

    def failed(self, now: datetime) -> "Breaker":
        """Note a failure of the destination as a whole: no connection, no answer, or one of its own faults."""
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
