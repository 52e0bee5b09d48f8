"""What is not known is not well: the verdict is the worst of all parts."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Engine, delete, text, update

from gateway.accounts import Principal
from gateway.alerts.tables import alert_rule
from gateway.catalogue.model import Catalogue, Item
from gateway.exchange import feed_store
from gateway.operations.overall import Overall, Part, overall
from gateway.reconciliation.report import Summary
from gateway.text import Text
from gateway.workdays.model import Calendar
from outbox import Breaker, Outbox, writing
from tests.support.clock import NOW
from tests.support.command import in_this_process
from tests.support.line import feed_of, fetch, sound_rows
from tests.support.package_states import settings_of

LICENCE = "environment/licence.yaml"
FEED = "environment.licence"
ITEM = Item(
    FEED,
    "许可",
    "licence",
    "environment",
    "AdministrativeLicence",
    "1.0",
    "database",
    timedelta(minutes=5),
    "00:00",
    "24:00",
    timedelta(hours=1),
)
EVERYONE = Principal("operator", frozenset(("read",)), None)


def gateway_over(engine: Engine, **changed: Any) -> Any:
    """Make a gateway whose every part is well, but for what is changed."""
    outbox = Outbox(engine)
    feed, _ = feed_of(LICENCE, sound_rows(LICENCE, 1))
    fetch(engine, feed)
    with writing(engine) as connection:
        claim = outbox.claim(connection, [FEED], NOW, timedelta(minutes=1))
        assert claim is not None
        outbox.settle(connection, claim, NOW, "accepted 1")
        connection.execute(text("UPDATE unit SET state = 'acknowledged'"))
    held = Catalogue(7, NOW, NOW + timedelta(days=1), (ITEM,))
    given: dict[str, Any] = {
        "engine": engine,
        "outbox": outbox,
        "clock": lambda: NOW,
        "breaker": Breaker,
        "keeper": SimpleNamespace(held=held, calendar=Calendar({})),
        "fetching": SimpleNamespace(feeds={FEED: feed}, due=[FEED]),
    }
    return SimpleNamespace(**{**given, **changed})


def lights(gateway: Any, who: Principal = EVERYONE) -> dict[str, str]:
    whole, _ = overall(gateway, who)
    return {"": whole.light, **{part.name: part.light for part in whole.parts}}


def test_all_is_well_where_every_part_is_known_to_be(engine: Engine) -> None:
    statuses = lights(gateway_over(engine))

    assert statuses == {
        "": "good",
        "centre": "good",
        "catalogue": "good",
        "feeds": "good",
        "alerts": "good",
    }


def test_nothing_known_is_not_well() -> None:
    assert Overall(()).light == "unknown"
    parts = [Part("x", light, Text("", "")) for light in ("good", "unknown", "warn", "bad")]  # type: ignore[arg-type]
    for count, worst in enumerate(("good", "unknown", "warn", "bad"), 1):
        assert Overall(tuple(parts[:count])).light == worst


def test_a_centre_that_is_away_is_not_hidden_by_a_rule_that_is_off(engine: Engine) -> None:
    gateway = gateway_over(engine, breaker=lambda: Breaker(opened_until=NOW))
    with writing(engine) as connection:
        connection.execute(delete(alert_rule))
    # The department, whose packages wait, is told as well.
    for who in (EVERYONE, replace(EVERYONE, departments=("environment",))):
        statuses = lights(gateway, who)
        assert (statuses[""], statuses["centre"], statuses["feeds"]) == ("bad", "bad", "good")


@pytest.mark.parametrize(
    ("outcome", "light"),
    [
        ("unreachable", "warn"),
        ("failed", "warn"),
        ("lost", "warn"),
        ("refused", "good"),
        (None, "unknown"),
    ],
)
def test_a_centre_that_nobody_has_heard_of_is_not_there(
    engine: Engine, outcome: str | None, light: str
) -> None:
    gateway = gateway_over(engine)
    with writing(engine) as connection:
        if outcome is None:
            connection.execute(text("DELETE FROM outbox_attempt"))
        connection.execute(text("UPDATE outbox_attempt SET outcome = :how"), {"how": outcome})

    assert lights(gateway)["centre"] == light
    assert lights(gateway)[""] == light


def test_no_catalogue_and_one_whose_time_is_over_are_not_well(engine: Engine) -> None:
    gateway = gateway_over(engine)
    held = gateway.keeper.held
    for catalogue in (None, replace(held, valid_until=NOW - timedelta(seconds=1))):
        gateway.keeper.held = catalogue
        statuses = lights(gateway)
        assert (statuses[""], statuses["catalogue"]) == ("bad", "bad")


def test_an_account_that_sees_no_feed_is_not_told_that_all_is_well(engine: Engine) -> None:
    nobody = replace(EVERYONE, departments=("市场监管局",))
    statuses = lights(gateway_over(engine), nobody)

    assert (statuses[""], statuses["feeds"]) == ("unknown", "unknown")


def test_a_feed_that_was_never_fetched_is_unknown_and_one_fetched_too_long_ago_is_told(
    engine: Engine,
) -> None:
    gateway = gateway_over(engine)
    with writing(engine) as connection:
        state = feed_store.feed_state(connection, FEED)
        connection.execute(text("UPDATE feed SET fetched_at = NULL"))
    never = lights(gateway)["feeds"]
    with writing(engine) as connection:
        feed_store.note_fetch(connection, state.name, NOW - timedelta(minutes=21), None)
    long_ago = lights(gateway)["feeds"]
    with writing(engine) as connection:
        feed_store.note_fetch(connection, state.name, NOW - timedelta(minutes=19), None)

    assert (never, long_ago, lights(gateway)["feeds"]) == ("unknown", "warn", "good")


def test_rules_that_are_all_off_leave_alerts_unknown(engine: Engine) -> None:
    gateway = gateway_over(engine)
    lights(gateway)
    with writing(engine) as connection:
        from gateway.alerts import store as alerts

        for rule in alerts.rules(connection):
            alerts.set_rule(connection, replace(rule, enabled=False))
        connection.execute(update(alert_rule).values(enabled=False))

    assert lights(gateway)["alerts"] == "unknown"


def test_the_command_says_what_the_page_says(engine: Engine, tmp_path: Path) -> None:
    settings = settings_of(engine, tmp_path)
    document = json.loads(in_this_process("status", settings, "--json", code=1).stdout)

    assert document["well"] is False
    assert {part["part"]: part["light"] for part in document["parts"]} == {
        "centre": "unknown",
        "catalogue": "bad",
        "feeds": "unknown",
        "alerts": "good",
    }


def test_a_gateway_without_a_feed_does_not_say_that_it_balances() -> None:
    """Nothing was compared then, and the centre was not asked."""
    assert not Summary(()).balanced
