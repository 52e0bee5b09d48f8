"""Reconciliation: totals at source, gateway and centre, and the records in which they differ."""

from dataclasses import dataclass, field, fields
from datetime import date

import httpx
from sqlalchemy import Engine

from gateway.centre_answers import AnswerRefused, read_records, read_totals
from gateway.delivery.destinations.http import Queries
from gateway.exchange import restores, source_units, store
from gateway.exchange.restores import FeedAfterRestore
from gateway.exchange.store import FeedState, FeedTotals
from gateway.messages import GatewayError, Text
from gateway.push import store as submissions
from gateway.text import reconciliation as messages
from outbox import Outbox


class CentreSilent(GatewayError):
    """The centre did not give its totals."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A record on which gateway and centre do not agree; what: missing, unexpected or different."""

    key: str
    what: str


@dataclass(frozen=True, slots=True)
class Day:
    """Records of one day: sent by the gateway, present at the centre."""

    day: date
    gateway: int
    centre: int


@dataclass(frozen=True, slots=True)
class FeedReconciliation:
    """One feed's totals; `dead` counts packages that wait for a person."""

    totals: FeedTotals
    waiting_packages: int
    dead: int
    days: tuple[Day, ...]
    differences: tuple[Difference, ...]
    #: Set aside on the way in for a person to decide, and submissions that are not in the gateway yet.
    set_aside: int = 0
    submissions: int = 0
    #: Why the feed has stopped, or what its last fetch met.
    problem: Text | None = None
    #: What is still unsure since the store was restored.
    after: FeedAfterRestore = field(default_factory=FeedAfterRestore)

    @property
    def balanced(self) -> bool:
        """Every row has its fate, nothing waits, and the centre holds just what was sent."""
        t = self.totals
        return (
            t.rows == t.refused + t.unchanged + t.superseded + t.packed
            and t.declared == t.rows
            and t.counted == t.rows + t.left_out + t.blank + t.deleted
            and t.uneven == 0
            and t.waiting == 0
            and t.unacknowledged == 0
            and self.waiting_packages == 0
            and self.set_aside == 0
            and self.submissions == 0
            and not self.differences
            and self.after.sure
        )


def reconcile(engine: Engine, outbox: Outbox, centre: Queries) -> list[FeedReconciliation]:
    """Compare every feed's totals by day; where they differ, name the records.

    Raises CentreSilent when the centre cannot be asked.
    """
    with engine.connect() as connection:
        aside = source_units.undecided(connection)
        submitted = submissions.waiting_counts(connection)
        states = {state.name: state for state in store.feed_states(connection)}
        totals = _with_those_of_nothing(store.totals(connection), {*aside, *submitted})
        lanes = {lane.name: lane for lane in outbox.lanes(connection)}
        sent = {t.feed: store.sent_by_day(connection, t.feed) for t in totals}
        after = restores.after_restore(connection)
    found = []
    for feed_totals in totals:
        feed = feed_totals.feed
        try:
            held = read_totals(centre.get("/totals", feed=feed).json())
            days = tuple(
                Day(day, sent[feed].get(day, 0), held.get(day, 0))
                for day in sorted(sent[feed].keys() | held.keys())
            )
            unequal = any(day.gateway != day.centre for day in days)
            differences = _differences(engine, centre, feed) if unequal else ()
        except AnswerRefused as error:
            raise _silent(feed, error.text) from None
        except (httpx.HTTPError, ValueError, RecursionError) as error:
            raise _silent(feed, Text(str(error), str(error))) from None
        lane = lanes.get(feed)
        found.append(
            FeedReconciliation(
                feed_totals, lane.waiting + lane.sending + lane.dead if lane else 0,
                lane.dead if lane else 0, days, differences, aside.get(feed, 0),
                submitted.get(feed, 0), _problem(states.get(feed)),
                after.get(feed, FeedAfterRestore()),
            )
        )  # fmt: skip
    return found


def _silent(feed: str, reason: Text) -> CentreSilent:
    text = messages.totals_not_given(feed, reason)
    return CentreSilent(text.zh, text.en)


def _with_those_of_nothing(totals: list[FeedTotals], waiting: set[str]) -> list[FeedTotals]:
    """Return totals with those of feeds that have taken nothing yet, and for which something waits."""
    nothing = [0] * (len(fields(FeedTotals)) - 1)
    there = {one.feed for one in totals}
    return sorted(
        [*totals, *(FeedTotals(name, *nothing) for name in waiting - there)],
        key=lambda one: one.feed,
    )


def _problem(state: FeedState | None) -> Text | None:
    return None if state is None else state.hold or state.problem


def compare_records(sent: dict[str, str], held: dict[str, str]) -> tuple[Difference, ...]:
    """Compare key and digest of what was sent with what the centre holds. Pure.

    An empty digest means that the version at the centre is not known here.
    """
    named = [Difference(key, "missing") for key in sent.keys() - held.keys()]
    named += [Difference(key, "unexpected") for key in held.keys() - sent.keys()]
    named += [
        Difference(key, "different")
        for key in sent.keys() & held.keys()
        if sent[key] and sent[key] != held[key]
    ]
    return tuple(sorted(named, key=lambda d: (d.what, d.key)))


def _differences(engine: Engine, centre: Queries, feed: str) -> tuple[Difference, ...]:
    with engine.connect() as connection:
        sent = store.sent_records(connection, feed)
    return compare_records(sent, centre_records(centre, feed))


def centre_records(centre: Queries, feed: str) -> dict[str, str]:
    """Ask the centre for key and digest of every present record of a feed.

    Raises httpx.HTTPError, ValueError for what is no JSON, and AnswerRefused.
    """
    held: dict[str, str] = {}
    after = ""
    while True:
        page = read_records(centre.get("/records", feed=feed, after=after).json(), after)
        if not page:
            return held
        held |= dict(page)
        after = page[-1][0]
