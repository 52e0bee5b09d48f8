"""What departments are told of rows that came before: never more than the centre has said."""

from dataclasses import replace

import pytest

from adapters import Tally
from gateway.central.intake.validate import validate
from gateway.events import store as event_store
from gateway.exchange.acknowledge import acknowledge_due
from gateway.exchange.feed import Feed
from gateway.protocol.verdict import Verdict
from gateway.text import Text
from outbox import Outbox
from tests.support.line import ListAdapter, feed_of, fetch, sound_rows
from tests.support.world import World

LICENCE = "environment/licence.yaml"


def tell(world: World, feed: Feed) -> None:
    acknowledge_due(world.engine, Outbox(world.engine), feed, world.clock, 0.0)


def test_a_row_sent_before_is_acknowledged_when_its_package_has_its_verdict_and_not_before(
    world: World,
) -> None:
    rows = sound_rows(LICENCE, 3)
    # The third list has nothing of its own: it waits for the first, which sent its rows.
    feed, adapter = feed_of(LICENCE, rows, [*rows, *sound_rows(LICENCE, 5)[3:]], rows, mode="full")
    fetch(world.engine, feed)

    tell(world, feed)
    before = list(adapter.told)
    while world.deliverer.step([feed.name]):
        tell(world, feed)

    tell(world, feed)
    assert before == []
    assert sorted(name for name, _ in adapter.told) == ["unit-0", "unit-1", "unit-2"]


def test_of_a_row_sent_before_its_department_hears_what_the_centre_said_of_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stricter(xml, today, charset=""):
        validation = validate(xml, today, charset)
        validation.faults[1] = [
            Verdict(
                validation.records.keys[1],
                "refused",
                "XK_NR",
                "centre.rule",
                Text("不收", "not taken"),
            )
        ]
        return validation

    monkeypatch.setattr("gateway.central.intake.receive.validate", stricter)
    rows = sound_rows(LICENCE, 3)
    feed, adapter = feed_of(LICENCE, rows, rows)
    fetch(world.engine, feed)
    world.deliver()
    tell(world, feed)

    assert [[v["verdict"] for v in verdicts] for _, verdicts in adapter.told] == [
        ["accepted", "refused", "accepted"],
        ["unchanged", "refused", "unchanged"],
    ]
    assert adapter.told[1][1][1]["en"] == "not taken"


def test_an_adapter_that_can_hears_what_a_unit_held_beside_its_rows(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = sound_rows(LICENCE, 2)
    feed, adapter = feed_of(LICENCE, rows)
    source = adapter.fetch
    tally = Tally(counted=6, lines=6, left_out=1, blank=2, deleted=1)
    told: list[tuple[str, Tally, int]] = []
    monkeypatch.setattr(
        adapter, "fetch", lambda cursor: (replace(b, tally=tally) for b in source(cursor))
    )
    monkeypatch.setattr(
        ListAdapter,
        "acknowledge_with_tally",
        lambda self, unit, verdicts, tally: told.append(
            (unit, tally, sum(f.height for f in verdicts))
        ),
        raising=False,
    )
    fetch(world.engine, feed)
    world.deliver()

    tell(world, feed)

    assert told == [("unit-0", tally, 2)]


def test_an_adapter_that_fails_in_an_unforeseen_way_stops_no_other_and_is_told_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed, adapter = feed_of(LICENCE, sound_rows(LICENCE, 2))

    def broken(unit: str, verdicts: object) -> None:
        raise KeyError("a stranger's mistake")

    fetch(world.engine, feed)
    world.deliver()
    with monkeypatch.context() as patched:
        patched.setattr(adapter, "acknowledge", broken)
        acknowledged = acknowledge_due(world.engine, Outbox(world.engine), feed, world.clock, 0.0)

    with world.engine.connect() as connection:
        [event] = [e for e in event_store.events(connection, 10) if e.name == "acknowledge.failed"]
    assert acknowledged == (0, 1)
    assert "KeyError" in event.text.zh
