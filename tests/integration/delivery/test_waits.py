"""What a wrong clock has stored is held against what the policy allows, at the start and later."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from gateway.accounts import store as accounts
from gateway.accounts.secrets import digest_of
from gateway.accounts.tables import account, session
from gateway.alerts import store as alerts
from gateway.alerts.rules import Condition
from gateway.clock import utc_now
from gateway.events import store as event_store
from gateway.exchange import acknowledgement_store, slots
from gateway.runtime.process import GatewayProcess
from gateway.settings.model import GatewaySettings
from gateway.store.open import open_store
from gateway.store.waits import hold_waits
from gateway.text import Text
from outbox import Draft, LocalBreaker, Outbox, SharedBreaker, writing
from outbox.breaker import Breaker
from tests.support.clock import NOW
from tests.support.line import feed_of, fetch, sound_rows
from tests.support.stores import clear
from tests.support.world import World, put

LICENCE, FEED = "environment/licence.yaml", "environment.licence"
LEASE = timedelta(seconds=60)
AHEAD = timedelta(days=365)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def hold(engine: Engine, now: Any = NOW) -> None:
    hold_waits(engine, now, LEASE)


def put_and_fail(
    engine: Engine, at: Any, delay: timedelta, outcome: Any = "failed"
) -> tuple[Outbox, str]:
    """Put a message at a moment and let an attempt at it end."""
    box = Outbox(engine)
    with writing(engine) as connection:
        first = box.reserve(connection, FEED, 1, at, ordered=True)
        box.put(connection, FEED, [Draft("g1", first, b"p", b"", 1, due_at=at + DAY)], at)
        claim = box.claim(connection, [FEED], at, LEASE)
        assert claim is not None
        box.retry(connection, claim, at, "HTTP 500", delay=delay, outcome=outcome)
    return box, "g1"


@pytest.mark.parametrize("delay", [timedelta(seconds=7), timedelta(hours=20)])
def test_a_retry_that_a_clock_ahead_has_stored_lasts_as_long_as_it_was_meant_to(
    either_engine: Engine, delay: timedelta
) -> None:
    box, guid = put_and_fail(either_engine, NOW + AHEAD, delay)

    hold(either_engine)

    with either_engine.connect() as connection:
        message = box.find(connection, guid)
    assert message is not None
    assert message.not_before == NOW + delay
    assert (message.created_at, message.due_at) == (NOW, NOW + DAY)


def test_waits_that_the_policy_allows_stay_and_nothing_is_said(engine: Engine) -> None:
    box, guid = put_and_fail(engine, NOW - MINUTE, timedelta(hours=20))

    hold(engine)

    with engine.connect() as connection:
        message = box.find(connection, guid)
        said = event_store.events(connection)
    assert message is not None
    assert (message.not_before, message.created_at) == (
        NOW - MINUTE + timedelta(hours=20),
        NOW - MINUTE,
    )
    assert said == []


def test_of_a_wait_begun_before_the_clock_was_set_the_longest_of_the_policy_counts(
    engine: Engine,
) -> None:
    box, guid = put_and_fail(engine, NOW - MINUTE, MINUTE, "unreachable")
    with writing(engine) as connection:
        # By an operator, or when the centre was back, while the clock was ahead.
        connection.execute(text("UPDATE outbox_message SET not_before = '2027-04-01 00:00:00'"))

    hold(engine)

    with engine.connect() as connection:
        message = box.find(connection, guid)
    assert message is not None
    assert message.not_before == NOW + timedelta(minutes=10)


def test_a_clock_that_was_behind_gets_back_the_moments_that_it_took_for_ones_ahead(
    engine: Engine,
) -> None:
    box, guid = put_and_fail(engine, NOW, timedelta(seconds=7))

    hold(engine, NOW - AHEAD)
    with engine.connect() as connection:
        while_behind = box.find(connection, guid)
    hold(engine, NOW + MINUTE)
    with engine.connect() as connection:
        put_right = box.find(connection, guid)

    assert while_behind is not None
    assert put_right is not None
    assert while_behind.created_at == NOW - AHEAD
    assert (put_right.created_at, put_right.due_at) == (NOW, NOW + DAY)
    assert put_right.not_before <= NOW + MINUTE


def test_a_lease_that_another_nodes_clock_has_stored_runs_out_after_one_lease(
    either_engine: Engine,
) -> None:
    box = Outbox(either_engine)
    with writing(either_engine) as connection:
        first = box.reserve(connection, FEED, 1, NOW, ordered=True)
        box.put(connection, FEED, [Draft("g1", first, b"p", b"", 1)], NOW)
        assert box.claim(connection, [FEED], NOW + AHEAD, LEASE)

    hold(either_engine)

    with writing(either_engine) as connection:
        early = box.claim(connection, [FEED], NOW + LEASE, LEASE)
        late = box.claim(connection, [FEED], NOW + LEASE + MINUTE, LEASE)
    assert early is None
    assert late is not None


def test_a_worker_renews_a_lease_that_lies_beyond_a_whole_one(world: World) -> None:
    put(world)
    lease = timedelta(minutes=5)
    world.clock.now += AHEAD
    claim = world.deliverer._claim([FEED])
    assert claim is not None
    with world.deliverer._under_way(claim):
        world.clock.now -= AHEAD
        hold_waits(world.engine, world.clock(), lease)
        world.clock.now += timedelta(minutes=4)
        world.deliverer.beat()
        with writing(world.engine) as connection:
            taken = Outbox(world.engine).claim(
                connection, [FEED], world.clock.now + timedelta(minutes=4), lease
            )

    assert taken is None


def test_a_breaker_of_all_nodes_is_open_no_longer_than_its_longest_wait(
    either_engine: Engine,
) -> None:
    board = SharedBreaker(either_engine, "centre")
    late = NOW + AHEAD
    for _ in range(5):
        board.change(lambda breaker: breaker.failed(late))
    board.change(lambda breaker: breaker.sent(late))

    hold(either_engine)

    _, after = board.change(lambda breaker: breaker)
    assert after.opened_until is not None
    assert after.opened_until <= NOW + Breaker().cap
    assert after.admits(NOW + Breaker().cap + Breaker().patience)
    assert isinstance(LocalBreaker(after).change(lambda breaker: breaker)[1], Breaker)


def test_a_department_is_told_when_it_was_to_be(engine: Engine) -> None:
    feed, _ = feed_of(LICENCE, sound_rows(LICENCE, 2), sound_rows(LICENCE, 2))
    fetch(engine, feed)
    with writing(engine) as connection:
        connection.execute(text("UPDATE unit SET state = 'settled'"))
        connection.execute(text("UPDATE unit SET acknowledge_after = '2027-04-01 00:00:00'"))
        connection.execute(text("UPDATE unit SET acknowledge_tries = 3 WHERE id = 2"))

    hold(engine)

    def due(at: Any) -> int:
        with engine.connect() as connection:
            return len(acknowledgement_store.due_acknowledgements(connection, feed.name, at))

    assert (due(NOW), due(NOW + timedelta(minutes=10))) == (1, 2)


def test_an_alert_is_sent_now_and_told_again_in_its_time(engine: Engine) -> None:
    def tell(number: int, tries: int, state: str) -> Callable[[Any], Any]:
        def add(connection: Any) -> None:
            alerts.add_notice(connection, number, "opened", "mail", NOW + AHEAD)
            connection.execute(
                text(
                    "UPDATE alert_notice SET tries = :t, state = :s WHERE id = (SELECT "
                    "max(id) FROM alert_notice)"
                ),
                {"t": tries, "s": state},
            )

        return add

    with writing(engine) as connection:
        number = alerts.open_one(connection, Condition("breaker", "", Text("一", "one"), "/"), NOW)
        sent = alerts.open_one(connection, Condition("dead", "", Text("一", "one"), "/"), NOW)
        assert number is not None
        assert sent is not None
        for add in (tell(number, 0, "waiting"), tell(number, 2, "waiting"), tell(sent, 1, "sent")):
            add(connection)

    hold(engine)

    with engine.connect() as connection:
        now, later = (
            len(alerts.due_notices(connection, NOW + wait, 9))
            for wait in (timedelta(0), timedelta(hours=2))
        )
        told = alerts.unanswered(connection)
    assert (now, later) == (1, 2)
    assert told == {sent: NOW}


def test_a_slot_that_ran_before_its_time_runs_at_its_time(either_engine: Engine) -> None:
    with writing(either_engine) as connection:
        assert slots.take_slot(connection, FEED, NOW - MINUTE, NOW)
        assert slots.take_slot(connection, FEED, NOW + DAY, NOW + DAY)
        slots.close_slot(connection, FEED, NOW + DAY, NOW + DAY, "rows 7")

    hold(either_engine)
    hold(either_engine)

    with writing(either_engine) as connection:
        kept = slots.slots(connection, FEED, 9)[0].outcome
        last = slots.last_slot(connection, FEED)
        again = [slots.take_slot(connection, FEED, NOW + DAY, NOW + DAY) for _ in range(2)]
    assert kept == "clock ahead: rows 7"
    assert last == NOW - MINUTE
    assert again == [True, False]


def test_nobody_is_locked_out_and_no_session_lives_on_for_a_clock_that_was_ahead(
    engine: Engine,
) -> None:
    digest = digest_of("li")
    with writing(engine) as connection:
        for _ in range(9):
            accounts.note_failure(connection, digest, "10.0.0.1", NOW + AHEAD)
        accounts.open_session(
            connection,
            {
                "digest": "d",
                "account": None,
                "stage": "full",
                "csrf": "c",
                "source": "10.0.0.1",
                "made_at": NOW + AHEAD,
                "seen_at": NOW + AHEAD,
                "note": "{}",
            },
        )
        connection.execute(
            account.insert().values(
                name="li",
                role="auditor",
                departments="[]",
                password="",
                must_change=False,
                disabled=False,
                second_key_id="",
                second_step=2**40,
                recovery="[]",
                made_at=NOW,
            )
        )

    hold(engine)

    with engine.connect() as connection:
        failed = accounts.failures(connection, digest, "10.0.0.1", NOW + timedelta(hours=2))
        begun = connection.execute(session.select()).one()
        step = connection.execute(account.select()).one().second_step
    assert not failed.pair
    assert (begun.made_at, begun.seen_at) == (NOW, NOW)
    assert step <= NOW.timestamp() // 30 + 1


def test_a_person_is_told_that_waits_were_held(engine: Engine) -> None:
    put_and_fail(engine, NOW + AHEAD, timedelta(seconds=7))

    for _ in range(2):
        hold(engine)

    with engine.connect() as connection:
        events = event_store.events(connection)
    assert [event.name for event in events] == ["waits.held"]
    assert "1 packages" in events[0].text.en


def gateway_of(folder: Path, store: str) -> GatewayProcess:
    nowhere: Any = {"url": "http://127.0.0.1:9", "token": "made-up"}
    made = GatewaySettings(store=store, catalogue=nowhere, centre={"kind": "http", **nowhere})
    return GatewayProcess(made, folder)


def test_a_gateway_holds_the_waits_of_its_store_at_its_start(
    engine: Engine, tmp_path: Path
) -> None:
    box, guid = put_and_fail(engine, utc_now() + AHEAD, timedelta(seconds=7))
    gateway = gateway_of(tmp_path, str(engine.url))

    gateway.recover()
    gateway.close()

    with engine.connect() as connection:
        message = box.find(connection, guid)
    assert message is not None
    assert message.not_before < utc_now() + MINUTE


def test_nodes_hold_the_waits_of_their_store_when_its_time_goes_back(
    postgresql: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_store(postgresql)
    clear(engine)
    real = utc_now()
    monkeypatch.setattr("gateway.runtime.process.store_time", lambda _: real + AHEAD)
    gateway = gateway_of(tmp_path, postgresql)
    box, guid = put_and_fail(engine, gateway.clock(), timedelta(seconds=7))

    gateway._look_at_clock()
    with engine.connect() as connection:
        before = box.find(connection, guid)
    monkeypatch.setattr("gateway.runtime.process.store_time", lambda _: real)
    gateway._look_at_clock()
    gateway.close()

    with engine.connect() as connection:
        after = box.find(connection, guid)
    engine.dispose()
    assert before is not None
    assert after is not None
    assert before.not_before > real + timedelta(days=300)
    assert after.not_before <= real + MINUTE
