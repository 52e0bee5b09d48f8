"""Packages refused whole, or that end a process: the guilty record stands alone."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from gateway.central.intake.validate import PackageRefusedError, ValidatedPackage, validate
from gateway.delivery.settle import IN_A_ROW
from gateway.events import store as event_store
from gateway.exchange.acknowledge import acknowledge_due
from gateway.reconciliation.compare import reconcile
from outbox import Outbox, writing
from outbox.suspects import SUSPECT
from tests.support.line import feed_of, fetch, sound_rows
from tests.support.world import FEED, World

LICENCE = "environment/licence.yaml"


def test_a_suspect_is_sent_while_nothing_else_is(world: World) -> None:
    feed, _ = feed_of(LICENCE, *([row] for row in sound_rows(LICENCE, 3)), mode="append")
    fetch(world.engine, feed)
    for _ in range(SUSPECT):
        with writing(world.engine) as connection:
            box = Outbox(world.engine)
            first = box.claim(connection, [FEED], world.clock.now, timedelta(minutes=5))
            box.release_all(connection, world.clock.now)
    world.clock.now += timedelta(minutes=1)

    suspect = world.deliverer._claim([FEED])
    while_alone = world.deliverer._claim([FEED])

    assert first is not None
    assert suspect is not None
    assert (suspect.guid, suspect.ends) == (first.guid, SUSPECT)
    assert while_alone is None


def test_after_a_suspect_was_sent_the_others_go_on_side_by_side(world: World) -> None:
    feed, _ = feed_of(LICENCE, *([row] for row in sound_rows(LICENCE, 3)), mode="append")
    fetch(world.engine, feed)
    for _ in range(SUSPECT + 1):
        with writing(world.engine) as connection:
            box = Outbox(world.engine)
            box.claim(connection, [FEED], world.clock.now, timedelta(minutes=5))
            box.release_all(connection, world.clock.now)
        world.clock.now += timedelta(minutes=1)

    world.deliver(3)

    assert world.at_centre() == 3
    assert {message.state for message in world.messages()} == {"settled"}


def refuse_whole(
    monkeypatch: pytest.MonkeyPatch, guilty: Callable[[ValidatedPackage], bool]
) -> None:
    """Let the centre refuse a package whole for what it finds in its records."""

    def validated(xml: bytes, today: date, charset: str = "") -> ValidatedPackage:
        validation = validate(xml, today, charset)
        if guilty(validation):
            raise PackageRefusedError(
                "含有中心处理不了的记录", "holds a record that the centre cannot take in"
            )
        return validation

    monkeypatch.setattr("gateway.central.intake.receive.validate", validated)


def deliver_all(world: World) -> None:
    while world.deliverer.step([FEED]):
        pass


def test_a_poison_package_is_split_until_the_guilty_record_stands_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = sound_rows(LICENCE, 21)
    feed, adapter = feed_of(LICENCE, rows, mode="append")
    fetch(world.engine, feed)
    with monkeypatch.context() as sick:
        refuse_whole(
            sick,
            lambda found: (
                rows[13]["XK_WSH"] in found.records.columns(["DocumentNumber"])["DocumentNumber"]
            ),
        )
        deliver_all(world)
    stored, dead = world.at_centre(), [m for m in world.messages() if m.state == "dead"]
    with world.engine.connect() as connection:
        happened = {event.name for event in event_store.events(connection)}
    with writing(world.engine) as connection:
        Outbox(world.engine).requeue(
            connection, dead[0].guid, world.clock.now, "the centre is mended"
        )
    deliver_all(world)
    acknowledge_due(world.engine, Outbox(world.engine), feed, world.clock, 0.0)

    assert stored == 20
    assert [m.records for m in dead] == [1]
    assert {"package.split", "package.dead"} <= happened
    assert world.at_centre() == 21
    [(_, verdicts)] = adapter.told
    assert [(v["ref"], v["verdict"]) for v in sorted(verdicts, key=lambda v: int(v["ref"]))] == [
        (str(n), "accepted") for n in range(1, 22)
    ]
    [found] = reconcile(world.engine, Outbox(world.engine), world.queries)
    assert found.balanced


def test_a_centre_that_refuses_everything_does_not_make_a_dead_letter_of_every_record(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed, _ = feed_of(LICENCE, sound_rows(LICENCE, 200), mode="append")
    fetch(world.engine, feed)
    refuse_whole(monkeypatch, lambda _: True)

    deliver_all(world)

    dead = [m for m in world.messages() if m.state == "dead"]
    assert sum(m.records for m in dead) == 200
    assert len(dead) < 2 * IN_A_ROW
    assert max(m.records for m in dead) > 50
