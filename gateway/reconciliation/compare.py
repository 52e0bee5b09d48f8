"""Reconciliation: totals at source, gateway and centre, and the records in which they differ."""

from contextlib import suppress
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Literal

import httpx
from sqlalchemy import Engine

from gateway.destinations.http import Queries
from gateway.errors import GatewayError
from gateway.exchange import feed_store, restores, source_units
from gateway.exchange.feed_store import FeedState, FeedTotals
from gateway.exchange.restores import FeedAfterRestore
from gateway.protocol.answers import (
    AnswerRefusedError,
    read_bucket,
    read_buckets,
    read_days,
    read_records,
    refusal_reason,
)
from gateway.protocol.digests import bucket_name, day_digests
from gateway.reconciliation.sets import (
    UNKNOWN,
    ContradictorySetsError,
    Difference,
    OwnRecords,
    compare_records,
    compare_sets,
    gives_sets,
)
from gateway.submissions import store as submissions
from gateway.text import Text
from gateway.text import reconciliation as messages
from outbox import Outbox

#: How often a centre is asked whose answers are not those of one set.
_TRIES = 3
#: sets: key and digest of every record; counts: how many there are a day, of a centre of 1.0.
Compared = Literal["sets", "counts", "nothing"]


class CentreUnavailableError(GatewayError):
    """The centre did not give its totals."""


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
    #: By what the two were compared: the sets of their records, only how many there are, or
    #: nothing, where the centre does not let this gateway ask for the feed.
    compared: Compared = "sets"
    #: Set aside on the way in for a person to decide, and submissions that are not in the gateway
    #: yet.
    set_aside: int = 0
    submissions: int = 0
    #: Why the feed has stopped, or what its last fetch met.
    problem: Text | None = None
    #: What is still unsure since the store was restored.
    after: FeedAfterRestore = field(default_factory=FeedAfterRestore)

    @property
    def balanced(self) -> bool:
        """Whether every row has its fate, nothing waits, and the centre holds what was sent."""
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
            # As many are not the same: of a centre that gives counts alone nobody knows.
            and self.compared == "sets"
            and self.after.sure
        )


def reconcile(engine: Engine, outbox: Outbox, centre: Queries) -> list[FeedReconciliation]:
    """Return every feed's totals by day compared, with the records in which they differ.

    A feed that the centre does not let us ask for is not compared, and keeps no other from it.
    Raises CentreUnavailableError when the centre cannot be asked.
    """
    with engine.connect() as connection:
        aside = source_units.undecided(connection)
        submitted = submissions.waiting_counts(connection)
        states = {state.name: state for state in feed_store.feed_states(connection)}
        totals = _with_those_of_nothing(feed_store.totals(connection), {*aside, *submitted})
        lanes = {lane.name: lane for lane in outbox.lanes(connection)}
        restored = restores.after_restore(connection)
    reconciliations = []
    for feed_totals in totals:
        feed = feed_totals.feed
        try:
            compared, days, differences = _compared(engine, centre, feed)
        except (AnswerRefusedError, ContradictorySetsError) as error:
            raise _silent(feed, error.text) from None
        except (httpx.HTTPError, ValueError, RecursionError) as error:
            raise _silent(feed, _unanswered(error)) from None
        lane = lanes.get(feed)
        reconciliations.append(
            FeedReconciliation(
                feed_totals,
                lane.waiting + lane.sending + lane.dead if lane else 0,
                lane.dead if lane else 0,
                days,
                differences,
                compared,
                aside.get(feed, 0),
                submitted.get(feed, 0),
                _problem(states.get(feed)),
                restored.get(feed, FeedAfterRestore()),
            )
        )
    return reconciliations


def _silent(feed: str, reason: Text) -> CentreUnavailableError:
    text = messages.totals_not_given(feed, reason)
    return CentreUnavailableError(text.zh, text.en)


def _unanswered(error: Exception) -> Text:
    """Return why a question was not answered: what the centre says of it, where it refuses."""
    if isinstance(error, httpx.HTTPStatusError):
        reason = refusal_reason(error.response.content)
        status = error.response.status_code
        return messages.http_refused(status, reason)
    return Text(str(error), str(error))


