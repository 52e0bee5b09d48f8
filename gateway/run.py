"""The gateway process: catalogue, schedule, fetching, delivery and acknowledgement brought together."""

import fcntl
import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from adapters import AdapterError
from gateway.catalogue import Item, in_window, slot_of
from gateway.clock import SHANGHAI, Clock
from gateway.deadlines import DeadlineWatch
from gateway.delivery.client import CentreClient
from gateway.delivery.worker import IDLE, Deliverer
from gateway.exchange import journal, tables
from gateway.exchange.acknowledge import acknowledge_due
from gateway.exchange.fetch import NO_TERMS, Fetcher, FetchReport, Terms
from gateway.exchange.journal import Event
from gateway.exchange.store import totals
from gateway.feeds import GatewaySettings, open_feeds
from gateway.messages import GatewayError, Text
from gateway.platform import CatalogueKeeper
from gateway.standard import load_gates
from outbox import Outbox, RetryPolicy, open_engine, writing

#: How often acknowledgements that are due are looked for, in seconds.
ACKNOWLEDGE_EVERY = 1.0
#: Seconds between looks at deadlines.
WATCH_EVERY = 20.0
#: How a fetch that failed is tried again before its next slot.
RETRY = RetryPolicy(base=2.0, cap=600.0)

_log = structlog.get_logger("creditgate")


class AlreadyRunning(GatewayError):
    """Another gateway process uses the same store."""


