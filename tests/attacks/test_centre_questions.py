"""Whoever has the centre work on questions without end; and digests that are never of what was."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from flask import Flask
from pydantic import SecretStr
from sqlalchemy import text

from gateway.central import allowance
from gateway.central.allowance import AT_ONCE, PART, Allowance
from gateway.central.records import store as record_store
from gateway.destinations import http
from gateway.destinations.http import Queries
from gateway.serving.server import WsgiServer
from gateway.settings.model import Endpoint
from tests.support.two_senders import FEEDS, Two, of, two_senders, withdrawal_of

QUESTIONS = [
    ("/totals", {}),
    ("/totals", {"digests": "1"}),
    ("/records", {}),
    ("/digests", {"day": "2026-04-01"}),
    ("/digests", {"day": "2026-04-01", "bucket": "00"}),
]


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    senders = two_senders(tmp_path)
    yield senders
    senders.engine.dispose()


def asked(two: Two, path: str, who: str = "air", **more: str) -> Any:
    return two.ask("GET", path, who, query_string={"feed": FEEDS[who], **more})


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_sender_has_so_many_seconds_and_they_fill_again_slowly() -> None:
    clock = Seconds()
    allowed = Allowance(clock)
    for _ in range(3):
        assert allowed.begin("air") == 0
        clock.now += AT_ONCE / 3 + 0.01
        allowed.end("air")

    wait = allowed.begin("air")

    assert wait > 0
    assert allowed.begin("water") == 0
    clock.now += wait
    assert allowed.begin("air") == 0
    clock.now += 10
    allowed.end("air")
    # However long nothing is asked, no more is saved than that.
    clock.now += 10**6
    assert allowed.begin("air") == 0
    clock.now += AT_ONCE
    allowed.end("air")
    assert allowed.begin("air") > 0


def test_in_a_day_the_centre_works_no_longer_for_a_sender_than_its_part() -> None:
    clock = Seconds()
    allowed = Allowance(clock)
    worked = 0.0
    while clock.now < 86_400:
        if wait := allowed.begin("air"):
            clock.now += wait
            continue
        clock.now += 7
        worked += 7
        allowed.end("air")

    assert worked <= AT_ONCE + 86_400 * PART + 7


@pytest.mark.parametrize(("path", "more"), QUESTIONS)
def test_who_has_used_up_its_seconds_waits_and_its_packages_do_not(
    two: Two, monkeypatch: pytest.MonkeyPatch, path: str, more: dict[str, str]
) -> None:
    clock = Seconds()
    monkeypatch.setattr(allowance, "AT_ONCE", 1.0)
    monkeypatch.setattr(Allowance.__init__, "__defaults__", (clock,))
    asks = Two(two.engine, two.clock, two.centre)
    real_digests = record_store.digests

    def slow(*given: Any, **named: Any) -> Any:
        clock.now += 5
        return real_digests(*given, **named)

    monkeypatch.setattr(record_store, "digests", slow)
    first = asked(asks, "/totals", digests="1")
    refused = asked(asks, path, **more)

    assert (first.status_code, refused.status_code) == (200, 429)
    wait = int(refused.headers["Retry-After"])
    assert f"{wait} seconds" in refused.get_json()["title"]
    assert asked(asks, path, "water", **more).status_code == 200
    assert asks.post("air", of("air")).status_code == 200
    assert (
        asks.ask("GET", "/sequence", "air", query_string={"feed": FEEDS["air"]}).status_code == 200
    )
    clock.now += wait
    assert asked(asks, path, **more).status_code == 200


def test_a_sender_that_asks_by_many_connections_has_one_question_at_work(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, ends = Event(), Event()
    real_digests = record_store.digests

    def waits(*given: Any, **named: Any) -> Any:
        begun.set()
        ends.wait(20)
        return real_digests(*given, **named)

    monkeypatch.setattr(record_store, "digests", waits)
    answers: list[int] = []
    thread = Thread(target=lambda: answers.append(asked(two, "/totals", digests="1").status_code))
    thread.start()
    begun.wait(20)
    meanwhile = [asked(two, path, **more).status_code for path, more in QUESTIONS]
    other = asked(two, "/totals", "water").status_code
    ends.set()
    thread.join()

    assert (meanwhile, other, answers) == ([429] * len(QUESTIONS), 200, [200])
    assert asked(two, "/records").status_code == 200


def test_a_question_that_fails_is_over(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any, **__: Any) -> Any:
        raise RuntimeError("unforeseen")

    monkeypatch.setattr(record_store, "digests", fails)

    assert asked(two, "/totals", digests="1").status_code == 500
    assert asked(two, "/digests", day="no day").status_code == 422
    assert asked(two, "/records").status_code == 200


def test_a_digest_is_of_what_is_there_whoever_changed_it(two: Two) -> None:
    """Also by a hand in the database, of which no package and no number tells."""

    def root() -> Any:
        [day] = asked(two, "/totals", digests="1").get_json()
        buckets = asked(two, "/digests", day=day["day"]).get_json()["buckets"]
        return day["root"], tuple(buckets)

    two.post("air", of("air"))
    seen = [root()]
    two.post("air", withdrawal_of("air", 2))
    seen.append(root())
    two.post("air", of("air", 3))
    seen.append(root())
    with two.engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE administrative_licence SET digest = :other WHERE key = (SELECT "
                "min(key) FROM administrative_licence)"
            ),
            {"other": "0" * 32},
        )
    seen.append(root())

    assert seen[0] == seen[2]
    assert len(set(seen)) == 3
    assert len({one for one, _ in seen}) == 3


# --- the gateway waits for a centre that is busy -------------------------------------------------


@pytest.mark.parametrize(("patience", "status"), [(30.0, 200), (0.0, 429)])
def test_a_gateway_asks_a_busy_centre_again_as_long_as_it_has_patience(
    monkeypatch: pytest.MonkeyPatch, patience: float, status: int
) -> None:
    import httpx

    app, times = Flask("centre"), []
    monkeypatch.setattr(http, "_LEAST_WAIT", 0.0)

    @app.get("/totals")
    def _totals() -> Any:
        times.append(1)
        return (
            ("[]", 200) if len(times) == 3 else ("", 429, {"Retry-After": "0" if patience else "9"})
        )

    server = WsgiServer(app).start()
    queries = Queries(
        Endpoint(url=f"http://127.0.0.1:{server.port}", token=SecretStr("x" * 16), timeout=5),
        patience,
    )
    try:
        found = queries.get("/totals").status_code
    except httpx.HTTPStatusError as error:
        found = error.response.status_code
    queries.close()
    server.stop()

    assert (found, len(times)) == (status, 3 if patience else 1)
