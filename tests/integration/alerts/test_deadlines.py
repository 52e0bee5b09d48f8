"""Deadlines near and past are told once, and again when it is over."""

from datetime import timedelta

from sqlalchemy import Engine

from gateway.alerts.deadlines import NEAR, DeadlineWatch, states
from gateway.catalogue.model import Item
from gateway.events import store as event_store
from outbox import Outbox, writing
from tests.support.clock import NOW
from tests.support.line import feed_of, fetch, sound_rows

LICENCE = "environment/licence.yaml"
FEED = "environment.licence"
HOUR = timedelta(hours=1)


def item(due_within: timedelta) -> Item:
    return Item(
        FEED,
        "",
        "",
        "environment",
        "AdministrativeLicence",
        "1.0",
        "database",
        HOUR,
        "00:00",
        "24:00",
        due_within,
    )


def names(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return [event.name for event in reversed(event_store.events(connection))]


def test_a_package_near_and_past_its_time_is_told_once_each_and_its_arrival_too(
    engine: Engine,
) -> None:
    # Fetched now, due within the hour.
    feed, _ = feed_of(LICENCE, sound_rows(LICENCE, 2))
    fetch(engine, feed)
    box, items = Outbox(engine), [item(HOUR)]
    watch = DeadlineWatch(engine, box)

    watch.look(items, NOW)
    quiet = names(engine)
    for minutes in (46, 50, 61, 90):
        watch.look(items, NOW + timedelta(minutes=minutes))
    told = names(engine)
    with writing(engine) as connection:
        claim = box.claim(connection, [FEED], NOW + 2 * HOUR, HOUR)
        assert claim is not None
        box.settle(connection, claim, NOW + 2 * HOUR, "taken")
    watch.look(items, NOW + 2 * HOUR)

    assert quiet == []
    assert told == ["delivery.near", "delivery.late"]
    assert names(engine) == [*told, "delivery.arrived"]


def test_a_restart_does_not_tell_the_same_again(engine: Engine) -> None:
    feed, _ = feed_of(LICENCE, sound_rows(LICENCE, 1))
    fetch(engine, feed)
    for _ in range(2):
        DeadlineWatch(engine, Outbox(engine)).look([item(HOUR)], NOW + 2 * HOUR)

    assert names(engine) == ["delivery.late"]


def test_a_short_time_is_near_in_its_last_quarter_only() -> None:
    due = {FEED: NOW + timedelta(minutes=5)}

    assert states(due, [item(timedelta(minutes=8))], NOW) == {}
    assert states(due, [item(timedelta(minutes=20))], NOW) == {FEED: "near"}
    assert states(due, [], NOW + timedelta(minutes=5) - NEAR) == {FEED: "near"}
    assert states(due, [], NOW + timedelta(minutes=5)) == {FEED: "late"}