class Gateway:
    """One gateway process over one store; make it inside `alone`."""

    def __init__(self, settings: GatewaySettings, base: Path, clock: Clock) -> None:
        # Compiled now, while no other thread parses.
        load_gates()
        self.settings = settings
        self.clock = clock
        self.engine = open_store(settings.store)
        self.outbox = Outbox(self.engine)
        self.feeds = open_feeds(settings, base)
        self.centre = CentreClient(settings.centre)
        self.keeper = CatalogueKeeper(self.engine, settings.catalogue, clock)
        self._fetcher = Fetcher(self.engine, self.outbox, clock)
        lease = timedelta(seconds=settings.lease)
        self._deliverer = Deliverer(self.engine, self.outbox, self.centre, clock, lease)
        # An adapter serves one thread at a time.
        self._locks = {name: threading.Lock() for name in self.feeds}
        self._failures = dict.fromkeys(self.feeds, 0)
        self._scheduler = BackgroundScheduler(
            timezone=SHANGHAI,
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        self._stop = threading.Event()
        self._deadlines = DeadlineWatch(self.engine, self.outbox)

    def recover(self) -> int:
        """Give back the leases that an earlier process of this store held; it is dead by now."""
        with writing(self.engine) as connection:
            return self.outbox.release_all(connection, self.clock())

    def run(self) -> None:
        """Work by the catalogue's schedule until `stop`; returns when every worker has ended."""
        self.recover()
        self.keeper.refresh()
        scheduler = self._scheduler
        scheduler.start()
        self._schedule()
        every = self.settings.catalogue_every
        scheduler.add_job(self._look_at_catalogue, IntervalTrigger(seconds=every), id="catalogue")  # fmt: skip
        scheduler.add_job(self._watch_deadlines, IntervalTrigger(seconds=WATCH_EVERY), id="deadlines")  # fmt: skip
        scheduler.add_job(self.acknowledge, IntervalTrigger(seconds=ACKNOWLEDGE_EVERY), id="acknowledge")  # fmt: skip
        workers = self._start_workers()
        self._stop.wait()
        scheduler.shutdown(wait=True)
        for worker in workers:
            worker.join()
        self.close()

    def run_once(self, patience: float) -> bool:
        """Do one full exchange: fetch every feed, deliver, acknowledge; True when nothing is left.

        Waits up to `patience` seconds for the centre and the departments to take what is due.
        """
        self.recover()
        self.keeper.refresh()
        workers = self._start_workers()
        try:
            with ThreadPoolExecutor(max_workers=len(self.feeds) or 1) as pool:
                fetched = list(pool.map(self.fetch_now, self.feeds))
            deadline = time.monotonic() + patience
            while time.monotonic() < deadline and not self._drained():
                self.acknowledge()
                time.sleep(IDLE)
            return all(report is not None for report in fetched) and self._drained()
        finally:
            self.stop()
            for worker in workers:
                worker.join()
            self.close()

    def stop(self) -> None:
        """Ask every thread to end after what it is doing."""
        self._stop.set()

    def close(self) -> None:
        """Close adapters, client and store."""
        for feed in self.feeds.values():
            feed.adapter.close()
        self.centre.close()
        self.engine.dispose()

    def fetch_now(self, name: str) -> FetchReport | None:
        """Fetch one feed; what goes wrong becomes an event, and None is given."""
        feed = self.feeds[name]
        item = self._item(name)
        if item is None:
            self._note("warning", "feed.not_in_catalogue", name, Text("现行目录中没有该数据项，不予采集；请平台登记", "the catalogue in force has no such feed, so it is not fetched; have the platform list it"))  # fmt: skip
            return None
        if item.kind != feed.mapping.kind.name:
            self._note("error", "feed.kind", name, Text(f"目录登记的记录类型为 {item.kind}，映射产生的是 {feed.mapping.kind.name}，不予采集；请更正其一", f"the catalogue lists this feed as {item.kind} and its mapping makes {feed.mapping.kind.name}, so it is not fetched; mend one of them"))  # fmt: skip
            return None
        try:
            with self._locks[name]:
                report = self._fetcher.fetch(feed, Terms(item.due_within, item.version))
        except AdapterError as error:
            self._note("error", "fetch.failed", name, Text(error.zh, error.en))
        except GatewayError as error:
            self._note("warning", "fetch.stopped", name, error.text)
        else:
            if report.counts["rows"]:
                _log.info("fetch.done", feed=name, **report.counts)
            return report
        return None

    def acknowledge(self) -> None:
        """Tell every department what became of its units, where that is due."""
        for name, feed in self.feeds.items():
            lock = self._locks[name]
            if lock.acquire(blocking=False):
                try:
                    acknowledge_due(self.engine, self.outbox, feed, self.clock, random.random())  # noqa: S311
                finally:
                    lock.release()

    def _watch_deadlines(self) -> None:
        catalogue = self.keeper.held
        self._deadlines.look(catalogue.items if catalogue else (), self.clock())

    def confirm(self, name: str) -> int:
        """Withdraw what a shrunk list no longer has; count it."""
        with self._locks[name]:
            item = self._item(name)
            terms = NO_TERMS if item is None else Terms(version=item.version)
            return self._fetcher.confirm(self.feeds[name], terms)

    def lanes_now(self) -> list[str]:
        """Name the lanes whose delivery window is open."""
        catalogue, now = self.keeper.held, self.clock()
        if catalogue is None:
            return []
        return [item.feed for item in catalogue.items if in_window(item, now)]

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

    def _schedule(self) -> None:
        """Derive the fetch jobs from the catalogue in force; feeds that left it are fetched no more."""
        catalogue = self.keeper.held
        scheduler = self._scheduler
        wanted = {} if catalogue is None else {item.feed: item for item in catalogue.items}
        for name in self.feeds:
            item = wanted.get(name)
            if item is None:
                if scheduler.get_job(f"fetch {name}"):
                    scheduler.remove_job(f"fetch {name}")
                scheduler.add_job(
                    self.fetch_now, args=[name], id=f"say {name}", replace_existing=True
                )
                continue
            now = self.clock()
            trigger = IntervalTrigger(
                seconds=int(item.fetch_every.total_seconds()),
                start_date=slot_of(item, now) + item.fetch_every, timezone=SHANGHAI,
            )  # fmt: skip
            scheduler.add_job(self._due, trigger, [name], id=f"fetch {name}", replace_existing=True)
            # The slot that is under way may have been missed while the machine was off.
            scheduler.add_job(self._due, args=[name], id=f"catch up {name}", replace_existing=True)
        for name in sorted(wanted.keys() - self.feeds.keys()):
            self._note("warning", "feed.not_configured", name, Text("目录有该数据项，本网关未配置适配器", "the catalogue lists this feed and no adapter is configured for it"))  # fmt: skip

    def _due(self, name: str) -> None:
        """Fetch a feed for the slot that is under way, unless that slot has run."""
        item = self._item(name)
        if item is None:
            return
        now = self.clock()
        slot = slot_of(item, now)
        with writing(self.engine) as connection:
            taken = journal.take_slot(connection, name, slot, now)
        if not taken:
            return
        self._fetch_for_slot(name, slot)

    def _fetch_for_slot(self, name: str, slot: datetime) -> None:
        """Fetch a feed and write down how its slot went; a fetch that failed is tried again, later each time."""
        report = self.fetch_now(name)
        outcome = "failed" if report is None else f"rows {report.counts['rows']}"
        with writing(self.engine) as connection:
            journal.close_slot(connection, name, slot, self.clock(), outcome)
        if report is not None:
            self._failures[name] = 0
            return
        self._failures[name] += 1
        wait = RETRY.delay(self._failures[name], random.random())  # noqa: S311
        self._scheduler.add_job(
            self._fetch_for_slot, DateTrigger(self.clock() + wait), [name, slot],
            id=f"again {name}", replace_existing=True,
        )  # fmt: skip

    def _item(self, name: str) -> Item | None:
        catalogue = self.keeper.held
        return None if catalogue is None else catalogue.item(name)

    def _look_at_catalogue(self) -> None:
        if self.keeper.refresh():
            self._schedule()

    def _drained(self) -> bool:
        with self.engine.connect() as connection:
            if self.outbox.unsettled(connection):
                return False
            return all(feed.unacknowledged == 0 for feed in totals(connection))

    def _note(self, level: str, name: str, feed: str, text: Text) -> None:
        with writing(self.engine) as connection:
            journal.note_event(connection, Event(self.clock(), level, name, feed, text))


def open_store(url: str) -> Engine:
    """Open the gateway's store and create the tables that are missing."""
    engine = open_engine(url)
    Outbox(engine).create()
    # The write lock at once: a command and the gateway may do this at the same moment.
    with writing(engine) as connection:
        tables.metadata.create_all(connection)
    return engine


@contextmanager
def alone(store_url: str) -> Iterator[None]:
    """Hold a SQLite store for one gateway process; raises AlreadyRunning while another holds it."""
    url = make_url(store_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        yield
        return
    path = Path(f"{url.database}.lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise AlreadyRunning(
                f"另一网关进程正在使用 {url.database}，请先停止它", f"another gateway process uses {url.database}; stop it first"
            ) from None  # fmt: skip
        yield
