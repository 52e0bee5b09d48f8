"""The outbox as a state machine beside an in-memory reference: any order, any delay, any database."""

from dataclasses import dataclass
from datetime import timedelta
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

from outbox import Claim, Draft, LeaseLost, Outbox, writing
from outbox.tables import metadata
from tests.conftest import NOW

LEASE = timedelta(seconds=60)
LANES = ("ordered", "free")


@dataclass
class Model:
    lane: str
    sequence: int
    part: int = 0
    records: int = 1
    state: str = "waiting"


class OutboxMachine(RuleBasedStateMachine):
    """Put, claim, settle, retry, bury, revive, lose a lease: in any order, with any delay."""

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self.engine = engine
        self.box = Outbox(self.engine)
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
            assert all(m.state == "settled" for m in earlier)
        self.claims = [(c, live and c.guid != claim.guid) for c, live in self.claims] + [
            (claim, True)
        ]
        found.state = "sending"

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
                        answered=True,
                    )
                else:
                    self.box.bury(connection, claim, self.now, "refused")
            except LeaseLost:
                assert not live
                return
        assert live
        self.model[claim.guid].state = {"settle": "settled", "retry": "waiting", "bury": "dead"}[
            how
        ]

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
            except LeaseLost:
                assert not live
                return
        assert live
        self.model[claim.guid].state = "settled"
        for draft in drafts:
            self.model[draft.guid] = Model(claim.lane, claim.sequence, draft.part, draft.records)

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def revive(self, data: st.DataObject) -> None:
        guid = data.draw(st.sampled_from(sorted(self.model)))
        with writing(self.engine) as connection:
            done = self.box.revive(connection, guid, self.now, "operator")
        assert done is (self.model[guid].state in ("dead", "waiting"))
        if done:
            self.model[guid].state = "waiting"

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
            assert self.box.unsettled(connection) == sum(
                m.state != "settled" for m in self.model.values()
            )


def run(engine: Engine, stories: int) -> None:
    """Tell the outbox on an engine a number of stories of 30 steps, its tables made anew for each."""
    how = settings(max_examples=stories, stateful_step_count=30, deadline=None)
    run_state_machine_as_test(lambda: OutboxMachine(engine), settings=how)
