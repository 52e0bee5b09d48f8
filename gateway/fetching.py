"""Fetches the configured feeds by the catalogue in force, and tells departments what became of their rows."""

import random
import threading
from pathlib import Path

import structlog
from sqlalchemy.exc import SQLAlchemyError

from adapters import AdapterError
from gateway.clock import Clock
from gateway.exchange import journal
from gateway.exchange.acknowledge import acknowledge_due
from gateway.exchange.fetch import NO_TERMS, Fetcher, FetchReport, Terms
from gateway.exchange.journal import Event
from gateway.feeds import GatewaySettings, open_feeds
from gateway.messages import GatewayError, Text
from gateway.platform import CatalogueKeeper
from gateway.pressure import FetchPaused, Limits, Pressure
from outbox import Outbox, writing

_log = structlog.get_logger("creditgate")


class Fetching:
    """Every configured feed of one process; an adapter serves one thread at a time."""

    def __init__(
        self, settings: GatewaySettings, base: Path, outbox: Outbox, keeper: CatalogueKeeper, clock: Clock,
    ) -> None:  # fmt: skip
        self.feeds = open_feeds(settings, base)
        self._engine = outbox.engine
        self._outbox = outbox
        self._keeper = keeper
        self._clock = clock
        limits = Limits(settings.limits.free_mb * 1_000_000, settings.limits.waiting_packages)
        self._pressure = Pressure(outbox, limits, clock)
        self._fetcher = Fetcher(outbox.engine, outbox, clock, may_go_on=self._pressure.check)
        self._locks = {name: threading.Lock() for name in self.feeds}

    def fetch(self, name: str) -> FetchReport | None:
        """Fetch one feed; what goes wrong becomes an event, and None is given."""
        feed = self.feeds[name]
        item = self._keeper.item(name)
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
        except FetchPaused:
            # Said once, for all feeds, by who noticed it.
            return None
        except GatewayError as error:
            self._note("warning", "fetch.stopped", name, error.text)
        except SQLAlchemyError as error:
            # The store cannot be told either; the log can.
            _log.error("store.failed", feed=name, kind=type(error).__name__)
        except Exception as error:  # noqa: BLE001
            _log.exception("fetch.broke", feed=name, kind=type(error).__name__)
            self._note("error", "fetch.broke", name, Text(f"采集时出现意外错误（{type(error).__name__}），详见日志；稍后自动再试", f"the fetch met an unforeseen error ({type(error).__name__}); the log has it; it is tried again"))  # fmt: skip
        else:
            if report.counts["rows"]:
                _log.info("fetch.done", feed=name, **report.counts)
            return report
        return None

    @property
    def paused(self) -> bool:
        """Tell whether fetching waits for room."""
        return self._pressure.paused

    def acknowledge(self) -> None:
        """Tell every department what became of its units, where that is due."""
        for name, feed in self.feeds.items():
            lock = self._locks[name]
            if lock.acquire(blocking=False):
                try:
                    acknowledge_due(self._engine, self._outbox, feed, self._clock, random.random())  # noqa: S311
                finally:
                    lock.release()

    def confirm(self, name: str) -> int:
        """Withdraw what a shrunk list no longer has; count it."""
        with self._locks[name]:
            item = self._keeper.item(name)
            terms = NO_TERMS if item is None else Terms(version=item.version)
            return self._fetcher.confirm(self.feeds[name], terms)

    def close(self) -> None:
        """Close every adapter."""
        for feed in self.feeds.values():
            feed.adapter.close()

    def _note(self, level: str, name: str, feed: str, text: Text) -> None:
        try:
            with writing(self._engine) as connection:
                journal.note_event(connection, Event(self._clock(), level, name, feed, text))
        except SQLAlchemyError as error:
            _log.error("store.failed", feed=feed, kind=type(error).__name__, text=text.en)
