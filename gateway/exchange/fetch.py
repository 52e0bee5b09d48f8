"""Runs a feed's fetch: what the adapter yields goes through the pipeline. A shell.

Each batch is one commit.
"""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from typing import cast
from uuid import uuid4

from sqlalchemy import Engine

from adapters import AdapterError, BadUnit, Batch, Fetched, Opening, Remark
from adapters.reader.errors import AnswerEndedReadersError, ReaderEndedError
from adapters.text import Text as AdapterText
from gateway.clock import Clock
from gateway.errors import GatewayError
from gateway.events import store as event_store
from gateway.events.store import Event
from gateway.exchange import feed_store, restores, source_units, taking
from gateway.exchange.commit import BROKEN_RULE, NO_TERMS, Commits, Terms
from gateway.exchange.feed import Feed
from gateway.exchange.held_back import held_back, looked_through
from gateway.exchange.offered import Decision, Offered, TakenAnewError
from gateway.exchange.own_store import owner_of
from gateway.exchange.pipeline import COLUMNS_RULE, OLDER_RULE, extra_columns, missing_columns
from gateway.exchange.schema_drift import Shape, changed_columns, columns_of, newly_failing
from gateway.exchange.sums import COUNTS
from gateway.exchange.unit_watch import UnitWatch
from gateway.exchange.well_formed import MalformedItemError, well_formed
from gateway.exchange.withdrawal import withdraw_missing
from gateway.generations import store as generations
from gateway.submissions.store_away import is_away
from gateway.text import Text
from gateway.text import exchange as messages
from outbox import Outbox, writing

#: Errors at a unit after which it is set aside, unless the settings say otherwise.
UNIT_ERRORS = 5
_END = object()


class FeedHeldError(GatewayError):
    """The feed has stopped; a person must confirm or let it go on."""


@dataclass(slots=True)
class FetchReport:
    """What one fetch brought, counted as units count."""

    feed: str
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS[:5], 0))
    #: Of the rows packed, those that replace a record sent before.
    changed: int = 0
    withdrawn: int = 0
    #: What was refused whole, each with its name and reason.
    refused_units: list[Text] = field(default_factory=list)

    def add(self, counts: dict[str, int]) -> None:
        """Add a batch's counts."""
        for name, count in counts.items():
            if name == "changed":
                self.changed += count
            else:
                self.counts[name] += count

    @property
    def replaced(self) -> int:
        """Return how often a row took the place of another with its record key."""
        return self.changed + self.counts["superseded"]


class Fetcher:
    """Fetches feeds into one store; one call of `fetch` at a time for a feed."""

    def __init__(
        self,
        engine: Engine,
        outbox: Outbox,
        clock: Clock,
        new_guid: Callable[[], str] = lambda: str(uuid4()),
        may_go_on: Callable[[], None] = lambda: None,
        errors: int = UNIT_ERRORS,
    ) -> None:
        self._engine = engine
        self._outbox = outbox
        self._clock = clock
        self._new_guid = new_guid
        self._may_go_on = may_go_on
        self._errors = errors

    def fetch(self, feed: Feed, terms: Terms = NO_TERMS, *, of_source: bool = True) -> FetchReport:
        """Fetch until the source has no more; return what came of it.

        Every batch is stored before the next is asked for. What is put through the line again from
        the store alone is not `of_source`: after it nobody knows more of the source than before.

        Raises FeedHeldError, FetchOvertakenError, what `may_go_on` raises between batches,
        adapters.AdapterError, or what nobody foresaw; what was stored before stays.
        """
        self._may_go_on()
        with writing(self._engine) as connection:
            state = feed_store.feed_state(connection, feed.name)
            generation = generations.identity_of(connection).generation if of_source else 1
            awaited = source_units.awaited(connection, state.id) if of_source else frozenset()
        if state.hold is not None:
            raise FeedHeldError(state.hold.zh, state.hold.en)
        return _Run(self, feed, terms, state, generation, awaited).to_the_end()

    def confirm(self, feed: Feed, terms: Terms = NO_TERMS) -> int:
        """Withdraw what a shrunk list no longer has, as confirmed; return how many records.

        Raises ListCutOffError where the newest list was not read to its end.
        """
        with writing(self._engine) as connection:
            state = feed_store.feed_state(connection, feed.name)
        withdrawn = withdraw_missing(
            self._engine,
            self._outbox,
            self._new_guid,
            feed,
            state,
            terms.version,
            self._clock(),
            confirmed=True,
        )
        with writing(self._engine) as connection:
            feed_store.hold(connection, state.id, None)
        return withdrawn


