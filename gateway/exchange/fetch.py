"""Runs a feed's fetch: each batch through the line, then kept in one transaction. The line's shell."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import uuid4

import polars as pl
from sqlalchemy import Connection, Engine

from adapters import AdapterError, BadUnit, Batch, Fetched, Opening, Remark
from adapters.reader.errors import ReaderEnded
from gateway import telemetry
from gateway.clock import Clock, local_day
from gateway.exchange import journal, notes, refusals, restores, source_units, store, units
from gateway.exchange.document import withdrawal_xml
from gateway.exchange.drift import (
    Shape,
    changed_columns,
    columns_of,
    failing_fields,
    newly_failing,
)
from gateway.exchange.journal import Event
from gateway.exchange.line import COLUMNS_RULE, check, extra_columns, missing_columns, row_faults
from gateway.exchange.pack import GATE_RULE, pack, packages_for
from gateway.exchange.prepare import Prepared, bad_unit_fates, draft, prepare
from gateway.exchange.sums import COUNTS
from gateway.exchange.unit_watch import UnitWatch
from gateway.feeds import Feed
from gateway.messages import GatewayError, Text
from gateway.standard import load_gate
from gateway.standard.header import Header
from gateway.text import exchange as messages
from outbox import Outbox, writing


class FeedHeld(GatewayError):
    """The feed has stopped and asks; a person must confirm or let it go on."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the catalogue asks of a feed: when its records are due, in which version of the standard.

    The version is the mapping's own where the catalogue is silent.
    """

    due_within: timedelta | None = None
    version: str | None = None


NO_TERMS = Terms()


@dataclass(slots=True)
class FetchReport:
    """What one fetch brought, counted as units count."""

    feed: str
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS[:5], 0))
    withdrawn: int = 0
    #: What was refused whole, each with its name and reason.
    refused_units: list[Text] = field(default_factory=list)

    def add(self, counts: dict[str, int]) -> None:
        """Count a batch."""
        for name, count in counts.items():
            self.counts[name] += count


class Fetcher:
    """Fetches feeds into one store; one call of `fetch` at a time for a feed."""

    def __init__(
        self, engine: Engine, outbox: Outbox, clock: Clock,
        new_guid: Callable[[], str] = lambda: str(uuid4()), may_go_on: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        self._engine = engine
        self._outbox = outbox
        self._clock = clock
        self._new_guid = new_guid
        self._may_go_on = may_go_on

    def fetch(self, feed: Feed, terms: Terms = NO_TERMS) -> FetchReport:
        """Fetch until the source has no more; every batch is safe before the next is asked for.

        Raises FeedHeld, FetchOvertaken, what `may_go_on` raises between batches, or
        adapters.AdapterError; what was kept before stays.
        """
        self._may_go_on()
        with writing(self._engine) as connection:
            state = store.feed_state(connection, feed.name)
            generation = restores.identity_of(connection).generation
        if state.hold is not None:
            raise FeedHeld(state.hold.zh, state.hold.en)
        report = FetchReport(feed.name)
        problem: Text | None = None
        watch = UnitWatch(self._engine, state.id, feed.name, self._clock)
        items: Iterator[Fetched] | None = None
        try:
            while items is None:
                items = feed.adapter.fetch(state.cursor)
                try:
                    for item in items:
                        self._may_go_on()
                        state = self._receive(feed, state, item, watch, report, terms)
                except ReaderEnded as error:
                    # Once more from the cursor: the unit is read alone, or set aside and passed.
                    if not watch.struck(error):
                        raise
                    items = None
            if generation > 1:
                with writing(self._engine) as connection:
                    restores.note_looked(connection, feed.name, generation, self._clock())
        except AdapterError as error:
            problem = Text(error.zh, error.en)
            raise
        finally:
            watch.close()
            with writing(self._engine) as connection:
                store.note_fetch(connection, feed.name, self._clock(), problem)
        return report

    def _receive(
        self, feed: Feed, state: store.FeedState, item: Fetched, watch: UnitWatch,
        report: FetchReport, terms: Terms,
    ) -> store.FeedState:  # fmt: skip
        """Do what an item of a fetch asks for; return where the feed stands then."""
        match item:
            case Remark():
                self._remark(feed, item)
                return state
            case Opening():
                watch.opened(item)
                return state
            case BadUnit():
                return self._refuse_unit(feed, state, item, report)
        if bad := self._drifted(feed, state, item):
            return self._refuse_unit(feed, state, bad, report)
        state = self._take(feed, state, item, report, terms)
        feed.adapter.keep(item)
        if item.last and feed.mapping.change.mode == "full":
            self._withdraw_missing(feed, state, report, terms)
        return state

    def confirm(self, feed: Feed, terms: Terms = NO_TERMS) -> int:
        """Withdraw what a shrunk list no longer has, now that a person has confirmed; count it."""
        with writing(self._engine) as connection:
            state = store.feed_state(connection, feed.name)
            store.hold(connection, state.id, None)
        report = FetchReport(feed.name)
        self._withdraw_missing(feed, state, report, terms, confirmed=True)
        return report.withdrawn

    def _take(
        self, feed: Feed, state: store.FeedState, batch: Batch, report: FetchReport,
        terms: Terms,
    ) -> store.FeedState:  # fmt: skip
        """Take one batch through the line and keep it: packages, refusals and cursor together."""
        mapping = feed.mapping
        now = self._clock()
        before = state.shape or Shape()
        columns = columns_of(batch) if batch.rows.width else before.columns
        if not batch.rows.width:
            batch = replace(
                batch, rows=pl.DataFrame(schema=dict.fromkeys(mapping.columns, pl.String))
            )
        found = row_faults(batch.faults)
        today = local_day(now)
        checked = check(batch.rows, mapping, today, found, terms.version)
        shape = Shape(columns, failing_fields(checked.faults, batch.rows.height, before.failing))
        if state.shape is not None:
            self._changed(feed, state, newly_failing(before.failing, shape.failing))
        with writing(self._engine) as connection:
            known = store.known_records(connection, state.id, checked.keys.unique())
            unit_id = units.find_unit(connection, state.id, batch.unit) or 0
            header = self._header(connection, feed, batch.rows.height, now, terms)
        prepared = prepare(batch, checked, known, mapping, unit_id, header, self._new_guid)
        with writing(self._engine) as connection:
            state = store.advance(connection, state, batch.cursor)
            state = store.keep_shape(connection, state, shape)
            self._keep(connection, feed, state.id, batch, prepared, now, terms)
        for made in prepared.drafts:
            telemetry.note(made.guid, "package.put", feed=feed.name, unit=batch.unit, records=made.records)  # fmt: skip
        report.add(prepared.counts)
        return state

    def _keep(
        self, connection: Connection, feed: Feed, feed_id: int, batch: Batch, prepared: Prepared,
        now: datetime, terms: Terms,
    ) -> None:  # fmt: skip
        due_at = None if terms.due_within is None else now + terms.due_within
        drafts = [replace(made, due_at=due_at) for made in prepared.drafts]
        unit_id = units.begin_unit(connection, feed_id, batch.unit, now)
        number = units.add_batch(
            connection, unit_id, prepared.counts, prepared.fates,
            last=batch.last, declared=batch.declared, tally=batch.tally,
        )  # fmt: skip
        if batch.last:
            source_units.end(connection, feed_id, batch.unit)
        self._outbox.put(connection, feed.name, drafts, now)
        links = [(made.guid, made.records) for made in drafts]
        units.add_packages(connection, unit_id, number, links)
        units.wait_for(connection, unit_id, prepared.waits)
        if batch.again:
            counts = prepared.counts
            fresh = counts["rows"] - counts["unchanged"] - counts["superseded"]
            if fresh:
                restores.count_again(connection, feed.name, 0 if number else 1, fresh)
        if feed.mapping.change.mode == "full":
            store.see(connection, feed_id, unit_id, prepared.seen)
        day = local_day(now)
        store.remember(connection, feed_id, unit_id, day, prepared.sent)
        refusals.mend(connection, feed_id, prepared.mended, now)
        refusals.open_refusals(connection, feed_id, unit_id, prepared.refused, now)
        notes.keep(connection, feed_id, unit_id, prepared.cleanings, prepared.warnings)
        units.settle_unit(connection, unit_id, now)

    def _refuse_unit(
        self, feed: Feed, state: store.FeedState, bad: BadUnit, report: FetchReport
    ) -> store.FeedState:
        """Refuse a unit whole: its reason is kept like a record's, and the cursor passes it."""
        now = self._clock()
        text = Text(bad.zh, bad.en)
        named = messages.unit_refused(bad.unit.rpartition("@")[0] or bad.unit, text)
        report.refused_units.append(named)
        with writing(self._engine) as connection:
            state = store.advance(connection, state, bad.cursor)
            source_units.end(connection, state.id, bad.unit)
            unit_id = units.begin_unit(connection, state.id, bad.unit, now)
            fates = bad_unit_fates(bad.zh, bad.en, bad.rule)
            units.add_batch(connection, unit_id, {}, fates, last=True, declared=None)
            fault = refusals.Fault("", bad.rule, text)
            whole = refusals.Refused(bad.unit, "", {}, (fault,))
            refusals.open_refusals(connection, state.id, unit_id, [whole], now)
            journal.note_event(connection, Event(now, "warning", "unit.refused", feed.name, named))
            units.settle_unit(connection, unit_id, now)
        return state

    def _remark(self, feed: Feed, remark: Remark) -> None:
        event = Event(self._clock(), "warning", remark.name, feed.name, Text(remark.zh, remark.en))
        journal.say(self._engine, event)

    def _drifted(self, feed: Feed, state: store.FeedState, batch: Batch) -> BadUnit | None:
        """Look for columns that came, went or changed; none is dropped unsaid.

        One that the mapping needs and that went refuses the unit. Raises FeedHeld where the feed
        stops at any change.
        """
        if not batch.rows.width:
            return None
        if state.shape is not None and state.shape.columns:
            self._changed(feed, state, changed_columns(state.shape.columns, columns_of(batch)))
        if missing := missing_columns(batch.rows, feed.mapping):
            return BadUnit(batch.unit, COLUMNS_RULE, missing.zh, missing.en, batch.cursor)
        if extra := extra_columns(batch.rows, feed.mapping):
            journal.say(
                self._engine, Event(self._clock(), "warning", "source.drift", feed.name, extra)
            )
        return None

    def _changed(self, feed: Feed, state: store.FeedState, said: Text | None) -> None:
        """Say that a source has changed; stop the feed and ask where it is set so."""
        if said is None:
            return
        stops = feed.drift == "pause"
        text = said if not stops else Text(
            f"{said.zh}；已暂停，核对（必要时修改映射）后执行 creditgate feed resume {feed.name}",
            f"{said.en}; the feed has stopped: look at it, change the mapping if need be, then creditgate feed resume {feed.name}",
        )  # fmt: skip
        with writing(self._engine) as connection:
            if stops:
                store.hold(connection, state.id, text)
            level = "error" if stops else "warning"
            event = Event(self._clock(), level, "source.changed", feed.name, text)
            journal.note_event(connection, event)
        if stops:
            raise FeedHeld(text.zh, text.en)

    def _withdraw_missing(
        self, feed: Feed, state: store.FeedState, report: FetchReport, terms: Terms,
        *, confirmed: bool = False,
    ) -> None:  # fmt: skip
        """Withdraw records that a full list no longer has, or stop and ask when it shrank too far."""
        policy = feed.mapping.change
        if not policy.withdraw_missing:
            return
        now = self._clock()
        with writing(self._engine) as connection:
            unit_id = units.last_unit(connection, state.id)
            lost, total = store.unseen(connection, state.id, unit_id)
            if not lost:
                return
            if len(lost) > policy.stop_when_lost * total and not confirmed:
                why = Text(
                    f"清单由 {total} 条减为 {total - len(lost)} 条，已暂停；确认无误请执行 creditgate feed confirm {feed.name}，否则待部门更正后执行 creditgate feed resume {feed.name}",
                    f"the list shrank from {total} records to {total - len(lost)} and the feed has stopped; if that is right run creditgate feed confirm {feed.name}, else creditgate feed resume {feed.name} once the department has mended it",
                )
                store.hold(connection, state.id, why)
                journal.note_event(connection, Event(now, "error", "feed.held", feed.name, why))
                return
            if not confirmed and (rows := self._unidentified(connection, feed, unit_id)):
                text = messages.nothing_withdrawn(len(lost), rows)
                journal.note_event(connection, Event(now, "error", "list.unsure", feed.name, text))
                return
            header = self._header(connection, feed, len(lost), now, terms)
            keys = pl.Series([key for key, _ in lost], dtype=pl.String)
            packages, _ = pack(
                withdrawal_xml(keys), header, load_gate(header.version), self._new_guid
            )
            drafts = [
                draft(package, _withdrawal_context(keys.gather(package.rows)))
                for package in packages
            ]
            self._outbox.put(connection, feed.name, drafts, now)
            units.add_packages(connection, unit_id, -1, [(made.guid, 0) for made in drafts])
            day = local_day(now)
            store.remember(connection, state.id, unit_id, day, lost, present=False)
        report.withdrawn += len(lost)

    def _unidentified(self, connection: Connection, feed: Feed, unit_id: int) -> int:
        """Count the refused rows of a list that may be records which it seems to lack."""
        kind = feed.mapping.kind
        sound = set(kind.field_names) - set(feed.mapping.key)
        return refusals.unidentified(connection, unit_id, sound, (GATE_RULE,))

    def _header(
        self, connection: Connection, feed: Feed, records: int, now: datetime, terms: Terms
    ) -> Header:
        """Make the header that a batch's packages share, with sequence numbers reserved for them."""
        first = self._outbox.reserve(
            connection, feed.name, packages_for(records), now,
            ordered=feed.mapping.change.mode != "append",
        )  # fmt: skip
        kind = feed.mapping.kind
        return Header(
            guid="", department=feed.mapping.department, feed=feed.name, kind=kind.name,
            version=terms.version or kind.version, sequence=first, created_at=now, records=0,
        )  # fmt: skip


def _withdrawal_context(keys: pl.Series) -> pl.DataFrame:
    return pl.DataFrame({"#key": keys}).with_columns(
        pl.lit("").alias("#ref"), pl.lit("withdrawn").alias("#change")
    )
