"""What is removed when its time is over, and never before it is settled and its department was
told.

Each area removes from its own tables; the order and the periods are here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from gateway.alerts import store as alerts
from gateway.delivery import evidence
from gateway.errors import GatewayError
from gateway.events import store as event_store
from gateway.events.store import Event
from gateway.exchange import purge as exchange
from gateway.exchange import slots
from gateway.registry import store as registered
from gateway.settings.periods import SAMPLES_KEPT, Retention
from gateway.submissions import store as submissions
from gateway.text import store as messages
from outbox import Outbox, forget_free_pages, maintenance, writing
from outbox.maintenance import Choice

#: Rows removed in one transaction: others must not wait for long.
PORTION = 500
#: A store in which nothing has happened for so long is not purged: more likely the clock is wrong.
QUIET = timedelta(days=30)


class ImplausibleClockError(GatewayError):
    """The time is so far beyond all that the store knows that nothing is removed."""


@dataclass(slots=True)
class Purged:
    """How many were removed, by what they are."""

    counts: dict[str, int] = field(default_factory=dict)

    def add(self, kind: str, count: int) -> None:
        """Count some."""
        self.counts[kind] = self.counts.get(kind, 0) + count

    @property
    def total(self) -> int:
        """Return the number of all rows removed."""
        return sum(self.counts.values())


def purge(
    engine: Engine, outbox: Outbox, keep: Retention, now: datetime, *, forced: bool = False
) -> Purged:
    """Delete what is over in small portions, and return the counts.

    Interrupted, it goes on the next time.

    What is never removed: open messages, messages of units whose department was not told, open
    refusals, what was sent of each record (it tells a repeat), units' counts. Raises
    ImplausibleClockError unless `forced`.
    """
    if not forced:
        _check_clock(engine, outbox, now)
    purged = Purged()
    payloads, history = now - keep.payloads, now - keep.history
    _messages(
        engine,
        "payloads",
        lambda c, last_guid: maintenance.closed(c, Choice(until=payloads), PORTION, last_guid),
        maintenance.purge_payloads,
        purged,
    )
    _messages(
        engine,
        "packages",
        lambda c, last_guid: maintenance.closed(
            c, Choice(until=history), PORTION, last_guid, payloads=False
        ),
        exchange.packages,
        purged,
    )
    for kind, remove, moment in (
        ("batch", exchange.batches, payloads),
        ("cleaning", exchange.cleanings, history),
        ("warning", exchange.warnings, history),
        ("fault", exchange.faults, history),
        ("refusal", exchange.refusals, history),
        ("event", event_store.purge_before, history),
        ("proof", evidence.purge_before, history),
        ("slot", slots.purge_slots, history),
        ("submission", submissions.purge_before, payloads),
        ("adapter_sample", registered.purge_samples, now - SAMPLES_KEPT),
        ("alert_notice", alerts.purge_notices, history),
        ("alert", alerts.purge_before, history),
    ):
        _all(engine, kind, remove, moment, purged)
    forget_free_pages(engine)
    if purged.total:
        counts = ", ".join(f"{kind} {count}" for kind, count in purged.counts.items())
        with writing(engine) as connection:
            text = messages.purged(counts)
            event_store.note_event(connection, Event(now, "info", "retention.purged", "", text))
    return purged


def _check_clock(engine: Engine, outbox: Outbox, now: datetime) -> None:
    with engine.connect() as connection:
        newest = outbox.newest_change(connection)
    if newest is not None and now - newest > QUIET:
        raise ImplausibleClockError.of(messages.clock_doubted(newest))


def _messages(
    engine: Engine,
    kind: str,
    find: Callable[[Connection, str], list[str]],
    remove: Callable[[Connection, Sequence[str]], int],
    purged: Purged,
) -> None:
    last_guid = ""
    while True:
        with writing(engine) as connection:
            guids = find(connection, last_guid)
            if not guids:
                return
            owed = exchange.untold(connection, guids)
            purged.add(kind, remove(connection, [guid for guid in guids if guid not in owed]))
        last_guid = guids[-1]


def _all(
    engine: Engine,
    kind: str,
    remove: Callable[[Connection, datetime, int], int],
    moment: datetime,
    purged: Purged,
) -> None:
    """Have an area remove what of one kind is over, in portions."""
    while True:
        with writing(engine) as connection:
            count = remove(connection, moment, PORTION)
        if count:
            purged.add(kind, count)
        if count < PORTION:
            return
