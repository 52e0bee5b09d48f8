"""Fetches the configured feeds by the catalogue in force, and tells departments what became of
their rows.
"""

import random
import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import structlog
from sqlalchemy.exc import SQLAlchemyError

from adapters import AdapterError
from gateway.catalogue.keeper import CatalogueKeeper
from gateway.clock import Clock, seconds_running
from gateway.delivery.numbering import Numbering
from gateway.errors import GatewayError
from gateway.events import store as event_store
from gateway.events.store import Event
from gateway.exchange import blind_index, feed_requests, feed_store
from gateway.exchange.acknowledge import acknowledge_due
from gateway.exchange.binding import bound
from gateway.exchange.commit import NO_TERMS, Terms
from gateway.exchange.feed import Feed, open_feed
from gateway.exchange.fetch import Fetcher, FetchReport
from gateway.exchange.foreign_code import contained
from gateway.exchange.judged_again import judge_again
from gateway.exchange.restore_watch import RestoreWatch
from gateway.exchange.resubmissions import with_mended
from gateway.registry import open_registry
from gateway.runtime.backpressure import Backpressure, FetchPausedError, Limits
from gateway.settings.kinds import reason_of
from gateway.settings.model import AdapterSettings, GatewaySettings
from gateway.text import Text
from gateway.text import exchange as exchange_messages
from gateway.text import restores as restore_messages
from gateway.text import running as messages
from gateway.text import strangers as stranger_messages
from outbox import Outbox, writing

#: Packages that wait in a lane above which marks wait too: delivery comes first.
_BUSY = 100

#: A clock that goes on by more than this beside the seconds that pass has been set.
_MOVED = timedelta(seconds=30)

_log = structlog.get_logger("creditgate")


class NothingToConfirmError(GatewayError):
    """A feed has not stopped because its list shrank: nothing is to be withdrawn."""


