"""Holds every stored wait of the gateway against the longest that its policy allows.

Each table that stores a moment for which something waits is here; its statement is where its SQL
is. What only tells when something happened stays as it was written. What is held to what:

- a package's next try, its age and due time: the wait it was given; put now at the latest
- a package's lease: a lease from now
- a breaker that is open: its longest wait; its probe: now
- an acknowledgement's next try: the longest wait between two tries
- an alert to be sent: its rule's quiet time; one to be sent again: the longest wait between two
  tries; one that was sent: now
- slots that ran: due later than now, they run when they are due
- failed sign-ins, sessions, used codes: now
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine

from gateway.accounts.store import hold_moments_ahead
from gateway.alerts.store import hold_notices
from gateway.alerts.watch import RETRY as ALERT_RETRY
from gateway.events.store import Event, note_event
from gateway.exchange.acknowledgement_store import hold_acknowledgements
from gateway.exchange.slots import mark_slots_ahead
from gateway.text import running as messages
from outbox import RetryPolicy, writing
from outbox.waits import hold_breakers, hold_messages


@dataclass(frozen=True, slots=True)
class Held:
    """How many waits were too long: of packages, and of all else."""

    packages: int
    others: int


def hold_waits(engine: Engine, now: datetime, lease: timedelta) -> Held:
    """Shorten in one transaction all waits that are too long, tell a person, and return the counts.

    To be called at the start, and when the time of a shared store goes back. Safe to repeat. Raises
    SQLAlchemyError.
    """
    with writing(engine) as connection:
        packages = hold_messages(connection, now, lease)
        other_waits = (
            hold_breakers(connection, now)
            + hold_acknowledgements(connection, now, timedelta(seconds=RetryPolicy().cap))
            + hold_notices(connection, now, timedelta(seconds=ALERT_RETRY.cap))
            + mark_slots_ahead(connection, now)
            + hold_moments_ahead(connection, now)
        )
        if packages or other_waits:
            text = messages.waits_shortened(packages, other_waits)
            note_event(connection, Event(now, "warning", "waits.held", "", text))
    return Held(packages, other_waits)
