"""A store with packages of one feed, and one worker whose destination answers what a test says."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, select

from gateway.delivery.settlement import UnitSettlement
from gateway.delivery.worker import Deliverer
from gateway.destinations import Outcome, Settled
from gateway.events import store as event_store
from gateway.exchange import feed_store
from gateway.exchange.acknowledge import acknowledge_due
from gateway.exchange.context import keys_of
from gateway.protocol.receipt_reader import Receipt, TurnedDown
from gateway.text import Text
from outbox import Claim, Message, Outbox, RetryPolicy
from outbox.tables import message
from tests.support.clock import NOW
from tests.support.line import feed_of, fetch, sound_rows

LICENCE = "environment/licence.yaml"
FEED = "environment.licence"
NO = Text("不行", "no")
SECOND = timedelta(seconds=1)
LEASE = timedelta(minutes=5)


def accepted(claim: Claim) -> Outcome:
    return Settled(Receipt(("accepted",) * claim.records, ()))


def refused(claim: Claim, place: int = 0) -> Outcome:
    keys = keys_of(claim.context)
    verdicts = ["accepted"] * claim.records
    verdicts[place] = "refused"
    return Settled(Receipt(tuple(verdicts), (TurnedDown(keys[place], "Status", "own.rule", NO),)))


class Town:
    """A store with a feed's packages, and one worker."""

    def __init__(self, engine: Engine, rows: int = 2, mode: str = "update", **policy: Any) -> None:
        self.engine, self.box = engine, Outbox(engine)
        self.feed, self.adapter = feed_of(LICENCE, sound_rows(LICENCE, rows), mode=mode)
        fetch(engine, self.feed)
        self.now = NOW
        self.answers: list[Any] = []
        self.sent: list[Claim] = []
        self.worker = Deliverer(
            engine,
            self.box,
            self,
            UnitSettlement(engine, self.box),
            lambda: self.now,
            LEASE,
            lambda _: RetryPolicy(**policy),  # type: ignore[arg-type]
        )

    def send(self, claim: Claim, _: list[str]) -> Outcome:
        self.sent.append(claim)
        answer = self.answers.pop(0)
        found: Outcome = answer(claim) if callable(answer) else answer
        return found

    def step(self, *answers: Any, after: timedelta = timedelta(hours=1)) -> None:
        """Deliver once for each answer, some time after one another."""
        for answer in answers:
            self.answers.append(answer)
            assert self.worker.step([FEED])
            self.now += after

    def messages(self) -> list[Message]:
        states = ("waiting", "sending", "dead", "held", "settled")
        with self.engine.connect() as connection:
            found = self.box.messages(connection, states)
        return sorted(found, key=lambda one: (one.sequence, one.guid))

    def strikes(self) -> list[int]:
        with self.engine.connect() as connection:
            return list(
                connection.execute(select(message.c.strikes).order_by(message.c.sequence)).scalars()
            )

    def told(self, name: str) -> list[event_store.Event]:
        with self.engine.connect() as connection:
            return [event for event in event_store.events(connection) if event.name == name]

    def totals(self) -> feed_store.FeedTotals:
        with self.engine.connect() as connection:
            [found] = feed_store.totals(connection)
        return found

    def answer(self) -> list[str]:
        """Let the department be told; return the verdicts of the unit told last."""
        acknowledge_due(self.engine, self.box, self.feed, lambda: self.now, 0.5)
        return [row["verdict"] for row in self.adapter.told[-1][1]] if self.adapter.told else []
