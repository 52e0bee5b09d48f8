"""The schedule of one scheduler: fetches by the catalogue in force, acknowledgements, looks at
deadlines.
"""

import random
from collections import defaultdict
from datetime import datetime, timedelta

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.date import DateTrigger
from sqlalchemy.exc import SQLAlchemyError

from gateway.alerts.deadlines import DeadlineWatch
from gateway.alerts.watch import AlertWatch
from gateway.audit.anchoring import Anchoring, AnchorWriteError
from gateway.catalogue.keeper import CatalogueKeeper
from gateway.catalogue.model import Item, slot_of, slots_between
from gateway.clock import SHANGHAI, Clock, local_day, utc_now
from gateway.events import store as event_store
from gateway.events.store import Event
from gateway.exchange import slots
from gateway.runtime.feed_runner import FeedRunner
from gateway.runtime.triggers import SkipMissedInterval
from gateway.settings.periods import Retention
from gateway.store.retention import ImplausibleClockError, purge
from gateway.text import Text
from gateway.text import audit as audit_messages
from gateway.text import running as messages
from gateway.workdays.store import watch_calendar
from outbox import Outbox, RetryPolicy, writing

#: How often acknowledgements that are due are looked for, in seconds.
ACKNOWLEDGE_EVERY = 1.0
#: Seconds between looks at what people ask for, and at packages that have no marks to be found by
#: yet.
ASKED_EVERY, MARK_EVERY = 1.0, 5.0
#: Seconds between looks at deadlines.
WATCH_EVERY = 20.0
#: Seconds between looks at what changes by the day: what is kept no longer, a year that is missing.
DAILY_LOOK = 6 * 3600.0
#: Seconds between anchors of the audit log, where it has grown: what came since the last one is not
#: anchored.
ANCHOR_EVERY = 3600.0
#: How a fetch that failed is tried again before its next slot.
RETRY = RetryPolicy(base=2.0, cap=600.0)
#: The same of one that waits for room: it costs the department nothing to look.
PAUSED = RetryPolicy(base=2.0, cap=15.0)

_log = structlog.get_logger("creditgate")


