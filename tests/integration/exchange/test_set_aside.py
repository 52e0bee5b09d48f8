"""What fails on the way in is counted, shown, set aside, and stops no other unit."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from polars.exceptions import PanicException
from sqlalchemy import Engine, text
from sqlalchemy.exc import DataError

from adapters.text import Text as AdapterText
from gateway.events import store as event_store
from gateway.exchange import feed_store, refusal_store, source_units
from gateway.exchange.acknowledge import acknowledge_due
from gateway.exchange.fetch import FetchReport
from gateway.operations import ActRefusedError
from gateway.operations import feeds as feed_acts
from gateway.store.open import open_store
from gateway.submissions import store as submissions
from gateway.text import Text
from outbox import Outbox, writing
from tests.support.clock import NOW
from tests.support.line import sound_rows
from tests.support.record_versions import (
    CONTENT,
    FEED,
    LICENCE,
    mend,
    mended_feed,
    push_feed,
    states,
    version,
)
from tests.support.set_aside import (
    POISON,
    act,
    answer,
    aside,
    fetch,
    poisoned,
    problem,
)
from tests.support.stores import clear

pytestmark = pytest.mark.usefixtures("quiet_unit_errors")
ERRORS = [KeyError("a step"), PanicException("a panic"), DataError("INSERT", {}, ValueError("NUL"))]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_a_submission_at_which_the_line_fails_is_set_aside_and_the_next_is_taken(
    engine: Engine, bug: Callable[[BaseException], None], error: BaseException
) -> None:
    bug(error)
    first, second = poisoned(engine)
    feed = push_feed(engine)

    for count in range(1, 5):
        assert isinstance(fetch(engine, feed), type(error))
        assert f"number {count}; it is set aside at 5" in problem(engine)
        assert states(engine) == ["waiting", "waiting"]
    report = fetch(engine, feed)

    assert isinstance(report, FetchReport)
    assert report.counts["packed"] == 1
    assert states(engine) == ["aside", "kept"]
    assert answer(engine, feed, first) == ("set aside", [("set aside", "source.set_aside")])
    [unit] = aside(engine)
    assert (unit.name, unit.errors, unit.strikes, unit.state) == (first, 5, 0, "refused")
    assert unit.read is not None
    assert (unit.read.rows, CONTENT in unit.read.columns) == (1, True)
    assert POISON not in str(unit)
    assert problem(engine) == ""
    with engine.connect() as connection:
        happened = [event.name for event in event_store.events(connection, 20)]
        [refusal] = refusal_store.refusals(connection, FEED)
    assert {"unit.broke", "unit.refused"} <= set(happened)
    assert refusal.faults[0].rule == "source.set_aside"
    fetch(engine, feed)
    assert answer(engine, feed, second)[0] == "kept"


def test_it_is_tried_again_once_the_cause_is_mended(
    engine: Engine, bug: Callable[[BaseException], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    bug(KeyError("a step"))
    first, _ = poisoned(engine)
    feed = push_feed(engine)
    for _ in range(5):
        fetch(engine, feed)
    act(engine, feed_acts.read_again, first)
    again = fetch(engine, feed)
    assert isinstance(again, KeyError)
    assert aside(engine) == []
    monkeypatch.undo()

    report = fetch(engine, feed)

    assert isinstance(report, FetchReport)
    assert states(engine) == ["kept", "kept"]
    assert aside(engine) == []
    with engine.connect() as connection:
        [totals] = feed_store.totals(connection)
    assert (totals.rows, totals.packed, totals.unacknowledged) == (2, 2, 3)
    # The reading that failed is told to nobody.
    acknowledge_due(engine, Outbox(engine), feed, lambda: NOW + timedelta(days=1), 0.5)
    assert states(engine) == ["kept", "kept"]


def test_what_is_given_up_is_refused_for_good_and_told(
    engine: Engine, bug: Callable[[BaseException], None]
) -> None:
    bug(KeyError("a step"))
    first, _ = poisoned(engine)
    feed = push_feed(engine)
    for _ in range(5):
        fetch(engine, feed)
    with pytest.raises(ActRefusedError):
        act(engine, feed_acts.give_up, "another")

    assert act(engine, feed_acts.give_up, first) == [first]

    assert answer(engine, feed, first) == ("answered", [("refused", "source.set_aside")])
    assert aside(engine) == []
    fetch(engine, feed)
    assert states(engine) == ["answered", "kept"]
    with pytest.raises(ActRefusedError):
        act(engine, feed_acts.read_again, first)


def test_mended_rows_at_which_the_line_fails_are_set_aside_too(
    engine: Engine, bug: Callable[[BaseException], None]
) -> None:
    bug(KeyError("a step"))
    one, two = sound_rows(LICENCE, 2)
    feed, source = mended_feed(engine)
    receipt = mend(engine, [version(one, POISON)])
    for _ in range(5):
        fetch(engine, feed)
    source.units.append([two])

    report = fetch(engine, feed)

    assert isinstance(report, FetchReport)
    assert report.counts["packed"] == 1
    assert answer(engine, feed, receipt) == ("set aside", [("set aside", "source.set_aside")])
    act(engine, feed_acts.give_up, f"mended:{receipt}")
    assert answer(engine, feed, receipt)[0] == "answered"


def test_a_person_who_decides_and_a_fetch_do_not_wait_for_each_other(
    postgresql: str, bug: Callable[[BaseException], None]
) -> None:
    """A fetch has the feed's row, then the submission's, then that of what is set aside."""
    engine = open_store(postgresql)
    clear(engine)
    bug(KeyError("a step"))
    first, _ = poisoned(engine)
    feed = push_feed(engine)
    for _ in range(5):
        fetch(engine, feed)
    [unit] = aside(engine)
    waits = text("SELECT count(*) FROM pg_locks WHERE NOT granted")

    with ThreadPoolExecutor(1) as pool, engine.connect() as look:
        with writing(engine) as connection:
            state = feed_store.advance(connection, feed_store.feed_state(connection, FEED), "")
            submissions.set_aside(connection, first, "source.set_aside", Text("不", "no"))
            decided = pool.submit(act, engine, feed_acts.read_again, first)
            deadline = time.monotonic() + 20
            while not look.execute(waits).scalar_one() and time.monotonic() < deadline:
                time.sleep(0.01)
            source_units.strike(connection, state.id, first, AdapterText("不", "no"), NOW)
        assert decided.result(20) == [first]
    assert unit.name == first
    engine.dispose()
