"""What delivery counts and tells, against a destination that answers as it is told to."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from gateway.delivery.settle import drop
from gateway.destinations import Failed, Outcome, Pending, Rejected
from gateway.exchange import feed_store, refusal_store, unit_store
from gateway.exchange.acknowledge import acknowledge_due
from gateway.exchange.context import frame_of
from gateway.operations import packages as package_acts
from gateway.store import retention
from gateway.text import Text
from gateway.workdays import store as workday_store
from gateway.workdays.model import Year
from outbox import Claim, writing
from outbox.tables import attempt, message
from outbox.waits import hold_messages
from tests.support.clock import NOW
from tests.support.delivery_town import FEED, LEASE, NO, SECOND, Town, accepted, refused
from tests.support.line import fetch
from tests.support.opened import whole


@pytest.fixture
def town(engine: Engine) -> Town:
    return Town(engine)


def test_only_what_was_answered_is_a_strike(town: Town) -> None:
    town.step(Failed(NO, answered=True))
    one = town.strikes()
    town.step(Failed(NO, answered=False), Pending(NO, 5.0), Failed(NO, answered=False))
    still_one = town.strikes()
    town.step(Failed(NO, answered=True))

    assert (one, still_one, town.strikes()) == ([1], [1], [2])
    [only] = town.messages()
    assert (only.state, only.attempts) == ("waiting", 5)
    with town.engine.connect() as connection:
        outcomes = list(
            connection.execute(select(attempt.c.outcome).order_by(attempt.c.id)).scalars()
        )
    assert outcomes == ["failed", "unreachable", "pending", "unreachable", "failed"]


def test_the_last_strike_makes_a_dead_letter_and_says_so_once(engine: Engine) -> None:
    town = Town(engine, strikes=3)
    town.step(*[Failed(NO, answered=True)] * 2)
    before = [message.state for message in town.messages()], town.told("package.dead")
    town.step(Failed(NO, answered=True))

    [dead] = town.messages()
    [event] = town.told("package.dead")
    assert before == (["waiting"], [])
    assert dead.state == "dead"
    assert (event.level, event.feed) == ("error", FEED)
    assert dead.guid in event.text.zh
    assert f"creditgate outbox retry {dead.guid}" in event.text.en
    assert "no" in event.text.en


def test_a_package_whose_time_is_up_is_given_up_without_being_sent(engine: Engine) -> None:
    town = Town(engine, age=timedelta(days=2))
    town.now += timedelta(days=2) - SECOND
    town.step(Failed(NO, answered=False), after=SECOND)
    sent = len(town.sent)
    still = [message.state for message in town.messages()]
    town.now += timedelta(hours=1)
    town.worker.step([FEED])

    assert (sent, len(town.sent)) == (1, 1)
    assert still == ["waiting"]
    assert [message.state for message in town.messages()] == ["dead"]
    [event] = town.told("package.dead")
    assert "2 days" in event.text.en


@pytest.mark.parametrize("how", ["retried", "released", "replayed"])
def test_a_package_that_a_person_lets_go_has_its_whole_time_anew(engine: Engine, how: str) -> None:
    """One that was too old was a dead letter again at once, and never sent."""
    town = Town(engine, age=timedelta(days=2))
    [only] = town.messages()
    with writing(engine) as connection:
        match how:
            case "retried":
                town.now += timedelta(days=3)
            case "released":
                package_acts.act(connection, town.box, only.guid, "hold", "li", "wait", town.now)
    if how == "retried":
        town.worker.step([FEED])
    if how == "replayed":
        town.step(accepted)
    town.now += timedelta(days=30)
    before, act = town.now, {"retried": "retry", "released": "release", "replayed": "replay"}[how]
    with writing(engine) as connection:
        package_acts.act(connection, town.box, only.guid, act, "li", "the centre is back", town.now)  # type: ignore[arg-type]
    sent = len(town.sent)

    town.step(Failed(NO, answered=False), after=timedelta(days=1))
    town.step(Failed(NO, answered=False), after=timedelta(days=1))
    tried, states = len(town.sent) - sent, [message.state for message in town.messages()]
    town.worker.step([FEED])

    assert (tried, states) == (2, ["waiting"])
    assert town.now == before + timedelta(days=2)
    assert [message.state for message in town.messages()] == ["dead"]
    assert "2 days" in town.told("package.dead")[0].text.en


def test_a_retry_under_a_clock_that_was_ahead_gives_no_longer_life(engine: Engine) -> None:
    town = Town(engine, age=timedelta(days=2))
    [only] = town.messages()
    with writing(engine) as connection:
        ahead = NOW + timedelta(days=400)
        package_acts.act(connection, town.box, only.guid, "retry", "li", "why", ahead)
        hold_messages(connection, NOW, LEASE)
    town.now += timedelta(days=3)
    town.worker.step([FEED])

    assert [message.state for message in town.messages()] == ["dead"]


def test_how_long_a_package_waits_is_what_its_outcome_asks(town: Town) -> None:
    waits = []
    for outcome in (Pending(NO, 7.0), Failed(NO, answered=True, retry_after=900.0)):
        before = town.now
        town.step(outcome, after=timedelta())
        [message] = town.messages()
        waits.append(message.not_before - before)
        town.now = message.not_before

    assert waits[0] == timedelta(seconds=7)
    assert waits[1] >= timedelta(seconds=900)


def test_a_package_refused_whole_goes_on_as_halves_in_its_place_and_says_so(engine: Engine) -> None:
    town = Town(engine, rows=3)
    town.step(Rejected(NO, divisible=True))
    halves = [message for message in town.messages() if message.state == "waiting"]
    [event] = town.told("package.split")
    town.step(accepted, accepted)

    assert sorted(one.records for one in halves) == [1, 2]
    assert len({one.sequence for one in halves}) == 1
    assert (event.level, event.feed) == ("warning", FEED)
    assert "3 records" in event.text.en
    assert town.totals().accepted == 3
    assert town.answer() == ["accepted"] * 3


def test_what_is_wrong_with_no_record_is_not_split(town: Town) -> None:
    town.step(Rejected(NO))

    [dead] = town.messages()
    assert (dead.state, dead.records) == ("dead", 2)
    assert town.told("package.split") == []


def test_a_lane_that_takes_nothing_is_split_no_further(engine: Engine) -> None:
    town = Town(engine, rows=40, mode="append")
    while [message for message in town.messages() if message.state == "waiting"] and len(
        town.sent
    ) < 60:
        town.step(Rejected(NO, divisible=True))

    dead = [message for message in town.messages() if message.state == "dead"]
    assert len(town.sent) < 40
    assert max(one.records for one in dead) > 1


def test_a_record_that_the_centre_refuses_is_counted_refused_and_told(town: Town) -> None:
    town.step(refused)

    totals = town.totals()
    with town.engine.connect() as connection:
        [refusal] = refusal_store.refusals(connection)
    assert (totals.packed, totals.accepted, totals.turned_down, totals.waiting) == (2, 1, 1, 0)
    assert (refusal.refused_by, refusal.ref, refusal.faults) == (
        "centre",
        "1",
        (refusal_store.Fault("Status", "own.rule", NO),),
    )
    assert not [name for name in whole(refusal.row) if name.startswith("#")]
    assert town.answer() == ["refused", "accepted"]


def test_a_dropped_package_refuses_its_records_and_says_who_did_not_send_them(town: Town) -> None:
    [only] = town.messages()
    with writing(town.engine) as connection:
        done = drop(connection, town.box, only.guid, Text("误发", "sent by mistake"), NOW)
        again = drop(connection, town.box, only.guid, Text("误发", "sent by mistake"), NOW)
        nothing = drop(connection, town.box, "no-such", NO, NOW)

    with town.engine.connect() as connection:
        refusals = refusal_store.refusals(connection)
    [event] = town.told("package.dropped")
    totals = town.totals()
    assert (done, again, nothing) == (True, False, False)
    assert [(refusal.refused_by, refusal.faults[0].rule) for refusal in refusals] == [
        ("operator", "dropped")
    ] * 2
    assert (totals.turned_down, totals.waiting) == (2, 0)
    assert (event.level, event.feed) == ("warning", FEED)
    assert "sent by mistake" in event.text.en
    assert town.answer() == ["refused"] * 2


def test_rows_that_are_known_are_told_when_the_unit_that_sent_them_has_its_verdicts(
    town: Town,
) -> None:
    """Given the same rows again before the centre has spoken, when it refuses one of them."""
    town.adapter.units.append([dict(row) for row in town.adapter.units[0]])
    fetch(town.engine, town.feed)
    before = town.answer()
    town.step(refused)
    town.answer()

    assert before == []
    told = {unit: [row["verdict"] for row in rows] for unit, rows in town.adapter.told}
    assert told == {"unit-0": ["refused", "accepted"], "unit-1": ["refused", "unchanged"]}


def test_a_lease_is_lengthened_while_its_worker_works_and_not_before_it_must(town: Town) -> None:
    until: list[datetime] = []

    def slow(claim: Claim) -> Outcome:
        for passed in (timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=2)):
            town.now += passed
            town.worker.beat()
            with town.engine.connect() as connection:
                until.append(connection.execute(select(message.c.lease_until)).scalar_one())
        return accepted(claim)

    town.step(slow)

    assert until == [
        NOW + LEASE,
        NOW + timedelta(seconds=150) + LEASE,
        NOW + timedelta(seconds=270) + LEASE,
    ]
    assert [message.state for message in town.messages()] == ["settled"]


def test_leases_given_back_at_a_start_can_be_claimed_at_once(town: Town) -> None:
    with writing(town.engine) as connection:
        claim = town.box.claim(connection, [FEED], NOW, LEASE)
        assert claim is not None
        given_back = town.box.release_all(connection, NOW + SECOND)
        again = town.box.release_all(connection, NOW + SECOND)
        history = town.box.history(connection, claim.guid)
    [only] = town.messages()
    town.now += SECOND
    town.step(accepted)

    assert (given_back, again) == (1, 0)
    assert only.state == "waiting"
    assert [state for _, state, _ in history] == ["waiting", "sending", "waiting"]
    assert history[-1][0] == NOW + SECOND
    with town.engine.connect() as connection:
        outcomes = list(
            connection.execute(select(attempt.c.outcome).order_by(attempt.c.id)).scalars()
        )
    assert outcomes[1] == "settled"
    assert outcomes[0] not in (None, "settled", "failed")


def test_a_failing_centre_is_left_alone_and_both_ends_of_it_are_told(engine: Engine) -> None:
    town = Town(engine, rows=2)
    town.step(*[Failed(NO, answered=True)] * 5)
    [away] = town.told("centre.unavailable")
    town.step(accepted)
    [back] = town.told("centre.available")

    assert (away.level, back.level) == ("error", "info")
    assert "5" in away.text.zh


def test_what_was_removed_and_imported_is_told(town: Town) -> None:
    town.step(accepted)
    town.answer()
    later = NOW + timedelta(days=3650)
    keep = retention.Retention(timedelta(days=30), timedelta(days=60))
    result = retention.purge(town.engine, town.box, keep, later, forced=True)
    with writing(town.engine) as connection:
        workday_store.import_year(
            connection, 2026, Year(frozenset({NOW.date()}), frozenset()), NOW, "li"
        )

    [purged] = town.told("retention.purged")
    [imported] = town.told("calendar.imported")
    assert result.total > 0
    assert "payloads 1" in purged.text.en
    assert "1 days off" in imported.text.en


def test_an_unsettled_unit_is_not_told_and_a_settled_one_once(town: Town) -> None:
    acknowledged = acknowledge_due(town.engine, town.box, town.feed, lambda: town.now, 0.5)
    town.step(accepted)
    first = acknowledge_due(town.engine, town.box, town.feed, lambda: town.now, 0.5)
    second = acknowledge_due(town.engine, town.box, town.feed, lambda: town.now, 0.5)

    assert (acknowledged, first, second) == ((0, 0), (1, 0), (0, 0))
    with town.engine.connect() as connection:
        [unit] = unit_store.latest(connection, FEED, 5)
    assert unit.state == "acknowledged"


def test_what_the_centre_refused_travels_again_new_or_changed_and_nothing_else_does(
    engine: Engine,
) -> None:
    town = Town(engine, rows=3)
    town.step(lambda claim: refused(claim, 2))
    rows = town.adapter.units[0]
    changed = [{**rows[0], "XK_NR": "准予排放废水"}, rows[1], rows[2]]
    town.adapter.units.append(changed)
    fetch(engine, town.feed)
    town.step(lambda claim: refused(claim, 0))
    town.adapter.units.append(changed)
    fetch(engine, town.feed)
    town.step(accepted)

    assert [changes_of(claim) for claim in town.sent] == [
        ["added", "added", "added"],
        ["changed", "added"],
        ["changed"],
    ]
    with engine.connect() as connection:
        digests = feed_store.sent_records(connection, FEED)
    assert len(digests) == 3
    assert "" not in digests.values()


def changes_of(claim: Claim) -> list[str]:
    return frame_of(claim.context)["#change"].to_list()