class FeedRunner:
    """Every configured feed of one process; an adapter serves one thread at a time."""

    def __init__(
        self,
        settings: GatewaySettings,
        base: Path,
        outbox: Outbox,
        keeper: CatalogueKeeper,
        clock: Clock,
    ) -> None:
        self._engine = outbox.engine
        self._settings = settings
        self._base = base
        self._restores = RestoreWatch(outbox.engine, clock)
        self._numbering = Numbering(settings, outbox.engine, clock)
        #: Every feed that departments are answered for. Replaced as a whole: other threads go
        #: through it.
        self.feeds: dict[str, Feed] = {}
        #: Why adapters do not open, by feed; replaced as a whole likewise.
        self.unusable: dict[str, Text] = {}
        self._listed = {entry.feed: entry for entry in settings.adapters}
        self.registry = open_registry(settings, outbox, base, clock)
        #: Of each registered feed that is open, and each that would not open: what it was opened
        #: from.
        self._opened_from: dict[str, object] = {}
        self._paused: frozenset[str] = frozenset()
        self._outbox = outbox
        self._keeper = keeper
        self._clock = clock
        limits = Limits(settings.limits.free_mb * 1_000_000, settings.limits.waiting_packages)
        self._pressure = Backpressure(outbox, limits, clock)
        self._fetcher = Fetcher(
            outbox.engine,
            outbox,
            clock,
            may_go_on=self._pressure.check,
            errors=settings.reading.unit_errors,
        )
        self._locks: dict[str, threading.Lock] = defaultdict(threading.Lock)
        #: The store's generation when each feed's adapter was fetched from first.
        self._fetched_in: dict[str, int] = {}
        #: Feeds whose refused rows were judged by this clock, and when it was looked at last.
        self._judged: set[str] = set()
        self._looked_at = clock(), seconds_running()
        self.refresh()

    @property
    def due(self) -> list[str]:
        """Return the names of the feeds that are fetched on the catalogue's schedule."""
        return [name for name in self.feeds if name not in self._paused]

    def refresh(self) -> bool:
        """Take up what changed in the registry, and what opens by now; return whether anything did.

        An adapter that will not open is said, its earlier version, if any, goes on, and so does
        every other feed. Raises SQLAlchemyError.
        """
        feeds_opened = [
            self._open_listed(entry)
            for name, entry in self._listed.items()
            if name not in self.feeds
        ]
        versions = self.registry.in_force()
        paused = frozenset(name for name, (state, _) in versions.items() if state != "live")
        changed = any(feeds_opened) or paused != self._paused
        self._paused = paused
        for name, (_, made_of) in versions.items():
            if self._opened_from.get(name) != made_of:
                changed |= self._take_up(name)
                self._opened_from[name] = made_of
        return changed

    def look_for_restore(self) -> int:
        """Return the store's generation; begin another where it was restored under us.

        Raises SQLAlchemyError.
        """
        return self._restores.look(list(self.feeds))

    def _open_listed(self, entry: AdapterSettings) -> bool:
        """Open an adapter of gateway.yaml; return whether that could be done."""
        try:
            with contained():
                feed = self._with_mended(bound(open_feed(entry, self._base), self._engine))
        except (GatewayError, AdapterError) as error:
            self._cannot_use(entry.feed, stranger_messages.not_opened(reason_of(error)), error)
            return False
        self._can_use(feed)
        return True

    def _open_again(self, name: str) -> None:
        """Open a feed's adapter anew: it remembers a state that the store no longer has."""
        entry = self._listed.get(name)
        try:
            with contained():
                if entry is None:
                    feed = self.registry.open(name)
                else:
                    feed = bound(open_feed(entry, self._base), self._engine)
                feed = self._with_mended(feed)
        except (GatewayError, AdapterError) as error:
            text = restore_messages.not_opened_again(name, reason_of(error))
            self._note("error", "adapter.unusable", name, text)
            raise
        closing = self.feeds[name]
        self.feeds = {**self.feeds, name: feed}
        _close(closing)

    def _take_up(self, name: str) -> bool:
        if name in self._listed:
            self._note(
                "error",
                "adapter.twice",
                name,
                messages.feed_twice(),
            )
            return False
        try:
            with contained():
                feed = self._with_mended(self.registry.open(name))
        except (GatewayError, AdapterError) as error:
            text = stranger_messages.registered_not_opened(reason_of(error))
            self._cannot_use(name, text, error)
            return False
        with self._locks[name]:
            closing = self.feeds.get(name)
            self._can_use(feed)
            self._fetched_in.pop(name, None)
            if closing is not None:
                _close(closing)
        return True

    def _can_use(self, feed: Feed) -> None:
        self.feeds = {**self.feeds, feed.name: feed}
        self.unusable = {
            name: reason for name, reason in self.unusable.items() if name != feed.name
        }

    def _cannot_use(self, name: str, text: Text, error: BaseException) -> None:
        """Note once that a feed's adapter does not open; until it does, that is its problem."""
        if self.unusable.get(name) == text:
            return
        self.unusable = {**self.unusable, name: text}
        _log.error("adapter.unusable", feed=name, text=text.en, exc_info=error.__cause__)
        try:
            with writing(self._engine) as connection:
                state = feed_store.feed_state(connection, name)
                feed_store.note_problem(connection, state.id, text)
                event = Event(self._clock(), "error", "adapter.unusable", name, text)
                event_store.note_event(connection, event)
        except SQLAlchemyError as failure:
            _log.error("store.failed", feed=name, kind=type(failure).__name__)

    def _with_mended(self, feed: Feed) -> Feed:
        adapter = with_mended(feed.adapter, self._engine, feed.name, feed.mapping.change.mode)
        return replace(feed, adapter=adapter)

    def _judge_again(self, name: str, terms: Terms) -> None:
        """Judge rows again that a clock behind the right time refused: once after a start, or after
        the clock was moved on."""
        now, running = self._clock(), seconds_running()
        moved = now - self._looked_at[0] - timedelta(seconds=running - self._looked_at[1])
        if moved > _MOVED:
            self._judged.clear()
            self._note("warning", "clock.set", "", exchange_messages.clock_moved(moved))
        self._looked_at = now, running
        if name not in self._judged:
            judge_again(self._fetcher, self._engine, self.feeds[name], self._clock, terms)
            self._judged.add(name)

    def answer_requests(self, run: Callable[[str], object]) -> None:
        """Do what people have asked for; `run` fetches a feed. Raises SQLAlchemyError."""
        with self._engine.connect() as connection:
            if not feed_requests.any_asked(connection):
                return
        with writing(self._engine) as connection:
            requests = feed_requests.take(connection)
        for name, wish in requests:
            if name not in self.feeds:
                continue
            try:
                if wish == "confirm":
                    self.confirm(name)
            except GatewayError as error:
                self._note("warning", "fetch.stopped", name, error.text)
                continue
            run(name)

    def mark(self) -> None:
        """Index packages that are not indexed, until none is left or something waits to be sent."""
        fields = {name: feed.mapping.key for name, feed in self.feeds.items()}
        try:
            while blind_index.make_some(self._engine, self._outbox, fields):
                with self._engine.connect() as connection:
                    if any(lane.waiting > _BUSY for lane in self._outbox.lanes(connection)):
                        return
        except SQLAlchemyError as error:
            _log.error("store.failed", kind=type(error).__name__)

    def fetch(self, name: str) -> FetchReport | None:
        """Fetch one feed and return its report; an error becomes an event, and the report None."""
        kind = self.feeds[name].mapping.kind.name
        item = self._keeper.item(name)
        if item is None:
            self._note(
                "warning",
                "feed.not_in_catalogue",
                name,
                messages.not_in_catalogue(),
            )
            return None
        if item.kind != kind:
            self._note(
                "error",
                "feed.kind",
                name,
                messages.kind_differs(item.kind, kind),
            )
            return None
        try:
            # A promotion under us must not be met by what an adapter remembers.
            generation = self.look_for_restore()
            with self._locks[name]:
                if self._fetched_in.setdefault(name, generation) != generation:
                    self._open_again(name)
                    self._fetched_in[name] = generation
                self._numbering.compare(name, generation)
                terms = Terms(item.due_within, item.version)
                self._judge_again(name, terms)
                report = self._fetcher.fetch(self.feeds[name], terms)
        except AdapterError as error:
            self._note("error", "fetch.failed", name, Text(error.zh, error.en))
        except FetchPausedError:
            # Said once, for all feeds, by who noticed it.
            return None
        except GatewayError as error:
            self._note("warning", "fetch.stopped", name, error.text)
        except SQLAlchemyError as error:
            # The store cannot be told either; the log can.
            _log.error("store.failed", feed=name, kind=type(error).__name__)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001
            # A stranger's adapter may raise anything; other feeds go on. Counted and said where it
            # happened, by events and by the feed's problem.
            _log.error("fetch.ended", feed=name, kind=type(error).__name__)
        else:
            if report.counts["rows"]:
                _log.info("fetch.done", feed=name, **report.counts)
            return report
        return None

    @property
    def paused(self) -> bool:
        """Whether fetching waits for room."""
        return self._pressure.paused

    def acknowledge(self) -> None:
        """Send every department the answer that it is due: what became of its units."""
        for name in self.feeds:
            lock = self._locks[name]
            if lock.acquire(blocking=False):
                try:
                    # Looked up under its lock: another version may have been taken up meanwhile.
                    self._acknowledge(self.feeds[name])
                finally:
                    lock.release()

    def _acknowledge(self, feed: Feed) -> None:
        """Send one feed's department its answer; an error leaves the other departments theirs."""
        try:
            acknowledge_due(self._engine, self._outbox, feed, self._clock, random.random())  # noqa: S311
        except SQLAlchemyError as error:
            _log.error("store.failed", feed=feed.name, kind=type(error).__name__)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001
            _log.error(
                "acknowledge.ended", feed=feed.name, kind=type(error).__name__, exc_info=error
            )

    def confirm(self, name: str) -> int:
        """Withdraw the records that a shrunk list no longer has, and return their number.

        Raises NothingToConfirmError where the feed has not stopped for its list: somebody else has
        decided meanwhile.
        """
        with self._locks[name]:
            with self._engine.connect() as connection:
                state = feed_store.peek(connection, name)
            if state is None or state.hold_kind != "list":
                raise NothingToConfirmError.of(exchange_messages.nothing_to_confirm(name))
            item = self._keeper.item(name)
            terms = NO_TERMS if item is None else Terms(version=item.version)
            return self._fetcher.confirm(self.feeds[name], terms)

    def close(self) -> None:
        """Close every adapter."""
        for feed in self.feeds.values():
            _close(feed)
        self._numbering.close()

    def _note(self, level: str, name: str, feed: str, text: Text) -> None:
        try:
            event_store.say(self._engine, Event(self._clock(), level, name, feed, text))
        except SQLAlchemyError as error:
            _log.error("store.failed", feed=feed, kind=type(error).__name__, text=text.en)


def _close(feed: Feed) -> None:
    """Close a feed's adapter; what it cannot let go of ends nothing."""
    try:
        feed.adapter.close()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001
        _log.error("adapter.close", feed=feed.name, kind=type(error).__name__, exc_info=error)
