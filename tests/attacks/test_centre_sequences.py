"""Records buried under a chosen number; gateways that lost count and go on."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import zstandard
from flask import Flask, jsonify
from pydantic import SecretStr
from sqlalchemy import Engine, select

from gateway.central.centre import Centre, Terms
from gateway.delivery.numbering import MARGIN, Numbering
from gateway.destinations import Rejected
from gateway.destinations.http import HttpDestination, HttpSettings
from gateway.events import store as event_store
from gateway.exchange.restore_watch import GAP, GAP_SECONDS, begin, gap_after
from gateway.exchange.restores import begin_generation
from gateway.serving.server import WsgiServer
from gateway.settings.model import GatewaySettings
from gateway.store.open import open_store
from gateway.text import Text
from outbox import Draft, Outbox, writing
from outbox.tables import lane
from tests.support.clock import NOW
from tests.support.packages import KEYS
from tests.support.two_senders import FEEDS, TOKENS, Two, guid_in, of, two_senders

AHEAD = 1_000_000
SECOND = int(NOW.timestamp())


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    senders = two_senders(tmp_path)
    yield senders
    senders.engine.dispose()


# --- at the centre -------------------------------------------------------------------------------


@pytest.mark.parametrize("sequence", [AHEAD + 2, 10**9, SECOND, SECOND - 86_400, 2**53])
def test_a_sequence_out_of_proportion_is_refused_and_buries_nothing(
    two: Two, sequence: int
) -> None:
    """Also one that is the present second, or was lately: whoever says so may be anybody."""
    two.post("air", of("air", 1))
    before = two.stored()

    answer = two.post("air", of("air", sequence))

    assert answer.status_code == 422
    assert answer.get_json()["code"] == "sequence"
    assert two.stored() == before
    assert two.post("air", of("air", AHEAD + 1)).status_code == 200


def test_the_first_number_of_a_feed_is_one_that_a_gateway_has_counted_up_to(two: Two) -> None:
    """A gateway begins at the second of the day, long ago or now."""
    assert two.post("air", of("air", 2**53)).status_code == 422
    assert two.post("air", of("air", SECOND + AHEAD + 1)).status_code == 422
    assert two.post("air", of("air", SECOND - 5 * 366 * 86_400)).status_code == 200
    assert two.post("air", of("air", SECOND)).status_code == 422


def test_a_centre_that_is_started_with_a_larger_figure_takes_it(two: Two) -> None:
    two.post("air", of("air", 1))
    other = Two(
        two.engine, two.clock, Centre(two.engine, two.clock, Terms(sequence_ahead=2 * AHEAD))
    )

    assert other.post("air", of("air", 2 * AHEAD + 2)).status_code == 422
    assert other.post("air", of("air", 2 * AHEAD + 1)).status_code == 200


def test_a_sender_is_told_the_highest_sequence_of_its_own_feed_alone(two: Two) -> None:
    two.post("air", of("air", 7))

    def highest(who: str, feed: str) -> Any:
        answer = two.ask("GET", "/sequence", who, query_string={"feed": feed})
        return answer.get_json().get("highest", answer.status_code)

    assert highest("air", FEEDS["air"]) == 7
    assert highest("air", "environment.new") == 0
    assert highest("water", FEEDS["air"]) == 403
    assert two.ask("GET", "/sequence", "air", query_string={"feed": "*"}).status_code == 422


# --- gateways that were restored -----------------------------------------------------------------


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Engine]:
    engine = open_store(f"sqlite:///{tmp_path / 'gateway.db'}")
    yield engine
    engine.dispose()


def reserved(store: Engine, count: int = 1) -> int:
    with writing(store) as connection:
        return Outbox(store).reserve(connection, FEEDS["air"], count, NOW, ordered=False)


@pytest.mark.parametrize("days", [0, 1, 30, 4000])
def test_a_restored_gateway_goes_on_within_what_the_centre_takes_whatever_its_age(
    store: Engine, two: Two, days: int
) -> None:
    """Its feed began years ago; the centre has all that it gave until the backup."""
    last = reserved(store, 5) + 4
    assert two.post("air", of("air", last)).status_code == 200
    later = NOW + timedelta(days=days)
    with writing(store) as connection:
        begin(connection, Text("因", "why"), "-", [], later)

    two.clock.now = later
    first = reserved(store)

    assert first > last + GAP
    assert two.post("air", of("air", first)).status_code == 200


def test_of_two_restores_of_one_backup_the_later_begins_beyond_the_earlier() -> None:
    """Neither knows what was given between them, less than a package a second."""
    earlier, later = (gap_after(NOW, NOW + timedelta(hours=h)) for h in (1, 5))

    assert later - earlier == 4 * 3600
    assert gap_after(NOW, NOW - timedelta(days=1)) == GAP
    assert gap_after(None, NOW) == gap_after(NOW, NOW + timedelta(days=999)) == GAP + GAP_SECONDS
    assert GAP + GAP_SECONDS + MARGIN <= AHEAD


# --- gateways whose store was lost, or put back unnoticed ----------------------------------------


def asking(store: Engine, url: str, **more: object) -> Numbering:
    tree = {
        "store": str(store.url),
        "catalogue": {"url": "http://127.0.0.1:1", "token": "x" * 16},
        "centre": {"kind": "http", "url": url, "token": TOKENS["air"]},
        **more,
    }
    return Numbering(GatewaySettings.model_validate(tree), store, lambda: NOW)


def compared(store: Engine, app: Flask) -> Numbering:
    """Have a gateway ask a centre about its feed, as before its first fetch."""
    server = WsgiServer(app).start()
    numbering = asking(store, f"http://127.0.0.1:{server.port}")
    try:
        numbering.compare(FEEDS["air"], 1)
        numbering.compare(FEEDS["air"], 1)
    finally:
        numbering.close()
        server.stop()
    return numbering


def centre_that_answers(body: Any, status: int = 200) -> tuple[Flask, list[int]]:
    app, asked = Flask("centre"), []

    @app.get("/sequence")
    def _sequence() -> Any:
        asked.append(1)
        return jsonify(body), status

    return app, asked


@pytest.mark.parametrize("known", [None, 3], ids=["lost", "put back"])
def test_a_store_that_lost_count_goes_on_behind_what_the_centre_has(
    store: Engine, two: Two, known: int | None
) -> None:
    highest = SECOND - 90 * 86_400
    two.post("air", of("air", highest))
    if known is not None:
        with writing(store) as connection:
            connection.execute(
                lane.insert().values(name=FEEDS["air"], ordered=False, next_sequence=known)
            )

    compared(store, two.client.application)
    first = reserved(store)

    assert first == highest + MARGIN + 1
    assert two.post("air", of("air", first)).status_code == 200
    with store.connect() as connection:
        [event] = event_store.events(connection)
    assert (event.name, event.feed) == ("sequence.beyond", FEEDS["air"])


@pytest.mark.parametrize("known", [None, SECOND + 10 * 366 * 86_400], ids=["new", "begun"])
def test_a_feed_begins_by_the_clock_of_the_centre_where_that_of_the_gateway_is_years_ahead(
    store: Engine, two: Two, known: int | None
) -> None:
    """Each of its packages would be refused, and go on to be once the clock is put right."""
    if known is not None:
        with writing(store) as connection:
            connection.execute(
                lane.insert().values(name=FEEDS["air"], ordered=False, next_sequence=known)
            )

    compared(store, two.client.application)
    with writing(store) as connection:
        years_ahead = NOW + timedelta(days=3650)
        first = Outbox(store).reserve(connection, FEEDS["air"], 1, years_ahead, ordered=False)

    assert first == SECOND
    assert two.post("air", of("air", first)).status_code == 200


def test_a_store_that_knows_its_numbers_leaves_none_out(store: Engine, two: Two) -> None:
    last = reserved(store, 3) + 2
    two.post("air", of("air", last))

    compared(store, two.client.application)

    assert reserved(store) == last + 1
    with store.connect() as connection:
        assert event_store.events(connection) == []


def test_restores_one_after_the_other_do_not_add_up_beyond_what_the_centre_takes(
    store: Engine, two: Two
) -> None:
    """A store that is moved, promoted and moved again, with nothing sent between."""
    last = reserved(store, 3) + 2
    two.post("air", of("air", last))
    for _ in range(3):
        with writing(store) as connection:
            begin(connection, Text("因", "why"), "-", [], NOW)

    compared(store, two.client.application)
    first = reserved(store)

    assert first == last + MARGIN + 1
    assert two.post("air", of("air", first)).status_code == 200


def test_a_number_that_a_waiting_package_has_is_not_given_again(store: Engine, two: Two) -> None:
    two.post("air", of("air", 7))
    outbox = Outbox(store)
    waiting = reserved(store)
    with writing(store) as connection:
        outbox.put(connection, FEEDS["air"], [Draft("guid", waiting, b"", b"", 1)], NOW)
        connection.execute(lane.update().values(next_sequence=waiting + 10**7))

    compared(store, two.client.application)

    assert reserved(store) == waiting + MARGIN + 1


@pytest.mark.parametrize("status", [404, 405, 501])
def test_a_centre_of_1_0_is_asked_once_and_the_feed_begins_at_the_present_second(
    store: Engine, status: int
) -> None:
    app, asked = centre_that_answers({}, status)

    compared(store, app)

    assert (len(asked), reserved(store)) == (1, SECOND)


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"highest": "7"},
        {"highest": True},
        {"highest": -1},
        {"highest": 2**53},
        {"highest": 1e9},
        {"highest": 0, "first": "7"},
        {"highest": 0, "first": 2**53},
    ],
)
def test_an_answer_that_can_be_no_number_of_a_feed_changes_nothing(
    store: Engine, body: Any
) -> None:
    """A centre that says 2^53 would have every number used up."""
    reserved(store)
    app, asked = centre_that_answers(body)

    compared(store, app)

    assert (len(asked), reserved(store)) == (1, SECOND + 1)


def test_a_centre_that_is_away_holds_up_no_fetch_and_is_asked_again_later(
    store: Engine, two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    two.post("air", of("air", SECOND + 7))
    away = asking(store, "http://127.0.0.1:9")
    away.compare(FEEDS["air"], 1)
    assert reserved(store) == SECOND
    away.close()

    app, asked = centre_that_answers({"highest": SECOND + 7})
    server = WsgiServer(app).start()
    back = asking(store, f"http://127.0.0.1:{server.port}")
    monkeypatch.setattr(back, "_not_before", {"": 2.0**62})
    back.compare(FEEDS["air"], 1)
    assert asked == []
    monkeypatch.setattr(back, "_not_before", {})
    back.compare(FEEDS["air"], 1)
    back.close()
    server.stop()

    assert reserved(store) == SECOND + 7 + MARGIN + 1


def test_a_restore_has_the_centre_asked_anew(store: Engine) -> None:
    app, asked = centre_that_answers({"feed": FEEDS["air"], "highest": 0})
    server = WsgiServer(app).start()
    numbering = asking(store, f"http://127.0.0.1:{server.port}")
    for generation in (1, 1, 2):
        numbering.compare(FEEDS["air"], generation)
    numbering.close()
    server.stop()

    assert len(asked) == 2


def test_a_destination_on_which_nothing_can_be_asked_is_let_be(
    store: Engine, tmp_path: Path
) -> None:
    drop = {"kind": "database", "url": f"sqlite:///{tmp_path / 'drop.db'}"}
    asking(store, "", centre=drop).compare(FEEDS["air"], 1)

    with writing(store) as connection:
        begin_generation(connection, Text("因", "why"), "-", [], NOW)
        assert connection.execute(select(lane.c.name)).all() == []


def test_a_number_that_is_too_high_makes_one_dead_letter_and_no_thousand_halves(two: Two) -> None:
    two.post("air", of("air", 1))
    server = WsgiServer(two.client.application).start()
    url, token = f"http://127.0.0.1:{server.port}", SecretStr(TOKENS["air"])
    destination = HttpDestination(HttpSettings(url=url, token=token, timeout=5))
    xml = of("air", SECOND)
    claim = SimpleNamespace(
        guid=guid_in(xml), lane=FEEDS["air"], sequence=SECOND, payload=zstandard.compress(xml)
    )
    outcome = destination.send(claim, list(KEYS))  # type: ignore[arg-type]
    destination.close()
    server.stop()

    assert isinstance(outcome, Rejected), outcome
    assert not outcome.divisible
    assert "--sequence-ahead" in outcome.why.en
