"""The outbox against an in-memory reference: no message is lost, doubled or out of order."""

import tempfile
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from uuid import UUID, uuid4

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import Engine, text

from outbox import Claim, Draft, LeaseLost, Outbox, RetryPolicy, open_engine, writing
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

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.engine = open_engine(f"sqlite:///{self.folder.name}/outbox.db")
        self.box = Outbox(self.engine)
        self.box.create()
        self.now = NOW
        self.model: dict[str, Model] = {}
        self.made = count(1)
        self.claims: list[tuple[Claim, bool]] = []

    def teardown(self) -> None:
        self.engine.dispose()
        self.folder.cleanup()

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


OutboxMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestOutboxMachine = OutboxMachine.TestCase


def put(
    engine: Engine, count: int = 1, lane: str = "demo.feed", *, ordered: bool = True
) -> list[str]:
    box = Outbox(engine)
    with writing(engine) as connection:
        first = box.reserve(connection, lane, count, NOW, ordered=ordered)
        drafts = [Draft(str(uuid4()), first + n, b"x", b"", 1) for n in range(count)]
        box.put(connection, lane, drafts, NOW)
    return [draft.guid for draft in drafts]


def test_a_dead_message_holds_its_own_lane_and_no_other(engine: Engine) -> None:
    first, second = put(engine, 2)
    [other] = put(engine, 1, "demo.other")
    box = Outbox(engine)

    with writing(engine) as connection:
        claim = box.claim(connection, ["demo.feed"], NOW, LEASE)
        assert claim is not None
        box.bury(connection, claim, NOW, "refused whole")
    with writing(engine) as connection:
        following = box.claim(connection, ["demo.feed", "demo.other"], NOW, LEASE)
        nothing = box.claim(connection, ["demo.feed"], NOW, LEASE)

    assert (claim.guid, following and following.guid, nothing) == (first, other, None)
    assert second


def test_every_state_that_a_message_passed_is_kept_with_its_reason(engine: Engine) -> None:
    [guid] = put(engine)
    box = Outbox(engine)

    with writing(engine) as connection:
        claim = box.claim(connection, ["demo.feed"], NOW, LEASE)
        assert claim is not None
        box.retry(connection, claim, NOW, "HTTP 503", delay=timedelta(), answered=True)
        again = box.claim(connection, ["demo.feed"], NOW, LEASE)
        assert again is not None
        box.settle(connection, again, NOW, "accepted 1")
        history = box.history(connection, guid)

    assert [(state, why) for _, state, why in history] == [
        ("waiting", "put"), ("sending", "claimed"), ("waiting", "HTTP 503"),
        ("sending", "claimed"), ("settled", "accepted 1"),
    ]  # fmt: skip


def test_every_connection_of_a_sqlite_store_is_durable(engine: Engine) -> None:
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 60_000}

    connections = [engine.connect() for _ in range(3)]

    for connection in connections:
        found = {name: connection.execute(text(f"PRAGMA {name}")).scalar_one() for name in wanted}
        assert found == wanted
        connection.close()


@pytest.mark.parametrize(
    ("attempts", "chance", "retry_after", "seconds"),
    [(1, 0.0, None, 0.5), (1, 1.0, None, 1.0), (4, 0.0, None, 4.0), (40, 0.0, None, 300.0), (1, 0.0, 90.0, 90.0), (1, 0.0, 1e9, 86_400.0)],
)  # fmt: skip
def test_a_retry_waits_longer_each_time_and_never_less_than_the_receiver_asks(
    attempts: int, chance: float, retry_after: float | None, seconds: float
) -> None:
    assert RetryPolicy().delay(attempts, chance, retry_after).total_seconds() == seconds
