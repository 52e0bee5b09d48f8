"""Versions of one record that are under way together, of which the centre turns down some."""

from collections.abc import Iterator
from typing import Any

import polars as pl
import pytest
from sqlalchemy import Engine

from adapters import Batch
from gateway.exchange import feed_store, refusal_store
from gateway.exchange.context import keys_of
from gateway.reconciliation.compare import compare_records
from gateway.store.open import open_store
from outbox import Claim
from tests.support.delivery_town import FEED, Town, accepted, refused
from tests.support.line import fetch
from tests.support.stores import clear


class Centre(Town):
    """A town whose centre holds what it has accepted; its first record is corrected twice."""

    def __init__(self, engine: Engine, versions: int, mode: str = "update") -> None:
        super().__init__(engine, rows=2, mode=mode)
        first, second = self.adapter.units[0]
        for number in range(1, versions):
            rows = [{**first, "XK_NR": f"准予排放废水，第 {number} 版"}, second]
            self.adapter.units.append(rows if mode == "full" else rows[:1])
        fetch(engine, self.feed)
        self.key = keys_of(self.context(0))[0]
        self.has: set[str] = set()

    def context(self, place: int) -> bytes:
        with self.engine.connect() as connection:
            return self.box.context(connection, self.messages()[place].guid)

    def judge(self, *answers: str) -> None:
        """Deliver what is under way; the centre answers so of the record that is corrected."""
        for answer in answers:
            self.step(lambda claim, a=answer: self._taken(claim, a))

    def _taken(self, claim: Claim, answer: str) -> Any:
        keys = keys_of(claim.context)
        self.has |= set(keys) - ({self.key} if answer == "refused" else set())
        return refused(claim) if answer == "refused" else accepted(claim)

    def differences(self) -> list[str]:
        """Return what reconciliation knows of the record: that it is there, not its version."""
        with self.engine.connect() as connection:
            sent = feed_store.sent_records(connection, FEED)
        held = {key: sent.get(key, "") for key in self.has}
        return [one.what for one in compare_records(sent, held)]

    def open_refusals(self) -> int:
        with self.engine.connect() as connection:
            return len(refusal_store.refusals(connection, FEED))


@pytest.mark.parametrize(
    ("answers", "open_now"),
    [
        (("refused", "refused"), 1),
        (("refused", "accepted"), 0),
        (("accepted", "refused"), 1),
        (("accepted", "accepted"), 0),
        (("refused", "refused", "refused"), 1),
        (("refused", "accepted", "accepted"), 0),
        (("refused", "refused", "accepted"), 0),
        (("accepted", "refused", "refused"), 1),
        (("refused", "accepted", "refused"), 1),
    ],
)
def test_what_the_gateway_says_to_be_at_the_centre_is_there(
    engine: Engine, answers: tuple[str, ...], open_now: int
) -> None:
    town = Centre(engine, len(answers))

    town.judge(*answers)

    assert town.differences() == []
    assert town.open_refusals() == open_now


def test_before_a_later_version_has_arrived_nothing_is_said_to_be_at_the_centre(
    engine: Engine,
) -> None:
    town = Centre(engine, 2)

    town.judge("refused")

    assert town.differences() == []


@pytest.mark.parametrize("answer", ["accepted", "refused"])
def test_a_list_that_is_read_again_meanwhile_changes_nothing_of_that(
    engine: Engine, answer: str
) -> None:
    town = Centre(engine, 2, mode="full")
    for said in ("refused", answer):
        town.adapter.units.append(town.adapter.units[-1])
        fetch(engine, town.feed)
        town.judge(said)

    assert town.differences() == []


def test_two_versions_in_one_unit_are_two(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """In batches of their own: the refusal of the first forgot the second, which was taken."""
    town = Centre(engine, 1)
    town.judge("accepted")
    row = {**town.adapter.units[0][0], "XK_WSH": "惠市环许〔2026〕9号"}
    frames = [pl.DataFrame([{**row, "XK_NR": f"准予排放废水，第 {n} 版"}]) for n in (1, 2)]

    def batches(_cursor: str) -> Iterator[Batch]:
        yield Batch("twice", frames[0], pl.Series(["1"]), "half", last=False)
        yield Batch("twice", frames[1], pl.Series(["2"]), "whole", last=True, declared=2)

    monkeypatch.setattr(town.adapter, "fetch", batches)
    fetch(engine, town.feed)
    town.key = keys_of(town.context(1))[0]

    town.judge("refused", "accepted")

    assert town.key in town.has
    assert town.differences() == []


def test_postgresql_says_the_same(postgresql: str) -> None:
    engine = open_store(postgresql)
    clear(engine)
    for answers in (("refused", "refused", "accepted"), ("refused", "accepted", "refused")):
        town = Centre(engine, 3)
        town.judge(*answers)
        assert town.differences() == []
        clear(engine)
    engine.dispose()


def test_a_version_that_was_taken_is_not_told_as_the_one_before_that_was_not(
    engine: Engine,
) -> None:
    """Given once more it is unchanged: its department has read the earlier refusal."""
    town = Centre(engine, 2)
    town.judge("refused", "accepted")
    town.adapter.units.append(town.adapter.units[-1])
    fetch(engine, town.feed)

    town.answer()

    told = {unit: [row["verdict"] for row in rows] for unit, rows in town.adapter.told}
    assert told == {
        "unit-0": ["refused", "accepted"],
        "unit-1": ["accepted"],
        "unit-2": ["unchanged"],
    }