def _with_those_of_nothing(totals: list[FeedTotals], waiting: set[str]) -> list[FeedTotals]:
    """Return totals, with those of feeds that have taken nothing and have something waiting."""
    nothing = [0] * (len(fields(FeedTotals)) - 1)
    with_totals = {feed_totals.feed for feed_totals in totals}
    return sorted(
        [*totals, *(FeedTotals(name, *nothing) for name in waiting - with_totals)],
        key=lambda feed_totals: feed_totals.feed,
    )


def _problem(state: FeedState | None) -> Text | None:
    return None if state is None else state.hold or state.problem


def _compared(
    engine: Engine, centre: Queries, feed: str
) -> tuple[Compared, tuple[Day, ...], tuple[Difference, ...]]:
    """Compare one feed's records as `_compare` does.

    Once more where records came between two questions.
    """
    for _ in range(_TRIES - 1):
        with suppress(ContradictorySetsError):
            return _compare(engine, centre, feed)
    return _compare(engine, centre, feed)


def _compare(
    engine: Engine, centre: Queries, feed: str
) -> tuple[Compared, tuple[Day, ...], tuple[Difference, ...]]:
    """Compare one feed's records with the centre's, by their sets where it tells of them."""
    if (answer := _totals(centre, feed)) is None:
        return "nothing", (), ()
    days_at_centre = read_days(answer.json())
    with engine.connect() as connection:
        days_here = day_digests(
            (key, digest or UNKNOWN, day)
            for key, digest, day in feed_store.sent_in_order(connection, feed)
        )
    days = tuple(
        Day(
            day,
            days_here[day].count if day in days_here else 0,
            days_at_centre[day].present if day in days_at_centre else 0,
        )
        for day in sorted(days_here.keys() | days_at_centre.keys())
    )
    if gives_sets(days_at_centre):
        at_centre = _AtCentre(centre, feed)
        return (
            "sets",
            days,
            compare_sets(days_here, days_at_centre, _own_records(engine, feed), at_centre),
        )
    unequal = any(day.gateway != day.centre for day in days)
    return "counts", days, _differences(engine, centre, feed) if unequal else ()


def _totals(centre: Queries, feed: str) -> httpx.Response | None:
    """Ask for a feed's totals; None where the centre says that the feed is not ours."""
    try:
        return centre.get("/totals", feed=feed, digests="1")
    except httpx.HTTPStatusError as error:
        if error.response.status_code == httpx.codes.FORBIDDEN:
            return None
        raise


def _own_records(engine: Engine, feed: str) -> OwnRecords:
    def records(day: date, bucket: int | None) -> dict[str, str]:
        prefix = "" if bucket is None else bucket_name(bucket)
        with engine.connect() as connection:
            return feed_store.sent_of_day(connection, feed, day, prefix)

    return records


class _AtCentre:
    """Asks the centre for the sets of one feed."""

    def __init__(self, centre: Queries, feed: str) -> None:
        self._centre = centre
        self._feed = feed

    def buckets(self, day: date) -> list[str]:
        """Return the roots of a day's buckets."""
        answer = self._centre.get("/digests", feed=self._feed, day=day.isoformat())
        return read_buckets(answer.json())

    def records(self, day: date, bucket: int) -> dict[str, str]:
        """Return key and digest of the records of a bucket."""
        digests: dict[str, str] = {}
        last_key = ""
        while True:
            answer = self._centre.get(
                "/digests",
                feed=self._feed,
                day=day.isoformat(),
                bucket=bucket_name(bucket),
                after=last_key,
            )
            page = read_bucket(answer.json(), bucket, last_key)
            if not page:
                return digests
            digests |= dict(page)
            last_key = page[-1][0]


def _differences(engine: Engine, centre: Queries, feed: str) -> tuple[Difference, ...]:
    with engine.connect() as connection:
        sent_digests = feed_store.sent_records(connection, feed)
    return compare_records(sent_digests, centre_records(centre, feed))


def centre_records(centre: Queries, feed: str) -> dict[str, str]:
    """Return key and digest of every present record of a feed, as the centre answers.

    Raises httpx.HTTPError, ValueError for what is no JSON, and AnswerRefusedError.
    """
    digests: dict[str, str] = {}
    last_key = ""
    while True:
        page = read_records(centre.get("/records", feed=feed, after=last_key).json(), last_key)
        if not page:
            return digests
        digests |= dict(page)
        last_key = page[-1][0]
