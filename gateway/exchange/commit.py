"""Stores what a fetch brings, in one transaction a batch.

That is its packages, its refusals, the cursor, and the mark where the source is our own store.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from adapters import BadUnit, Batch
from adapters.text import Text as AdapterText
from gateway import tracing
from gateway.clock import Clock, local_day
from gateway.events import store as event_store
from gateway.events.store import Event
from gateway.exchange import (
    acknowledgement_store,
    contents,
    feed_store,
    quality_notes,
    refusal_store,
    restores,
    source_units,
    taking,
    unit_store,
)
from gateway.exchange.batch_plan import BatchPlan, bad_unit_fates, prepare
from gateway.exchange.feed import Feed
from gateway.exchange.newer import newer_keys
from gateway.exchange.offered import Decision, wanted_again
from gateway.exchange.own_store import owner_of
from gateway.exchange.pipeline import Checked, check, row_faults
from gateway.exchange.schema_drift import Shape, columns_of, failing_fields
from gateway.exchange.turned_down import with_turned_down
from gateway.exchange.well_formed import with_columns
from gateway.exchange.withdrawal import header_of
from gateway.submissions.names import MENDED
from gateway.text import Text
from gateway.text import exchange as messages
from outbox import Outbox, writing

#: Rule of a row whose batch a person has given up.
BROKEN_RULE = "source.given_up"


@dataclass(frozen=True, slots=True)
class Terms:
    """What the catalogue asks of a feed: when records are due, in which standard version.

    The version is the mapping's own where the catalogue is silent.
    """

    due_within: timedelta | None = None
    version: str | None = None


NO_TERMS = Terms()


@dataclass(frozen=True, slots=True)
class Commits:
    """Stores the items of one feed's fetch; each method is one transaction that writes."""

    engine: Engine
    outbox: Outbox
    clock: Clock
    new_guid: Callable[[], str]
    feed: Feed
    terms: Terms

    def checked(self, batch: Batch, old_shape: Shape) -> tuple[Checked, Shape]:
        """Return a batch after the line's checks, and what its source looks like by it."""
        mapping = self.feed.mapping
        columns = columns_of(batch) if batch.rows.width else old_shape.columns
        rows = with_columns(batch, mapping).rows
        today = local_day(self.clock())
        checked = check(rows, mapping, today, row_faults(batch.faults), self.terms.version)
        shape = Shape(columns, failing_fields(checked.faults, rows.height, old_shape.failing))
        return checked, shape

    def take(
        self,
        state: feed_store.FeedState,
        batch: Batch,
        checked: Checked,
        shape: Shape,
        decision: Decision,
    ) -> tuple[feed_store.FeedState, dict[str, int]]:
        """Store a checked batch; return where the feed stands then, and the batch's counts."""
        feed, mapping, now = self.feed, self.feed.mapping, self.clock()
        batch = with_columns(batch, mapping)
        owner = owner_of(feed.adapter, batch.unit)
        with writing(self.engine) as connection:
            place = self._place(connection, batch.unit, decision.place)
            known_records = feed_store.known_records(connection, state.id, checked.keys.unique())
            earlier = decision.earlier
            unit_id = earlier.id if earlier is not None and not earlier.over else 0
            newer = newer_keys(
                connection,
                state.id,
                known_records,
                unit_id,
                place,
                by_hand=batch.unit.startswith(MENDED),
            )
            header = header_of(
                self.outbox, connection, feed, batch.rows.height, now, self.terms.version
            )
            if mapping.change.mode == "full":
                checked = with_turned_down(connection, state.id, checked, batch.rows, now)
        newer = newer if mapping.change.mode != "append" else frozenset()
        prepared = prepare(
            batch, checked, known_records, mapping, unit_id, header, self.new_guid, newer
        )
        with writing(self.engine) as connection:
            state = feed_store.advance(connection, state, batch.cursor)
            state = feed_store.keep_shape(connection, state, shape)
            unit_id = taking.begin_unit(
                connection, state.id, batch.unit, now, place=place, anew=decision.anew
            )
            self._keep(connection, state.id, unit_id, batch, prepared, now)
            if owner is not None and batch.last:
                owner.keep_within(connection, batch.unit)
        for draft in prepared.drafts:
            tracing.note(
                draft.guid, "package.put", feed=feed.name, unit=batch.unit, records=draft.records
            )
        return state, prepared.counts | {"changed": prepared.changed}

    def _keep(
        self,
        connection: Connection,
        feed_id: int,
        unit_id: int,
        batch: Batch,
        prepared: BatchPlan,
        now: datetime,
    ) -> None:
        due = self.terms.due_within
        due_at = None if due is None else now + due
        drafts = [replace(draft, due_at=due_at) for draft in prepared.drafts]
        number = unit_store.add_batch(
            connection,
            unit_id,
            prepared.counts | {"changed": prepared.changed},
            prepared.fates,
            last=batch.last,
            declared=batch.declared,
            tally=batch.tally,
            contents=contents.contents_of(batch.rows, batch.refs),
        )
        if batch.last:
            source_units.end(connection, feed_id, batch.unit)
        else:
            source_units.begun_again(connection, feed_id, batch.unit)
        self.outbox.put(connection, self.feed.name, drafts, now)
        links = [(draft.guid, draft.records) for draft in drafts]
        unit_store.add_packages(connection, unit_id, number, links)
        unit_store.wait_for(connection, unit_id, prepared.waits)
        if batch.again:
            counts = prepared.counts
            new_rows = counts["rows"] - counts["unchanged"] - counts["superseded"]
            if new_rows:
                restores.count_again(connection, self.feed.name, 0 if number else 1, new_rows)
        feed_store.see(connection, feed_id, unit_id, prepared.keys_seen)
        feed_store.remember(connection, feed_id, unit_id, local_day(now), prepared.records_sent)
        refusal_store.mend(connection, feed_id, prepared.mended, now)
        refusal_store.open_refusals(connection, feed_id, unit_id, prepared.refused, now)
        quality_notes.keep(connection, feed_id, unit_id, prepared.cleanings, prepared.warnings)
        acknowledgement_store.settle_unit(connection, unit_id, now)

    def refuse_unit(
        self, state: feed_store.FeedState, bad: BadUnit
    ) -> tuple[feed_store.FeedState, Text]:
        """Refuse a unit as a whole; return where the feed stands then, and the reason.

        The reason, which names the unit, is kept like a record's, and the cursor passes the unit.
        One that was refused for the same reason before is passed over.
        """
        feed, now = self.feed, self.clock()
        text = Text(bad.zh, bad.en)
        named = messages.unit_refused(bad.unit.rpartition("@")[0] or bad.unit, text)
        refused = contents.of_refused(bad.rule, bad.zh)
        owner = owner_of(feed.adapter, bad.unit)
        with writing(self.engine) as connection:
            state = feed_store.advance(connection, state, bad.cursor)
            earlier = taking.standing(connection, state.id, bad.unit)
            over = earlier is not None and earlier.over
            read_again = over and wanted_again(connection, state.id, bad.unit)
            if owner is not None:
                owner.refuse_within(connection, bad)
            if over and not read_again and earlier is not None and earlier.contents == refused:
                source_units.refused(connection, state.id, bad.unit, earlier.id)
                return state, named
            place = earlier.place if over and earlier is not None else None
            place = self._place(connection, bad.unit, place)
            unit_id = taking.begin_unit(connection, state.id, bad.unit, now, place=place, anew=over)
            source_units.refused(connection, state.id, bad.unit, unit_id)
            fates = bad_unit_fates(bad.zh, bad.en, bad.rule)
            unit_store.add_batch(
                connection, unit_id, {}, fates, last=True, declared=None, contents=refused
            )
            fault = refusal_store.Fault("", bad.rule, text)
            refused_whole = refusal_store.Refused(refusal_store.bounded(bad.unit), "", {}, (fault,))
            refusal_store.open_refusals(connection, state.id, unit_id, [refused_whole], now)
            event_store.note_event(
                connection, Event(now, "warning", "unit.refused", feed.name, named)
            )
            acknowledgement_store.settle_unit(connection, unit_id, now)
        return state, named

    def refuse_rows(
        self, state: feed_store.FeedState, batch: Batch, reason: AdapterText, decision: Decision
    ) -> tuple[feed_store.FeedState, dict[str, int]]:
        """Refuse each row of a batch; return where the feed stands then, and the batch's counts.

        The batch cannot be processed, and a person has given it up.
        """
        batch = with_columns(batch, self.feed.mapping)
        now, height = self.clock(), batch.rows.height
        text = messages.row_given_up(Text(*reason))
        fault = refusal_store.Fault("", BROKEN_RULE, text)
        marks = batch.marks
        fates = bad_unit_fates(text.zh, text.en, BROKEN_RULE, batch.refs, marks)
        stable = batch.stable_refs
        refused = [
            refusal_store.Refused(
                refusal_store.bounded(ref if stable else f"{batch.unit}#{ref}"), ref, row, (fault,)
            )
            for ref, row in zip(batch.refs, batch.rows.to_dicts(), strict=True)
        ]
        counts = {"rows": height, "refused": height}
        with writing(self.engine) as connection:
            state = feed_store.advance(connection, state, batch.cursor)
            unit_id = taking.begin_unit(
                connection, state.id, batch.unit, now, place=decision.place, anew=decision.anew
            )
            unit_store.add_batch(
                connection,
                unit_id,
                counts,
                fates,
                last=batch.last,
                declared=batch.declared,
                tally=batch.tally,
                contents=contents.contents_of(batch.rows, batch.refs),
            )
            refusal_store.open_refusals(connection, state.id, unit_id, refused, now)
            event = Event(
                now,
                "warning",
                "unit.given_up",
                self.feed.name,
                messages.unit_refused(batch.unit, text),
            )
            event_store.note_event(connection, event)
            source_units.went_through(connection, state.id)
            acknowledgement_store.settle_unit(connection, unit_id, now)
        return state, counts

    def pass_over(
        self, state: feed_store.FeedState, batch: Batch, decision: Decision
    ) -> feed_store.FeedState:
        """Pass over a unit that was taken before; return where the feed stands then.

        An event says so, and its department is told of the unit once more.
        """
        now, earlier = self.clock(), decision.earlier
        assert earlier is not None  # noqa: S101
        owner = owner_of(self.feed.adapter, batch.unit)
        text = messages.offered_again(batch.unit)
        with writing(self.engine) as connection:
            state = feed_store.advance(connection, state, batch.cursor)
            source_units.end(connection, state.id, batch.unit)
            event = Event(now, "warning", "unit.again", self.feed.name, text)
            event_store.note_event(connection, event)
            if owner is not None:
                owner.keep_within(connection, batch.unit)
            elif earlier.state == "acknowledged" and self._tellable(connection, earlier.id):
                acknowledgement_store.tell_again(connection, earlier.id, now)
        return state

    def _place(self, connection: Connection, unit: str, otherwise: int | None) -> int | None:
        """Return where a unit stands in its feed's order, as far as that is not where it comes."""
        owner = owner_of(self.feed.adapter, unit)
        place = None if owner is None else owner.place_within(connection, unit)
        return otherwise if place is None else place

    def _tellable(self, connection: Connection, unit_id: int) -> bool:
        """Whether all that a department is told of a unit is still kept."""
        guids = unit_store.guids_of(connection, unit_id)
        return unit_store.has_fates(connection, unit_id) and self.outbox.opens(connection, guids)
