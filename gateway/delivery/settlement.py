"""What becomes of the exchange's packages once they were sent.

A worker is handed it for its outbox.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from gateway.delivery import late_receipts, settle
from gateway.destinations import Outcome
from gateway.exchange.context import keys_of
from outbox import Claim, DecryptionError, Outbox, RetryPolicy, writing


@dataclass(frozen=True, slots=True)
class UnitSettlement:
    """A `Settlement` of units: counts verdicts, opens refusals, keeps evidence."""

    engine: Engine
    outbox: Outbox

    def keys(self, claim: Claim) -> list[str]:
        """Return the keys of a package's records, in their order."""
        return keys_of(claim.context)

    def arrived(self, claim: Claim) -> tuple[bytes, str] | None:
        """Return the receipt that the centre has brought by itself, with its signature, if any.

        A package that was never sent before has none.
        """
        if claim.attempts < 2:
            return None
        with self.engine.connect() as connection:
            if not late_receipts.has_come(connection, claim.guid):
                return None
        with writing(self.engine) as connection:
            return late_receipts.take(connection, claim.guid)

    def settle(
        self, claim: Claim, outcome: Outcome, now: datetime, policy: RetryPolicy, chance: float
    ) -> bool:
        """Store an outcome; return False when the lease was lost, so that it is void."""
        return settle.settle(self.engine, self.outbox, claim, outcome, now, policy, chance)

    def give_up(self, claim: Claim, now: datetime, policy: RetryPolicy) -> bool:
        """Whether a package's tries or its time are used up; it is a dead letter then."""
        return settle.give_up(self.engine, self.outbox, claim, now, policy)

    def set_aside(self, broken: DecryptionError, now: datetime) -> None:
        """Make a package a dead letter whose payload does not open."""
        settle.set_aside(self.engine, self.outbox, broken, now)
