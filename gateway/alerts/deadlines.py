"""When packages come near their time, or pass it, a person is told: once, and again when it is
over.

`states` and `events` are pure; `DeadlineWatch` looks at an outbox and writes the events down.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Engine

from gateway.catalogue.model import Item
from gateway.clock import local_text
from gateway.events.store import Event, note_event
from gateway.text import alerts as messages
from outbox import Outbox, writing

#: How long before its time an undelivered package is near it, or a quarter of its time if that is
#: less.
NEAR = timedelta(minutes=15)
State = Literal["near", "late"]


def states(due: Mapping[str, datetime], items: Sequence[Item], now: datetime) -> dict[str, State]:
    """Return which feeds are near or past their deadline, by their earliest open due time."""
    margins = {item.feed: min(NEAR, item.due_within / 4) for item in items}
    feed_states: dict[str, State] = {}
    for feed, at in due.items():
        if at <= now:
            feed_states[feed] = "late"
        elif at - margins.get(feed, NEAR) <= now:
            feed_states[feed] = "near"
    return feed_states


def events(
    before: Mapping[str, State],
    after: Mapping[str, State],
    due: Mapping[str, datetime],
    now: datetime,
) -> list[Event]:
    """Return an event for each feed whose state has changed since the last look."""
    changes = []
    for feed, state in sorted(after.items()):
        if before.get(feed) == state:
            continue
        at = local_text(due[feed])
        if state == "late":
            text = messages.package_late(at)
            changes.append(Event(now, "error", "delivery.late", feed, text))
        else:
            text = messages.package_near(at)
            changes.append(Event(now, "warning", "delivery.near", feed, text))
    for feed in sorted(before.keys() - after.keys()):
        text = messages.all_arrived()
        changes.append(Event(now, "info", "delivery.arrived", feed, text))
    return changes


class DeadlineWatch:
    """Looks at an outbox again and again; one thread at a time."""

    def __init__(self, engine: Engine, outbox: Outbox) -> None:
        self._engine = engine
        self._outbox = outbox
        self._states: dict[str, State] = {}

    def look(self, items: Sequence[Item], now: datetime) -> None:
        """Write down what has changed since the last look."""
        with writing(self._engine) as connection:
            due = self._outbox.earliest_due(connection)
            now_open = states(due, items, now)
            for event in events(self._states, now_open, due, now):
                note_event(connection, event)
        self._states = now_open