class _Run:
    """One fetch of one feed: where it stands, and what it has met."""

    def __init__(
        self,
        fetcher: Fetcher,
        feed: Feed,
        terms: Terms,
        state: feed_store.FeedState,
        generation: int,
        awaited: frozenset[str],
    ) -> None:
        self._engine = fetcher._engine
        self._clock = fetcher._clock
        self._outbox = fetcher._outbox
        self._new_guid = fetcher._new_guid
        self._may_go_on = fetcher._may_go_on
        self._feed = feed
        self._terms = terms
        self._state = state
        self._generation = generation
        self._report = FetchReport(feed.name)
        self._error: BaseException = AssertionError()
        self._offered = Offered()
        self._watch = UnitWatch(
            self._engine, state.id, feed.name, self._clock, fetcher._errors, awaited
        )
        self._commits = Commits(
            self._engine, self._outbox, self._clock, self._new_guid, feed, terms
        )

    def to_the_end(self) -> FetchReport:
        """Take items until the adapter has no more; return the report or raise."""
        problem = self._state.problem
        through = False
        try:
            while (broke := self._through()) is not None:
                go_on, problem = broke
                if not go_on:
                    raise self._error
            problem, through = None, True
            if looked_through(self._feed.adapter):
                self._watch.looked_through(held_back(self._feed.adapter))
            self._say_replaced()
        except AdapterError as error:
            problem = Text(error.zh, error.en)
            if isinstance(error, AnswerEndedReadersError):
                self._watch.answer_ended_readers(
                    AdapterText(error.zh, error.en), self._state.cursor
                )
            raise
        finally:
            self._watch.close(went_through=through)
            with writing(self._engine) as connection:
                now = self._clock()
                feed_store.note_fetch(connection, self._feed.name, now, problem)
                if through and self._generation > 1 and looked_through(self._feed.adapter):
                    restores.note_looked(connection, self._feed.name, self._generation, now)
        return self._report

    def _say_replaced(self) -> None:
        """Note how many rows of a first fetch replaced others: the key may be wrong."""
        report = self._report
        if self._state.fetched_at is None and report.replaced:
            text = messages.rows_replaced(
                report.counts["rows"], report.replaced, self._feed.mapping.key
            )
            event = Event(self._clock(), "warning", "records.replaced", self._feed.name, text)
            event_store.say(self._engine, event)

    def _through(self) -> tuple[bool, Text | None] | None:
        """Go from the feed's cursor to the end; return what broke it off, or None.

        That is: whether to go on, and the problem.

        Errors that somebody foresaw are raised; of others the error is kept.
        """
        self._offered.begin()
        item: Fetched | None = None
        items: Iterator[Fetched] = iter(())
        reading = True
        try:
            items = self._feed.adapter.fetch(self._state.cursor)
            while True:
                item, reading = None, True
                # Not None: that is what a stranger's may yield, and no end.
                came = next(items, _END)
                if came is _END:
                    return None
                item, reading = cast("Fetched", came), False
                # Not kept while the next is read.
                del came
                self._may_go_on()
                self._receive(well_formed(item))
                self._watch.received(item)
        except TakenAnewError:
            return True, None
        except ReaderEndedError as error:
            # Once more from the cursor: the unit is read alone, or set aside and passed.
            if not self._watch.struck(error):
                raise
            return True, None
        except (AdapterError, GatewayError):
            raise
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            # A native library's panic and a stranger's SystemExit count like any other.
            if not reading and is_away(error):
                raise
            self._error = error
            if self._gives_up(item, error):
                return True, None
            return self._watch.broke(error, item, self._state.cursor)
        finally:
            # What the adapter holds (a reader, a session) is let go before it is asked once more.
            if isinstance(items, Generator):
                items.close()

    def _gives_up(self, item: Fetched | None, error: BaseException) -> bool:
        """Refuse the rows at which a fetch breaks off if they are given up.

        Returns whether a person has given them up.
        """
        given_up = self._watch.given_up(self._state.cursor)
        if given_up is None or not isinstance(item, Batch):
            return False
        if isinstance(error, MalformedItemError):
            if not isinstance(item.cursor, str) or not isinstance(item.unit, str):
                return False
            bad = BadUnit(item.unit, BROKEN_RULE, *given_up.reason, item.cursor)
            self._refuse(bad)
            with writing(self._engine) as connection:
                source_units.went_through(connection, self._state.id)
            return True
        batch = cast("Batch", well_formed(item))
        decision = self._decide(batch)
        self._state, counts = self._commits.refuse_rows(
            self._state, batch, given_up.reason, decision
        )
        self._report.add(counts)
        self._feed.adapter.keep(batch)
        return True

    def _receive(self, item: Fetched) -> None:
        """Process one item of a fetch by its kind."""
        match item:
            case Remark():
                text = Text(item.zh, item.en)
                event = Event(self._clock(), "warning", item.name, self._feed.name, text)
                event_store.say(self._engine, event)
            case Opening():
                self._watch.begin_unit(item)
            case BadUnit():
                self._refuse(item)
            case Batch():
                self._take(item)

    def _take(self, batch: Batch) -> None:
        """Take one batch through the pipeline and store it, or pass it over.

        It is passed over where it was taken before.
        """
        decision = self._decide(batch)
        if decision.action == "pass":
            if decision.ended:
                self._state = self._commits.pass_over(self._state, batch, decision)
                self._after_batch(batch)
            return
        if bad := self._older_list(batch, decision) or self._drifted(batch):
            self._refuse(bad)
            return
        old_shape = self._state.shape or Shape()
        checked, shape = self._commits.checked(batch, old_shape)
        if self._state.shape is not None:
            self._changed(newly_failing(old_shape.failing, shape.failing))
        if decision.anew and decision.place is None:
            text = messages.taken_anew(batch.unit)
            event = Event(self._clock(), "warning", "unit.anew", self._feed.name, text)
            event_store.say(self._engine, event)
        self._state, counts = self._commits.take(self._state, batch, checked, shape, decision)
        self._report.add(counts)
        self._after_batch(batch)

    def _after_batch(self, batch: Batch) -> None:
        """Report a batch as safe to a foreign source; withdraw what a full list lacks."""
        if owner_of(self._feed.adapter, batch.unit) is None:
            self._feed.adapter.keep(batch)
        if batch.last and self._feed.mapping.change.mode == "full":
            self._report.withdrawn += withdraw_missing(
                self._engine,
                self._outbox,
                self._new_guid,
                self._feed,
                self._state,
                self._terms.version,
                self._clock(),
            )

    def _decide(self, batch: Batch) -> Decision:
        is_own = owner_of(self._feed.adapter, batch.unit) is not None
        with self._engine.connect() as connection:
            return self._offered.decide(connection, self._state.id, batch, is_own=is_own)

    def _older_list(self, batch: Batch, decision: Decision) -> BadUnit | None:
        """Return why a full list is not taken that is older than one that was."""
        if self._feed.mapping.change.mode != "full" or decision.place is None:
            return None
        with self._engine.connect() as connection:
            later = taking.newer_list(connection, self._state.id, decision.place)
        if later is None:
            return None
        reason = messages.older_list(later)
        return BadUnit(batch.unit, OLDER_RULE, reason.zh, reason.en, batch.cursor)

    def _refuse(self, bad: BadUnit) -> None:
        self._state, named = self._commits.refuse_unit(self._state, bad)
        self._report.refused_units.append(named)

    def _drifted(self, batch: Batch) -> BadUnit | None:
        """Report columns that came, went or changed; return the refusal, if any.

        One that the mapping needs and that went refuses the unit. Raises FeedHeldError where the
        feed stops at any change.
        """
        feed, shape = self._feed, self._state.shape
        if not batch.rows.width:
            return None
        if shape is not None and shape.columns:
            self._changed(changed_columns(shape.columns, columns_of(batch)))
        if missing := missing_columns(batch.rows, feed.mapping):
            return BadUnit(batch.unit, COLUMNS_RULE, missing.zh, missing.en, batch.cursor)
        if extra := extra_columns(batch.rows, feed.mapping):
            event_store.say(
                self._engine, Event(self._clock(), "warning", "source.drift", feed.name, extra)
            )
        return None

    def _changed(self, change: Text | None) -> None:
        """Report a change of the source; stop the feed where its settings say so."""
        feed = self._feed
        if change is None:
            return
        stops = feed.drift == "pause"
        text = messages.stopped_by_drift(feed.name, change) if stops else change
        with writing(self._engine) as connection:
            if stops:
                feed_store.hold(connection, self._state.id, text)
            level = "error" if stops else "warning"
            event = Event(self._clock(), level, "source.changed", feed.name, text)
            event_store.note_event(connection, event)
        if stops:
            raise FeedHeldError.of(text)
