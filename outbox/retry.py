"""When a message is tried again. Pure: the random number is a parameter."""

from dataclasses import dataclass
from datetime import timedelta

#: Longest wait that a receiver may ask for, in seconds.
RETRY_AFTER_CAP = 86_400.0


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Growing, jittered delays.

    `base` and `cap` are seconds; `strikes` is how many answered failures and lost leases make a
    message dead, `ends` how many ends of its process in a row at which it was being sent, `age` how
    long after it was put, if ever. Attempts that never got an answer are the destination's fault
    and cost no strike.
    """

    base: float = 1.0
    cap: float = 600.0
    strikes: int = 12
    age: timedelta | None = None
    #: As many as RabbitMQ's quorum queues deliver a message: crash loops for other causes are
    #: shorter.
    ends: int = 20

    def delay(self, attempts: int, chance: float, retry_after: float | None = None) -> timedelta:
        """Return the wait after the given number of attempts (at least 1).

        `chance` in [0, 1) spreads the wait over all that it has grown to (full jitter), so that
        many messages do not come back at the same moment. A `retry_after` of the receiver (seconds)
        is never undercut, but one beyond a day is cut to a day.
        """
        grown = min(self.cap, self.base * 2.0 ** min(attempts - 1, 30))
        wait = grown * chance
        if retry_after is not None:
            wait = max(wait, min(retry_after, RETRY_AFTER_CAP))
        return timedelta(seconds=wait)

    def longest(self, attempts: int) -> timedelta:
        """Return the longest wait after some attempts, unless a receiver asks for another."""
        return self.delay(attempts, 1.0) if attempts > 0 else timedelta(0)

    def exhausted(self, strikes: int, age: timedelta, ends: int = 0) -> bool:
        """Whether a message of an age has used up its strikes, its process's ends or its time."""
        too_old = self.age is not None and age >= self.age
        return strikes >= self.strikes or ends >= self.ends or too_old