class Schedule:
    """Runs from `start` to `stop`; made anew for each term in which this process leads.

    Jobs live in memory and are derived from the catalogue; that a slot runs once, whoever leads,
    is the store's to say (`journal.take_slot`).
    """

    def __init__(
        self,
        outbox: Outbox,
        fetching: FeedRunner,
        keeper: CatalogueKeeper,
        clock: Clock,
        catalogue_every: float,
        retention: Retention,
        alerts: AlertWatch,
        anchoring: Anchoring,
    ) -> None:
        self._outbox = outbox
        self._engine = outbox.engine
        self._retention = retention
        self._alerts = alerts
        self._anchoring = anchoring
        self._fetching = fetching
        self._keeper = keeper
        self._clock = clock
        self._catalogue_every = catalogue_every
        self._failures: dict[str, int] = defaultdict(int)
        self._deadlines = DeadlineWatch(outbox.engine, outbox)
        self._scheduler = BackgroundScheduler(
            timezone=SHANGHAI,
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def start(self) -> None:
        """Take the catalogue and what is registered, and start every job; raises
        SQLAlchemyError.
        """
        self._keeper.refresh()
        self._fetching.refresh()
        scheduler = self._scheduler
        scheduler.start()
        self._derive(anew=True)
        for work, every in (
            (self._look_at_catalogue, self._catalogue_every),
            (self._look_at_registry, self._catalogue_every),
            (self._watch_deadlines, WATCH_EVERY),
            (self._alert, WATCH_EVERY),
            (self._fetching.acknowledge, ACKNOWLEDGE_EVERY),
            (self._answer_requests, ASKED_EVERY),
            (self._fetching.mark, MARK_EVERY),
            (self._purge, DAILY_LOOK),
            (self._watch_calendar, DAILY_LOOK),
            (self._anchor, ANCHOR_EVERY),
        ):
            first = utc_now() + timedelta(seconds=every)
            scheduler.add_job(work, SkipMissedInterval(every, first), id=work.__name__)
        scheduler.add_job(self._watch_calendar, id="calendar at start")
        scheduler.add_job(self._anchor, id="anchor at start")

    def stop(self, *, wait: bool) -> None:
        """Start no job any more; `wait` for those under way."""
        self._scheduler.shutdown(wait=wait)

    def _anchor(self) -> None:
        """Write the audit log's head down outside the store; tell where that cannot be done."""
        try:
            self._anchoring.anchor()
        except AnchorWriteError as error:
            text = audit_messages.not_anchored(error.text)
            event_store.say(
                self._engine, Event(self._clock(), "error", "audit.not_anchored", "", text)
            )

    def _derive(self, *, anew: bool = False) -> None:
        """Derive the fetch jobs from the catalogue in force.

        Feeds that left it are fetched no more.

        `anew`: at the beginning of a term, when a run that has not ended is one that was cut off.
        """
        catalogue = self._keeper.held
        scheduler = self._scheduler
        items = {} if catalogue is None else {item.feed: item for item in catalogue.items}
        due = self._fetching.due
        for name in self._fetching.feeds:
            item = items.get(name)
            if (item is None or name not in due) and scheduler.get_job(f"fetch {name}"):
                scheduler.remove_job(f"fetch {name}")
            if name not in due:
                continue
            if item is None:
                scheduler.add_job(
                    self._fetching.fetch, args=[name], id=f"say {name}", replace_existing=True
                )
                continue
            next_slot = slot_of(item, self._clock()) + item.fetch_every
            trigger = SkipMissedInterval(
                item.fetch_every.total_seconds(), self._on_the_wall(next_slot)
            )
            scheduler.add_job(self._due, trigger, [name], id=f"fetch {name}", replace_existing=True)
            # The slot that is under way may have been missed while the machine was off.
            scheduler.add_job(
                self._due,
                args=[name],
                kwargs={"anew": anew},
                id=f"catch up {name}",
                replace_existing=True,
            )
        # What does not open is configured, and its own problem says why.
        configured = self._fetching.feeds.keys() | self._fetching.unusable.keys()
        for name in sorted(items.keys() - configured):
            self._note(
                "warning",
                "feed.not_configured",
                name,
                messages.no_adapter(),
            )

    def _due(self, name: str, *, anew: bool = False) -> None:
        """Fetch a feed for the slot that is under way, unless that slot has run.

        It makes up, once, for those that passed without a run since the last one.
        """
        item = self._keeper.item(name)
        if item is None:
            return
        now = self._clock()
        slot = slot_of(item, now)
        try:
            slot_taken = self._take_slot(name, item, slot, now, anew=anew)
        except SQLAlchemyError as error:
            _log.error("store.failed", feed=name, kind=type(error).__name__)
            wait = RETRY.delay(1, random.random())  # noqa: S311
            self._scheduler.add_job(
                self._due,
                DateTrigger(self._on_the_wall(now + wait)),
                [name],
                id=f"catch up {name}",
                replace_existing=True,
            )
            return
        if slot_taken:
            self._fetch_for_slot(name, slot)

    def _take_slot(
        self, name: str, item: Item, slot: datetime, now: datetime, *, anew: bool
    ) -> bool:
        with writing(self._engine) as connection:
            last = slots.last_slot(connection, name)
            slots.note_missed(connection, name, slots_between(item, last, slot), now)
            slot_taken = slots.take_slot(connection, name, slot, now)
            if not slot_taken and anew:
                slot_taken = slots.unfinished(connection, name, slot)
        return slot_taken

    def _fetch_for_slot(self, name: str, slot: datetime) -> None:
        """Fetch a feed and write down how its slot went.

        A fetch that failed is tried again, later each time.
        """
        report = self._fetching.fetch(name)
        outcome = slots.FAILED if report is None else f"rows {report.counts['rows']}"
        try:
            with writing(self._engine) as connection:
                slots.close_slot(connection, name, slot, self._clock(), outcome)
        except SQLAlchemyError as error:
            # The slot stays unfinished, which is what it is to whoever schedules next.
            _log.error("store.failed", feed=name, kind=type(error).__name__)
        if report is not None:
            self._failures[name] = 0
            return
        self._failures[name] += 1
        policy = PAUSED if self._fetching.paused else RETRY
        wait = policy.delay(self._failures[name], random.random())  # noqa: S311
        retry = DateTrigger(self._on_the_wall(self._clock() + wait))
        self._scheduler.add_job(
            self._fetch_for_slot, retry, [name, slot], id=f"again {name}", replace_existing=True
        )

    def _on_the_wall(self, moment: datetime) -> datetime:
        """Say a moment in the time of this machine's clock, by which the scheduler waits."""
        wait: timedelta = moment - self._clock()
        return utc_now() + wait

    def _look_at_catalogue(self) -> None:
        if self._keeper.refresh():
            self._derive()

    def _look_at_registry(self) -> None:
        try:
            changed = self._fetching.refresh()
        except SQLAlchemyError as error:
            _log.error("store.failed", kind=type(error).__name__)
            return
        if changed:
            self._derive()

    def _answer_requests(self) -> None:
        try:
            self._fetching.answer_requests(self._fetch_now)
        except SQLAlchemyError as error:
            _log.error("store.failed", kind=type(error).__name__)

    def _fetch_now(self, name: str) -> None:
        self._scheduler.add_job(
            self._fetching.fetch, args=[name], id=f"asked {name}", replace_existing=True
        )

    def _watch_deadlines(self) -> None:
        catalogue = self._keeper.held
        self._deadlines.look(catalogue.items if catalogue else (), self._clock())

    def _alert(self) -> None:
        try:
            self._alerts.look()
            self._alerts.send()
        except SQLAlchemyError as error:
            _log.error("store.failed", kind=type(error).__name__)

    def _watch_calendar(self) -> None:
        now = self._clock()
        watch_calendar(self._engine, self._keeper.calendar, local_day(now), now)

    def _purge(self) -> None:
        try:
            purge(self._engine, self._outbox, self._retention, self._clock())
        except ImplausibleClockError as error:
            self._note("error", "retention.refused", "", error.text)

    def _note(self, level: str, name: str, feed: str, text: Text) -> None:
        event_store.say(self._engine, Event(self._clock(), level, name, feed, text))
