"""The outbox as a state machine beside a reference in memory: any order and delay."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine, text

from outbox import Claim, Draft, LeaseLostError, Outbox, PayloadCipher, maintenance, writing
from outbox.tables import metadata
from tests.support.clock import NOW

LEASE = timedelta(seconds=60)
LANES = ("ordered", "free")


@dataclass
class Model:
    lane: str
    sequence: int
    part: int = 0
    records: int = 1
    state: str = "waiting"
    payload: bool = True
    settled_at: datetime | None = None
    replayed: bool = False


CLOSED = ("settled", "dropped")


class OutboxMachine(RuleBasedStateMachine):
    """Put, claim, settle, retry, bury, revive, replay, drop, purge, lose a lease."""

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self.engine = engine
        self.box = Outbox(self.engine, PayloadCipher({"k1": b"1" * 32, "k2": b"2" * 32}, "k1"))
        metadata.drop_all(engine)
        self.box.create()
        self.now = NOW
        self.model: dict[str, Model] = {}
        self.made = count(1)
        self.claims: list[tuple[Claim, bool]] = []

    def guid(self) -> str:
        """Make a GUID that is the same in every replay of a story."""
        return str(UUID(int=next(self.made)))

    @rule(lane=st.sampled_from(LANES), number=st.integers(1, 3), records=st.integers(1, 5))
    def put(self, lane: str, number: int, records: int) -> None:
        with writing(self.engine) as connection:
            first = self.box.reserve(connection, lane, number, self.now, ordered=lane == "ordered")
            drafts = [
                Draft(self.guid(), first + n, b"payload", b"", records) for n in range(number)
            ]
            self.box.put(connection, lane, drafts, self.now)
        for draft in drafts:
            self.model[draft.guid] = Model(lane, draft.sequence, 0, records)

    @rule(lanes=st.sets(st.sampled_from(LANES), min_size=1))
    def claim(self, lanes: set[str]) -> None:
        with writing(self.engine) as connection:
            claim = self.box.claim(connection, sorted(lanes), self.now, LEASE)
        if claim is None:
            return
        found = self.model[claim.guid]
        assert found.lane in lanes
        held = {c.guid for c, live in self.claims if live and c.until >= self.now}
        assert claim.guid not in held
        if found.lane == "ordered":
            earlier = [
                m
                for m in self.model.values()
                if m.lane == "ordered" and (m.sequence, m.part) < (found.sequence, found.part)
            ]
            assert all(m.state in CLOSED for m in earlier)
        self.claims = [(c, live and c.guid != claim.guid) for c, live in self.claims] + [
            (claim, True)
        ]
        found.state = "sending"

    @precondition(lambda self: self.claims)
    @rule(data=st.data())
    def renew(self, data: st.DataObject) -> None:
        index = data.draw(st.integers(0, len(self.claims) - 1))
        claim, live = self.claims[index]
        until = self.now + LEASE
        with writing(self.engine) as connection:
            renewed = self.box.renew(connection, [claim], until)
        assert renewed == live
        if live:
            self.claims[index] = replace(claim, until=until), live

    @rule(seconds=st.integers(1, 90))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @precondition(lambda self: self.claims)
    @rule(data=st.data(), how=st.sampled_from(["settle", "retry", "bury"]))
    def end(self, data: st.DataObject, how: str) -> None:
        index = data.draw(st.integers(0, len(self.claims) - 1))
        claim, live = self.claims.pop(index)
        with writing(self.engine) as connection:
            try:
                if how == "settle":
                    self.box.settle(connection, claim, self.now, "ok")
                elif how == "retry":
                    self.box.retry(
                        connection,
                        claim,
                        self.now,
                        "slow",
                        delay=timedelta(seconds=5),
                        outcome="failed",
                    )
                else:
                    self.box.bury(connection, claim, self.now, "refused")
            except LeaseLostError:
                assert not live
                return
        assert live
        found = self.model[claim.guid]
        found.state = {"settle": "settled", "retry": "waiting", "bury": "dead"}[how]
        if how == "settle":
            found.settled_at = self.now

    @precondition(lambda self: any(claim.records > 1 for claim, _ in self.claims))
    @rule(data=st.data())
    def split(self, data: st.DataObject) -> None:
        wide = [index for index, (claim, _) in enumerate(self.claims) if claim.records > 1]
        claim, live = self.claims.pop(data.draw(st.sampled_from(wide)))
        at = data.draw(st.integers(1, claim.records - 1))
        drafts = [
            Draft(self.guid(), claim.sequence, b"half", b"", size, part=claim.part + first)
            for first, size in ((0, at), (at, claim.records - at))
        ]
        with writing(self.engine) as connection:
            try:
                self.box.split(connection, claim, drafts, self.now, "refused whole")
            except LeaseLostError:
                assert not live
                return
        assert live
        whole = self.model[claim.guid]
        whole.state, whole.payload, whole.settled_at = "settled", False, self.now
        for draft in drafts:
            self.model[draft.guid] = Model(claim.lane, claim.sequence, draft.part, draft.records)

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def requeue(self, data: st.DataObject) -> None:
        guid = data.draw(st.sampled_from(sorted(self.model)))
        with writing(self.engine) as connection:
            done = self.box.requeue(connection, guid, self.now, "operator")
        assert done is (self.model[guid].state in ("dead", "waiting"))
        if done:
            self.model[guid].state = "waiting"

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def replay(self, data: st.DataObject) -> None:
        guids = data.draw(
            st.lists(st.sampled_from(sorted(self.model)), min_size=1, max_size=4, unique=True)
        )
        with writing(self.engine) as connection:
            done = maintenance.replay(connection, guids, self.now, "operator")
        able = [g for g in guids if self.model[g].state == "settled" and self.model[g].payload]
        assert done == sorted(able)
        for guid in done:
            self.model[guid].state = "waiting"
            self.model[guid].replayed = True

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def drop(self, data: st.DataObject) -> None:
        guid = data.draw(st.sampled_from(sorted(self.model)))
        found = self.model[guid]
        with writing(self.engine) as connection:
            done = self.box.drop(connection, guid, self.now, "operator")
        assert done is (found.state in ("dead", "waiting"))
        if done:
            # A replay is called off; what was never delivered never will be.
            found.state = "settled" if found.replayed else "dropped"
            found.settled_at = found.settled_at if found.replayed else self.now

    @rule(seconds=st.integers(0, 120), payloads=st.booleans())
    def purge(self, seconds: int, payloads: bool) -> None:
        before = self.now - timedelta(seconds=seconds)
        over = {
            guid
            for guid, m in self.model.items()
            if m.state in CLOSED and m.settled_at is not None and m.settled_at < before
        }
        with writing(self.engine) as connection:
            found = maintenance.closed(
                connection, maintenance.Choice(until=before), 1000, payloads=payloads
            )
            remove = maintenance.purge_payloads if payloads else maintenance.purge_messages
            # Asked to remove all that there is, it leaves what is open.
            still_open = sorted(g for g, m in self.model.items() if m.state not in CLOSED)
            remove(connection, [*found, *still_open])
        if payloads:
            assert set(found) == {guid for guid in over if self.model[guid].payload}
        else:
            assert set(found) == over
        for guid in found:
            if payloads:
                self.model[guid].payload = False
            else:
                del self.model[guid]

    @rule(key=st.sampled_from(["k1", "k2"]))
    def seal_anew(self, key: str) -> None:
        self.box.seal.current = key
        with writing(self.engine) as connection:
            maintenance.seal_anew(connection, self.box.seal, 1000)

    @rule()
    def restart(self) -> None:
        with writing(self.engine) as connection:
            self.box.release_all(connection, self.now)
        self.claims = [(claim, False) for claim, _ in self.claims]
        for message in self.model.values():
            if message.state == "sending":
                message.state = "waiting"

    @invariant()
    def every_message_is_in_the_state_that_the_model_says(self) -> None:
        with self.engine.connect() as connection:
            rows = connection.execute(text("SELECT guid, state FROM outbox_message"))
            states = {row.guid: row.state for row in rows}
            assert states == {guid: m.state for guid, m in self.model.items()}
            kept = connection.execute(text("SELECT guid, key_id FROM outbox_content"))
            assert {row.guid for row in kept} == {g for g, m in self.model.items() if m.payload}
            assert self.box.unsettled(connection) == sum(
                m.state not in CLOSED for m in self.model.values()
            )


def run(engine: Engine, stories: int) -> None:
    """Run a number of stories of 30 steps on an engine, its tables made anew for each."""
    how = settings(max_examples=stories, stateful_step_count=30, deadline=None)
    run_state_machine_as_test(lambda: OutboxMachine(engine), settings=how)
