"""How the feeds stand, for the pages and the API.

Each has a light, and what its reader should know first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from gateway.accounts import Principal
from gateway.alerts.deadlines import State, states
from gateway.catalogue.model import Item, in_window, next_change, slot_of
from gateway.exchange import feed_store, refusal_counts, restores, source_units
from gateway.exchange.feed_store import FeedState, FeedTotals
from gateway.exchange.restores import FeedAfterRestore
from gateway.operations.node_view import Shown
from gateway.text import Text
from gateway.text import feed_status as texts
from gateway.text import operations as operation_messages
from gateway.text import overall as overall_messages
from gateway.text import restores as messages
from outbox import Lane

#: How long a fetch may take beyond its slots before nobody is thought to fetch.
_SLACK = timedelta(minutes=10)
#: bad: a person must act; warn: look at it; good: all is well; idle: nothing was fetched yet.
Light = Literal["bad", "warn", "good", "idle"]


@dataclass(frozen=True, slots=True)
class FeedStanding:
    """One feed as a person sees it at a glance; `why` says what its light means."""

    name: str
    item: Item | None
    state: FeedState | None
    totals: FeedTotals | None
    lane: Lane | None
    oldest: datetime | None
    deadline: State | None
    due_at: datetime | None
    open_refusals: int
    next_fetch: datetime | None
    window_open: bool
    window_changes: datetime | None
    light: Light
    why: Text
    #: What is still unsure since the store was restored.
    after: FeedAfterRestore
    #: What was set aside on the way in for a person to decide.
    set_aside: int = 0

    @property
    def waiting(self) -> int:
        """Return how many packages are not settled."""
        lane = self.lane
        return lane.waiting + lane.sending + lane.held + lane.dead if lane else 0

    @property
    def refused(self) -> int:
        """Return how many rows were refused, here or by the centre."""
        return self.totals.refused + self.totals.turned_down if self.totals else 0

    def as_data(self) -> dict[str, object]:
        """Return it as JSON has it."""
        totals = self.totals
        return {
            "feed": self.name,
            "light": self.light,
            "zh": self.why.zh,
            "en": self.why.en,
            "fetched_at": self.state and self.state.fetched_at,
            "next_fetch": self.next_fetch,
            "rows": totals.rows if totals else 0,
            "accepted": totals.accepted if totals else 0,
            "refused": self.refused,
            "waiting": totals.waiting if totals else 0,
            "packages": self.waiting,
            "dead": self.lane.dead if self.lane else 0,
            "why": self.lane.why if self.lane else "",
            "oldest": self.oldest,
            "due_at": self.due_at,
            "after_restore": {
                "looked": self.after.looked,
                "units_again": self.after.units,
                "rows_again": self.after.rows,
                "lost_receipts": list(self.after.lost),
                "posted_again": self.after.posted_again,
            },
            "open_refusals": self.open_refusals,
            "set_aside": self.set_aside,
            "window_open": self.window_open,
            "window_changes": self.window_changes,
        }


def standing(gateway: Shown, principal: Principal) -> list[FeedStanding]:
    """Return how every feed stands that somebody sees.

    What was fetched, and what the catalogue lists.
    """
    catalogue, now, workday = gateway.keeper.held, gateway.clock(), gateway.keeper.calendar.workday
    with gateway.engine.connect() as connection:
        feed_states = {state.name: state for state in feed_store.feed_states(connection)}
        totals = {total.feed: total for total in feed_store.totals(connection)}
        lanes = {lane.name: lane for lane in gateway.outbox.lanes(connection)}
        oldest = gateway.outbox.oldest(connection)
        due = gateway.outbox.earliest_due(connection)
        open_counts = refusal_counts.open_counts(connection)
        aside = source_units.undecided(connection)
        restored = restores.after_restore(connection)
    items: Mapping[str, Item] = {item.feed: item for item in catalogue.items} if catalogue else {}
    deadlines = states(due, catalogue.items if catalogue else (), now)
    fetched = gateway.fetching.due
    standings = []
    for name in sorted(
        name for name in {*feed_states, *items, *gateway.fetching.feeds} if principal.sees(name)
    ):
        item, state, lane = items.get(name), feed_states.get(name), lanes.get(name)
        since_restore = restored.get(name, FeedAfterRestore())
        light, meaning = _light(
            since_restore,
            state,
            lane,
            deadlines.get(name),
            open_counts.get(name, 0),
            item,
            listed=name in gateway.fetching.feeds,
        )
        if light in ("warn", "good") and name in fetched and (since := _overdue(state, item, now)):
            light, meaning = "warn", overall_messages.overdue(since)
        if name in aside and light != "bad":
            light, meaning = "bad", operation_messages.set_aside(name, aside[name])
        standings.append(
            FeedStanding(
                name,
                item,
                state,
                totals.get(name),
                lane,
                oldest.get(name),
                deadlines.get(name),
                due.get(name),
                open_counts.get(name, 0),
                slot_of(item, now) + item.fetch_every if item and name in fetched else None,
                item is not None and in_window(item, now, workday),
                next_change(item, now, workday) if item else None,
                light,
                meaning,
                since_restore,
                aside.get(name, 0),
            )
        )
    return standings


def _light(
    since_restore: FeedAfterRestore,
    state: FeedState | None,
    lane: Lane | None,
    deadline: State | None,
    open_refusals: int,
    item: Item | None,
    *,
    listed: bool,
) -> tuple[Light, Text]:
    """Return a feed's light and what it means; what is worst is said."""
    if state is not None and state.hold is not None:
        return "bad", state.hold
    if lane is not None and lane.dead:
        return "bad", texts.dead_letters(lane.dead)
    if deadline == "late":
        return "bad", texts.late()
    if state is not None and state.problem is not None:
        return "bad", state.problem
    if not since_restore.looked:
        return "warn", messages.not_looked_yet()
    if since_restore.lost:
        return "warn", messages.receipts_lost(len(since_restore.lost))
    if not listed:
        return "warn", texts.no_adapter()
    if item is None:
        return "warn", texts.not_listed()
    if deadline == "near":
        return "warn", texts.nearly_late()
    if lane is not None and lane.held:
        return "warn", texts.packages_held(lane.held)
    if open_refusals:
        return "warn", texts.refused_rows(open_refusals)
    if state is None or state.fetched_at is None:
        return "idle", texts.not_fetched()
    return "good", texts.all_well()


def _overdue(state: FeedState | None, item: Item | None, now: datetime) -> datetime | None:
    """Return when a feed was fetched last, where that is longer ago than its catalogue item says.

    Two slots may pass: one is under way, and a fetch takes its time. Longer, nobody fetches at all.
    """
    if state is None or item is None or state.fetched_at is None:
        return None
    late = now - state.fetched_at > 2 * item.fetch_every + _SLACK
    return state.fetched_at if late else None


@dataclass(frozen=True, slots=True)
class Hour:
    """Attempts that ended in one hour: packages delivered, and tries that did not deliver."""

    begins: datetime
    delivered: int
    retried: int


def last_day(gateway: Shown) -> list[Hour]:
    """Return the attempts of the last 24 hours by hour, the oldest first."""
    now = gateway.clock()
    end = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    edges = [end - timedelta(hours=back) for back in range(24, -1, -1)]
    with gateway.engine.connect() as connection:
        counted = gateway.outbox.outcomes(connection, edges)
    hours = []
    for begins, counts in zip(edges, counted, strict=False):
        delivered = counts.get("settled", 0)
        undelivered = sum(
            count for outcome, count in counts.items() if outcome not in ("settled", "pending")
        )
        hours.append(Hour(begins, delivered, undelivered))
    return hours
