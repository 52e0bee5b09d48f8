"""Delivery to a real centre through a network that fails in every way it can."""

import threading
import time
from datetime import timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from gateway.delivery.settlement import UnitSettlement
from gateway.delivery.worker import Deliverer
from gateway.destinations.http import HttpDestination, HttpSettings
from gateway.events import store as event_store
from gateway.exchange import feed_store, refusal_store
from gateway.reconciliation.compare import Difference, compare_records, reconcile
from outbox import Outbox, writing
from tests.support.clock import NOW, Clock
from tests.support.line import feed_of, fetch, sound_rows
from tests.support.opened import whole
from tests.support.world import FEED, World, put

LICENCE = "environment/licence.yaml"


def test_a_package_is_delivered_and_settled(world: World) -> None:
    put(world)

    world.deliver()

    assert [m.state for m in world.messages()] == ["settled"]
    assert world.at_centre() == 3


@pytest.mark.parametrize("mode", ["refuse", "500", "lie", "hang", "swallow", "cut"])
def test_whatever_the_network_does_nothing_is_lost_or_doubled(world: World, mode: str) -> None:
    put(world)
    world.proxy.mode = mode

    world.deliver(2)
    [message] = world.messages()
    waiting, why = message.state, message.why
    world.proxy.mode = "pass"
    world.deliver()

    assert waiting == "waiting"
    assert why not in ("", "put")
    assert [m.state for m in world.messages()] == ["settled"]
    assert world.at_centre() == 3


def test_silence_costs_no_strike_and_answers_do(world: World) -> None:
    put(world)
    world.proxy.mode = "refuse"
    world.deliver(8)
    silent = world.messages()[0].state
    world.proxy.mode = "500"
    world.deliver(5)

    assert silent == "waiting"
    assert world.messages()[0].state == "dead"


def test_a_slow_centre_is_not_flooded(world: World) -> None:
    put(world)
    world.proxy.mode = "hang"

    for _ in range(20):
        world.deliverer.step([FEED])

    assert world.proxy.seen == 1


def test_a_dead_letter_is_sent_again_when_a_person_says_so(world: World) -> None:
    put(world)
    world.proxy.mode = "500"
    world.deliver(5)
    world.proxy.mode = "pass"
    [dead] = world.messages()
    box = Outbox(world.engine)

    with writing(world.engine) as connection:
        assert box.requeue(connection, dead.guid, world.clock(), "operator: mended")
    world.deliver()

    assert world.messages()[0].state == "settled"
    assert world.at_centre() == 3


def test_a_wrong_token_is_an_answer_and_says_so(world: World) -> None:
    put(world)
    client = HttpDestination(
        HttpSettings(url=f"http://127.0.0.1:{world.proxy.port}", token=SecretStr("wrong"))
    )
    deliverer = Deliverer(
        world.engine,
        Outbox(world.engine),
        client,
        UnitSettlement(world.engine, Outbox(world.engine)),
        world.clock,
        timedelta(minutes=5),
    )

    deliverer.step([FEED])
    client.close()

    assert "HTTP 401" in world.messages()[0].why


def test_a_record_that_the_centre_refuses_opens_a_refusal_with_its_source_row(world: World) -> None:
    put(world)
    with world.engine.begin() as connection:
        damage_payload(connection)

    world.deliver()

    with world.engine.connect() as connection:
        [refused] = refusal_store.refusals(connection)
        [totals] = feed_store.totals(connection)
    assert refused.refused_by == "centre"
    assert whole(refused.row)["XK_ZT"] == "0"
    assert refused.faults[0].rule == "facet.code"
    assert (totals.accepted, totals.turned_down, totals.waiting) == (2, 1, 0)


def test_a_record_that_the_centre_refused_travels_again_once_fetched_again(world: World) -> None:
    rows = sound_rows(LICENCE, 3)
    feed, adapter = feed_of(LICENCE, rows)
    fetch(world.engine, feed)
    with world.engine.begin() as connection:
        damage_payload(connection)
    world.deliver()

    adapter.units.append(rows)
    report = fetch(world.engine, feed, world.clock.now)
    world.deliver()

    assert report.counts["packed"] == 1
    assert world.at_centre() == 3
    with world.engine.connect() as connection:
        assert refusal_store.refusals(connection) == []


def damage_payload(connection: object) -> None:
    """Break one record of the waiting package behind the gateway's back."""
    import zstandard

    payload = connection.execute(text("SELECT payload FROM outbox_content")).scalar_one()  # type: ignore[attr-defined]
    xml = zstandard.decompress(payload).replace(b"<c:Status>0", b"<c:Status>8", 1)
    connection.execute(
        text("UPDATE outbox_content SET payload = :p"), {"p": zstandard.compress(xml)}
    )  # type: ignore[attr-defined]


