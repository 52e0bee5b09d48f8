"""The gateway process: what it does by its role, brought together over one store."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Literal

import structlog
from sqlalchemy.exc import SQLAlchemyError

from adapters.reader.pool import close as close_readers
from adapters.reader.pool import configure
from gateway.alerts.watch import AlertWatch
from gateway.catalogue.keeper import CatalogueKeeper
from gateway.catalogue.model import in_window
from gateway.clock import SteadyClock
from gateway.delivery.settlement import UnitSettlement
from gateway.delivery.worker import IDLE, Deliverer
from gateway.destinations import open_destination
from gateway.errors import GatewayError
from gateway.events import store as event_store
from gateway.events.store import Event
from gateway.exchange.feed_store import totals
from gateway.exchange.restore_watch import count_on, open_run
from gateway.runtime.audit_anchoring import open_anchoring
from gateway.runtime.feed_runner import FeedRunner
from gateway.runtime.leader_election import AdvisoryLock, Election, OnlyCandidate
from gateway.runtime.schedule import Schedule
from gateway.serving.server import give_memory_back
from gateway.settings.model import GatewaySettings
from gateway.standard import load_gates
from gateway.store.open import check_store, open_outbox, shared, store_time
from gateway.store.waits import hold_waits
from gateway.text import running as messages
from outbox import Breaker, LocalBreaker, RetryPolicy, SharedBreaker, writing

#: What a process does: everything; fetch, acknowledge and watch (one process at a time, others
#: stand by); deliver; show the page.
Role = Literal["all", "scheduler", "worker", "web"]
#: Seconds between looks at the election and the clock.
BEAT = 1.0
#: Seconds between times at which memory is given back.
TRIM_EVERY = 10.0
#: How far the machine's clock may wander from ours before it counts as set.
SET_BY = timedelta(seconds=30)

_log = structlog.get_logger("creditgate")


class GatewayProcess:
    """One gateway process over one store; over a SQLite store make it inside `store.alone`."""

    def __init__(
        self,
        settings: GatewaySettings,
        base: Path,
        role: Role = "all",
        clock: SteadyClock | None = None,
        stop: threading.Event | None = None,
    ) -> None:
        # Compiled now, while no other thread parses.
        load_gates()
        configure(settings.reading.limits())
        self.settings = settings
        self.role = role
        self.clock = clock or SteadyClock()
        self.outbox = open_outbox(settings)
        self.engine = self.outbox.engine
        try:
            check_store(self.engine)
        except GatewayError:
            self.engine.dispose()
            raise
        self.keeper = CatalogueKeeper(self.engine, settings.catalogue, self.clock)
        self.anchoring = open_anchoring(settings, base, self.engine, self.clock)
        self.centre = open_destination(settings.centre, base)
        self.fetching = FeedRunner(settings, base, self.outbox, self.keeper, self.clock)
        if role != "web":
            open_run(self.engine, self.fetching.feeds, self.clock())
        self._lease = lease = timedelta(seconds=settings.lease)
        # A probe whose process died must not keep the others waiting for longer than its lease.
        initial = Breaker(patience=lease)
        board = (
            SharedBreaker(self.engine, "centre", initial)
            if shared(self.engine)
            else LocalBreaker(initial)
        )
        self._board = board
        self._deliverer = Deliverer(
            self.engine,
            self.outbox,
            self.centre,
            UnitSettlement(self.engine, self.outbox),
            self.clock,
            lease,
            self.policy_of,
            board,
        )
        self._election: Election = (
            AdvisoryLock(self.engine) if shared(self.engine) else OnlyCandidate()
        )
        self._schedule: Schedule | None = None
        if shared(self.engine):
            self.clock.follow(store_time(self.engine))
        self._ahead = self.clock.ahead()
        self._stop = stop or threading.Event()

    def recover(self) -> int:
        """Shorten waits that are too long, and return how many leases were released.

        In a shared store they may be another node's: they run out by themselves.
        """
        hold_waits(self.engine, self.clock(), self._lease)
        if shared(self.engine):
            return 0
        with writing(self.engine) as connection:
            return self.outbox.release_all(connection, self.clock())

    def run(self) -> None:
        """Work until `stop`; returns when every worker has ended.

        A store that is away is waited for.
        """
        self.recover()
        workers = self._start_workers() if self.role in ("all", "worker") else []
        looked_at = trimmed = time.monotonic()
        while True:
            self._beat()
            if time.monotonic() - trimmed > TRIM_EVERY:
                give_memory_back()
                trimmed = time.monotonic()
            if not self._schedule and time.monotonic() - looked_at > self.settings.catalogue_every:
                self._reload()
                looked_at = time.monotonic()
            if self._stop.wait(BEAT):
                break
        self._end_term(wait=True)
        for worker in workers:
            worker.join()
        self.close()

    def run_once(self, patience: float) -> bool:
        """Fetch every feed, deliver and acknowledge once; return whether nothing is left.

        Waits up to `patience` seconds for the centre and the departments to take what is due.
        """
        self.recover()
        self.keeper.refresh()
        workers = self._start_workers()
        try:
            due = self.fetching.due
            with ThreadPoolExecutor(max_workers=len(due) or 1) as pool:
                fetched = list(pool.map(self.fetching.fetch, due))
            deadline = time.monotonic() + patience
            while time.monotonic() < deadline and not self._drained():
                self.fetching.acknowledge()
                time.sleep(IDLE)
            complete = not self.fetching.unusable and all(report is not None for report in fetched)
            return complete and self._drained()
        finally:
            self.stop()
            for worker in workers:
                worker.join()
            self.close()

    def breaker(self) -> Breaker:
        """Return the state of the destination's circuit breaker."""
        return self._board.change(lambda state: state)[1]

    def stop(self) -> None:
        """Ask every thread to end after what it is doing."""
        self._stop.set()

    def close(self) -> None:
        """Close adapters, client and store."""
        self.fetching.close()
        close_readers()
        self.centre.close()
        if self.role != "web":
            try:
                count_on(self.engine)
            except SQLAlchemyError as error:
                # Only a copy of this run put in its place would be noticed less surely.
                _log.error("store.failed", kind=type(error).__name__)
        self.engine.dispose()

    def lanes_now(self) -> list[str]:
        """Return the lanes whose delivery window is open."""
        catalogue, now = self.keeper.held, self.clock()
        if catalogue is None:
            return []
        workday = self.keeper.calendar.workday
        return [item.feed for item in catalogue.items if in_window(item, now, workday)]

    def policy_of(self, lane: str) -> RetryPolicy:
        """Return how a lane's packages are tried again, within the catalogue's limits."""
        item = self.keeper.item(lane)
        policy = RetryPolicy()
        if item is None:
            return policy
        return replace(policy, strikes=item.max_attempts or policy.strikes, age=item.give_up_after)

    def _start_workers(self) -> list[threading.Thread]:
        workers = [
            threading.Thread(
                target=self._deliverer.run, args=(self._stop, self.lanes_now), name=f"worker-{n}"
            )
            for n in range(self.settings.workers)
        ]
        for worker in workers:
            worker.start()
        return workers

    def _beat(self) -> None:
        """Look at the clock and the election; whatever fails is tried again at the next beat."""
        try:
            self._look_at_clock()
            if self.role != "web":
                self.fetching.look_for_restore()
            self._deliverer.beat()
            if self.role in ("all", "scheduler"):
                self._look_at_election()
        except SQLAlchemyError as error:
            _log.error("store.failed", kind=type(error).__name__)

    def _look_at_election(self) -> None:
        if not self._election.leads():
            self._end_term(wait=False)
        elif self._schedule is None:
            _log.info("scheduler.leads")
            schedule = Schedule(
                self.outbox,
                self.fetching,
                self.keeper,
                self.clock,
                self.settings.catalogue_every,
                self.settings.retention.kept(),
                self._alerts(),
                self.anchoring,
            )
            schedule.start()
            self._schedule = schedule

    def _alerts(self) -> AlertWatch:
        web = self.settings.web
        base = (web.public_url or f"http://{web.host}:{web.port}") if web else ""
        return AlertWatch(
            self.outbox, self.keeper, self.breaker, self.settings.alerts, base, self.clock
        )

    def _end_term(self, *, wait: bool) -> None:
        if self._schedule is not None:
            _log.info("scheduler.ends")
            self._schedule.stop(wait=wait)
            self._schedule = None
        if wait:
            self._election.resign()

    def _look_at_clock(self) -> None:
        """Go by the store's time where nodes share it.

        Say it when somebody sets this machine's clock.
        """
        if shared(self.engine):
            time_before = self.clock()
            self.clock.follow(store_time(self.engine))
            if self.clock() < time_before - SET_BY:
                # All nodes go by the store's time, and it was ahead: so is what they have stored.
                hold_waits(self.engine, self.clock(), self._lease)
        ahead = self.clock.ahead()
        if abs(ahead - self._ahead) < SET_BY:
            return
        seconds = round((ahead - self._ahead).total_seconds())
        self._ahead = ahead
        text = messages.clock_set(seconds)
        event_store.say(self.engine, Event(self.clock(), "warning", "clock.set", "", text))
        # The scheduler waits by the machine's clock: its waits are reckoned anew.
        self._end_term(wait=False)

    def _reload(self) -> None:
        try:
            self.keeper.reload()
            self.fetching.refresh()
        except SQLAlchemyError as error:
            _log.error("store.failed", kind=type(error).__name__)

    def _drained(self) -> bool:
        with self.engine.connect() as connection:
            if self.outbox.unsettled(connection):
                return False
            return all(feed.unacknowledged == 0 for feed in totals(connection))