def test_reconciliation_balances_and_names_the_record_that_does_not(world: World) -> None:
    put(world)
    world.deliver()
    box = Outbox(world.engine)
    [balanced] = reconcile(world.engine, box, world.queries)

    with world.centre.begin() as connection:
        key = connection.execute(text("SELECT min(key) FROM administrative_licence")).scalar_one()
        connection.execute(
            text("DELETE FROM administrative_licence WHERE key = :key"), {"key": key}
        )
    [unbalanced] = reconcile(world.engine, box, world.queries)

    assert balanced.differences == ()
    assert [(d.gateway, d.centre) for d in balanced.days] == [(3, 3)]
    assert unbalanced.differences == (Difference(key, "missing"),)
    assert not unbalanced.balanced


def test_a_difference_of_content_is_named_too() -> None:
    found = compare_records({"a": "1", "b": "1", "c": ""}, {"b": "2", "c": "3", "d": "4"})

    assert found == (
        Difference("b", "different"),
        Difference("a", "missing"),
        Difference("d", "unexpected"),
    )


def test_a_window_that_is_closed_delivers_nothing(world: World) -> None:
    put(world)

    assert world.deliverer.step([]) is False
    assert world.deliverer.step(["another.feed"]) is False
    assert world.proxy.seen == 0
    assert NOW


def test_a_centre_that_is_gone_is_left_alone_then_probed_by_one_package(world: World) -> None:
    units = [[row] for row in sound_rows(LICENCE, 9)]
    feed, _ = feed_of(LICENCE, *units, mode="append")
    fetch(world.engine, feed)
    world.proxy.mode = "refuse"

    tried = [world.deliverer.step([FEED]) for _ in range(9)]
    world.clock.now += timedelta(minutes=1)
    probed = [world.deliverer.step([FEED]) for _ in range(3)]
    world.proxy.mode = "pass"
    world.clock.now += timedelta(minutes=1)
    delivered = [world.deliverer.step([FEED]) for _ in range(9)]

    assert tried == [True] * 5 + [False] * 4
    assert probed == [True, False, False]
    assert delivered == [True] * 9
    assert world.at_centre() == 9
    with world.engine.connect() as connection:
        names = [event.name for event in event_store.events(connection)]
    assert names.count("centre.unavailable") == 1
    assert names[0] == "centre.available"


def test_a_store_that_fails_leaves_the_probe_to_be_made(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed, _ = feed_of(LICENCE, *([row] for row in sound_rows(LICENCE, 6)), mode="append")
    fetch(world.engine, feed)
    world.proxy.mode = "refuse"
    for _ in range(6):
        world.deliverer.step([FEED])
    world.proxy.mode = "pass"
    world.clock.now += timedelta(minutes=1)
    with monkeypatch.context() as broken:
        broken.setattr(Outbox, "claim", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            world.deliverer.step([FEED])

    assert world.deliverer.step([FEED]) is True
    assert world.at_centre() == 1


def test_a_slow_centre_does_not_cost_a_live_worker_its_lease(world: World) -> None:
    put(world)
    world.proxy.mode = "slow"
    box = Outbox(world.engine)
    clock = Clock()
    deliverer = Deliverer(
        world.engine,
        box,
        world.client,
        UnitSettlement(world.engine, box),
        clock,
        timedelta(seconds=60),
    )
    sending = threading.Thread(target=deliverer.step, args=([FEED],))
    sending.start()
    while not world.proxy.seen:
        time.sleep(0.01)
    for _ in range(5):
        clock.now += timedelta(seconds=30)
        deliverer.beat()
    with writing(world.engine) as connection:
        taken = box.claim(connection, [FEED], clock.now, timedelta(seconds=60))
    sending.join()

    assert taken is None
    assert [m.attempts for m in world.messages()] == [1]


def test_once_the_centre_is_back_nothing_waits_out_its_delay(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Waits that chance would make long, so that there is one to be cut short.
    monkeypatch.setattr("gateway.delivery.worker.random.random", lambda: 0.9)
    for _ in range(3):
        put(world, 1)
    feed, _ = feed_of(LICENCE, *([row] for row in sound_rows(LICENCE, 8)), mode="append")
    fetch(world.engine, feed)
    world.proxy.mode = "refuse"
    for _ in range(40):
        world.deliverer.step([FEED])
        world.clock.now += timedelta(seconds=20)
    with world.engine.connect() as connection:
        later = [
            m
            for m in Outbox(world.engine).messages(connection)
            if m.not_before > world.clock.now + timedelta(minutes=1)
        ]
    world.proxy.mode = "pass"
    world.clock.now += timedelta(minutes=1)
    while world.deliverer.step([FEED]):
        pass

    assert later
    assert {m.state for m in world.messages()} == {"settled"}
